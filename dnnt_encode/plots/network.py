"""A trained network as a picture: units in columns, an edge for every weight that is not zero.

A full line is a positive weight, a dashed one a negative weight; the wider, the larger. Biases stand in their units.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from dnnt_encode.errors import InputError
from dnnt_encode.instance.weights import Weights
from dnnt_encode.parsers.encodings import feature_names

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_EDGES = 4000
"""More edges than this are a black square."""

FEW_EDGES = 40
"""Up to so many edges tell their weights where these are not all of one size."""

Spot = tuple[float, float]


def network_figure(weights: Weights) -> Figure:
    """Raises InputError where there is too much to see."""
    from dnnt_encode.plots.figure import new_figure

    first = weights.layers[0].weights.shape[1] if weights.network is None else weights.network.inputs
    widths = [first, *(layer.weights.shape[0] for layer in weights.layers)]
    edges = sum(int(np.count_nonzero(layer.weights.numerators)) for layer in weights.layers)
    if edges > MOST_EDGES or max(widths) > MOST_EDGES // 10:
        raise InputError(
            f"{edges} edges and up to {max(widths)} units in a layer cannot be told apart in a picture; at most "
            f"{MOST_EDGES} and {MOST_EDGES // 10} can"
        )
    figure = new_figure(2.2 * len(widths) + 2, min(max(2.5, 0.45 * max(widths)), 40))
    axes = figure.add_subplot()
    axes.set_axis_off()
    spots = [[(float(column), (width - 1) / 2 - row) for row in range(width)] for column, width in enumerate(widths)]
    sizes = {abs(value) for layer in weights.layers for value in layer.weights.fractions().ravel() if value}
    told = edges <= FEW_EDGES and len(sizes) > 1
    for number, layer in enumerate(weights.layers, start=1):
        before = [number - 1] if weights.network is None else weights.network.layers[number - 1].sources
        sources = [spot for source in before for spot in spots[source]]
        table = layer.weights.fractions()
        for unit, position in zip(*np.nonzero(layer.weights.numerators), strict=True):
            _edge(axes, sources[position], spots[number][unit], table[unit, position], max(sizes), told)
    _units(axes, spots, weights)
    axes.set_xlim(-0.9, len(widths) - 0.3)
    axes.set_ylim(-max(widths) / 2 - 0.3, max(widths) / 2 + 0.5)
    return figure


def _edge(axes: Axes, start: Spot, end: Spot, weight: Fraction, largest: Fraction, told: bool) -> None:
    style = {"color": "black", "linestyle": "-"} if weight > 0 else {"color": "0.45", "linestyle": "--"}
    width = 0.6 + 1.6 * float(abs(weight) / largest)
    axes.plot([start[0], end[0]], [start[1], end[1]], linewidth=width, zorder=1, **style)
    if told:
        # Off the middle, where the edges of a layer cross.
        spot = [0.7 * a + 0.3 * b for a, b in zip(start, end, strict=True)]
        box = {"facecolor": "white", "edgecolor": "none", "pad": 0.5}
        axes.text(*spot, str(weight), fontsize="x-small", ha="center", va="center", bbox=box, zorder=2)


def _units(axes: Axes, spots: list[list[Spot]], weights: Weights) -> None:
    for number, column in enumerate(spots):
        axes.scatter(*zip(*column, strict=True), s=380, facecolors="white", edgecolors="black", zorder=3)
        if number == 0:
            for spot, name in zip(column, _inputs(weights, len(column)), strict=True):
                axes.text(spot[0] - 0.18, spot[1], name, fontsize="small", ha="right", va="center")
            continue
        for spot, bias in zip(column, weights.layers[number - 1].biases.fractions(), strict=True):
            axes.text(*spot, str(bias), fontsize="x-small", ha="center", va="center", zorder=4)
        if weights.network is not None:
            name = weights.network.layers[number - 1].activation.name
            axes.text(number, column[0][1] + 0.55, name, fontsize="small", ha="center", va="bottom")
    if weights.classes is not None and len(spots[-1]) == len(weights.classes):
        for spot, name in zip(spots[-1], weights.classes, strict=True):
            axes.text(spot[0] + 0.18, spot[1], name, fontsize="small", ha="left", va="center")


def _inputs(weights: Weights, count: int) -> list[str]:
    """What the inputs are called."""
    columns = (weights.preprocessing or {}).get("columns", ())
    names = [name for item in columns for name in feature_names(item)]
    return names if len(names) == count else [f"x{number}" for number in range(count)]
