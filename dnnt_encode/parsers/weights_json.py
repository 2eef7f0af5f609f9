"""Weights files: the values alone, or self-contained with all that prediction needs.

Format version 1 is of one network, version 2 of an ensemble: the values of its members, and the network of each."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Literal

from dnnt_encode.errors import InputError, InputErrors
from dnnt_encode.instance.ensemble import ensemble_weights, member_network, of_instance
from dnnt_encode.instance.forward import LayerWeights, check_shapes
from dnnt_encode.instance.instance import Instance
from dnnt_encode.instance.network import Network
from dnnt_encode.instance.strategies import class_count, strategy_of
from dnnt_encode.instance.weights import Weights
from dnnt_encode.parsers.dataset_json import read_classes, read_flat, read_table
from dnnt_encode.parsers.files import Source, write_text
from dnnt_encode.parsers.instance_json import check_format, network_text, one_line, read_free, whole_text
from dnnt_encode.parsers.json_text import read_json
from dnnt_encode.parsers.network_json import read_network, write_network
from dnnt_encode.parsers.places import Place, found, take_list, take_object, take_string

FORMAT = "dnnt-weights"
VERSIONS = (1, 2)

_ABOUT = ("instance_sha256", "preprocessing", "classes")
_REQUIRED = ("format", "version", "layers")
_OPTIONAL = (*_ABOUT, "network", "task")
_ENSEMBLE = ("format", "version", "strategy", "network", "members")
_HASH = re.compile("[0-9a-f]{64}")


def load_weights(source: Source, instance: Instance | None = None) -> Weights:
    """The weights in a file, with the network, task, preprocessing and classes of ``instance`` where it is given.

    Raises InputError where the file is no weights file of a known version, where its shapes do not fit the network, and
    where its hash is another instance's. Whether the values are allowed is for ``check_allowed`` to say.
    """
    value, place = read_json(source)
    return weights_of(value, place, instance)


def weights_of(value: object, place: Place, instance: Instance | None = None) -> Weights:
    """The weights that a parsed JSON value describes; see ``load_weights``."""
    check_format(value, place, FORMAT, *VERSIONS)
    is_ensemble = isinstance(value, dict) and value["version"] == 2
    fields = take_object(value, place, _ENSEMBLE if is_ensemble else _REQUIRED, _ABOUT if is_ensemble else _OPTIONAL)
    digest = _read_hash(fields, place, instance)
    network = read_network(fields["network"], place / "network") if "network" in fields else None
    if is_ensemble:
        assert network is not None
        return _read_ensemble(fields, place, network, digest, instance)
    layers = _read_layers(fields["layers"], place / "layers")
    task = _read_task(fields, place / "task")
    names = _read_names(fields, place, None if network is None else max(2, network.outputs))
    if names is not None and task == "vector":
        raise (place / "classes").error("class names belong to the task 'class'; the task here is 'vector'")
    weights = Weights(
        layers=layers,
        network=network,
        instance_sha256=digest,
        task=task,
        preprocessing=read_free(fields, "preprocessing", place),
        classes=names,
    )
    for other in (network, None if instance is None else instance.network):
        if other is not None:
            _check_shapes(other, layers, place / "layers")
    return weights if instance is None else _of_instance(weights, instance)


def _read_hash(fields: dict[str, Any], place: Place, instance: Instance | None) -> str | None:
    digest = fields.get("instance_sha256")
    if digest is None:
        return None
    digest = take_string(digest, place / "instance_sha256", "the hash of an instance")
    if not _HASH.fullmatch(digest):
        raise (place / "instance_sha256").error(f"found {found(digest)}; 64 digits 0-9a-f are needed")
    if instance is not None and digest != instance.sha256:
        raise (place / "instance_sha256").error(
            f"these weights belong to another instance, with the hash {digest}; "
            f"the hash of this one ({instance.name}) is {instance.sha256}"
        )
    return digest


def _read_ensemble(
    fields: dict[str, Any], place: Place, network: Network, digest: str | None, instance: Instance | None
) -> Weights:
    """The members of an ensemble, as weights of the network of their vote."""
    with InputErrors(place / "strategy"):
        strategy = strategy_of(fields["strategy"])
    if network.outputs != 1:
        raise (place / "network").error(f"found {network.outputs} outputs; a member has one")
    items = take_list(fields["members"], place / "members", "the layers of each member")
    classes = class_count(strategy, len(items))
    if classes is None or (instance is not None and classes != instance.class_count):
        wanted = "" if instance is None else f" with {instance.class_count} classes"
        raise (place / "members").error(f"found {len(items)} members; no {strategy} ensemble{wanted} has so many")
    if instance is not None:
        with InputErrors(place):
            network = member_network(instance.network)
    values = []
    for number, item in enumerate(items):
        where = place / "members" / number
        values.append(_read_layers(take_object(item, where, ["layers"])["layers"], where / "layers"))
        _check_shapes(network, values[-1], where / "layers")
    if instance is not None:
        return of_instance(instance, strategy, values)
    about = read_free(fields, "preprocessing", place)
    return ensemble_weights(strategy, network, values, _read_names(fields, place, classes), digest, about)


def _read_names(fields: dict[str, Any], place: Place, count: int | None) -> tuple[str, ...] | None:
    return read_classes(fields["classes"], count, place / "classes") if "classes" in fields else None


def _check_shapes(network: Network, layers: tuple[LayerWeights, ...], place: Place) -> None:
    try:
        check_shapes(network, layers)
    except InputError as error:
        raise place.error(str(error)) from None


def _of_instance(weights: Weights, instance: Instance) -> Weights:
    return replace(
        weights,
        network=instance.network,
        instance_sha256=instance.sha256,
        task=instance.loss.targets,
        preprocessing=instance.preprocessing,
        classes=instance.dataset.classes,
    )


def _read_layers(value: object, place: Place) -> tuple[LayerWeights, ...]:
    items = take_list(value, place, "weights and biases a layer")
    if not items:
        raise place.error("found no layers; a network has at least the output layer")
    return tuple(_read_layer(item, place / number) for number, item in enumerate(items))


def _read_layer(value: object, place: Place) -> LayerWeights:
    fields = take_object(value, place, ["weights", "biases"])
    what = "a row for every unit, a number for every input of the unit"
    rows = take_list(fields["weights"], place / "weights", what)
    if not rows or not isinstance(rows[0], list) or not rows[0]:
        raise (place / "weights").error(f"found {found(rows)}; {what} is needed")
    biases = take_list(fields["biases"], place / "biases", "a number for every unit", len(rows))
    return LayerWeights(
        weights=read_table(rows, len(rows[0]), place / "weights", what),
        biases=read_flat(biases, place / "biases"),
    )


def _read_task(fields: dict[str, Any], place: Place) -> Literal["class", "vector"]:
    task = fields.get("task", "class" if "classes" in fields else "vector")
    if task == "class":
        return "class"
    if task == "vector":
        return "vector"
    raise place.error(f"found {found(task)}; the task is 'class' or 'vector'")


def weights_json(weights: Weights, self_contained: bool = False) -> dict[str, Any]:
    """The weights as plain JSON; see ``save_weights``."""
    ensemble = weights.ensemble
    result: dict[str, Any] = {"format": FORMAT, "version": 1 if ensemble is None else 2}
    if weights.instance_sha256 is not None:
        result["instance_sha256"] = weights.instance_sha256
    network = weights.network
    if ensemble is None:
        result["layers"] = _layers_json(weights)
    else:
        network = ensemble.members[0].network
        result["strategy"] = ensemble.strategy
        result["members"] = [{"layers": _layers_json(member)} for member in ensemble.members]
    if self_contained and ensemble is None:
        result["task"] = weights.task
    if self_contained or ensemble is not None:
        if network is None:
            raise InputError("weights without a network cannot be saved self-contained; load them with their instance")
        result["network"] = write_network(network)
    if self_contained:
        if weights.classes is not None:
            result["classes"] = list(weights.classes)
        if weights.preprocessing is not None:
            result["preprocessing"] = weights.preprocessing
    return result


def _layers_json(weights: Weights) -> list[dict[str, Any]]:
    return [{"weights": part.weights.json(), "biases": part.biases.json()} for part in weights.layers]


def save_weights(weights: Weights, target: Source, self_contained: bool = False) -> None:
    """Writes weights to a path (whole or not at all), to ``-`` or to an open file.

    ``self_contained`` adds the network, the task, the class names and the preprocessing, so that prediction needs
    neither the instance nor its training data. Raises InputError where the weights have no network to add.
    """
    write_text(target, whole_text(_text(weights_json(weights, self_contained))))


def _text(value: dict[str, Any]) -> Iterator[str]:
    yield "{"
    for number, (key, item) in enumerate(value.items()):
        yield ",\n " if number else ""
        yield f'"{key}": {_item_text(key, item)}'
    yield "}\n"


def _item_text(key: str, item: Any) -> str:
    if key in ("layers", "members"):
        return "[\n" + ",\n".join(f"   {one_line(part)}" for part in item) + "]"
    return network_text(item) if key == "network" else one_line(item)
