#!/usr/bin/env python3
"""Measures mpr against floors, xargs, GNU parallel, make, and Python; prints tables of ratios, and what became of the
goals. Run it as scripts/bench.

The modules: contest.py (the words), tool_groups.py, library_groups.py and pinning.py (what is measured), running.py
(how), machine.py (on what), judging.py (ratios, noise, verdicts), record.py (the JSON file), comparing.py (two of
them), report.py (tables), picture.py. To add a row, add a Contender to a group and, for the summary, a Goal.
"""
import argparse
import os
import sys
from pathlib import Path

import machine
import picture
import record
import report
from library_groups import library_groups
from pinning import EventCounter, pinning_groups
from running import Runner, measure, note
from tool_groups import Mpr, tool_groups

ROOT = Path(__file__).resolve().parent.parent.parent


def options():
    parser = argparse.ArgumentParser(
        prog="scripts/bench", description="Measure mpr against floors, xargs, GNU parallel, make, and Python."
    )
    parser.add_argument("--quick", action="store_true", help="about a minute, for a first look")
    parser.add_argument("--full", action="store_true", help="also a run of a hundred thousand processes, three times")
    parser.add_argument("--rounds", type=int, metavar="N", help="rounds of each comparison (default 7, quick 3)")
    parser.add_argument("--only", metavar="TEXT", default="", help="only the groups whose title contains TEXT")
    parser.add_argument("--list", action="store_true", help="print the titles of the groups; measure nothing")
    parser.add_argument("--json", metavar="FILE", help="write all that was measured to FILE")
    parser.add_argument("--from", metavar="FILE", dest="source", help="measure nothing: report what is in FILE")
    parser.add_argument("--compare", metavar="FILE", help="also how the figures moved since FILE was written")
    parser.add_argument("--picture", metavar="FILE", help="also draw the ratios, as SVG, to FILE")
    parser.add_argument("--install-peers", action="store_true", help="first install what mpr is measured against")
    parser.add_argument("--build", default=ROOT / "build", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.rounds is None:
        chosen.rounds = 3 if chosen.quick else 7
    if chosen.rounds < 1:
        parser.error("argument --rounds: at least 1 is needed")
    return chosen


def groups(chosen):
    build, tasks, rounds = Path(chosen.build).resolve(), 500 if chosen.quick else 4000, chosen.rounds
    every = (
        *tool_groups(build, tasks, rounds, chosen.full),
        *library_groups(build, tasks, rounds),
        *pinning_groups(Mpr(build), build, tasks, rounds),
    )
    return [group for group in every if chosen.only in group.title]


def measure_all(chosen):
    cpus = sorted(os.sched_getaffinity(0))
    found = {
        "version": record.VERSION,
        "quick": chosen.quick,
        "machine": machine.description(ROOT),
        "calibration": {"before": machine.calibration(cpus[:2])},
        "groups": {},
    }
    print(report.machine_text(found), flush=True)
    if len(cpus) < 2:
        note("one CPU only: two workers share it, and pinning tells nothing")
    os.sched_setaffinity(0, cpus[:2])
    count_events = EventCounter()
    with Runner() as runner:
        for group in groups(chosen):
            measured = record.group_record(group, measure(group, runner, count_events))
            found["groups"][group.title] = measured
            print("\n" + report.group_text(group.title, measured), flush=True)
    found["calibration"]["after"] = machine.calibration(cpus[:2])
    return found


def report_whole(found):
    print(report.machine_text(found))
    for title, group in found["groups"].items():
        print("\n" + report.group_text(title, group))


def main():
    chosen = options()
    if chosen.list:
        print("\n".join(group.title for group in groups(chosen)))
        return
    # Read before anything is measured, so that a wrong name is told at once.
    old = record.load(chosen.compare) if chosen.compare else None
    if chosen.source:
        found = record.load(chosen.source)
        report_whole(found)
    else:
        found = measure_all(chosen)
        if chosen.json:
            record.save(found, chosen.json)
        print("\n" + report.machine_text(found).splitlines()[-1])
    if any(group["goals"] for group in found["groups"].values()):
        print("\n" + report.summary_text(found))
    if old:
        print("\n" + report.comparison_text(old, found))
    if chosen.picture:
        record.write(picture.svg(found), chosen.picture)


if __name__ == "__main__":
    try:
        main()
    except OSError as error:
        note(f"'{error.filename}': {error.strerror}")
        sys.exit(1)
    except ValueError as error:
        note(error)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
