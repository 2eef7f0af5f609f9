"""The sizes of an instance's encodings, format by format."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def sizes_figure(sizes: Mapping[str, Mapping[str, int]], partly: frozenset[str] = frozenset()) -> Figure:
    """``sizes``: of each format, by what is counted; ``partly``: the formats of which there is more."""
    from dnnt_encode.plots.figure import GREYS, new_figure

    figure = new_figure(6, 0.9 + 0.75 * len(sizes))
    axes = figure.add_subplot()
    for row, counts in enumerate(sizes.values()):
        height = 0.8 / max(len(counts), 1)
        for place, (what, count) in enumerate(counts.items()):
            spot = row + (place + 0.5) * height - 0.4
            axes.barh(spot, max(count, 1), height=0.9 * height, color=GREYS[place % len(GREYS)])
            axes.text(max(count, 1), spot, f" {count:,} {what}", va="center", fontsize="small")
    axes.set_yticks(range(len(sizes)), [f"{name}, more than" if name in partly else name for name in sizes])
    axes.invert_yaxis()
    axes.set_xscale("log")
    axes.margins(x=0.35)
    return figure
