"""What was measured, as plain data that a JSON file holds: all tables and pictures are made from it, so that they can
be made again, and compared, without measuring again.

  {"version": 1, "quick": false, "machine": {...}, "calibration": {"before": {...}, "after": {...}},
   "groups": {TITLE: {"unit", "scale", "rounds", "startup", "baselines": [NAME...], "goals": [GOAL...],
                      "results": {NAME: {"tasks", "seconds": [of each round], "peak_kib", "events"}},
                      "missing": {NAME: REASON}, "others": SHARE OF THE CPUS THAT OTHER PROCESSES USED}}}
"""
import json
import re
from dataclasses import asdict
from pathlib import Path

VERSION = 1


def group_record(group, measured):
    return {
        "unit": group.unit,
        "scale": group.scale,
        "rounds": group.rounds,
        "startup": group.startup,
        "baselines": list(group.baselines),
        "goals": [asdict(goal) for goal in group.goals],
        **measured,
    }


def save(record, path):
    text = json.dumps(record, indent=1)
    # The rounds' seconds on one line.
    text = re.sub(r"\[\s+([-+.\de,\s]+?)\s+\]", lambda found: f"[{' '.join(found.group(1).split())}]", text)
    write(text + "\n", path)


def write(text, path):
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_text(text)


def load(path):
    """Raises ValueError when the file holds no record, OSError when it cannot be read."""
    try:
        record = json.loads(Path(path).read_text())
    except ValueError as error:
        raise ValueError(f"'{path}' is not JSON: {error}") from error
    if not isinstance(record, dict) or record.get("version") != VERSION:
        raise ValueError(f"'{path}' is not a record of version {VERSION} of scripts/bench")
    return record
