"""Runs side by side: how many are solved in how many seconds, and one side against another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dnnt_encode.plots.figure import line_style, new_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from dnnt_encode.bench.report import Standings


def cactus(table: Standings) -> Figure:
    """For every side the seconds of its solved runs, in order: the further right, the more is solved."""
    figure = new_figure(6, 4)
    axes = figure.add_subplot()
    for number, (side, found) in enumerate(table.items()):
        seconds = sorted(max(row.seconds, 0.01) for row in found.values() if row.solved)
        axes.step(range(1, len(seconds) + 1), seconds, where="post", marker=".", label=side, **line_style(number))
    axes.set_yscale("log")
    axes.set_xlabel("runs solved")
    axes.set_ylabel("seconds, each run")
    axes.legend()
    return figure


def scatter(table: Standings, first: str, other: str) -> Figure:
    """A point a run of both sides, open ones at the limit: below the diagonal the other side is faster."""
    figure = new_figure(4.5, 4.5)
    axes = figure.add_subplot()
    pairs = [(row, table[other][task]) for task, row in table[first].items() if task in table[other]]
    points = [(max(a.counted, 0.01), max(b.counted, 0.01)) for a, b in pairs]
    ends = [min((min(p) for p in points), default=0.1) / 1.5, max((max(p) for p in points), default=1) * 1.5]
    axes.plot(ends, ends, color="0.7", linewidth=1)
    for fill, wanted in (("black", True), ("none", False)):
        chosen = [p for p, (a, b) in zip(points, pairs, strict=True) if (a.solved and b.solved) == wanted]
        label = "both solve" if wanted else "one is open at the limit"
        axes.scatter([p[0] for p in chosen], [p[1] for p in chosen], facecolors=fill, edgecolors="black", label=label)
    axes.set(xscale="log", yscale="log", xlim=ends, ylim=ends, xlabel=f"{first}, seconds", ylabel=f"{other}, seconds")
    axes.legend(fontsize="small")
    return figure
