"""The words of the benchmarks: contenders do the same work in a group, and goals say which ratio between two of them
is to be reached. What they are called with is in tool_groups.py, library_groups.py and pinning.py."""
import os
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Contender:
    """One way to run tasks. In `argv` and `stdin`, {count} stands for their number, {folder} for a place for files;
    argv[0] may be a name on PATH."""

    name: str
    argv: tuple
    share: float = 1.0  # of the group's tasks: slow contenders get fewer; their start-up should hardly count
    tasks: int = 0  # their number, where it is not a share of the group's
    repeats: int = 1  # runs in each round, of which the median counts: for work too short to be measured once
    prints: bool = True  # False: throws its tasks' output away
    ordered: bool = False  # prints in the order of the inputs
    needs: tuple = ()  # other programs without which it cannot run
    lacks: str = ""  # why it cannot run, if that is known already
    stdin: str = "{folder}/{count}.numbers"
    prepare: Callable = None  # (folder, count): writes what argv and stdin name
    memory: bool = False  # its peak memory is of interest

    def missing(self):
        """Why it cannot run here; empty if it can."""
        absent = [program for program in (self.argv[0], *self.needs) if find_program(program) is None]
        return self.lacks or (f"{', '.join(os.path.basename(name) for name in absent)} not found" if absent else "")

    def tasks_of(self, group):
        return self.tasks or max(1, round(group.tasks * self.share))


@dataclass(frozen=True)
class Goal:
    """A row of the summary: what contender `who` is to reach against contender `whom` of the same group, in the median
    of the rounds. Without a bound the row is there for information."""

    what: str  # the work, in the summary's words
    who: str
    whom: str = ""
    measure: str = "ratio"  # who's figure by whom's; "difference" of the figures; "memory" of who, in MB
    at_least: float = None
    at_most: float = None
    against: str = ""  # whom, in the summary's words, if not its name


@dataclass(frozen=True)
class Group:
    """Contenders for the same work. Ratios are shown against `baselines`, and noise is judged by them."""

    title: str
    unit: str  # "ms"; or "us/task", without the start-up; or what there are so many of in a second: "tasks/s", "MB/s"
    tasks: int
    rounds: int
    contenders: tuple
    baselines: tuple = ()
    goals: tuple = ()
    check: Callable = None  # (output, count, ordered) -> whether the output of tasks 1..count is right
    check_tasks: int = 50
    scale: float = 1.0  # units a task
    startup: str = ""  # the contender whose seconds are taken off the others'
    prints_seconds: bool = False  # the contenders measure themselves
    drained: bool = False  # what they print goes into a pipe that is read, not to /dev/null
    counters: bool = False  # migrations and context switches are counted, too


def squares_are_right(output, count, ordered):
    lines, expected = output.split(), [b"%d" % (number * number) for number in range(1, count + 1)]
    return lines == expected if ordered else sorted(lines) == sorted(expected)


def find_program(name):
    folders = [""] if "/" in name else os.environ["PATH"].split(":")
    paths = (os.path.join(folder, name) for folder in folders)
    return next((path for path in paths if os.access(path, os.X_OK)), None)
