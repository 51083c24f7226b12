"""The summary as a picture: how many times as fast mpr is as what it is measured against, as bars on a logarithmic
axis, with a tick where the goal is. Plain SVG, for light and dark pages. Pure.
"""
import math
from xml.sax.saxutils import escape

from judging import judge

WIDTH, LABELS, VALUES = 1020, 470, 150  # of the picture, the column of labels, the column of values
ROW, BAR, TOP = 24, 12, 92
STYLE = """
  text { font: 13px system-ui, -apple-system, "Segoe UI", sans-serif; fill: #24292f; }
  .title { font-size: 17px; font-weight: 600; }
  .quiet { fill: #57606a; font-size: 12px; }
  .grid { stroke: #d0d7de; stroke-width: 1; }
  .one { stroke: #57606a; stroke-width: 1.5; }
  .goal { stroke: #24292f; stroke-width: 2.5; }
  .whisker { stroke: #24292f; stroke-width: 1; opacity: 0.55; }
  .reached { fill: #2da44e; } .missed { fill: #d4622a; } .information { fill: #5b8def; } .noisy { fill: #a0a7af; }
  .page { fill: #ffffff; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3; } .quiet { fill: #9198a1; } .grid { stroke: #30363d; } .one { stroke: #9198a1; }
    .goal, .whisker { stroke: #e6edf3; } .page { fill: #0d1117; }
    .reached { fill: #3fb950; } .missed { fill: #f0883e; } .information { fill: #6ea0ff; } .noisy { fill: #6e7681; }
  }
"""
LEGEND = (("reached", "goal reached"), ("missed", "missed"), ("noisy", "too noisy to tell"), ("information", "no goal"))


def bars(record):
    """(goal, verdict) of all that is a ratio to be as large as can be, and was measured."""
    for group in record["groups"].values():
        for goal in group["goals"]:
            verdict = judge(group, goal)
            if goal["measure"] == "ratio" and goal["at_most"] is None and verdict.kind != "absent":
                yield goal, verdict


def svg(record):
    rows = list(bars(record))
    axis = Axis([value for goal, verdict in rows for value in (verdict.low, verdict.high, goal["at_least"] or 1)])
    height = TOP + ROW * len(rows) + 60
    bottom = TOP + ROW * len(rows)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}" '
        'role="img" aria-label="mpr compared with other ways to run many processes">',
        f"<style>{STYLE}</style>",
        f'<rect class="page" width="{WIDTH}" height="{height}" rx="8"/>',
        text(20, 32, "How many times as fast as the other", "title"),
        *legend(),
        *grid(axis, bottom),
    ]
    for number, (goal, verdict) in enumerate(rows):
        parts += bar(axis, TOP + ROW * number, goal, verdict)
    parts += (text(20, bottom + 30 + 16 * n, line, "quiet") for n, line in enumerate(origin(record)))
    return "\n".join([*parts, "</svg>\n"])


class Axis:
    """From ratios to places, logarithmic; 1 and whole powers of ten at both ends are always on it."""

    def __init__(self, ratios):
        self.low = math.floor(min([0, *(math.log10(ratio) for ratio in ratios)]) * 10) / 10 - 0.05
        self.high = max([1, *(math.log10(ratio) for ratio in ratios)]) + 0.05
        self.width = WIDTH - LABELS - VALUES

    def place(self, ratio):
        return LABELS + self.width * (math.log10(ratio) - self.low) / (self.high - self.low)

    def marks(self):
        candidates = (factor * 10.0**power for power in range(-3, 6) for factor in (1, 2, 5))
        return [mark for mark in candidates if self.low <= math.log10(mark) <= self.high]


def grid(axis, bottom):
    for mark in axis.marks():
        x = f"{axis.place(mark):.1f}"
        kind = "one" if mark == 1 else "grid"
        yield f'<line class="{kind}" x1="{x}" y1="{TOP - 6}" x2="{x}" y2="{bottom}"/>'
        yield text(x, TOP - 12, f"{mark:g}", "quiet", "middle")


def bar(axis, y, goal, verdict):
    start, end = sorted((axis.place(1), axis.place(verdict.median)))
    middle = y + ROW / 2
    against = goal["against"] or goal["whom"]
    yield (
        f'<text x="{LABELS - 12}" y="{middle + 4.5}" text-anchor="end">{escape(goal["what"])}'
        f'<tspan class="quiet" dx="6">to {escape(against)}</tspan></text>'
    )
    yield (
        f'<rect class="{verdict.kind}" x="{start:.1f}" y="{middle - BAR / 2:.1f}" width="{max(1, end - start):.1f}" '
        f'height="{BAR}" rx="2"/>'
    )
    yield (
        f'<line class="whisker" x1="{axis.place(verdict.low):.1f}" y1="{middle:.1f}" '
        f'x2="{axis.place(verdict.high):.1f}" y2="{middle:.1f}"/>'
    )
    if goal["at_least"] is not None:
        x = f"{axis.place(goal['at_least']):.1f}"
        yield f'<line class="goal" x1="{x}" y1="{middle - 9:.1f}" x2="{x}" y2="{middle + 9:.1f}"/>'
    yield text(WIDTH - VALUES + 14, middle + 4.5, f"{verdict.median:.{0 if verdict.median >= 100 else 2}f}x")
    if goal["at_least"] is not None:
        yield text(WIDTH - 20, middle + 4.5, f"goal {goal['at_least']:g}", "quiet", "end")


def legend():
    x = 20
    for kind, words in LEGEND:
        yield f'<rect class="{kind}" x="{x}" y="46" width="12" height="12" rx="2"/>'
        yield text(x + 18, 56, words, "quiet")
        x += 40 + 7 * len(words)
    yield f'<line class="goal" x1="{x + 4}" y1="44" x2="{x + 4}" y2="60"/>'
    yield text(x + 14, 56, "goal", "quiet")
    yield f'<line class="whisker" x1="{x + 58}" y1="52" x2="{x + 78}" y2="52"/>'
    yield text(x + 86, 56, "all rounds", "quiet")


def text(x, y, words, kind="", anchor="start"):
    style = f' class="{kind}"' if kind else ""
    return f'<text{style} x="{x}" y="{y}" text-anchor="{anchor}">{escape(words)}</text>'


def origin(record):
    machine = record["machine"]
    yield f"{machine['cpu']}, 2 CPUs used; {machine['system']}, Linux {machine['kernel']}"
    yield f"medians of rounds in turn; scripts/bench, revision {machine['revision']}, {machine['date'][:10]}"
