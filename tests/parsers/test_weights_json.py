"""Weights files: plain and self-contained, there and back, and refused where they do not fit."""

import io
import json
from typing import Any

import jsonschema
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dnnt_encode.errors import InputError
from dnnt_encode.instance.ensemble import member_instances, of_instance
from dnnt_encode.instance.forward import LayerWeights
from dnnt_encode.instance.instance import Instance
from dnnt_encode.instance.strategies import STRATEGIES
from dnnt_encode.instance.weights import Weights, from_value_indices
from dnnt_encode.parsers import load_weights, save_weights, weights_json
from dnnt_encode.parsers.schemas import schema
from tests.parsers.samples import load_text, xor
from tests.random_instances import tiny_instances


def first_weights(instance: Instance, choice: int = 0) -> Weights:
    """Weights that take the first (or some other) value of every set."""
    layers = []
    for layer in instance.network.layers:
        grids = (layer.weights, layer.biases)
        weights, biases = (from_value_indices(grid, np.minimum(choice, grid.sizes() - 1)) for grid in grids)
        layers.append(LayerWeights(weights, biases))
    return Weights.for_instance(instance, layers)


def text_of(weights: Weights, self_contained: bool = False) -> str:
    buffer = io.StringIO()
    save_weights(weights, buffer, self_contained)
    return buffer.getvalue()


def same(a: Weights, b: Weights) -> bool:
    pairs = list(zip(a.layers, b.layers, strict=True))
    return all(x.weights.equals(y.weights) and x.biases.equals(y.biases) for x, y in pairs)


@given(tiny_instances(), st.integers(0, 3), st.booleans())
def test_there_and_back(instance: Instance, choice: int, self_contained: bool) -> None:
    weights = first_weights(instance, choice)
    text = text_of(weights, self_contained)
    assert json.loads(text) == weights_json(weights, self_contained)
    again = load_weights(io.StringIO(text), instance)
    assert same(weights, again)
    alone = load_weights(io.StringIO(text))
    assert same(weights, alone)
    if self_contained:
        assert alone.task == instance.loss.targets
        assert alone.predict(instance.dataset.x).tolist() == weights.predict(instance.dataset.x).tolist()
        assert weights_json(alone, True) == weights_json(weights, True)


def test_prediction_needs_a_network() -> None:
    weights = first_weights(load_text(json.dumps(xor())))
    plain = load_weights(io.StringIO(text_of(weights)))
    with pytest.raises(InputError, match="no network"):
        plain.predict([[0, 1]])
    with pytest.raises(InputError, match="without a network"):
        save_weights(plain, io.StringIO(), self_contained=True)


def test_weights_of_another_instance_are_refused() -> None:
    instance = load_text(json.dumps(xor()))
    text = text_of(first_weights(instance))
    other = xor()
    other["name"] = "other"
    with pytest.raises(InputError, match="another instance") as caught:
        load_weights(io.StringIO(text), load_text(json.dumps(other)))
    assert caught.value.place == "<file>#/instance_sha256"
    assert instance.sha256 in str(caught.value)


def change(**fields: Any) -> str:
    value = weights_json(first_weights(load_text(json.dumps(xor()))), self_contained=True)
    return json.dumps({key: item for key, item in {**value, **fields}.items() if item != "remove"})


LAYERS = [{"weights": [[1, 0], ["1/2", 1]], "biases": [0, 0]}, {"weights": [[1, 1]], "biases": [0]}]


@pytest.mark.parametrize(
    ("fields", "place", "message"),
    [
        ({"format": "dnnt-instance"}, "", "'format': 'dnnt-weights' is needed"),
        ({"layers": "remove"}, "", "'layers' is missing"),
        ({"layers": []}, "#/layers", "no layers"),
        ({"layers": LAYERS[:1]}, "#/layers", "1 layers"),
        ({"layers": [LAYERS[0], LAYERS[0]]}, "#/layers", "layer 2"),
        ({"layers": [{"weights": [[1], [1, 2]], "biases": [0, 0]}]}, "#/layers/0/weights/1", "1 are needed"),
        ({"layers": [{"weights": [[1]], "biases": [0, 0]}]}, "#/layers/0/biases", "1 are needed"),
        ({"layers": [{"weights": [[None]], "biases": [0]}]}, "#/layers/0/weights/0/0", "null"),
        ({"layers": [{"weights": [[1]], "biases": ["x"]}]}, "#/layers/0/biases/0", "'x'"),
        ({"layers": [{"weights": [], "biases": []}]}, "#/layers/0/weights", "needed"),
        ({"layers": [{"weights": [[]], "biases": [0]}]}, "#/layers/0/weights", "needed"),
        ({"instance_sha256": "abc"}, "#/instance_sha256", "64 digits"),
        ({"task": "regression"}, "#/task", "'class' or 'vector'"),
        ({"classes": ["a", "b"]}, "#/classes", "the task here is 'vector'"),
        ({"classes": ["a", "a"], "task": "class"}, "#/classes/1", "twice"),
        ({"classes": ["a", "b", "c"], "task": "class"}, "#/classes", "2 are needed"),
        ({"preprocessing": 3}, "#/preprocessing", "an object"),
        ({"more": 1}, "", "unknown key 'more'"),
    ],
)
def test_errors_name_place_and_remedy(fields: dict[str, Any], place: str, message: str) -> None:
    with pytest.raises(InputError) as caught:
        load_weights(io.StringIO(change(**fields)))
    assert caught.value.place == "<file>" + place
    assert message in caught.value.message


def test_values_outside_their_sets_are_read_all_the_same() -> None:
    weights = load_weights(io.StringIO(change(layers=LAYERS)))
    assert weights.layers[0].weights.json() == [[1, 0], ["1/2", 1]]


def vote(strategy: Any = "one-vs-one") -> tuple[Instance, Weights]:
    """A class instance of three classes, and an ensemble for it."""
    instance = Instance.from_arrays(
        [[0, 1], [1, "1/2"], [2, 2]], [0, 1, 2], hidden=[2], weights=(-1, 0, "1/2"), classes=["a", "b", "c"]
    )
    parts = member_instances(instance, strategy)
    return instance, of_instance(instance, strategy, [first_weights(part, k).layers for k, part in enumerate(parts)])


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("self_contained", [False, True])
def test_ensembles_there_and_back(strategy: Any, self_contained: bool) -> None:
    instance, weights = vote(strategy)
    text = text_of(weights, self_contained)
    value = json.loads(text)
    assert value == weights_json(weights, self_contained)
    jsonschema.Draft202012Validator(schema("weights")).validate(value)
    assert value["version"] == 2
    for again in (load_weights(io.StringIO(text)), load_weights(io.StringIO(text), instance)):
        assert again.ensemble is not None
        assert again.ensemble.strategy == strategy
        assert same(weights, again)
        assert again.predict(instance.dataset.x).tolist() == weights.predict(instance.dataset.x).tolist()
    assert load_weights(io.StringIO(text), instance).classes == ("a", "b", "c")
    assert load_weights(io.StringIO(text)).classes == (("a", "b", "c") if self_contained else None)


@pytest.mark.parametrize(
    ("path", "wrong", "place", "words"),
    [
        (["strategy"], "each", "#/strategy", "known are one-vs-one, one-vs-rest"),
        (["members", 1], None, "#/members", "found 2 members; no one-vs-one ensemble has so many"),
        (["members", 1, "layers"], [], "#/members/1/layers", "found no layers"),
        (["members", 2, "layers", 0, "biases"], [0], "#/members/2/layers/0/biases", "found a list of 1; 2 are needed"),
        (["members", 0, "layers", 1, "weights"], [[1]], "#/members/0/layers", "layer 2: weights of shape"),
        (["network", "layers", 1, "units"], 2, "#/network", "found 2 outputs; a member has one"),
        (["layers"], [], "<file>", "unknown key"),
        (["network"], None, "<file>", "the key 'network' is missing"),
        (["task"], "class", "<file>", "unknown key"),
    ],
)
def test_what_is_no_ensemble_names_its_place(path: list[Any], wrong: Any, place: str, words: str) -> None:
    value = json.loads(text_of(vote()[1]))
    inner = value
    for key in path[:-1]:
        inner = inner[key]
    if wrong is None:
        del inner[path[-1]]
    else:
        inner[path[-1]] = wrong
    with pytest.raises(InputError) as error:
        load_weights(io.StringIO(json.dumps(value)))
    assert (error.value.place.endswith(place), words in error.value.message) == (True, True), str(error.value)


def test_an_ensemble_of_another_instance_is_refused() -> None:
    instance, weights = vote()
    value = json.loads(text_of(weights))
    two = Instance.from_arrays([[0, 1], [1, 1]], [0, 1], hidden=[2], weights=(-1, 0, "1/2"))
    with pytest.raises(InputError, match="these weights belong to another instance"):
        load_weights(io.StringIO(json.dumps(value)), two)
    del value["instance_sha256"]
    with pytest.raises(InputError, match="found 3 members; no one-vs-one ensemble with 2 classes has so many"):
        load_weights(io.StringIO(json.dumps(value)), two)
    assert same(load_weights(io.StringIO(json.dumps(value)), instance), weights)
