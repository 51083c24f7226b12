"""How the figures moved from one record to another. Pure."""
import statistics
from dataclasses import dataclass

from judging import figures, is_noisy, judge, spread

LEAST = 0.03  # nothing that moved by less is worth a word


@dataclass(frozen=True)
class Move:
    """One figure, then and now. `noise` is the sum of both records' own; the move counts if it is beyond that."""

    group: str
    name: str
    old: float
    new: float
    noise: float
    noisy: bool  # one of the two was too noisy to tell

    @property
    def change(self):
        return self.new / self.old - 1

    @property
    def counts(self):
        return not self.noisy and abs(self.change) > max(LEAST, self.noise)


def moves(old, new):
    """The goals' ratios, then the contenders' figures, of all that both records hold."""
    shared = [title for title in new["groups"] if title in old["groups"]]
    for title in shared:
        yield from ratio_moves(title, old["groups"][title], new["groups"][title])
    for title in shared:
        yield from figure_moves(title, old["groups"][title], new["groups"][title])


def ratio_moves(title, old, new):
    for goal in new["goals"]:
        then, now = judge(old, goal), judge(new, goal)
        if goal["measure"] != "ratio" or "absent" in (then.kind, now.kind):
            continue
        noisy = "noisy" in (then.kind, now.kind)
        yield Move(title, f"{goal['who']} : {goal['whom']}", then.median, now.median, then.noise + now.noise, noisy)


def figure_moves(title, old, new):
    for name in new["results"]:
        if name in old["results"] and old["unit"] == new["unit"]:
            then, now = figures(old, name), figures(new, name)
            noisy = is_noisy(old) or is_noisy(new)
            yield Move(title, name, statistics.median(then), statistics.median(now), spread(then) + spread(now), noisy)


def differences(old, new):
    """What makes the records hard to compare."""
    for key in ("cpu", "cores", "kernel"):
        then, now = (record["machine"].get(key) for record in (old, new))
        if then != now:
            yield f"{key}: {then} then, {now} now"
    if old["quick"] != new["quick"]:
        yield "one of the two is of --quick"
