"""The instance: network, dataset, loss, threshold, and where it came from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np

from dnnt_encode.errors import InputErrors
from dnnt_encode.instance.activations import Activation, activation
from dnnt_encode.instance.arguments import (
    class_indices,
    for_layers,
    layer_widths,
    listed,
    multiplicities,
    set_grid,
    whole_number,
)
from dnnt_encode.instance.conditions import Conditions, joined
from dnnt_encode.instance.constraints import Constraint, SettledConditions
from dnnt_encode.instance.dataset import Dataset
from dnnt_encode.instance.hashing import dataset_form, loss_form, network_form, sha256_of, version_of
from dnnt_encode.instance.losses import Loss, loss
from dnnt_encode.instance.network import Layer, Network
from dnnt_encode.instance.rationals import ExactArray, number_json, to_fraction
from dnnt_encode.instance.stage import ONLY_LOSS, Objective, Stage
from dnnt_encode.instance.strategies import EnsembleStrategy

TERNARY = (-1, 0, 1)


@dataclass(frozen=True, eq=False)
class Instance:
    """A D-NNT problem: find allowed parameters whose loss is at most ``threshold``, or of least loss where it is None.

    ``objectives``: what is optimised, one after the other. ``constraints``: what answers have to be like beside; who
    asks checks them (``behaviour.check_constraints``). ``preprocessing`` records how a table became the dataset,
    ``source`` how the instance was generated. ``stage``: which of the later objectives is asked for, under the
    threshold; no file holds one. ``strategy``: what is trained is an ensemble (see ``ensemble``), where nobody says
    otherwise. Raises ValueError where dataset, network and loss do not fit each other.
    """

    name: str
    network: Network
    dataset: Dataset
    loss: Loss
    threshold: Fraction | None = None
    objectives: tuple[Objective, ...] = ONLY_LOSS
    preprocessing: dict[str, Any] | None = field(default=None)
    source: dict[str, Any] | None = field(default=None)
    stage: Stage | None = field(default=None)
    strategy: EnsembleStrategy | None = field(default=None)
    constraints: tuple[Constraint, ...] = ()

    def __post_init__(self) -> None:
        dataset, outputs = self.dataset, self.network.outputs
        if dataset.x.shape[1] != self.network.inputs:
            raise ValueError(f"x has {dataset.x.shape[1]} columns; the network has {self.network.inputs} inputs")
        if self.loss.targets == "vector":
            if not isinstance(dataset.y, ExactArray) or dataset.y.ndim != 2 or dataset.y.shape[1] != outputs:
                raise ValueError(f"the loss {self.loss.name} needs targets y of shape [samples, {outputs}]")
            if self.constraints:
                raise ValueError(f"constraints are about classes; the loss {self.loss.name} has vectors as targets")
            if self.strategy is not None:
                raise ValueError(f"{self.strategy} is for classes; the loss {self.loss.name} has vectors as targets")
            return
        if isinstance(dataset.y, ExactArray) or dataset.y.ndim != 1:
            raise ValueError(f"the loss {self.loss.name} needs class indices y of shape [samples]")
        classes = self.class_count
        wrong = np.flatnonzero((dataset.y < 0) | (dataset.y >= classes))
        if len(wrong):
            raise ValueError(
                f"sample {int(wrong[0])} has class {int(dataset.y[wrong[0]])}; with {outputs} outputs there are the "
                f"classes 0 to {classes - 1}"
            )
        if dataset.classes is not None and len(dataset.classes) != classes:
            raise ValueError(f"found {len(dataset.classes)} class names; there are {classes} classes")

    def __repr__(self) -> str:
        asked = "" if self.threshold is None else f", threshold {self.threshold}"
        return f"Instance({self.name!r}, {self.network}, {self.dataset.total} samples, {self.loss.name}{asked})"

    @property
    def class_count(self) -> int:
        """The number of classes a class loss distinguishes: the outputs, or 2 where there is one."""
        return max(2, self.network.outputs)

    @cached_property
    def conditions(self) -> Conditions | None:
        """What the constraints come to; None without any. Raises ValueError, ModelTooLarge: see there."""
        if not self.constraints:
            return None
        return joined([constraint.conditions(self.dataset, self.network) for constraint in self.constraints])

    def about(self, dataset: Dataset) -> Instance:
        """The same instance, constraints included, with another dataset in place of its own."""
        conditions = self.conditions
        return replace(
            self, dataset=dataset, constraints=() if conditions is None else (SettledConditions(conditions),)
        )

    @cached_property
    def sha256(self) -> str:
        """The hash of the canonical form: the same however the same instance was written."""
        return sha256_of(self.canonical())

    def canonical(self) -> dict[str, Any]:
        """The canonical form, plain JSON values: parsed, exact, defaults filled in, arrays inlined."""
        return {
            "format": "dnnt-instance",
            "version": version_of(self.objectives, self.constraints, self.strategy),
            "name": self.name,
            "network": network_form(self.network),
            "dataset": dataset_form(self.dataset),
            "loss": loss_form(self.loss),
            "threshold": None if self.threshold is None else number_json(self.threshold),
            "objective": [str(objective) for objective in self.objectives],
            "preprocessing": self.preprocessing,
            "source": self.source,
            **({"constraints": [constraint.form() for constraint in self.constraints]} if self.constraints else {}),
            **({} if self.stage is None else {"stage": self.stage.form()}),
            **({} if self.strategy is None else {"strategy": self.strategy}),
        }

    def with_threshold(self, threshold: Fraction | None) -> Instance:
        """The same instance, asked for this; itself where that is its own question."""
        return self if threshold == self.threshold else replace(self, threshold=threshold)

    @staticmethod
    def from_arrays(
        x: Any,
        y: Any,
        hidden: Sequence[int] | int = (4,),
        weights: Any = TERNARY,
        biases: Any = None,
        *,
        activation: str | Activation = "relu",
        loss: str | Loss | None = None,
        margin: Any = None,
        threshold: Any = None,
        output_activation: str | Activation = "identity",
        outputs: int | None = None,
        multiplicity: Any = None,
        classes: Sequence[str] | None = None,
        layer_weights: Sequence[Any] | None = None,
        layer_biases: Sequence[Any] | None = None,
        constraints: Sequence[Constraint] = (),
        name: str = "instance",
    ) -> Instance:
        """An instance over a fully connected network, from arrays.

        ``x`` is [n, d], ``y`` either class indices [n] (integers, with a class loss) or targets [n] or [n, m]. Floats
        mean the decimal that ``repr`` shows. ``weights`` and ``biases`` (default: the same) are sets of allowed values;
        ``layer_weights`` and ``layer_biases`` give one entry a layer instead, either a set or nested lists of sets (one
        an edge, one a unit). Without ``loss``: misclassification where y is a vector of integers, else l1. Two classes
        get one output unless ``outputs`` says otherwise. Raises InputError.

        >>> Instance.from_arrays([[0, 1], [1, 0]], [0, 1], hidden=[2]).network.widths
        (2, 2, 1)
        """
        with InputErrors():
            made = _from_arrays(
                ExactArray.from_values(x), y, layer_widths(hidden), listed(weights), listed(biases), activation, loss,
                margin, threshold, output_activation, outputs, multiplicity, classes, layer_weights, layer_biases, name,
            )  # fmt: skip
            return replace(made, constraints=tuple(constraints))


def _from_arrays(
    x: ExactArray,
    y: Any,
    hidden: tuple[int, ...],
    weights: Any,
    biases: Any,
    hidden_activation: str | Activation,
    chosen_loss: str | Loss | None,
    margin: Any,
    threshold: Any,
    output_activation: str | Activation,
    outputs: int | None,
    multiplicity: Any,
    classes: Sequence[str] | None,
    layer_weights: Sequence[Any] | None,
    layer_biases: Sequence[Any] | None,
    name: str,
) -> Instance:
    names = None if classes is None else tuple(map(str, classes))
    if x.ndim != 2:
        raise ValueError(f"x has shape {x.shape}; it needs two dimensions, [samples, inputs]")
    if chosen_loss is None:
        array = None if isinstance(y, ExactArray) else np.asarray(y)
        integral = array is not None and array.ndim == 1 and array.dtype.kind in "iu"
        chosen_loss = "misclassification" if integral else "l1"
    if not isinstance(chosen_loss, Loss):
        chosen_loss = loss(chosen_loss, margin)
    targets: ExactArray | np.ndarray
    if chosen_loss.targets == "class":
        labels = class_indices(y)
        if labels is None:
            raise ValueError(f"the loss {chosen_loss.name} needs integer class indices y of shape [samples]")
        targets = labels
        found = max(int(targets.max(initial=0)) + 1, 2, len(names or ()))
        units = whole_number(outputs, "outputs") if outputs is not None else (1 if found == 2 else found)
    else:
        targets = ExactArray.from_values(y)
        targets = targets.reshape(-1, 1) if targets.ndim == 1 else targets
        units = targets.shape[1] if targets.ndim == 2 else 0
    widths = (x.shape[1], *hidden, units)
    weight_sets = for_layers(weights, layer_weights, len(widths) - 1, "layer_weights")
    bias_sets = for_layers(weights if biases is None else biases, layer_biases, len(widths) - 1, "layer_biases")
    layers = tuple(
        Layer(
            units=widths[i],
            activation=_activation(output_activation if i == len(widths) - 1 else hidden_activation),
            weights=set_grid(weight_sets[i - 1], (widths[i], widths[i - 1])),
            biases=set_grid(bias_sets[i - 1], (widths[i],)),
            sources=(i - 1,),
        )
        for i in range(1, len(widths))
    )
    counts = np.ones(len(x), np.int64) if multiplicity is None else multiplicities(multiplicity)
    dataset = Dataset(x, targets, counts, names)
    gamma = None if threshold is None else to_fraction(threshold)
    return Instance(str(name), Network(widths[0], layers), dataset, chosen_loss, gamma)


def _activation(value: str | Activation) -> Activation:
    return value if isinstance(value, Activation) else activation(value)
