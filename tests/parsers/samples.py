"""A small instance, and ways to change it, for the tests of the parsers."""

import copy
import io
from typing import Any

from dnnt_encode.instance.instance import Instance
from dnnt_encode.parsers import load_instance, save_instance

_XOR: dict[str, Any] = {
    "format": "dnnt-instance",
    "version": 1,
    "name": "xor",
    "network": {
        "inputs": 2,
        "layers": [
            {"units": 2, "activation": "relu", "weights": [-1, 0, 1], "biases": [-1, 0, 1]},
            {"units": 1, "activation": "identity", "weights": [-1, 1, 2], "biases": [0]},
        ],
    },
    "dataset": {"x": [[0, 0], [0, 1], [1, 0], [1, 1]], "y": [[0], [1], [1], [0]]},
    "loss": "l1",
    "threshold": 0,
}


def xor() -> dict[str, Any]:
    """The example of the format, to be changed at will."""
    return copy.deepcopy(_XOR)


def class_example() -> dict[str, Any]:
    """Classes, a skip connection, sets by edge and unit, a cap, a margin: what ``xor`` does not have."""
    value = xor()
    value["network"]["layers"][1] |= {"units": 3, "from": [1, 0], "weights": {"per_edge": [[1] * 4] * 3}}
    value["network"]["layers"][0]["activation"] = {"name": "clipped_relu", "c": "3/2"}
    value["network"]["layers"][0]["biases"] = {"per_unit": [{"range": [-2, 2]}, 0]}
    value["dataset"] |= {"y": [0, 1, 2, 0], "classes": ["a", "b", "c"], "multiplicity": [1, 2, 3, 4]}
    value |= {"loss": {"name": "hinge", "margin": 0.5}, "preprocessing": {"a": 1}, "source": {"b": [1.5]}}
    return value


def changed(pointer: str, value: Any) -> dict[str, Any]:
    """``xor`` with one value put in the place of a JSON pointer."""
    result = xor()
    *path, last = [int(key) if key.isdigit() else key for key in pointer.split("/")[1:]]
    item: Any = result
    for key in path:
        item = item[key]
    item[last] = value
    return result


def load_text(text: str) -> Instance:
    """The instance of a text."""
    return load_instance(io.StringIO(text))


def instance_text(instance: Instance) -> str:
    """The text of an instance."""
    buffer = io.StringIO()
    save_instance(instance, buffer)
    return buffer.getvalue()
