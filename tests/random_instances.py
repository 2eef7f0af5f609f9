"""Random tiny instances from Hypothesis: all losses, activations, depths, kinds of set, rationals, multiplicities."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
from hypothesis import strategies as st

from dnnt_encode.instance import (
    ACTIVATIONS,
    LOSSES,
    Dataset,
    ExactArray,
    Instance,
    Layer,
    Network,
    SetGrid,
    activation,
    loss,
    parameter_set,
)
from dnnt_encode.instance.losses import ENTRIES

SETS = (
    (-1, 0, 1),
    (-1, 1),
    (0, 1),
    (1,),
    (0,),
    (-1,),
    (-2, 0, 1),
    (-3, -1, 0, 4),
    (1, 2),
    ("-1/2", "1/3"),
    (-1, "0.5", 1),
    (0, "1/2", 1),
    (-5, 7),
    (-2, -1),
)
PARAMETERS = {
    "margin": ("1", "1", "1/2", "3"),
    "epsilon": ("1/2", "1", "0", "7/3"),
    "quantile": ("1/2", "1/3", "9/10"),
}
INPUTS = (0, 0, 1, 1, -1, 2, -3, "1/2", "-2/3", 5)


def _set_with(draw: Any, room: list[int]) -> tuple[Fraction, ...]:
    """A set that keeps the number of assignments within what is left of ``room``."""
    values = parameter_set(draw(st.sampled_from(SETS)))
    if len(values) > room[0]:
        values = values[:1]
    room[0] //= len(values)
    return values


def _grid(draw: Any, shape: tuple[int, ...], room: list[int]) -> SetGrid:
    count = int(np.prod(shape))
    shared = parameter_set(draw(st.sampled_from(SETS)))
    if draw(st.booleans()) and len(shared) ** count <= room[0]:
        room[0] //= len(shared) ** count
        return SetGrid.uniform(shared, shape)
    sets = [_set_with(draw, room) for _ in range(count)]
    return SetGrid.from_nested(np.array([*sets, None], dtype=object)[:-1].reshape(shape), shape)


@st.composite
def tiny_instances(
    draw: Any,
    losses: tuple[str, ...] = LOSSES,
    activations: tuple[str, ...] = ACTIVATIONS,
    assignments: int = 200,
    max_hidden_layers: int = 2,
    skips: bool = True,
    max_inputs: int = 2,
) -> Instance:
    """An instance of at most ``assignments`` parameter assignments."""
    chosen = draw(st.sampled_from(losses))
    parameter = ENTRIES[chosen].parameter
    given = {} if parameter is None else {parameter.name: draw(st.sampled_from(PARAMETERS[parameter.name]))}
    by_class = loss(chosen).targets == "class"
    outputs = draw(st.sampled_from((1, 1, 2, 3) if by_class else (1, 1, 2)))
    inputs = draw(st.integers(1, max_inputs))
    hidden = draw(st.lists(st.integers(1, 3), min_size=0, max_size=max_hidden_layers))
    widths = [inputs, *hidden, outputs]
    room = [assignments]
    layers = []
    for position in range(1, len(widths)):
        last = position == len(widths) - 1
        name = draw(st.sampled_from((*activations, *(["identity"] * 4 if last else []))))
        c = Fraction(draw(st.sampled_from(("1", "2", "1/2")))) if name == "clipped_relu" else None
        sources: tuple[int, ...] = (position - 1,)
        if skips and position > 1 and draw(st.integers(0, 3)) == 0:
            sources = draw(st.sampled_from(((position - 1, 0), (0, position - 1))))
        fan_in = sum(widths[source] for source in sources)
        weights = _grid(draw, (widths[position], fan_in), room)
        layers.append(
            Layer(widths[position], activation(name, c), weights, _grid(draw, (widths[position],), room), sources)
        )
    samples = draw(st.integers(1, 4))
    x = [[draw(st.sampled_from(INPUTS)) for _ in range(inputs)] for _ in range(samples)]
    if samples > 1 and draw(st.booleans()):
        x[1] = x[0]
    y: Any
    if by_class:
        y = np.array([draw(st.integers(0, max(1, outputs - 1))) for _ in range(samples)], dtype=np.int64)
    else:
        values = st.sampled_from((0, 1, -1, 2, -4, "1/2", "7/3"))
        y = ExactArray.from_values([[draw(values) for _ in range(outputs)] for _ in range(samples)])
    counts = np.array([draw(st.sampled_from((1, 1, 2, 5))) for _ in range(samples)], dtype=np.int64)
    dataset = Dataset(ExactArray.from_values(x), y, counts)
    return Instance("random", Network(inputs, tuple(layers)), dataset, loss(chosen, **given))


_STEPS = ((-1, 0, 1), (-1, 0, 1), (0, 1), (-2, 0, 2), (-1, 0, 2), (3, 5), (0,))


@st.composite
def classifiers(draw: Any, assignments: int = 2000) -> Instance:
    """An instance of two or three outputs that count by their differences, whose sets are mostly of equal steps."""
    sets = st.sampled_from(_STEPS)
    outputs, inputs = draw(st.sampled_from((2, 2, 3))), draw(st.integers(1, 2))
    hidden = draw(st.sampled_from(([], [1], [1], [2], [1, 1])))
    widths = [inputs, *hidden, outputs]
    room, layers = [assignments], []
    for position in reversed(range(1, len(widths))):
        last = position == len(widths) - 1
        name = "identity" if last else draw(st.sampled_from(("relu", "relu", "step", "sign")))
        shape = (widths[position], widths[position - 1])
        grids = []
        for form in (shape, shape[:1]):
            values, single = draw(sets), draw(st.sampled_from((0, 1)))
            size, other = int(np.prod(form)), [single]
            if len(values) ** size > room[0]:
                values = other
            chosen = [values] * size
            if draw(st.integers(0, 3)) == 0:
                chosen[draw(st.integers(0, size - 1))] = draw(st.sampled_from((values, [v + 1 for v in values])))
            room[0] //= max(1, len(values) ** size)
            nested = [chosen[k * form[1] : (k + 1) * form[1]] for k in range(form[0])] if len(form) > 1 else chosen
            grids.append(SetGrid.from_nested(nested, form))
        layers.insert(0, Layer(widths[position], activation(name), *grids, (position - 1,)))
    samples = draw(st.integers(1, 4))
    x = [[draw(st.sampled_from(INPUTS)) for _ in range(inputs)] for _ in range(samples)]
    y = np.array([draw(st.integers(0, outputs - 1)) for _ in range(samples)], dtype=np.int64)
    chosen_loss = draw(st.sampled_from([name for name in LOSSES if loss(name).targets == "class"]))
    parameter = ENTRIES[chosen_loss].parameter
    given = {} if parameter is None else {parameter.name: draw(st.sampled_from(PARAMETERS[parameter.name]))}
    dataset = Dataset(ExactArray.from_values(x), y, np.ones(samples, dtype=np.int64))
    return Instance("classifier", Network(inputs, tuple(layers)), dataset, loss(chosen_loss, **given))
