"""The loss and the bound of a run over time, from the trace of its result."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def trace_figure(trace: Sequence[tuple[float, float | None, float | None]], total: float) -> Figure:
    """``trace``: seconds, loss, bound, in order; ``total``: seconds of the whole run."""
    from dnnt_encode.plots.figure import line_style, new_figure

    figure = new_figure(6, 3.5)
    axes = figure.add_subplot()
    for number, (place, name) in enumerate(((1, "loss"), (2, "bound"))):
        points = [(point[0], point[place]) for point in trace if point[place] is not None]
        if points:
            points.append((max(total, points[-1][0]), points[-1][1]))
            seconds, values = zip(*points, strict=True)
            axes.step(seconds, values, where="post", label=name, **line_style(2 * number))
    axes.set_xlim(left=0)
    axes.set_xlabel("seconds")
    axes.legend()
    return figure
