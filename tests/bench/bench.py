#!/usr/bin/env python3
"""Measures mpr against other ways to run many processes, and prints tables of ratios.

What is counted: the wall time of a contender's whole process, from its start to its exit, start-up included. But in the
groups "library: ...", which compare mpr's classes with Python's multiprocessing, with Boost.Interprocess and with a
floor of bare system calls, every contender itself measures the work in question, checks its result, and prints the
seconds: making pools, queues and the processes that use them is not counted, for none of them, as all have to.
What makes it fair:
  * all contenders get two CPUs (this driver keeps itself, and so them, on two) and start two tasks at a time;
  * all but the floor read the same file of numbers as standard input (the floor counts by itself, as floors may);
  * all have /dev/null as standard output; what a contender does between its tasks and there (nothing: xargs; pipes and
    order: mpr, parallel) is its own affair;
  * they take turns (A B C, A B C, ...), a ratio is taken between neighbours in one round, and the median is quoted;
    in the groups of the library a ratio of 2 is always "twice as fast";
  * a contender must print the right numbers before it is measured at all.
A contender with a `share` below 1 is slow and gets that part of the tasks, enough that its start-up hardly counts.

To add a row, add a Contender to one of the groups in `groups()`.
"""
import argparse
import json
import os
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
NOISE_LIMIT = 0.15  # a baseline that varies by more than this between rounds is no measure


@dataclass(frozen=True)
class Contender:
    """One way to run tasks. In `argv`, {count} stands for their number, {folder} for a place for files; argv[0] may be
    a name on PATH."""

    name: str
    argv: tuple
    share: float = 1.0
    prints: bool = True  # False: throws its tasks' output away
    needs: tuple = ()  # other programs without which it cannot run

    def missing(self):
        return [program for program in (self.argv[0], *self.needs) if find_program(program) is None]


@dataclass(frozen=True)
class Group:
    """Contenders for the same work. Ratios are taken against `baselines`; noise is judged by them."""

    title: str
    unit: str  # "ms", or what there are so many of in a second: "tasks/s"
    tasks: int
    rounds: int
    contenders: tuple
    baselines: tuple
    expect: Callable = None  # number -> the line that its task prints
    prints_seconds: bool = False  # the contenders measure themselves


def groups(build, tasks, rounds):
    mpr, floor = f"{build}/bin/mpr", f"{build}/bench/bench_floor"

    def throughput(title, program):
        def row(name, *argv, **more):
            return Contender(name, (*argv, program), needs=(program,), **more)

        return Group(
            title, "tasks/s", tasks, rounds,
            (
                Contender("floor", (floor, "2", program, "1", "{count}"), needs=(program,), prints=False),
                row("mpr map --affinity thread", mpr, "map", "-j", "2", "--affinity", "thread"),
                row("mpr map --affinity none", mpr, "map", "-j", "2", "--affinity", "none"),
                row("mpr map", mpr, "map"),
                row("xargs -P2 -n1", "xargs", "-P2", "-n1"),
                row("parallel -j2 -k", "parallel", "--will-cite", "-j2", "-k", share=0.25),
                row("Python Pool + subprocess", sys.executable, f"{HERE}/pool_subprocess.py", "2", share=0.25),
            ),
            baselines=("floor", "xargs -P2 -n1"),
            expect=lambda number: str(number * number),
        )

    return (
        throughput("throughput, C square", f"{build}/bench/square_c"),
        throughput("throughput, C++ square", f"{build}/jobs/square"),
        Group(
            "start to end of one task", "ms", 1, rounds * 10,
            (
                Contender("xargs -n1 true", ("xargs", "-n1", "true")),
                Contender("mpr map true --inputs 1", (mpr, "map", "true", "--inputs", "1")),
                Contender("parallel true ::: 1", ("parallel", "--will-cite", "true", ":::", "1")),
            ),
            baselines=("xargs -n1 true",),
        ),
        Group(
            "what recording costs, C++ square", "tasks/s", tasks, rounds,
            tuple(
                Contender(name, (mpr, "map", *options, f"{build}/jobs/square"), needs=(f"{build}/jobs/square",))
                for name, options in (
                    ("mpr map", ()),
                    ("mpr map --store", ("--store", "{folder}/runs.db")),
                    ("mpr map --store, for power", ("--store", "{folder}/runs.db", "--durability", "power")),
                )
            ),
            baselines=("mpr map",),
            expect=lambda number: str(number * number),
        ),
        store_group(build, tasks, rounds),
        *library_groups(build, tasks, rounds),
    )


def store_group(build, tasks, rounds):
    """The run store alone: how many attempts a second it records, in one process."""

    def row(name, what, batch, share=1.0):
        return Contender(name, (f"{build}/bench/store_rows", "{folder}/rows.db", what, batch, "{count}"), share=share)

    return Group(
        "run store", "attempts/s", tasks * 100, rounds,
        (
            row("commits of 1", "process", "1", share=0.1),
            row("commits of 100", "process", "100"),
            row("commits of 1000", "process", "1000"),
            row("commits of 1000, for power", "power", "1000"),
            row("found again by a resumed run", "resume", "0"),
        ),
        baselines=(), prints_seconds=True,
    )


def library_groups(build, tasks, rounds):
    """The classes of the library. The number of tasks is for groups whose task takes 0.1 ms or so; others do more."""

    def row(name, program, *argv, share=1.0):
        return Contender(name, (f"{build}/bench/bench_{program}", *argv, "{count}"), share=share)

    def python(work, *argv, share=1.0):
        return Contender("Python", (sys.executable, f"{HERE}/library.py", work, *argv, "{count}"), share=share)

    def group(title, unit, count, *contenders):
        baselines = tuple(c.name for c in contenders if c.name in ("floor", "Boost", "Python"))
        return Group(f"library: {title}", unit, count, rounds, contenders, baselines, prints_seconds=True)

    def queue(pairs):
        return group(
            f"Queue<long>, {pairs} to {pairs}", "items/s", tasks * 125,
            row("floor", "queue_pipe", pairs),
            row("mpr", "queue", pairs),
            row("Boost", "queue_boost", pairs),
            python("queue", pairs, share=0.1),
        )

    return (
        group(
            "Pool.map, automatic chunks", "items/s", tasks * 250, row("mpr", "pool_map", "0"), python("map", "0")
        ),
        group(
            "Pool.map, chunks of 1", "items/s", tasks * 25,
            row("mpr", "pool_map", "1"),
            python("map", "1", share=0.2),
        ),
        group(
            "Pool.apply", "calls/s", tasks * 5,
            row("floor", "apply_pipe"),
            row("mpr", "pool_apply"),
            python("apply", share=0.25),
        ),
        queue("1"),
        queue("2"),
        group(
            "Lock, nobody else wants it", "locks/s", tasks * 2500,
            row("floor", "lock_pthread"),
            row("mpr", "lock"),
            row("Boost", "lock_boost"),
            python("lock", share=0.1),
        ),
        group(
            "Value<int>, five processes count under its lock", "steps/s", tasks * 2500,
            row("floor", "value_pthread"),
            row("mpr", "value"),
            python("value", share=0.02),
        ),
        group(
            "Process, start and join", "processes/s", tasks // 2,
            row("floor", "process_fork"),
            row("mpr", "process"),
            python("process", share=0.5),
        ),
    )


def find_program(name):
    folders = [""] if "/" in name else os.environ["PATH"].split(":")
    paths = (os.path.join(folder, name) for folder in folders)
    return next((path for path in paths if os.access(path, os.X_OK)), None)


class Failed(Exception):
    pass


class Runner:
    """Starts contenders, one at a time, on files of numbers 1..count that it keeps in `folder`."""

    def __init__(self, folder):
        self.folder = Path(folder)

    def start(self, contender, count, output=os.devnull):
        numbers = self.folder / f"{count}.numbers"
        if not numbers.exists():
            numbers.write_text("".join(f"{n}\n" for n in range(1, count + 1)))
        argv = [
            str(word).replace("{count}", str(count)).replace("{folder}", str(self.folder)) for word in contender.argv
        ]
        actions = [
            (os.POSIX_SPAWN_OPEN, 0, numbers, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_OPEN, 1, output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600),
            (os.POSIX_SPAWN_OPEN, 2, self.folder / "stderr", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600),
        ]
        return os.posix_spawn(find_program(argv[0]), argv, os.environ, file_actions=actions)

    def check_end(self, contender, status):
        if status != 0:
            complaint = (self.folder / "stderr").read_text(errors="replace").strip()
            raise Failed(f"'{contender.name}' failed (wait status {status}): {complaint}")

    def seconds(self, contender, count):
        start = time.monotonic_ns()
        _, status = os.waitpid(self.start(contender, count), 0)
        end = time.monotonic_ns()
        self.check_end(contender, status)
        return (end - start) / 1e9

    def printed_seconds(self, contender, count):
        output = self.folder / "stdout"
        _, status = os.waitpid(self.start(contender, count, output), 0)
        self.check_end(contender, status)
        return float(output.read_text())

    def peak_kib(self, contender, count):
        """The peak memory of the contender's own process. Not wait4's figure: that begins at this driver's own peak."""
        pid = self.start(contender, count)
        peak = 0
        while os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
            lines = Path(f"/proc/{pid}/status").read_text().splitlines()
            peak = max([peak] + [int(line.split()[1]) for line in lines if line.startswith("VmHWM:")])
            time.sleep(0.005)
        _, status = os.waitpid(pid, 0)
        self.check_end(contender, status)
        return peak

    def check_output(self, contender, expect, count=50):
        output = self.folder / "stdout"
        _, status = os.waitpid(self.start(contender, count, output), 0)
        self.check_end(contender, status)
        if contender.prints and sorted(output.read_text().split()) != sorted(expect(n) for n in range(1, count + 1)):
            raise Failed(f"'{contender.name}' printed wrong results")


def measure(group, runner):
    """Runs the rounds: {contender's name: {"tasks": N, "seconds": [...], "peak_kib": K}}, without the missing ones."""
    present = []
    for contender in group.contenders:
        if missing := contender.missing():
            note(f"skipped '{contender.name}': {', '.join(missing)} not found")
        else:
            present.append(contender)
    seconds = runner.printed_seconds if group.prints_seconds else runner.seconds
    results = {c.name: {"tasks": max(1, round(group.tasks * c.share)), "seconds": []} for c in present}
    for contender in present:
        if group.expect:
            runner.check_output(contender, group.expect)
        seconds(contender, 1)  # from now on everything is in the page cache
    for number in range(group.rounds):
        if sys.stderr.isatty():
            print(f"\r{group.title}: round {number + 1} of {group.rounds} ", end="", file=sys.stderr, flush=True)
        for contender in present:
            results[contender.name]["seconds"].append(seconds(contender, results[contender.name]["tasks"]))
    if sys.stderr.isatty():
        print("\r\033[K", end="", file=sys.stderr, flush=True)
    if counts_memory(group):
        for contender in present:
            results[contender.name]["peak_kib"] = runner.peak_kib(contender, results[contender.name]["tasks"])
    return results


def counts_memory(group):
    return group.tasks > 1 and not group.prints_seconds


def figures(group, result):
    """The rounds' figures in the group's unit: tasks a second, or milliseconds."""
    if group.unit == "ms":
        return [seconds * 1000 for seconds in result["seconds"]]
    return [result["tasks"] / seconds for seconds in result["seconds"]]


def against(group, result, baseline):
    """Such as "1.23 (1.19..1.26)": the median and the limits of the ratios, round by round."""
    pairs = zip(figures(group, result), figures(group, baseline))
    ratios = [mine / other for mine, other in pairs]
    return f"{statistics.median(ratios):.2f} ({min(ratios):.2f}..{max(ratios):.2f})"


def report(group, results):
    baselines = [name for name in group.baselines if name in results]
    last = "peak MB" if counts_memory(group) else ""
    rows = [["", "tasks", group.unit, *(f"against {name}" for name in baselines), last]]
    for name, result in results.items():
        median = statistics.median(figures(group, result))
        row = [name, str(result["tasks"]), f"{median:.2f}" if group.unit == "ms" else f"{median:.0f}"]
        row += ["-" if base == name else against(group, result, results[base]) for base in baselines]
        rows.append([*row, f"{result['peak_kib'] / 1024:.1f}" if "peak_kib" in result else ""])
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    print(f"\n{group.title} ({group.rounds} rounds; median, and of ratios the limits)")
    for row in rows:
        cells = [row[0].ljust(widths[0])] + [cell.rjust(width) for cell, width in zip(row[1:], widths[1:])]
        print("  " + "  ".join(cells).rstrip())
    print(f"  {noise(group, results)}", flush=True)


def noise(group, results):
    """How calm the machine was: how far the baselines' rounds lie apart, without the outlying quarter at both ends."""
    spreads = {}
    for name in group.baselines:
        if name in results:
            values = sorted(figures(group, results[name]))
            middle = values[len(values) // 4 : len(values) - len(values) // 4]
            spreads[name] = (middle[-1] - middle[0]) / statistics.median(values)
    verdict = "TOO NOISY TO TELL" if max(spreads.values(), default=0) > NOISE_LIMIT else "calm"
    return "noise between rounds: " + "".join(f"{name} {spread:.0%}, " for name, spread in spreads.items()) + verdict


def note(text):
    print(f"bench: {text}", file=sys.stderr)


def options():
    parser = argparse.ArgumentParser(
        prog="scripts/bench", description="Measure mpr against a floor, xargs, GNU parallel, and Python."
    )
    parser.add_argument("--quick", action="store_true", help="a tenth of the time, for a first look")
    parser.add_argument("--rounds", type=int, metavar="N", help="rounds of each comparison (default 7, quick 3)")
    parser.add_argument("--only", metavar="TEXT", default="", help="only the groups whose title contains TEXT")
    parser.add_argument("--json", metavar="FILE", help="write the raw figures to FILE")
    parser.add_argument("--build", default=HERE.parent.parent / "build", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.rounds is None:
        chosen.rounds = 3 if chosen.quick else 7
    if chosen.rounds < 1:
        parser.error("argument --rounds: at least 1 is needed")
    return chosen


def main():
    chosen = options()
    allowed = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, allowed[:2])
    load = os.getloadavg()[0]
    print(f"Linux {platform.release()}, {len(allowed)} CPUs, of which two are used; load before the start {load:.2f}")
    if len(allowed) < 2:
        note("one CPU only: two workers share it, and pinning tells nothing")
    raw = {"kernel": platform.release(), "cpus": len(allowed), "load": load, "groups": {}}
    every = groups(Path(chosen.build).resolve(), 1000 if chosen.quick else 4000, chosen.rounds)
    with tempfile.TemporaryDirectory(prefix="mpr-bench.") as folder:
        for group in every:
            if chosen.only not in group.title:
                continue
            results = measure(group, Runner(folder))
            if results:
                report(group, results)
            raw["groups"][group.title] = {"unit": group.unit, "results": results}
    if chosen.json:
        Path(chosen.json).write_text(json.dumps(raw, indent=1) + "\n")


if __name__ == "__main__":
    try:
        main()
    except Failed as failure:
        note(failure)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
