"""The tables that people read, as text from a record."""
import statistics

from comparing import differences, moves
from judging import MEASURES, OTHERS_LIMIT, disturbed, figures, is_noisy, judge, noise_of, ratios
from machine import disturbance

EXTRAS = {"peak_kib": "peak MB", "events": "migrations, context switches, CPU s"}


def aligned(rows, left=1):
    """The rows as lines, in columns; the first `left` columns are words, the others numbers."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        cells = [cell.ljust(w) if i < left else cell.rjust(w) for i, (cell, w) in enumerate(zip(row, widths))]
        yield "  ".join(cells).rstrip()


def machine_text(record):
    machine = record["machine"]
    lines = [
        f"{machine['cpu']}, two of its {machine['cores']} CPUs; {machine['system']}, Linux {machine['kernel']}; "
        f"{machine['date']}; revision {machine['revision'] or 'unknown'}"
    ]
    for when, found in record["calibration"].items():
        reason = disturbance(found)
        lines.append(
            f"{when} measuring: load {found['load']:.2f}, the same work varies by {found['spread']:.0%}, "
            f"a process gets {found['share']:.0%} of its CPU: "
            + (f"NOT CALM, as {reason}" if reason else "calm")
        )
    return "\n".join(lines)


def number(value, unit=""):
    if unit == "us/task":
        return f"{value:.3f}"
    return f"{value:.2f}" if unit == "ms" or abs(value) < 100 else f"{value:.0f}"


def group_text(title, group):
    results = group["results"]
    baselines = [name for name in group["baselines"] if name in results]
    rows = [["", "tasks", group["unit"], *(f"against {name}" for name in baselines)]]
    extras = [key for key in EXTRAS if any(key in result for result in results.values())]
    rows[0] += [EXTRAS[key] for key in extras]
    for name, result in results.items():
        row = [name, str(result["tasks"]), number(statistics.median(figures(group, name)), group["unit"])]
        row += ["-" if name in (base, group["startup"]) else limits(ratios(group, name, base)) for base in baselines]
        rows.append(row + [extra_text(key, result) for key in extras])
    rounds = "1 round" if group["rounds"] == 1 else f"{group['rounds']} rounds"
    lines = [f"{title} ({rounds}; median, and of ratios the limits)"]
    lines += ["  " + line for line in aligned(rows)]
    lines += [f"  not measured: {name}: {reason}" for name, reason in group["missing"].items()]
    return "\n".join([*lines, f"  {noise_text(group)}"])


def limits(values):
    return f"{number(statistics.median(values))} ({number(min(values))}..{number(max(values))})"


def extra_text(key, result):
    if key not in result:
        return ""
    if key == "peak_kib":
        return f"{result['peak_kib'] / 1024:.1f}"
    events = result["events"]
    migrations = "-" if events["migrations"] is None else events["migrations"]
    return f"{migrations}, {events['switches']}, {events['cpu_seconds']:.2f}"


def noise_text(group):
    spreads = "".join(f"{name} {spread:.0%}, " for name, spread in noise_of(group).items())
    others = f"others used {group['others']:.0%} of the CPUs{' (too much)' if disturbed(group) else ''}"
    return f"noise between rounds: {spreads}{others}: {'TOO NOISY TO TELL' if is_noisy(group) else 'calm'}"


def bound_text(goal):
    unit = MEASURES[goal["measure"]]
    if goal["at_least"] is not None:
        return f">= {goal['at_least']:g}{unit}"
    return f"<= {goal['at_most']:g}{unit}" if goal["at_most"] is not None else "-"


def value_text(goal, verdict):
    if verdict.median is None:
        return "-"
    unit = MEASURES[goal["measure"]]
    text = f"{number(verdict.median)}{unit}"
    return text if verdict.low == verdict.high else f"{text} ({number(verdict.low)}..{number(verdict.high)})"


def summary_text(record):
    """A table of all goals, which is Markdown, too."""
    rows = [["work", "against", "goal", "median (limits)", "noise", "verdict"]]
    for group in record["groups"].values():
        for goal in group["goals"]:
            verdict = judge(group, goal)
            noise = "-" if verdict.noise is None or goal["measure"] == "memory" else f"{verdict.noise:.0%}"
            against = goal["against"] or goal["whom"]
            rows.append([goal["what"], against, bound_text(goal), value_text(goal, verdict), noise, verdict.text])
    lines = [f"| {line} |" for line in table_lines(rows)]
    lines.insert(1, "|" + "|".join("-" * len(cell) for cell in lines[0].split("|")[1:-1]) + "|")
    note = f"Too noisy: the rounds lie too far apart, or other processes used over {OTHERS_LIMIT:.0%} of the CPUs."
    return "\n".join(["summary", *lines, note])


def table_lines(rows):
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return [" | ".join(cell.ljust(width) for cell, width in zip(row, widths)) for row in rows]


def comparison_text(old, new):
    found = list(moves(old, new))
    moved = [move for move in found if move.counts]
    noisy = sum(move.noisy for move in found)
    head = f"compared with {old['machine']['date']}, revision {old['machine']['revision'] or 'unknown'}"
    lines = [head] + [f"  hard to compare: {text}" for text in differences(old, new)]
    if moved:
        rows = [["group", "figure", "then", "now", "change", "noise"]]
        for move in moved:
            change, noise = f"{move.change:+.0%}", f"{move.noise:.0%}"
            rows.append([move.group, move.name, number(move.old), number(move.new), change, noise])
        lines += ["  " + line for line in aligned(rows, left=2)]
    still = len(found) - len(moved) - noisy
    lines.append(f"  {len(moved)} figures moved; {still} did not beyond their noise; {noisy} are too noisy to compare")
    return "\n".join(lines)
