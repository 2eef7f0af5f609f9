"""Constraints on behaviour in instance files, format version 2: a list of objects, each of a ``kind``."""

from __future__ import annotations

from typing import Any

import numpy as np

from dnnt_encode.errors import InputErrors
from dnnt_encode.instance.constraints import (
    METRICS,
    RATES,
    Constraint,
    FairRates,
    FixedAnswers,
    MonotoneAnswers,
    RobustAnswers,
)
from dnnt_encode.instance.dataset import Dataset
from dnnt_encode.instance.network import Network
from dnnt_encode.parsers.dataset_json import read_table
from dnnt_encode.parsers.places import Place, found, take_integer, take_list, take_number, take_object, take_string

_KEYS = {
    "fixed": (("x", "y"), ()),
    "fair": (("rate", "groups", "at_most"), ()),
    "monotone": (("columns",), ("values",)),
    "robust": (("metric", "radius"), ()),
}


def read_constraints(value: object, dataset: Dataset, network: Network, place: Place) -> tuple[Constraint, ...]:
    """The constraints of a list, for a dataset and a network. Raises InputError, ModelTooLarge."""
    result = []
    for number, item in enumerate(take_list(value, place, "of constraints")):
        where = place / number
        constraint = _constraint(item, dataset, where)
        with InputErrors(where):
            constraint.conditions(dataset, network)
        result.append(constraint)
    return tuple(result)


def _constraint(item: object, dataset: Dataset, place: Place) -> Constraint:
    kind = item.get("kind") if isinstance(item, dict) else None
    if not isinstance(kind, str) or kind not in _KEYS:
        what = found(item) if not isinstance(item, dict) else f"the kind {found(kind)}"
        raise place.error(f"found {what}; an object of a kind is needed: {', '.join(_KEYS)}")
    required, optional = _KEYS[kind]
    fields = take_object(item, place, ("kind", *required), optional)
    if kind == "fixed":
        x = read_table(fields["x"], dataset.x.shape[1], place / "x", "a row for every input")
        labels = take_list(fields["y"], place / "y", "a class for every input", len(x))
        y = [take_integer(label, place / "y" / number, "a class", 0) for number, label in enumerate(labels)]
        return FixedAnswers(x, np.array(y, dtype=np.int64))
    if kind == "fair":
        names = take_list(fields["groups"], place / "groups", "a group for every sample", dataset.samples)
        groups = [take_string(name, place / "groups" / k, "the name of a group") for k, name in enumerate(names)]
        rate = _one_of(fields["rate"], RATES, place / "rate", "a rate")
        return FairRates(rate, tuple(groups), take_number(fields["at_most"], place / "at_most"))
    if kind == "monotone":
        listed = take_list(fields["columns"], place / "columns", "the numbers of columns")
        last = dataset.x.shape[1] - 1
        columns = [take_integer(each, place / "columns" / k, "a column", 0, last) for k, each in enumerate(listed)]
        if "values" not in fields:
            return MonotoneAnswers(tuple(columns))
        values = read_table(fields["values"], len(columns), place / "values", "a row a step, a number a column")
        return MonotoneAnswers(tuple(columns), values)
    metric = _one_of(fields["metric"], METRICS, place / "metric", "a metric")
    return RobustAnswers(take_number(fields["radius"], place / "radius"), metric)


def _one_of(value: object, known: tuple[Any, ...], place: Place, what: str) -> Any:
    if value not in known:
        raise place.error(f"found {found(value)}; {what} is one of {', '.join(known)}")
    return value
