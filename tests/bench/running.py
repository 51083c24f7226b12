"""Runs contenders in turn, and notes what they took."""
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

from contest import find_program
from machine import OthersLoad, share_of_others

LIMIT_SECONDS = 300  # for one run of one contender


class Failed(Exception):
    pass


def note(text):
    print(f"bench: {text}", file=sys.stderr)


class Runner:
    """Starts contenders, one at a time, on files of numbers 1..count that it keeps in a folder of its own."""

    def __init__(self):
        self.place = tempfile.TemporaryDirectory(prefix="mpr-bench.")
        self.folder = Path(self.place.name)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.place.cleanup()

    def words(self, contender, count):
        return [self.filled(word, count) for word in contender.argv]

    def filled(self, word, count):
        return str(word).replace("{count}", str(count)).replace("{folder}", str(self.folder))

    def prepare(self, contender, count):
        numbers = self.folder / f"{count}.numbers"
        if not numbers.exists():
            numbers.write_text("".join(f"{n}\n" for n in range(1, count + 1)))
        if contender.prepare:
            contender.prepare(self.folder, count)

    def start(self, contender, count, output=os.devnull, prefix=()):
        """Its pid. The output is a file's name or a descriptor."""
        argv = [*prefix, *self.words(contender, count)]
        write = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
        actions = [
            (os.POSIX_SPAWN_OPEN, 0, self.filled(contender.stdin, count), os.O_RDONLY, 0),
            (os.POSIX_SPAWN_DUP2, output, 1) if isinstance(output, int)
            else (os.POSIX_SPAWN_OPEN, 1, output, write, 0o600),
            (os.POSIX_SPAWN_OPEN, 2, self.folder / "stderr", write, 0o600),
        ]
        return os.posix_spawn(find_program(argv[0]), argv, os.environ, file_actions=actions, setpgroup=0)

    def wait(self, contender, pid):
        """Until the contender has ended; its rusage."""
        with time_limit(contender, pid):
            _, status, usage = os.wait4(pid, 0)
        self.check_end(contender, status)
        return usage

    def check_end(self, contender, status):
        if status != 0:
            lines = (self.folder / "stderr").read_text(errors="replace").strip().splitlines()
            raise Failed(f"'{contender.name}' failed (wait status {status}): {lines[0] if lines else 'no message'}")

    def seconds(self, contender, count):
        start = time.monotonic_ns()
        self.wait(contender, self.start(contender, count))
        return (time.monotonic_ns() - start) / 1e9

    def drained_seconds(self, contender, count):
        """What it prints goes through a pipe to a cat, which must have it all before the clock stops."""
        reader, writer = os.pipe()
        with subprocess.Popen(["cat"], stdin=reader, stdout=subprocess.DEVNULL):
            os.close(reader)
            start = time.monotonic_ns()
            try:
                pid = self.start(contender, count, writer)
            finally:
                os.close(writer)
            self.wait(contender, pid)
        return (time.monotonic_ns() - start) / 1e9

    def printed_seconds(self, contender, count):
        return float(self.output(contender, count))

    def output(self, contender, count):
        path = self.folder / "stdout"
        self.wait(contender, self.start(contender, count, path))
        return path.read_bytes()

    def peak_kib(self, contender, count):
        """The peak memory of the contender's own process. Not wait4's figure: that begins at this driver's own peak."""
        pid = self.start(contender, count)
        peak = 0
        with time_limit(contender, pid):
            while os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
                lines = Path(f"/proc/{pid}/status").read_text().splitlines()
                peak = max([peak] + [int(line.split()[1]) for line in lines if line.startswith("VmHWM:")])
                time.sleep(0.002)
        self.wait(contender, pid)
        return peak


@contextmanager
def time_limit(contender, pid):
    """Ends the contender's process group if it takes too long, or if the waiting is interrupted."""

    def overdue(*_):
        raise Failed(f"'{contender.name}' took more than {LIMIT_SECONDS} s")

    previous = signal.signal(signal.SIGALRM, overdue)
    signal.setitimer(signal.ITIMER_REAL, LIMIT_SECONDS)
    try:
        yield
    except BaseException:
        os.killpg(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        raise
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)


def measure(group, runner, count_events):
    """Runs the rounds: what record.py keeps of a group. `count_events` gives the numbers of migrations and the like in
    one run."""
    measuring = Measuring(group, runner, count_events)
    measuring.each(measuring.try_out)
    for number in range(group.rounds):
        measuring.each(measuring.run, f"round {number + 1} of {group.rounds}")
    measuring.each(measuring.count)
    progress("")
    return {"results": measuring.results, "missing": measuring.missing, "others": round(share_of_others(measuring.others), 4)}


class Measuring:
    """The contenders of a group as far as they can run. One that fails, or prints what is wrong, is out from then on,
    and the reason noted."""

    def __init__(self, group, runner, count_events):
        self.group, self.runner, self.count_events = group, runner, count_events
        self.missing = {c.name: reason for c in group.contenders if (reason := c.missing())}
        self.present = [c for c in group.contenders if c.name not in self.missing]
        self.results = {c.name: {"tasks": c.tasks_of(group), "seconds": []} for c in self.present}
        self.others = {c.name: [] for c in self.present}
        self.clock = runner.drained_seconds if group.drained else runner.seconds
        if group.prints_seconds:
            self.clock = runner.printed_seconds

    def each(self, action, what=""):
        for contender in self.group.contenders:
            if contender not in self.present:
                continue
            progress(f"{self.group.title}: {what}: {contender.name}")
            try:
                action(contender)
            except Failed as failure:
                progress("")
                note(f"{self.group.title}: {failure}")
                self.drop(contender, str(failure))

    def drop(self, contender, reason):
        if contender in self.present:
            self.present.remove(contender)
            del self.results[contender.name]
            self.missing[contender.name] = reason
        if contender.name == self.group.startup:  # without which the others' figures mean nothing
            for other in list(self.present):
                self.drop(other, "its start-up is unknown")

    def try_out(self, contender):
        """Which also brings everything into the page cache."""
        group = self.group
        for count in {1, group.check_tasks, contender.tasks_of(group)}:
            self.runner.prepare(contender, count)
        if group.check:
            output = self.runner.output(contender, group.check_tasks)
            if contender.prints and not group.check(output, group.check_tasks, contender.ordered):
                raise Failed(f"'{contender.name}' prints wrong results")
        self.clock(contender, 1)

    def run(self, contender):
        result = self.results[contender.name]
        others = OthersLoad()
        runs = [self.clock(contender, result["tasks"]) for _ in range(contender.repeats)]
        self.others[contender.name].append(others.used())
        result["seconds"].append(round(statistics.median(runs), 9))

    def count(self, contender):
        result = self.results[contender.name]
        if contender.memory:
            result["peak_kib"] = self.runner.peak_kib(contender, result["tasks"])
        if self.group.counters:
            result["events"] = self.count_events(self.runner, contender, result["tasks"])


def progress(text):
    if sys.stderr.isatty():
        print(f"\r\033[K{text[:100]}", end="", file=sys.stderr, flush=True)
