"""From the seconds of the rounds to figures, ratios, and verdicts. Pure: all from a record, see record.py.

A ratio is taken between neighbours in one round, so what slows down a whole round does not count; quoted is the median
of the rounds. How far to trust it is told by its noise: how far the rounds of the contender that it is taken against
lie apart, or the ratios themselves, whichever is more. Above NOISE_LIMIT the verdict is "too noisy to tell", unless all
the rounds clear the goal, or miss it, by more than that noise. It is so too when other processes kept the CPUs busy, as
these hold up some contenders far more than others, and in every round alike.
"""
import statistics
from dataclasses import dataclass

NOISE_LIMIT = 0.15
LEAST_ROUNDS = 3  # fewer tell nothing of noise
OTHERS_LIMIT = 0.10  # the share of the CPUs that others may use
MEASURES = {"ratio": "x", "difference": " ms", "memory": " MB"}


@dataclass(frozen=True)
class Verdict:
    """What became of one goal. `kind` is reached, missed, noisy, absent (somebody was not there to be measured) or
    information; `text` is for people."""

    kind: str
    text: str
    median: float = None
    low: float = None
    high: float = None
    noise: float = None


def figures(group, name):
    """The rounds' figures in the group's unit."""
    result = group["results"][name]
    if group["unit"] == "ms":
        return [seconds * 1000 for seconds in result["seconds"]]
    if group["unit"] == "us/task":
        if name == group["startup"]:
            return [seconds * 1e6 for seconds in result["seconds"]]
        startups = group["results"][group["startup"]]["seconds"]
        # A run so short that it drowns in the start-up's noise must not make a negative figure.
        net = [max(seconds - startup, startup / 100) for seconds, startup in zip(result["seconds"], startups)]
        return [seconds * 1e6 / (result["tasks"] - 1) for seconds in net]
    return [result["tasks"] * group["scale"] / seconds for seconds in result["seconds"]]


def ratios(group, who, whom):
    return [mine / other for mine, other in zip(figures(group, who), figures(group, whom))]


def spread(values):
    """How far values lie apart, without the outlying quarter at both ends, as a part of their median."""
    values = sorted(values)
    middle = values[len(values) // 4 : len(values) - len(values) // 4]
    return (middle[-1] - middle[0]) / abs(statistics.median(values))


def disturbed(group):
    return group["others"] > OTHERS_LIMIT


def noise_of(group):
    """The spread of each baseline that was measured."""
    return {name: spread(figures(group, name)) for name in group["baselines"] if name in group["results"]}


def is_noisy(group):
    return group["rounds"] < LEAST_ROUNDS or disturbed(group) or max(noise_of(group).values(), default=0) > NOISE_LIMIT


def judge(group, goal):
    for name in (goal["who"], goal["whom"], group["startup"]):
        if name and name not in group["results"]:
            return Verdict("absent", absence(group, name, goal["who"]))
    if goal["measure"] == "memory":
        peak = group["results"][goal["who"]]["peak_kib"] / 1024
        return judged(goal, [peak], 0, 0)
    if goal["measure"] == "difference":
        whom = figures(group, goal["whom"])
        values = [mine - other for mine, other in zip(figures(group, goal["who"]), whom)]
        noise = spread(whom)
        return judged(goal, values, noise, noise * statistics.median(whom), disturbed(group))
    values = ratios(group, goal["who"], goal["whom"])
    noise = max(spread(figures(group, goal["whom"])), spread(values))
    return judged(goal, values, noise, noise, disturbed(group))


def absence(group, name, who):
    reason = group["missing"].get(name, "not measured")
    return reason if name == who else f"missing: {reason}"


def judged(goal, values, noise, margin, is_disturbed=False):
    """The margin is what the noise amounts to in the measure: a part of a ratio, or so many ms."""
    low, median, high = min(values), statistics.median(values), max(values)

    def verdict(kind, text):
        return Verdict(kind, text, median, low, high, noise)

    if len(values) < LEAST_ROUNDS and goal["measure"] != "memory":
        return verdict("noisy", "too few rounds to tell")
    if is_disturbed or (noise > NOISE_LIMIT and not clear_of(goal, low, high, margin)):
        return verdict("noisy", "too noisy to tell")
    if goal["at_least"] is None and goal["at_most"] is None:
        return verdict("information", "-")
    if goal["at_least"] is not None and median < goal["at_least"]:
        return verdict("missed", "missed by " + shortfall(goal, goal["at_least"] - median, goal["at_least"]))
    if goal["at_most"] is not None and median > goal["at_most"]:
        return verdict("missed", "missed by " + shortfall(goal, median - goal["at_most"], goal["at_most"]))
    return verdict("reached", "reached")


def shortfall(goal, amount, bound):
    if goal["measure"] == "ratio":
        part = amount / bound
        return f"{part:.0%}" if part >= 0.01 else "less than 1%"
    return f"{amount:.2g}{MEASURES[goal['measure']]}"


def clear_of(goal, low, high, margin):
    """Whether all the rounds lie on one side of the goal, if there is one, by more than the margin."""
    if goal["at_least"] is None and goal["at_most"] is None:
        return False
    bound = goal["at_least"] if goal["at_least"] is not None else goal["at_most"]
    if goal["measure"] == "difference":
        return low - margin > bound or high + margin < bound
    return low / (1 + margin) > bound or high * (1 + margin) < bound
