"""Weights files, format version 1: the values alone, or self-contained with all that prediction needs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Literal

from dnnt_encode.errors import InputError
from dnnt_encode.instance.forward import LayerWeights, check_shapes
from dnnt_encode.instance.instance import Instance
from dnnt_encode.instance.weights import Weights
from dnnt_encode.parsers.dataset_json import read_classes, read_flat, read_table
from dnnt_encode.parsers.files import Source, write_text
from dnnt_encode.parsers.instance_json import check_format, network_text, one_line, read_free, whole_text
from dnnt_encode.parsers.json_text import read_json
from dnnt_encode.parsers.network_json import read_network, write_network
from dnnt_encode.parsers.places import Place, found, take_list, take_object, take_string

FORMAT = "dnnt-weights"
VERSION = 1

_REQUIRED = ("format", "version", "layers")
_OPTIONAL = ("instance_sha256", "network", "task", "preprocessing", "classes")
_HASH = re.compile("[0-9a-f]{64}")


def load_weights(source: Source, instance: Instance | None = None) -> Weights:
    """The weights in a file, with the network, task, preprocessing and classes of ``instance`` where it is given.

    Raises InputError where the file is no weights file of version 1, where its shapes do not fit the network, and where
    its hash is another instance's. Whether the values are allowed is for ``check_allowed`` to say.
    """
    value, place = read_json(source)
    return weights_of(value, place, instance)


def weights_of(value: object, place: Place, instance: Instance | None = None) -> Weights:
    """The weights that a parsed JSON value describes; see ``load_weights``."""
    check_format(value, place, FORMAT, VERSION)
    fields = take_object(value, place, _REQUIRED, _OPTIONAL)
    digest = fields.get("instance_sha256")
    if digest is not None:
        digest = take_string(digest, place / "instance_sha256", "the hash of an instance")
        if not _HASH.fullmatch(digest):
            raise (place / "instance_sha256").error(f"found {found(digest)}; 64 digits 0-9a-f are needed")
        if instance is not None and digest != instance.sha256:
            raise (place / "instance_sha256").error(
                f"these weights belong to another instance, with the hash {digest}; "
                f"the hash of this one ({instance.name}) is {instance.sha256}"
            )
    layers = tuple(
        _read_layer(item, place / "layers" / number)
        for number, item in enumerate(take_list(fields["layers"], place / "layers", "weights and biases a layer"))
    )
    if not layers:
        raise (place / "layers").error("found no layers; a network has at least the output layer")
    network = read_network(fields["network"], place / "network") if "network" in fields else None
    task = _read_task(fields, place / "task")
    outputs = None if network is None else network.outputs
    count = None if outputs is None else max(2, outputs)
    names = read_classes(fields["classes"], count, place / "classes") if "classes" in fields else None
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
            try:
                check_shapes(other, layers)
            except InputError as error:
                raise (place / "layers").error(str(error)) from None
    return weights if instance is None else _of_instance(weights, instance)


def _of_instance(weights: Weights, instance: Instance) -> Weights:
    return replace(
        weights,
        network=instance.network,
        instance_sha256=instance.sha256,
        task=instance.loss.targets,
        preprocessing=instance.preprocessing,
        classes=instance.dataset.classes,
    )


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
    result: dict[str, Any] = {"format": FORMAT, "version": VERSION}
    if weights.instance_sha256 is not None:
        result["instance_sha256"] = weights.instance_sha256
    result["layers"] = [{"weights": part.weights.json(), "biases": part.biases.json()} for part in weights.layers]
    if self_contained:
        if weights.network is None:
            raise InputError("weights without a network cannot be saved self-contained; load them with their instance")
        result["task"] = weights.task
        result["network"] = write_network(weights.network)
        if weights.classes is not None:
            result["classes"] = list(weights.classes)
        if weights.preprocessing is not None:
            result["preprocessing"] = weights.preprocessing
    return result


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
    if key == "layers":
        return "[\n" + ",\n".join(f"   {one_line(layer)}" for layer in item) + "]"
    return network_text(item) if key == "network" else one_line(item)
