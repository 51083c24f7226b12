"""The library's classes against Python's multiprocessing, Boost.Interprocess and a floor of bare system calls; and the
run store.

Here every contender itself measures the work in question, checks its result, and prints the seconds: making pools,
queues and the processes that use them is not counted, for none of them, as all have to. A ratio of 2 is always "twice
as fast".
"""
import sys
from pathlib import Path

from contest import Contender, Goal, Group

HERE = Path(__file__).resolve().parent


def library_groups(build, tasks, rounds):
    """The number of tasks is for groups whose task takes 0.1 ms or so; others do more."""

    def row(name, program, *argv, **more):
        return Contender(name, (f"{build}/bench/bench_{program}", *argv, "{count}"), **more)

    def python(work, *argv, share=1.0):
        return Contender("Python", (sys.executable, f"{HERE}/library.py", work, *argv, "{count}"), share=share)

    def group(title, unit, count, *contenders, goals=()):
        baselines = tuple(c.name for c in contenders if c.name in ("floor", "Boost", "Python"))
        judged = tuple(
            Goal(f"library: {title}", "mpr", whom, at_least=bound, against=against) for whom, bound, against in goals
        )
        return Group(
            f"library: {title}", unit, count, rounds, contenders, baselines, judged, prints_seconds=True
        )

    def queue(pairs, goals=()):
        return group(
            f"Queue<long>, {pairs} to {pairs}", "items/s", tasks * 125,
            row("floor", "queue_pipe", pairs),
            row("mpr", "queue", pairs, share=8),
            row("Boost", "queue_boost", pairs, share=2),
            python("queue", pairs, share=0.1),
            goals=goals,
        )

    return (
        group(
            "Pool.map, automatic chunks", "items/s", tasks * 250,
            row("mpr", "pool_map", "0", repeats=5),
            python("map", "0"),
            goals=(("Python", 20, "Python's Pool"),),
        ),
        group(
            "Pool.map, chunks of 1", "items/s", tasks * 25,
            row("mpr", "pool_map", "1", repeats=3),
            python("map", "1", share=0.2),
            goals=(("Python", 8, "Python's Pool"),),
        ),
        group(
            "Pool.apply, there and back", "calls/s", tasks * 5,
            row("floor", "apply_pipe"),
            row("mpr", "pool_apply"),
            python("apply", share=0.25),
            goals=(("Python", 8, "Python's Pool"),),
        ),
        queue("1", (("Python", 15, "Python's Queue"), ("floor", 0.9, "a pipe, one write an item"))),
        queue("2"),
        group(
            "Lock, uncontended", "locks/s", tasks * 2500,
            row("floor", "lock_pthread"),
            row("mpr", "lock"),
            row("Boost", "lock_boost"),
            python("lock", share=0.1),
            goals=(("floor", 0.9, "a pthread robust mutex"),),
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
        store_group(build, tasks, rounds),
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
        prints_seconds=True,
    )
