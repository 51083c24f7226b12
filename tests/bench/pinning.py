"""What pinning workers to CPUs brings on this machine: mpr map with each --affinity, against none, with the migrations
between CPUs and the context switches of all processes of a run.

perf counts them; where it is missing or not permitted, migrations are unknown, and the kernel's accounts of ended
processes tell the context switches.
"""
import os
import statistics
import subprocess

from contest import Contender, Goal, Group, find_program, squares_are_right
from running import note

EVENT_RUNS = 3
COMPUTED_RANGE = "1..50000000"  # what prime_count needs some 50 ms for
PERF = ("perf", "stat", "-x", ",", "-e", "migrations,context-switches,cpu-clock", "-o")


def pinning_groups(mpr, build, tasks, rounds):
    primes, square = f"{build}/jobs/prime_count", f"{build}/bench/square_c"
    ranges = {"stdin": "{folder}/{count}.ranges", "prepare": write_ranges}
    return (
        pinning_group(mpr, "CPU-bound tasks", primes, tasks // 80, rounds, **ranges),
        pinning_group(mpr, "short tasks", square, tasks, rounds, check=squares_are_right),
    )


def write_ranges(folder, count):
    (folder / f"{count}.ranges").write_text(f"{COMPUTED_RANGE}\n" * count)


def pinning_group(mpr, kind, program, tasks, rounds, check=None, **more):
    def contender(affinity):
        words = mpr.map("--affinity", affinity, program, executor="exec")
        return Contender(f"--affinity {affinity}", words, needs=(program,), ordered=True, **more)

    contenders = tuple(contender(affinity) for affinity in ("none", "core", "thread", "auto"))
    none, *others = (c.name for c in contenders)
    return Group(
        f"pinning: {kind}", "tasks/s", tasks, rounds, contenders,
        baselines=(none,),
        goals=tuple(Goal(f"mpr map {name}, {kind}", name, none) for name in others),
        check=check, counters=True,
    )


def perf_is_usable(folder):
    """False, with a note why, where perf is missing or may not count."""
    if find_program("perf") is None:
        note("perf not found: migrations are not counted")
        return False
    path = f"{folder}/perf.try"
    tried = subprocess.run([*PERF, path, "true"], capture_output=True, text=True, check=False)
    if tried.returncode == 0 and counted(path):
        return True
    reason = (tried.stderr.strip().splitlines() or ["it counts nothing"])[0]
    note(f"perf cannot be used ({reason}): migrations are not counted")
    return False


def counted(path):
    """What perf wrote: {event: number}, without those that it could not count."""
    found = {}
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            fields = line.split(",")
            if len(fields) > 2 and fields[0].replace(".", "", 1).isdigit():
                found[fields[2].split(":")[0]] = float(fields[0])
    return found


class EventCounter:
    """Called as count_events by measure(). Whether perf is there is found out when it is first needed."""

    def __init__(self):
        self.perf = None

    def __call__(self, runner, contender, tasks):
        if self.perf is None:
            self.perf = perf_is_usable(runner.folder)
        count = self.by_perf if self.perf else self.by_usage
        runs = [count(runner, contender, tasks) for _ in range(EVENT_RUNS)]
        migrations = [run["migrations"] for run in runs]
        return {
            "migrations": None if None in migrations else round(statistics.median(migrations)),
            "switches": round(statistics.median(run["switches"] for run in runs)),
            "cpu_seconds": round(statistics.median(run["cpu_seconds"] for run in runs), 4),
        }

    @staticmethod
    def by_perf(runner, contender, tasks):
        path = f"{runner.folder}/perf.out"
        runner.wait(contender, runner.start(contender, tasks, prefix=(*PERF, path)))
        found = counted(path)
        milliseconds = found.get("cpu-clock", 0)
        return {
            "migrations": found.get("migrations", found.get("cpu-migrations")),
            "switches": found.get("context-switches", 0),
            "cpu_seconds": milliseconds / 1000,
        }

    @staticmethod
    def by_usage(runner, contender, tasks):
        usage = runner.wait(contender, runner.start(contender, tasks, os.devnull))
        return {
            "migrations": None,
            "switches": usage.ru_nvcsw + usage.ru_nivcsw,
            "cpu_seconds": usage.ru_utime + usage.ru_stime,
        }
