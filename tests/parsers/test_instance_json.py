"""Instance files: every form the format knows, exactness, the way there and back, and errors that name their place."""

import io
import json
import os
import time
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given

from dnnt_encode.errors import InputError
from dnnt_encode.instance.instance import Instance
from dnnt_encode.instance.stage import objectives_of
from dnnt_encode.parsers import load_instance, save_instance
from tests.parsers.samples import changed, instance_text, load_text, xor
from tests.random_instances import tiny_instances


def test_the_example_of_the_format() -> None:
    instance = load_text(json.dumps(xor()))
    assert instance.name == "xor"
    assert instance.network.widths == (2, 2, 1)
    assert instance.network.layers[1].weights[0, 1] == (-1, 1, 2)
    assert instance.dataset.x.json() == [[0, 0], [0, 1], [1, 0], [1, 1]]
    assert instance.threshold == 0


@given(tiny_instances())
def test_saving_and_loading_gives_an_equal_instance(instance: Instance) -> None:
    again = load_text(instance_text(instance))
    assert again.canonical() == instance.canonical()
    assert again.sha256 == instance.sha256


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0.1", Fraction(1, 10)),
        ("-0.0", Fraction(0)),
        ("1e3", Fraction(1000)),
        ("1.50E-2", Fraction(3, 200)),
        ('"-6/4"', Fraction(-3, 2)),
        ('"-3"', Fraction(-3)),
        ('"007"', Fraction(7)),
        ("123456789012345678901234567890", Fraction(123456789012345678901234567890)),
        ("0.1234567890123456789012345678901", Fraction(1234567890123456789012345678901, 10**31)),
    ],
)
def test_numbers_are_exact(text: str, value: Fraction) -> None:
    instance = load_text(json.dumps(changed("/dataset/x/0/1", "HERE")).replace('"HERE"', text))
    assert instance.dataset.x.fractions()[0, 1] == value
    assert load_text(instance_text(instance)).sha256 == instance.sha256


@pytest.mark.parametrize("text", ['"3"', '"03/1"', "3.0", "3"])
def test_a_whole_number_is_a_number_wherever_a_ratio_is(text: str) -> None:
    value = xor()
    value["network"]["layers"][0] |= {"activation": {"name": "clipped_relu", "c": "HERE"}, "weights": ["HERE"]}
    value["network"]["layers"][1]["biases"] = "HERE"
    value["dataset"]["y"][0][0] = "HERE"
    value["threshold"] = "HERE"
    instance = load_text(json.dumps(value).replace('"HERE"', text))
    assert instance.threshold == 3
    assert instance.network.layers[0].activation.c == 3
    assert instance.network.layers[0].weights[0, 0] == instance.network.layers[1].biases[0] == (3,)
    assert instance.dataset.y.json()[0] == [3]
    value["network"]["layers"][1]["biases"] = {"interval": ["HERE", "HERE"]}
    load_text(json.dumps(value).replace('"HERE"', text))


def test_sets_in_all_their_forms() -> None:
    value = changed("/network/layers/0/weights", {"per_edge": [[[1, 0, 1.0], {"range": [-2, 1]}], ["1/2", 0.5]]})
    value["network"]["layers"][0]["biases"] = {"per_unit": [[2, -1], 7]}
    layer = load_text(json.dumps(value)).network.layers[0]
    assert layer.weights[0, 0] == (0, 1)
    assert layer.weights[0, 1] == (-2, -1, 0, 1)
    assert layer.weights[1, 0] == layer.weights[1, 1] == (Fraction(1, 2),)
    assert list(layer.biases) == [(-1, 2), (7,)]


def test_equal_instances_written_differently_have_one_hash() -> None:
    spelled = xor()
    del spelled["network"]["layers"][0]["weights"], spelled["network"]["layers"][0]["biases"]
    spelled["network"] |= {"weights": {"range": [-1, 1]}, "biases": [1, "0/5", -1.0, 0]}
    spelled["network"]["layers"][0]["from"] = [0]
    spelled["loss"] = {"name": "l1"}
    spelled["objective"] = ["loss"]
    spelled["dataset"]["multiplicity"] = [1, 1, 1, 1]
    assert load_text(json.dumps(spelled)).sha256 == load_text(json.dumps(xor())).sha256


def test_classes_margins_skips_and_multiplicities() -> None:
    value = xor()
    value["network"]["layers"][1] |= {"from": [1, 0], "units": 3}
    value["dataset"] |= {"y": [0, 1, 2, 1], "multiplicity": [1, 2, 3, 4], "classes": ["a", "ß", "c"]}
    value["loss"] = {"name": "hinge", "margin": "1/3"}
    value["source"] = {"family": "xor", "density": 0.25, "seed": 3}
    instance = load_text(json.dumps(value))
    assert instance.network.layers[1].sources == (1, 0)
    assert instance.network.fan_in(1) == 4
    assert instance.loss.parameters == {"margin": Fraction(1, 3)}
    assert instance.dataset.classes == ("a", "ß", "c")
    assert instance.source == {"family": "xor", "density": 0.25, "seed": 3}
    assert load_text(instance_text(instance)).sha256 == instance.sha256


WRONG: list[tuple[str, Any, str, str]] = [
    ("/extra", 1, "#", "unknown key 'extra'"),
    ("/format", "json", "", "'format': 'dnnt-instance' is needed"),
    ("/version", 3, "", "version 1 and 2"),
    ("/version", True, "", "version 1"),
    ("/name", 3, "#/name", "a string is needed"),
    ("/network", [], "#/network", "an object is needed"),
    ("/network/inputs", 0, "#/network/inputs", "at least 1"),
    ("/network/inputs", 2.0, "#/network/inputs", "an integer is needed"),
    ("/network/inputs", 10**12, "#/network/layers/0/units", "at most 50000000"),
    ("/network/inputs", 3, "#/dataset/x/0", "3 are needed"),
    ("/network/layers", [], "#/network/layers", "no layers"),
    ("/network/layers/0/units", 10**9, "#/network/layers/0/units", "parameters"),
    ("/network/layers/0/activation", "tanh", "#/network/layers/0/activation", "relu"),
    ("/network/layers/0/activation", "clipped_relu", "#/network/layers/0/activation", "c > 0"),
    ("/network/layers/0/activation", {"name": "relu", "c": 1}, "#/network/layers/0/activation", "no cap"),
    ("/network/layers/0/weights", [], "#/network/layers/0/weights", "empty set"),
    ("/network/layers/0/weights", None, "#/network/layers/0/weights", "null"),
    ("/network/layers/0/weights", [1, True], "#/network/layers/0/weights/1", "truth value"),
    ("/network/layers/0/weights", [1, "x"], "#/network/layers/0/weights/1", "'x'"),
    ("/network/layers/0/weights", ["1/0"], "#/network/layers/0/weights/0", "q > 0"),
    ("/network/layers/0/weights", {"range": [3, 1]}, "#/network/layers/0/weights/range", "empty range"),
    ("/network/layers/0/weights", {"range": [0, 10**30]}, "#/network/layers/0/weights/range", f"{10**30 + 1} integers"),
    ("/network/layers/0/weights", {"range": [0, 1.5]}, "#/network/layers/0/weights/range/1", "integer to integer"),
    ("/network/layers/0/weights", {"per_edge": [[1, 1]]}, "#/network/layers/0/weights/per_edge", "2 are needed"),
    ("/network/layers/0/weights", {"per_edge": [[1, 1], [1]]}, "#/network/layers/0/weights/per_edge/1", "2 are needed"),
    ("/network/layers/0/weights", {"per_edge": [[1, 1], [1, []]]}, "#/network/layers/0/weights/per_edge/1/1", "empty"),
    ("/network/layers/0/biases", {"per_edge": [1, 1]}, "#/network/layers/0/biases", "unknown key"),
    ("/network/layers/1/from", [2], "#/network/layers/1/from/0", "at most 1"),
    ("/network/layers/1/from", [1, 1], "#/network/layers/1/from/1", "twice"),
    ("/network/layers/1/from", [0], "#/network/layers/0", "no later layer reads"),
    ("/network/weights", {"per_edge": []}, "#/network/weights", "belong to a layer"),
    ("/dataset", {"x": [[0, 0]]}, "#/dataset", "'y' is missing"),
    ("/dataset/x", [], "#/dataset/x", "no samples"),
    ("/dataset/x/2", [1], "#/dataset/x/2", "2 are needed"),
    ("/dataset/x/2/1", None, "#/dataset/x/2/1", "null"),
    ("/dataset/x/2/1", True, "#/dataset/x/2/1", "truth value"),
    ("/dataset/x/2/1", "0.5", "#/dataset/x/2/1", "p/q"),
    ("/dataset/x/2/1", [1], "#/dataset/x/2/1", "a list"),
    ("/dataset/y/1", 3, "#/dataset/y/1", "a list is needed"),
    ("/dataset/y", [[0]], "#/dataset/y", "4 are needed"),
    ("/dataset/multiplicity", [1, 1, 0, 1], "#/dataset/multiplicity/2", "at least 1"),
    ("/dataset/multiplicity", [1], "#/dataset/multiplicity", "4 are needed"),
    ("/dataset/classes", ["a", "b"], "#/dataset/classes", "class loss"),
    ("/loss", "mse", "#/loss", "zero_one"),
    ("/loss", {"name": "l1", "margin": 1}, "#/loss", "no margin"),
    ("/loss", {"name": "hinge", "margin": 0}, "#/loss", "greater than 0"),
    ("/loss", "hinge", "#/dataset/y/0", "class index, 0 to 1"),
    ("/threshold", "zero", "#/threshold", "'zero'"),
    ("/objective", ["loss", "nonzeros"], "#/objective", "version 1"),
    ("/preprocessing", [], "#/preprocessing", "an object is needed"),
]


@pytest.mark.parametrize(("pointer", "value", "place", "message"), WRONG)
def test_errors_name_place_and_remedy(pointer: str, value: Any, place: str, message: str) -> None:
    with pytest.raises(InputError) as caught:
        load_text(json.dumps(changed(pointer, value)))
    assert caught.value.place == "<file>" + place.rstrip("#")
    assert message in caught.value.message


TEXTS: list[tuple[str, str, str]] = [
    ("NaN", "#/dataset/x/0/1", "finite number"),
    ("-Infinity", "#/dataset/x/0/1", "finite number"),
    ("1e999999", "#/dataset/x/0/1", "at most 4000 digits"),
    ("1e-99999999999999999999999", "#/dataset/x/0/1", "at most 4000 digits"),
    ("9" * 5000, "#/dataset/x/0/1", "at most 4000"),
    ("0." + "3" * 5000, "#/dataset/x/0/1", "at most 4000"),
    ('"1/' + "7" * 5000 + '"', "#/dataset/x/0/1", "at most 4000"),
    ('{"a": 1, "b": 2, "a": 3}', "#/dataset/x/0/1", "'a' twice"),
    ('"\\ud800"', "#/dataset/x/0/1", "surrogate"),
    ("[" * 100_000 + "]" * 100_000, "", "nested too deeply"),
    ("1, 2", "#/dataset/x/0", "2 are needed"),
    ("01", ", line 1, column", "no JSON"),
]


@pytest.mark.parametrize(("text", "place", "message"), TEXTS)
def test_errors_of_the_text(text: str, place: str, message: str) -> None:
    start = time.monotonic()
    with pytest.raises(InputError) as caught:
        load_text(json.dumps(changed("/dataset/x/0/1", "HERE")).replace('"HERE"', text))
    assert time.monotonic() - start < 2
    assert caught.value.place.startswith("<file>" + place)
    assert message in caught.value.message
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize(
    ("data", "place", "message"),
    [
        (b"", "", "empty"),
        (b" \n", "", "empty"),
        (b"[1, 2]", "", "an object"),
        (b"null", "", "found null"),
        (b'{"format": "dnnt-instance",\n "vers', ", line 2, column 2", "no JSON"),
        (b'{"format": "dnnt-instance",\n "version": ', ", line 2, column 13", "cut off"),
        (b'{"format":\n"\xff"}', ", line 2", "no UTF-8"),
        (json.dumps(xor()).encode("utf-16"), ", line 1", "no UTF-8"),
    ],
)
def test_errors_of_the_bytes(data: bytes, place: str, message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        load_instance(io.BytesIO(data))
    assert caught.value.place == "<file>" + place


def test_a_byte_order_mark_does_no_harm() -> None:
    assert load_instance(io.BytesIO(b"\xef\xbb\xbf" + json.dumps(xor()).encode())).name == "xor"


def test_every_truncation_is_an_error() -> None:
    text = json.dumps(xor())
    for length in range(0, len(text), 7):
        with pytest.raises(InputError):
            load_text(text[:length])


def test_missing_files_and_directories(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        load_instance(tmp_path / "nothing.json")
    with pytest.raises(InputError, match="directory"):
        load_instance(tmp_path)
    with pytest.raises(InputError, match="no such folder"):
        save_instance(load_text(json.dumps(xor())), tmp_path / "nowhere" / "xor.json")
    with pytest.raises(InputError):
        load_instance("\0")
    assert list(tmp_path.iterdir()) == []


def test_saving_replaces_the_whole_file_or_nothing(tmp_path: Path) -> None:
    path = tmp_path / "xor.json"
    path.write_text("old")
    link = tmp_path / "link.json"
    link.symlink_to(path)
    instance = load_text(json.dumps(xor()))
    save_instance(instance, link)
    assert link.is_symlink()
    assert load_instance(path).sha256 == instance.sha256
    assert {entry.name for entry in tmp_path.iterdir()} == {"xor.json", "link.json"}
    if os.geteuid():
        tmp_path.chmod(0o500)
        with pytest.raises(InputError, match="written"):
            save_instance(instance, tmp_path / "other.json")
        tmp_path.chmod(0o700)


def test_saving_into_an_open_file_and_a_device() -> None:
    instance = load_text(json.dumps(xor()))
    buffer = io.StringIO()
    save_instance(instance, buffer)
    assert buffer.getvalue() == instance_text(instance)
    save_instance(instance, os.devnull)


def test_large_tables_are_quick() -> None:
    rows = np.random.default_rng(1).integers(0, 17, (10_000, 64)).tolist()
    value = xor()
    value["network"]["inputs"] = 64
    value["dataset"] = {"x": rows, "y": [[0]] * 10_000}
    text = json.dumps(value)
    start = time.monotonic()
    instance = load_text(text)
    assert time.monotonic() - start < 3
    assert instance.dataset.x.numerators.dtype == np.int64
    assert instance.dataset.x.json() == rows


def test_numbers_that_would_fill_the_memory_together_are_refused() -> None:
    value = xor()
    value["dataset"] = {"x": [[0, 0]] * 100_000, "y": [[0]] * 100_000}
    text = json.dumps(value).replace("[0, 0]", "[0, 1e-3999]", 1)
    with pytest.raises(InputError, match="common denominator"):
        load_text(text)


@pytest.mark.parametrize("source", [{"density": float("nan")}, {"density": Fraction(1, 2)}, {"seed": 10**5000}])
def test_what_no_file_can_hold_is_an_error_and_no_file(tmp_path: Path, source: dict[str, Any]) -> None:
    instance = replace(load_text(json.dumps(xor())), source=source)
    with pytest.raises(InputError, match="cannot be written as JSON"):
        save_instance(instance, tmp_path / "xor.json")
    assert list(tmp_path.iterdir()) == []


def test_objectives_need_version_2_and_come_back() -> None:
    plain = Instance.from_arrays([[0], [1]], [0, 1], hidden=[])
    assert '"version": 1' in instance_text(plain)
    asked = replace(plain, objectives=objectives_of(["loss", "margins", "weight+biases"]))
    text = instance_text(asked)
    assert '"version": 2' in text
    again = load_text(text)
    assert again.objectives == asked.objectives
    assert again.sha256 == asked.sha256 != plain.sha256
