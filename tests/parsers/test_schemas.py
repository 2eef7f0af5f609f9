"""The JSON Schemas agree with the readers: what a reader takes, its schema allows."""

import json
import random
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given

from dnnt_encode.errors import InputError
from dnnt_encode.instance.instance import Instance
from dnnt_encode.parsers import weights_json
from dnnt_encode.parsers.schemas import schema
from tests.parsers.mutations import mutated
from tests.parsers.samples import class_example, instance_text, load_text, xor
from tests.parsers.test_weights_json import first_weights
from tests.random_instances import tiny_instances

EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("*.json"))
INSTANCES = jsonschema.Draft202012Validator(schema("instance"))
WEIGHTS = jsonschema.Draft202012Validator(schema("weights"))


def test_the_schemas_are_schemas() -> None:
    for name in ("instance", "weights"):
        jsonschema.Draft202012Validator.check_schema(schema(name))  # type: ignore[arg-type]
    shared = set(schema("instance")["$defs"]) & set(schema("weights")["$defs"])
    assert "network" in shared
    assert all(schema("instance")["$defs"][key] == schema("weights")["$defs"][key] for key in shared)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_examples_follow_the_schema(path: Path) -> None:
    value = json.loads(path.read_text())
    if value["format"] == "dnnt-instance":
        INSTANCES.validate(value)
        load_text(path.read_text())
    else:
        WEIGHTS.validate(value)


@given(tiny_instances())
def test_what_is_written_follows_the_schema(instance: Instance) -> None:
    INSTANCES.validate(json.loads(instance_text(instance)))
    for self_contained in (False, True):
        WEIGHTS.validate(weights_json(first_weights(instance), self_contained))


def test_what_the_schema_refuses_the_reader_refuses() -> None:
    base = [xor(), class_example()]
    refused = 0
    for seed in range(1500):
        generator = random.Random(seed)
        value = mutated(base[seed % 2], generator)
        if not _follows(INSTANCES, value):
            refused += 1
            with pytest.raises(InputError):
                load_text(json.dumps(value))
    assert refused > 500


def _follows(validator: Any, value: Any) -> bool:
    return bool(validator.is_valid(value))
