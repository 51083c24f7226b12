"""Made-up records, for the tests."""
from dataclasses import asdict

from contest import Goal


def result(*seconds, tasks=100, **more):
    return {"tasks": tasks, "seconds": list(seconds), **more}


def group(results, goals=(), baselines=("peer",), others=0.0, missing=None, **more):
    return {
        "unit": "tasks/s", "scale": 1.0, "rounds": 3, "startup": "", "baselines": list(baselines),
        "goals": [asdict(goal) for goal in goals], "results": results, "missing": missing or {}, "others": others,
        **more,
    }


def record(groups, **machine):
    calm = {"load": 0.1, "spread": 0.02, "share": 1.0}
    about = {"cpu": "a <CPU>", "cores": 2, "kernel": "6.1", "system": "Debian", "date": "2024-05-01T12:00:00+0000"}
    return {
        "version": 1, "quick": False, "machine": {**about, "revision": "abc", **machine},
        "calibration": {"before": calm, "after": calm}, "groups": groups,
    }


def twice_as_fast(**bounds):
    """A calm group in which mpr takes half of the peer's time, with one goal."""
    results = {"mpr": result(1.0, 1.01, 1.02), "peer": result(2.0, 2.02, 2.04)}
    return group(results, [Goal("the work", "mpr", "peer", **bounds)])
