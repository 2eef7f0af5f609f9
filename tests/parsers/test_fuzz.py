"""Mutated files: the outcome is an instance or an error of ours that names its place, never anything else, and soon."""

import io
import json
import random
import time
from collections.abc import Callable
from typing import Any

import pytest

from dnnt_encode.errors import InputError
from dnnt_encode.parsers import load_instance, load_weights, weights_json
from dnnt_encode.parsers.import_table import ImportOptions, import_table
from dnnt_encode.parsers.prediction import predict_table
from dnnt_encode.parsers.table import read_table
from tests.parsers.mutations import damaged, mutated
from tests.parsers.samples import class_example, instance_text, load_text, xor
from tests.parsers.test_weights_json import first_weights

SECONDS = 2
BATCHES = range(4)


def attempt(read: Callable[[Any], Any], data: bytes) -> Any:
    """What a reader makes of some bytes; None where it refuses them in the way it should."""
    start = time.monotonic()
    refused: InputError | None = None
    result = None
    try:
        result = read(io.BytesIO(data))
    except InputError as error:
        refused = error
    assert time.monotonic() - start < SECONDS, data
    if refused is not None:
        assert refused.message, data
        assert len(str(refused)) < 600, data
    return result


@pytest.mark.parametrize("batch", BATCHES)
def test_mutated_instances(batch: int) -> None:
    good = 0
    for seed in range(batch * 400, batch * 400 + 400):
        generator = random.Random(seed)
        base = (xor, class_example)[seed % 2]()
        if seed % 4 < 2:
            data = json.dumps(mutated(base, generator)).encode()
        else:
            data = damaged(json.dumps(base).encode(), generator)
        instance = attempt(load_instance, data)
        if instance is not None:
            good += 1
            assert load_text(instance_text(instance)).sha256 == instance.sha256, data
    assert good > 5


def test_mutated_weights() -> None:
    base = weights_json(first_weights(load_text(json.dumps(class_example()))), self_contained=True)
    good = 0
    for seed in range(600):
        generator = random.Random(seed)
        data = json.dumps(mutated(base, generator)).encode()
        if seed % 2:
            data = damaged(json.dumps(base).encode(), generator)
        good += attempt(load_weights, data) is not None
    assert good > 5


def test_mutated_tables() -> None:
    base = b'name,size,"kind, of",y\nred,1.5,a,0\n"blu""e",2,b,1\n,3e2,?,1\n'
    good = 0
    for seed in range(600):
        table = attempt(read_table, damaged(base, random.Random(seed)))
        if table is not None:
            good += 1
            assert all(len(row) == len(table.columns) for row in table.rows)
    assert good > 5


def test_mutated_weights_on_a_table() -> None:
    table = read_table(io.StringIO("size,leaf,kind\n1,a,x\n2.5,b,y\n,a,x\n4,c,y\n"))
    options = ImportOptions(target="kind", hidden=(), missing="median", encode="thermometer:2")
    base = weights_json(first_weights(import_table(table, options).instance), self_contained=True)

    def predict(source: Any) -> Any:
        return predict_table(load_weights(source), table)

    good = 0
    for seed in range(600):
        prediction = attempt(predict, json.dumps(mutated(base, random.Random(seed))).encode())
        if prediction is not None:
            good += 1
            assert len(prediction.texts) == len(table.rows)
    assert good > 5
