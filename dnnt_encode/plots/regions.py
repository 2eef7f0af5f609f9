"""What a network of two inputs answers everywhere, with the samples that it was trained on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dnnt_encode.errors import InputError
from dnnt_encode.instance.instance import Instance
from dnnt_encode.instance.rationals import ExactArray
from dnnt_encode.instance.weights import Weights, classify

if TYPE_CHECKING:
    from matplotlib.figure import Figure

STEPS = 240
"""Points along each side; every one is evaluated exactly."""

MARKERS = "os^Dv*Xp"


def regions_figure(weights: Weights, instance: Instance) -> Figure:
    """Raises InputError where there are not two inputs and one answer."""
    from dnnt_encode.plots.figure import new_figure

    network = instance.network
    if network.inputs != 2 or (weights.task == "vector" and network.outputs != 1):
        raise InputError(
            f"regions are drawn of 2 inputs, and of classes or one output; this network has {network.inputs} inputs "
            f"and {network.outputs} outputs"
        )
    samples = instance.dataset.x.floats()
    low, high = samples.min(axis=0), samples.max(axis=0)
    edge = np.where(high > low, high - low, 2.0) * 0.15
    # Hundredths of a step are exact decimals.
    ticks = [np.round(np.linspace(a, b, STEPS), 6) for a, b in zip(low - edge, high + edge, strict=True)]
    grid = np.stack(np.meshgrid(*ticks), axis=-1).reshape(-1, 2)
    outputs = weights.outputs(ExactArray.from_values(grid))
    figure = new_figure(5, 4.5)
    axes = figure.add_subplot()
    extent = (ticks[0][0], ticks[0][-1], ticks[1][0], ticks[1][-1])
    if weights.task == "vector":
        values = outputs.floats()[:, 0].reshape(STEPS, STEPS)
        shown = axes.imshow(values, extent=extent, origin="lower", aspect="auto", cmap="Greys", alpha=0.8)
        figure.colorbar(shown, label="output")
        axes.scatter(samples[:, 0], samples[:, 1], s=30, facecolors="white", edgecolors="black")
        return figure
    count = max(2, network.outputs)
    classes = classify(outputs).reshape(STEPS, STEPS)
    shades = {"cmap": "Greys", "vmin": -0.3, "vmax": count}
    axes.imshow(classes, extent=extent, origin="lower", aspect="auto", interpolation="nearest", **shades)
    names = instance.dataset.classes or [f"class {number}" for number in range(count)]
    targets = np.asarray(instance.dataset.y)
    for number, name in enumerate(names):
        own = samples[targets == number]
        marker = MARKERS[number % len(MARKERS)]
        axes.scatter(own[:, 0], own[:, 1], s=40, marker=marker, facecolors="white", edgecolors="black", label=name)
    axes.legend(fontsize="small")
    return figure
