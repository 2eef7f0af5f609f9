"""Ensembles for many classes: small networks of one output, each trained on its own, and a vote over them.

``one-vs-one``: a member for each pair of classes, trained on their samples alone; more than 0 means the second class.
Each member votes for one class. Where the most votes are those of several classes, the votes of the members for pairs
of these classes alone are counted; where that leaves several again, the first class is taken. For two classes that is
the rule of BeMi (Bernardelli et al., arXiv 2212.03659): the network of the two decides. Where more are equal, BeMi
leaves the sample without a class.
``one-vs-rest``: a member for each class, trained on all samples; the largest output counts, the first of equals.

The vote is a network, too. With v = 1 where a member votes for its first class, the votes n_k are sums of v. Class i is
preferred to class j where 2 (n_i - n_j) + 2 v_ij - 1 > 0: it has more votes, or as many and that of their own member.
Of the K classes, one of the t with the most votes is preferred to K - t, and to one more for each of its votes against
another of the t; any other class is preferred to fewer than K - t. So an ensemble is the members side by side, then
three layers of small fixed integers, and whatever reads a network reads it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

import numpy as np

from dnnt_encode.errors import InputError, ModelTooLarge
from dnnt_encode.instance.activations import Activation, activation
from dnnt_encode.instance.forward import LayerWeights, check_shapes
from dnnt_encode.instance.instance import Instance
from dnnt_encode.instance.network import Layer, Network
from dnnt_encode.instance.parameters import SetGrid
from dnnt_encode.instance.rationals import ExactArray
from dnnt_encode.instance.strategies import EnsembleStrategy, class_count, sides
from dnnt_encode.instance.weights import Weights, fixed_sets

MOST_PARAMETERS = 50_000_000
"""The network of a vote with more weights than this is refused before anything is made."""

MemberValues = tuple[LayerWeights, ...]
"""The parameter values of one network."""


@dataclass(frozen=True, eq=False)
class Ensemble:
    """``members``: the weights of each, in the order of ``sides``."""

    strategy: EnsembleStrategy
    members: tuple[Weights, ...]


def class_names(instance: Instance) -> tuple[str, ...]:
    """The names of the classes: their numbers where they have none."""
    return instance.dataset.classes or tuple(map(str, range(instance.class_count)))


def member_network(network: Network) -> Network:
    """The network of each member: that of the instance with one output. Raises InputError where the outputs do not have
    the same sets."""
    last = network.layers[-1]
    for grid in (last.weights, last.biases):
        if (grid.index != grid.index[:1]).any():
            raise InputError("the outputs have different sets; a member has one output, with the sets of all of them")
    weights, biases = (SetGrid(grid.sets, grid.index[:1]) for grid in (last.weights, last.biases))
    return replace(network, layers=(*network.layers[:-1], replace(last, units=1, weights=weights, biases=biases)))


def member_instances(instance: Instance, strategy: EnsembleStrategy) -> tuple[Instance, ...]:
    """What each member is trained on: the rows of its two classes, as the classes 0 and 1, with the loss, objectives
    and threshold of the whole. Raises InputError, and ModelTooLarge for a vote of too many parameters."""
    dataset = instance.dataset
    if instance.constraints:
        raise InputError("constraints are about the answers of one network; those of an ensemble are votes")
    if isinstance(dataset.y, ExactArray):
        raise InputError(f"{strategy} is for classes; the loss {instance.loss.name} has vectors as targets")
    classes, names = instance.class_count, class_names(instance)
    present = np.bincount(dataset.y, minlength=classes) > 0
    if not present.all():
        missing = names[int(present.argmin())]
        raise InputError(f"the class {missing!r} has no samples: there is nothing to train its networks on")
    network = member_network(instance.network)
    pairs = sides(strategy, names)
    _check_size(network, len(pairs), classes, strategy)
    parts = []
    for number, pair in enumerate(pairs):
        if strategy == "one-vs-one":
            chosen = [names.index(name) for name in pair]
            rows, second = np.flatnonzero(np.isin(dataset.y, chosen)), chosen[1]
        else:
            rows, second = np.arange(dataset.samples), number
        part = dataset.take(rows)
        labels = np.asarray(dataset.y[rows] == second, dtype=np.int64)
        parts.append(
            replace(
                instance,
                name=f"{instance.name}: {pair[0]} or {pair[1]}",
                network=network,
                dataset=replace(part, y=labels, classes=pair),
                preprocessing=None,
                source=None,
                strategy=None,
            )
        )
    return tuple(parts)


def ensemble_weights(
    strategy: EnsembleStrategy,
    network: Network,
    values: Sequence[MemberValues],
    names: tuple[str, ...] | None = None,
    instance_sha256: str | None = None,
    preprocessing: dict[str, Any] | None = None,
) -> Weights:
    """The members, each of the network ``network`` with one output, as weights of the network of the vote; ``names`` of
    the classes. Raises InputError where shapes do not fit, ModelTooLarge."""
    for number, each in enumerate(values, start=1):
        try:
            check_shapes(network, each)
        except InputError as error:
            raise InputError(f"member {number}: {error.message}") from None
    classes = class_count(strategy, len(values))
    if classes is None or network.outputs != 1:
        raise InputError(f"found {len(values)} members of {network.outputs} outputs; {strategy} has none such")
    _check_size(network, len(values), classes, strategy)
    pairs = sides(strategy, names or tuple(map(str, range(classes))))
    members = tuple(
        Weights(each, network, task="class", classes=pair) for each, pair in zip(values, pairs, strict=True)
    )
    layers = [_side_by_side(network, number, values) for number in range(len(network.layers))]
    if strategy == "one-vs-one":
        layers += _vote(classes, len(layers))
    return Weights(
        layers=tuple(values for _, values in layers),
        network=Network(network.inputs, tuple(layer for layer, _ in layers)),
        instance_sha256=instance_sha256,
        task="class",
        preprocessing=preprocessing,
        classes=names,
        ensemble=Ensemble(strategy, members),
    )


def of_instance(instance: Instance, strategy: EnsembleStrategy, values: Sequence[MemberValues]) -> Weights:
    """The members as weights of the instance; see ``ensemble_weights``."""
    return ensemble_weights(
        strategy,
        member_network(instance.network),
        values,
        instance.dataset.classes,
        instance.sha256,
        instance.preprocessing,
    )


def parts_of(instance: Instance, weights: Weights) -> list[tuple[Instance, Weights]]:
    """What weights of an instance are about: each member's own instance beside its weights, or the two themselves
    where they are no ensemble. Raises as ``member_instances``."""
    if weights.ensemble is None:
        return [(instance, weights)]
    parts = member_instances(instance, weights.ensemble.strategy)
    return [
        (part, Weights.for_instance(part, member.layers))
        for part, member in zip(parts, weights.ensemble.members, strict=True)
    ]


def right_samples(instance: Instance, weights: Weights) -> int:
    """How many samples of the instance, with multiplicities, are given their own class."""
    right = weights.predict(instance.dataset.x) == instance.dataset.y
    return int(instance.dataset.multiplicity[right].astype(object).sum())


def vote_parameters(network: Network, members: int, classes: int, strategy: EnsembleStrategy) -> int:
    """How many parameters the network of a vote has, fixed ones included."""
    total = 0
    for number, layer in enumerate(network.layers):
        read = sum(network.widths[source] * (members if source else 1) for source in network.layers[number].sources)
        total += members * layer.units * (read + 1)
    if strategy == "one-vs-one":
        total += (2 * members + classes) * (members + 1)
    return total


def _check_size(network: Network, members: int, classes: int, strategy: EnsembleStrategy) -> None:
    total = vote_parameters(network, members, classes, strategy)
    if total > MOST_PARAMETERS:
        raise ModelTooLarge(
            f"the network of the vote of {members} members for {classes} classes has {total} parameters; at most "
            f"{MOST_PARAMETERS} are allowed: take smaller networks, or one-vs-rest"
        )


def _side_by_side(network: Network, number: int, values: Sequence[MemberValues]) -> tuple[Layer, LayerWeights]:
    """One layer of all members: each reads the inputs, or its own part of the layers before."""
    layer, count = network.layers[number], len(values)
    (weights, over), (biases, bias_over) = (
        _stacked([getattr(each[number], part) for each in values]) for part in ("weights", "biases")
    )
    every, columns = np.arange(count), []
    for source, cut in network.source_slices(number):
        part = weights[:, :, cut]
        if source > 0:
            blocks = np.zeros((count, layer.units, count, part.shape[2]), dtype=part.dtype)
            blocks[every, :, every] = part
            part = blocks
        columns.append(part.reshape(count * layer.units, -1))
    joined = np.concatenate(columns, axis=1)
    exact = ExactArray.from_scaled(joined, over), ExactArray.from_scaled(biases.ravel(), bias_over)
    return _fixed_layer(layer.activation, layer.sources, *exact)


def _stacked(parts: Sequence[ExactArray]) -> tuple[np.ndarray, int]:
    """Arrays of one shape as integers of one more dimension, over one denominator."""
    over = math.lcm(*(part.denominator for part in parts))
    return np.stack([part.scaled(over) for part in parts]), over


def _vote(classes: int, last: int) -> list[tuple[Layer, LayerWeights]]:
    """The layers behind the outputs of all members, which are those of layer ``last``; see the top of the file."""
    first, second = np.array(list(combinations(range(classes), 2))).T
    members = len(first)
    tally, own = np.zeros((classes, members), dtype=np.int64), np.eye(members, dtype=np.int64)
    tally[first, np.arange(members)], tally[second, np.arange(members)] = 1, -1
    steps = (
        ("step", -own, np.zeros(members, dtype=np.int64)),
        ("step", 2 * (tally[first] - tally[second] + own), 2 * (first - second) - 1),
        ("identity", tally, np.arange(classes)),
    )
    return [
        _fixed_layer(activation(name), (last + position,), ExactArray(weights), ExactArray(biases))
        for position, (name, weights, biases) in enumerate(steps)
    ]


def _fixed_layer(
    function: Activation, sources: tuple[int, ...], weights: ExactArray, biases: ExactArray
) -> tuple[Layer, LayerWeights]:
    """A layer in which every parameter has one value, and these values."""
    layer = Layer(len(biases), function, fixed_sets(weights), fixed_sets(biases), sources)
    return layer, LayerWeights(weights, biases)
