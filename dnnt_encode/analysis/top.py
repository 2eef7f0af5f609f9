"""What an objective never exceeds: where the costs of those that are maximised are counted from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

import numpy as np

from dnnt_encode.analysis.view import View
from dnnt_encode.instance.instance import Instance
from dnnt_encode.instance.objectives import check_objectives
from dnnt_encode.instance.stage import Objective, Stage


def top_of(instance: Instance, objective: Objective) -> Fraction:
    """What an objective never exceeds, by the bounds of the outputs; 0 for those that are minimised."""
    if not objective.maximises:
        return Fraction(0)
    view = View(instance)
    samples, outputs, scale = view.samples, view.bounds.layers[-1], view.bounds.scaled.output_scale
    own, low, high = samples.y, outputs.out_lower[samples.input_of], outputs.out_upper[samples.input_of]
    assert isinstance(own, np.ndarray)
    if instance.network.outputs == 1:
        most = np.where(own == 1, high[:, 0], -low[:, 0])
    else:
        rows, rivals = np.arange(len(own)), low.astype(object)
        rivals[rows, own] = rivals.min()
        most = high[rows, own] - rivals.max(axis=1)
    most = np.maximum(most.astype(object), 0)
    total = most.max() if objective.name == "margin" else (most * samples.multiplicity).sum()
    return Fraction(int(total), scale)


def last_stage(instance: Instance, objectives: Sequence[Objective], limits: Mapping[str, Fraction]) -> Stage | None:
    """The stage of the last of several objectives, by the values that all between the loss and it must keep; None for
    the loss alone. Raises ValueError where a value is missing or is of no such objective."""
    check_objectives(instance, objectives)
    between = objectives[1:-1]
    wrong = next((name for name in limits if name not in map(str, between)), None)
    if wrong is not None:
        raise ValueError(f"found a limit of {wrong}, which is no objective between the loss and the last one")
    missing = next((each for each in between if str(each) not in limits), None)
    if missing is not None:
        raise ValueError(f"the objective {missing} needs the value that it had: give --limit {missing}=VALUE")
    if len(objectives) == 1:
        return None
    values = tuple((each, limits[str(each)]) for each in between)
    return Stage(objectives[-1], values, top_of(instance, objectives[-1]))
