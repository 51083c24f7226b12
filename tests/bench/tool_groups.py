"""The command line against other tools, and against the floor: the least that the work can cost.

What is counted is the wall time of a contender's whole process, from its start to its exit, start-up included. Fair is:
  * all contenders get two CPUs (the driver keeps itself, and so them, on two) and start two tasks at a time;
  * all but the floors read the same inputs, most from a file as standard input (floors count by themselves);
  * all have /dev/null as standard output, or a pipe that is read where outputs are large; what a contender does between
    its tasks and there (nothing: xargs, make, paexec; pipes and order: mpr, parallel) is its own affair;
  * they take turns (A B C, A B C, ...), and a contender must print what is right before it is measured at all.
"""
import json
import re
import subprocess
import sys
from pathlib import Path

from contest import Contender, Goal, Group, find_program, squares_are_right

HERE = Path(__file__).resolve().parent
OUTPUT_BYTES = 500_000


class Mpr:
    """The mpr that is measured, and which executors it has: one that has none says so by having no such option."""

    def __init__(self, build):
        self.path = f"{build}/bin/mpr"
        self.executors = executors_of(self.path)

    def map(self, *options, executor=""):
        """The words of `mpr map`. With "exec" each task is a process, as in an mpr that has no executors to choose."""
        if executor == "exec" and not self.executors:
            executor = ""
        return (self.path, "map", "-j", "2", *(("--executor", executor) if executor else ()), *options)

    def lacks(self, executor):
        return "" if executor in self.executors else f"this mpr has no '{executor}' executor"


def executors_of(mpr):
    if find_program(mpr) is None:
        return ()
    return executors_in(subprocess.run([mpr, "map", "--help"], capture_output=True, text=True, check=True).stdout)


def executors_in(help_text):
    """The executors that the option's help names, which may take several lines."""
    option = re.search(r"^ +(?:-\w, ?)?--executor\b(.*(?:\n(?! *-)(?! *\n).*)*)", help_text, re.MULTILINE)
    words = re.findall(r"[\w-]+", option.group(1)) if option else ()
    return tuple(name for name in ("exec", "fork-server", "persistent", "lines", "json") if name in words)


def tool_groups(build, tasks, rounds, full):
    mpr, square = Mpr(build), f"{build}/jobs/square"
    return (
        throughput(mpr, build, "C++", square, tasks, rounds),
        throughput(mpr, build, "C", f"{build}/bench/square_c", tasks, rounds),
        fork_server(mpr, build, square, tasks, rounds),
        persistent(mpr, square, tasks * 250, rounds),
        streams(mpr, build, tasks * 25, rounds),
        start_to_end(mpr, rounds * 10),
        cost_of_persistent(mpr, square, tasks * 250, rounds),
        cost_of_exec(mpr, f"{build}/bench/square_c", tasks, rounds, full),
        large_outputs(mpr, tasks // 10, rounds),
        recording(mpr, square, tasks, rounds),
    )


def throughput(mpr, build, language, program, tasks, rounds):
    """A plain program that does next to nothing: what is measured is the starting of processes."""

    def row(name, *argv, **more):
        return Contender(name, (*argv, program), needs=(program,), **more)

    def generated(name, *argv, prepare):
        return Contender(name, argv, needs=(program,), prepare=lambda *where: prepare(program, *where))

    def goal(whom, bound=None):
        against = "the floor: pipe, vfork, exec, read, wait" if whom == "floor" else ""
        return Goal(f"mpr map, {language} program", "mpr map", whom, at_least=bound, against=against)

    contenders = (
        floor(build, program),
        row("mpr map", *mpr.map(executor="exec"), ordered=True, memory=True),
        row("xargs -P2 -n1", "xargs", "-P2", "-n1"),
        row("parallel -j2 -k", "parallel", "--will-cite", "-j2", "-k", share=0.25, ordered=True),
        generated("make -j2", "make", "-s", "-j2", "-f", "{folder}/{count}.make", prepare=write_makefile),
        generated("ninja -j2", "ninja", "--quiet", "-j2", "-f", "{folder}/{count}.ninja", prepare=write_ninja),
        row("paexec -n +2", "paexec", "-n", "+2", "-x", "-C"),
        row("rush -j2 -k", "rush", "-j2", "-k", ordered=True, lacks=not_the_parallel_rush()),
        row("Python Pool + subprocess", sys.executable, f"{HERE}/pool_subprocess.py", "2", share=0.25, ordered=True),
    )
    bounds = {"floor": 0.95, "xargs -P2 -n1": 1.2, "parallel -j2 -k": 10}
    return Group(
        f"throughput, {language} square", "tasks/s", tasks, rounds, contenders,
        baselines=("floor", "xargs -P2 -n1"),
        goals=tuple(goal(c.name, bounds.get(c.name)) for c in contenders if c.name != "mpr map"),
        check=squares_are_right,
    )


def floor(build, program):
    words = (f"{build}/bench/bench_floor", "2", program, "1", "{count}")
    return Contender("floor", words, needs=(program,), prints=False)


def write_makefile(program, folder, count):
    targets = " ".join(f"t{n}" for n in range(1, count + 1))
    text = f"all: {targets}\n.PHONY: all {targets}\n{targets}:\n\t@{program} $(@:t%=%)\n"
    (folder / f"{count}.make").write_text(text)


def write_ninja(program, folder, count):
    text = f"builddir = {folder}/ninja\nrule square\n  command = {program} $number\n"
    text += "".join(f"build t{n}: square\n  number = {n}\n" for n in range(1, count + 1))
    (folder / f"{count}.ninja").write_text(text)


def not_the_parallel_rush():
    """Debian's rush is another: a restricted shell."""
    if find_program("rush") is None:
        return ""
    found = subprocess.run(["rush", "--help"], capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
    return "" if "parallel" in found.stdout + found.stderr else "the rush here is another program"


def fork_server(mpr, build, program, tasks, rounds):
    what, name = "fork-server, C++ program", "mpr map --executor fork-server"
    return Group(
        "fork-server, C++ square", "tasks/s", tasks, rounds,
        (
            floor(build, program),
            Contender("fork floor", (f"{build}/bench/bench_fork_floor", "2", "1", "{count}"), prints=False),
            Contender(
                name, (*mpr.map(executor="fork-server"), program),
                ordered=True, memory=True, lacks=mpr.lacks("fork-server"),
            ),
        ),
        baselines=("floor", "fork floor"),
        goals=(
            Goal(what, name, "floor", at_least=3, against="the floor of new processes"),
            Goal(what, name, "fork floor", at_least=0.9, against="a bare fork and waitpid loop"),
        ),
        check=squares_are_right,
    )


def persistent(mpr, program, tasks, rounds):
    """Inputs so many that a process for each is out of the question. All of the output is checked."""

    def python(name, how):
        return Contender(name, (sys.executable, f"{HERE}/pool_map.py", how, "{count}"), ordered=True)

    def goal(whom, against, bound=None):
        return Goal(f"persistent job, {tasks} inputs", "mpr map", whom, at_least=bound, against=against)

    mine = Contender(
        "mpr map", (*mpr.map(program), "--inputs", "1..{count}"),
        ordered=True, memory=True, lacks=mpr.lacks("persistent"),
    )
    printing, joining = "Python Pool.map, print", "Python Pool.map, join"
    return Group(
        "persistent job, printed in order", "tasks/s", tasks, rounds,
        (mine, python(printing, "print"), python(joining, "join")),
        baselines=(printing, joining),
        goals=(
            goal(printing, "Python Pool.map, print each", 3),
            goal(joining, "Python Pool.map, its fastest variant"),
        ),
        check=squares_are_right, check_tasks=tasks,
    )


def streams(mpr, build, tasks, rounds):
    """Programs that answer line by line, each started once a worker."""

    def row(executor, name, *command, **more):
        return Contender(
            name, mpr.map("--inputs", "1..{count}", "--", *command, executor=executor),
            ordered=True, lacks=mpr.lacks(executor), **more,
        )

    def goal(what, whom, against):
        return Goal(what, what, whom, against=against)

    filter_c, worker = f"{build}/bench/square_lines", f"{HERE}/square_json.py"
    lines, sed, rows = "--executor lines, C filter", "--executor lines, sed -u", "--executor json, Python worker"
    one_filter, one_worker = "one C filter alone", "one JSON worker alone"
    return Group(
        "programs that answer line by line", "tasks/s", tasks, rounds,
        (
            Contender(one_filter, (filter_c,), ordered=True),
            Contender(
                one_worker, (sys.executable, worker), share=0.2, prints=False,
                stdin="{folder}/{count}.requests", prepare=write_requests,
            ),
            row("lines", lines, filter_c),
            row("lines", sed, "sed", "-u", "s/$/ /"),
            row("json", rows, sys.executable, worker, share=0.2),
        ),
        baselines=(one_filter, one_worker),
        goals=(
            goal(lines, one_filter, "one such filter alone, from a file"),
            goal(sed, one_filter, "one C filter alone, from a file"),
            goal(rows, one_worker, "one such worker alone, from a file"),
        ),
        check=answers_are_right,
    )


def write_requests(folder, count):
    lines = (json.dumps({"arguments": [str(n)], "requestId": 0}) + "\n" for n in range(1, count + 1))
    (folder / f"{count}.requests").write_text("".join(lines))


def answers_are_right(output, count, _ordered):
    """The number itself (sed's answer), or its square."""
    lines = output.split()
    return len(lines) == count and all(int(line) in (n, n * n) for n, line in enumerate(lines, start=1))


def start_to_end(mpr, rounds):
    xargs, mine = "xargs -n1 true", "mpr map true --inputs 1"
    return Group(
        "start to end of one task", "ms", 1, rounds,
        (
            Contender(xargs, ("xargs", "-n1", "true")),
            Contender(mine, (mpr.path, "map", "true", "--inputs", "1")),
            Contender("parallel true ::: 1", ("parallel", "--will-cite", "true", ":::", "1")),
        ),
        baselines=(xargs,),
        goals=(Goal(f"start to end of {mine}", mine, xargs, "difference", at_most=2),),
    )


def cost_group(title, what, sizes, contender, rounds, goals):
    """The cost of a task in runs of several sizes, the first of which is one task: the start-up. It is taken off the
    others, as in a run of a thousand persistent tasks it would be nearly all."""
    return Group(
        title, "us/task", sizes[-1], rounds,
        tuple(contender(size) for size in sizes),
        baselines=(count_text(sizes[1]),),
        goals=tuple(
            Goal(f"cost of a task in {large} {what}", count_text(large), count_text(small), at_most=1.1,
                 against=f"in {small}, start-up taken off both")
            for small, large in goals
        ) + (Goal(f"peak memory of mpr, {sizes[-1]} {what}", count_text(sizes[-1]), measure="memory", at_most=100),),
        startup=count_text(sizes[0]),
    )


def count_text(tasks):
    return "1 task" if tasks == 1 else f"{tasks} tasks"


def cost_of_persistent(mpr, program, tasks, rounds):
    sizes = (1, tasks // 100, tasks // 10, tasks)
    repeats = dict(zip(sizes, (15, 15, 5, 1)))

    def contender(size):
        return Contender(
            count_text(size), (*mpr.map(program), "--inputs", "1..{count}"), tasks=size, repeats=repeats[size],
            memory=size == sizes[-1], lacks=mpr.lacks("persistent"),
        )

    return cost_group(
        "cost of a task in long runs, persistent", "persistent tasks", sizes, contender, rounds,
        ((sizes[1], sizes[3]), (sizes[2], sizes[3])),
    )


def cost_of_exec(mpr, program, tasks, rounds, full):
    small = tasks // 4
    sizes = (1, small, small * 10, *((small * 100,) if full else ()))

    def contender(size):
        return Contender(
            count_text(size), (*mpr.map(program, executor="exec"), "--inputs", "1..{count}"), tasks=size,
            repeats={1: 15, small: 3}.get(size, 1), needs=(program,), memory=size == sizes[-1],
        )

    return cost_group(
        "cost of a task in long runs, exec", "tasks, each a process", sizes, contender, 3 if full else min(rounds, 5),
        tuple((small, size) for size in sizes[2:]),
    )


def large_outputs(mpr, tasks, rounds):
    """Each task writes half a megabyte, which is read from a pipe."""

    def row(name, *argv, **more):
        return Contender(
            name, (*argv, "head", "/dev/zero", "-c"), needs=("head",), stdin="{folder}/{count}.sizes",
            prepare=write_sizes, **more,
        )

    def goal(whom):
        return Goal(f"mpr map, outputs of {OUTPUT_BYTES / 1e6} MB", "mpr map", whom)

    return Group(
        f"large outputs, {OUTPUT_BYTES / 1e6} MB a task", "MB/s", tasks, rounds,
        (
            row("mpr map", *mpr.map(executor="exec"), memory=True),
            row("xargs -P2 -n1", "xargs", "-P2", "-n1"),
            row("parallel -j2 -k", "parallel", "--will-cite", "-j2", "-k", share=0.5),
        ),
        baselines=("xargs -P2 -n1", "parallel -j2 -k"),
        goals=(goal("xargs -P2 -n1"), goal("parallel -j2 -k")),
        check=lambda output, count, ordered: len(output) == count * OUTPUT_BYTES, check_tasks=8,
        scale=OUTPUT_BYTES / 1e6, drained=True,
    )


def write_sizes(folder, count):
    (folder / f"{count}.sizes").write_text(f"{OUTPUT_BYTES}\n" * count)


def recording(mpr, program, tasks, rounds):
    ways = (
        ("mpr map", ()),
        ("mpr map --store", ("--store", "{folder}/runs.db")),
        ("mpr map --store, for power", ("--store", "{folder}/runs.db", "--durability", "power")),
    )
    return Group(
        "what recording costs, C++ square", "tasks/s", tasks, rounds,
        tuple(
            Contender(name, (*mpr.map(*options, executor="exec"), program), needs=(program,), ordered=True)
            for name, options in ways
        ),
        baselines=("mpr map",),
        check=squares_are_right,
    )
