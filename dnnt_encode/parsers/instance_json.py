"""Instance files, format versions 1 and 2: read strictly, written to be read by people and to read back equal."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from dnnt_encode.errors import InputError, InputErrors
from dnnt_encode.instance.behaviour import check_constraints
from dnnt_encode.instance.hashing import version_of
from dnnt_encode.instance.instance import Instance
from dnnt_encode.instance.losses import LOSS_PARAMETERS, LOSSES, Loss, loss
from dnnt_encode.instance.objectives import check_objectives
from dnnt_encode.instance.rationals import ExactArray, number_json
from dnnt_encode.instance.stage import ONLY_LOSS, Objective, objectives_of
from dnnt_encode.instance.strategies import EnsembleStrategy, strategy_of
from dnnt_encode.parsers.constraints_json import read_constraints
from dnnt_encode.parsers.dataset_json import read_dataset
from dnnt_encode.parsers.files import Source, readable_name, source_folder, write_text
from dnnt_encode.parsers.json_text import plain_json, read_json
from dnnt_encode.parsers.network_json import read_network, write_network
from dnnt_encode.parsers.npz import write_npz
from dnnt_encode.parsers.numbers import decimal_texts
from dnnt_encode.parsers.places import Place, found, shorten, take_list, take_number, take_object, take_string

FORMAT = "dnnt-instance"
VERSIONS = (1, 2)
"""Version 2 may have other objectives than the loss, constraints, and a strategy; what has none is written as
version 1."""

_REQUIRED = ("format", "version", "network", "dataset", "loss")
_OPTIONAL = ("name", "threshold", "objective", "constraints", "strategy", "preprocessing", "source")


def load_instance(source: Source) -> Instance:
    """The instance in a file: a path, ``-`` for standard input, or an open file.

    Raises InputError for anything that is no instance; its place is a JSON pointer where the text is
    JSON, else a line and a column.
    """
    value, place = read_json(source)
    return instance_of(value, place, source)


def instance_of(value: object, place: Place, source: Source = "-") -> Instance:
    """The instance that a parsed JSON value describes; ``source`` is where its npz file would be relative to."""
    check_format(value, place, FORMAT, *VERSIONS)
    fields = take_object(value, place, _REQUIRED, _OPTIONAL)
    network = read_network(fields["network"], place / "network")
    chosen = _read_loss(fields["loss"], place / "loss")
    dataset = read_dataset(
        fields["dataset"],
        network.inputs,
        network.outputs,
        chosen.targets,
        place / "dataset",
        lambda: source_folder(source),
    )
    objectives = _read_objective(fields, place / "objective")
    strategy = _read_strategy(fields, place / "strategy")
    name = take_string(fields.get("name", "instance"), place / "name", "the name of the instance")
    threshold = take_number(fields["threshold"], place / "threshold") if "threshold" in fields else None
    preprocessing, origin = (read_free(fields, key, place) for key in ("preprocessing", "source"))
    with InputErrors(place):
        found = Instance(
            name, network, dataset, chosen, threshold, objectives, preprocessing, origin, strategy=strategy
        )
    with InputErrors(place / "objective"):
        check_objectives(found, objectives)
    return _with_constraints(found, fields, place / "constraints") if "constraints" in fields else found


def check_format(value: object, place: Place, name: str, *versions: int) -> None:
    """Refuses what is no object of the format ``name`` in one of the ``versions``, before anything else is looked
    at."""
    if not isinstance(value, dict):
        raise place.error(f"found {found(value)}; an object with 'format': '{name}' is needed")
    if value.get("format") != name:
        what = found(value["format"]) if "format" in value else "no key 'format'"
        raise place.error(f"found {what}; 'format': '{name}' is needed")
    if type(value.get("version")) is not int or value["version"] not in versions:
        what = f"version {found(value['version'])}" if "version" in value else "no key 'version'"
        raise place.error(f"found {what}; this program reads version {' and '.join(map(str, versions))}")


def read_free(fields: dict[str, Any], key: str, place: Place) -> dict[str, Any] | None:
    """An optional object of no fixed form."""
    if key not in fields:
        return None
    if not isinstance(fields[key], dict):
        raise (place / key).error(f"found {found(fields[key])}; an object is needed")
    result: dict[str, Any] = plain_json(fields[key], place / key)
    return result


def _read_loss(value: object, place: Place) -> Loss:
    name, name_place, given = value, place, {}
    if isinstance(value, dict):
        fields = take_object(value, place, ["name"], LOSS_PARAMETERS)
        name, name_place = fields["name"], place / "name"
        given = {key: take_number(fields[key], place / key) for key in fields if key != "name"}
    if not isinstance(name, str) or name not in LOSSES:
        shown = shorten(repr(str(name))) if isinstance(name, str) else found(name)
        raise name_place.error(f"found {shown}; known losses are {', '.join(LOSSES)}")
    with InputErrors(place):
        return loss(name, **given)


def _read_objective(fields: dict[str, Any], place: Place) -> tuple[Objective, ...]:
    if "objective" not in fields:
        return ONLY_LOSS
    names = take_list(fields["objective"], place, '["loss"]')
    texts = [take_string(name, place / number, "the name of an objective") for number, name in enumerate(names)]
    if fields["version"] == 1 and texts != ["loss"]:
        raise place.error('version 1 knows the objective ["loss"] only; others need version 2')
    with InputErrors(place):
        return objectives_of(texts)


def _with_constraints(instance: Instance, fields: dict[str, Any], place: Place) -> Instance:
    if fields["version"] == 1:
        raise place.error("version 1 knows no constraints; they need version 2")
    constraints = read_constraints(fields["constraints"], instance.dataset, instance.network, place)
    with InputErrors(place):
        constrained = replace(instance, constraints=constraints)
        check_constraints(constrained)
    return constrained


def _read_strategy(fields: dict[str, Any], place: Place) -> EnsembleStrategy | None:
    if "strategy" not in fields:
        return None
    if fields["version"] == 1:
        raise place.error("version 1 knows no strategy; it needs version 2")
    with InputErrors(place):
        return strategy_of(fields["strategy"])


def save_instance(instance: Instance, target: Source, npz: bool = False) -> None:
    """Writes an instance to a path (whole or not at all), to ``-`` or to an open file; reading it gives an equal one.

    With ``npz`` the arrays go to a file of the same name beside it, which needs a path and integers. Raises InputError
    where that cannot be done.
    """
    write_text(target, whole_text(instance_text(instance, _write_arrays(instance, target) if npz else None)))


def whole_text(parts: Iterator[str]) -> str:
    """The parts in one. Raises InputError where a number is too long for a file, or a free-form value is no JSON."""
    try:
        return "".join(parts)
    except (TypeError, ValueError) as error:
        raise InputError(f"cannot be written as JSON: {error}") from None


def _write_arrays(instance: Instance, target: Source) -> dict[str, Any]:
    if not isinstance(target, (str, os.PathLike)) or target == "-":
        raise InputError("an npz file needs an instance file to stand beside; name one")
    arrays = {}
    for name, values in (("x", instance.dataset.x), ("y", instance.dataset.y)):
        numerators = values.numerators if isinstance(values, ExactArray) else values
        if numerators.dtype == object or (isinstance(values, ExactArray) and values.denominator != 1):
            raise InputError(f"an npz file holds integers of 64 bits; {name} has others: write it as plain JSON")
        arrays[name] = np.asarray(numerators)
    path = Path(target).with_suffix(".npz")
    if readable_name(path.name) != path.name:
        raise InputError("the name of an npz file stands in the instance; this one is no UTF-8", place=str(path))
    return {"npz": path.name, "sha256": write_npz(path, arrays["x"], arrays["y"])}


def instance_text(instance: Instance, arrays: dict[str, Any] | None = None) -> Iterator[str]:
    """The text of an instance file, in parts; ``arrays`` stands for x and y where they are in a file of their own."""
    dataset = instance.dataset
    version = version_of(instance.objectives, instance.constraints, instance.strategy)
    yield f'{{"format": "{FORMAT}", "version": {version}, "name": {one_line(instance.name)},\n'
    yield f' "network": {network_text(write_network(instance.network))},\n'
    yield ' "dataset": {'
    if arrays is None:
        y = dataset.y
        yield f'"x": {table_text(dataset.x)},\n'
        yield f'  "y": {table_text(y) if isinstance(y, ExactArray) else one_line(y.tolist())}'
    else:
        yield one_line(arrays)[1:-1]
    if (dataset.multiplicity != 1).any():
        yield f',\n  "multiplicity": {one_line(dataset.multiplicity.tolist())}'
    if dataset.classes is not None:
        yield f',\n  "classes": {one_line(list(dataset.classes))}'
    yield "},\n"
    yield f' "loss": {one_line(_write_loss(instance.loss))}'
    if instance.threshold is not None:
        yield f',\n "threshold": {one_line(number_json(instance.threshold))}'
    if instance.objectives != ONLY_LOSS:
        yield f',\n "objective": {one_line([str(objective) for objective in instance.objectives])}'
    if instance.constraints:
        items = ",\n".join(f"   {one_line(constraint.form())}" for constraint in instance.constraints)
        yield f',\n "constraints": [\n{items}]'
    free = {"strategy": instance.strategy, "preprocessing": instance.preprocessing, "source": instance.source}
    for key, value in free.items():
        if value is not None:
            yield f',\n "{key}": {one_line(value)}'
    yield "}\n"


def _write_loss(value: Loss) -> Any:
    if value == loss(value.name):
        return value.name
    return {"name": value.name, **{name: number_json(number) for name, number in value.parameters.items()}}


def network_text(network: dict[str, Any]) -> str:
    """A written network, one layer a line."""
    layers = ",\n".join(f"   {one_line(layer)}" for layer in network["layers"])
    return f'{{"inputs": {network["inputs"]}, "layers": [\n{layers}]}}'


def table_text(values: ExactArray) -> str:
    """An array [n, m] with one row a line: integers, decimals where all values have finite ones, else ``"p/q"``."""
    texts = decimal_texts(values)
    if texts is None:
        lines = [one_line(row) for row in values.json()]
    else:
        width = values.shape[1]
        lines = [f"[{', '.join(texts[start : start + width])}]" for start in range(0, len(texts), width)]
    return "[\n" + ",\n".join(f"   {line}" for line in lines) + "]"


def one_line(value: Any) -> str:
    """A plain value on one line."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False)
