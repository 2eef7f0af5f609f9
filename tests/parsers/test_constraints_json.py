"""Constraints in instance files: what is written reads back equal, and what is wrong is named by its place."""

from __future__ import annotations

import copy
import json
import random
from typing import Any

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings

from dnnt_encode.errors import InputError
from dnnt_encode.instance import Instance
from dnnt_encode.parsers.schemas import schema
from tests.constraints import constrained_instances
from tests.parsers.mutations import mutated
from tests.parsers.samples import instance_text, load_text

INSTANCES = jsonschema.Draft202012Validator(schema("instance"))
CONSTRAINTS: list[dict[str, Any]] = [
    {"kind": "fixed", "x": [[1, 0.5]], "y": [1]},
    {"kind": "fair", "rate": "positive", "groups": ["a", "b", "b"], "at_most": "1/10"},
    {"kind": "monotone", "columns": [0], "values": [[0], [1], [2]]},
    {"kind": "monotone", "columns": [1]},
    {"kind": "robust", "metric": "hamming", "radius": 1},
]


def value() -> dict[str, Any]:
    network = {"inputs": 2, "layers": [{"units": 1, "activation": "identity", "weights": [-1, 1], "biases": 0}]}
    dataset = {"x": [[0, 0], [0, 1], [1, 1]], "y": [0, 1, 1]}
    shared = {"format": "dnnt-instance", "version": 2, "network": network, "dataset": dataset}
    return copy.deepcopy({**shared, "loss": "misclassification", "constraints": CONSTRAINTS})


@settings(deadline=None, max_examples=50, suppress_health_check=list(HealthCheck))
@given(constrained_instances())
def test_what_is_written_reads_back_equal(instance: Instance) -> None:
    text = instance_text(instance)
    INSTANCES.validate(json.loads(text))
    assert load_text(text).sha256 == instance.sha256


def test_the_hash_covers_them() -> None:
    hashes = {load_text(json.dumps({**value(), "constraints": CONSTRAINTS[:count]})).sha256 for count in range(6)}
    assert len(hashes) == 6


@pytest.mark.parametrize(
    ("place", "wrong", "message"),
    [
        ((), {}, "#/constraints: found an object"),
        ((0,), 1, "#/constraints/0: found the number 1; an object of a kind is needed: fixed, fair"),
        ((0, "kind"), "free", "#/constraints/0: found the kind the string 'free'"),
        ((0, "x"), [[1]], "#/constraints/0/x/0: found a list of 1; 2 are needed"),
        ((0, "y"), [2], "#/constraints/0: fixed: found the class 2; there are the classes 0 to 1"),
        ((1, "rate"), "negative", "#/constraints/1/rate: found the string 'negative'; a rate is one of positive"),
        ((1, "groups"), ["a"], "#/constraints/1/groups: found a list of 1; 3 are needed"),
        ((1, "at_most"), -1, "#/constraints/1: fair: found the difference -1"),
        ((2, "columns"), [2], "#/constraints/2/columns/0: found the number 2; a column is at most 1"),
        ((2, "columns"), [0, 1], "#/constraints/2/values/0: found a list of 1; 2 are needed"),
        ((3, "columns"), [0, 1], "#/constraints/3: monotone: several columns need the values"),
        ((4, "metric"), "l2", "#/constraints/4/metric: found the string 'l2'; a metric is one of hamming, linf"),
        ((4, "radius"), "-1/2", "#/constraints/4: robust: found the radius -1/2"),
    ],
)
def test_what_is_wrong_is_named(place: tuple[Any, ...], wrong: Any, message: str) -> None:
    given = value()
    at: Any = given
    path = ("constraints", *place)
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = wrong
    with pytest.raises(InputError) as raised:
        load_text(json.dumps(given))
    assert message in str(raised.value)


def test_they_need_version_2_and_classes() -> None:
    with pytest.raises(InputError, match="version 1 knows no constraints"):
        load_text(json.dumps({**value(), "version": 1}))
    numbers = {**value(), "loss": "l1", "constraints": CONSTRAINTS[4:]}
    numbers["dataset"]["y"] = [[0], [1], [1]]
    with pytest.raises(InputError, match="about classes"):
        load_text(json.dumps(numbers))


def test_what_the_schema_refuses_the_reader_refuses() -> None:
    refused = 0
    for seed in range(600):
        changed = mutated(value(), random.Random(seed))
        if next(INSTANCES.iter_errors(changed), None) is not None:
            refused += 1
            with pytest.raises(InputError):
                load_text(json.dumps(changed))
    assert refused > 100
