"""Random damage to JSON values and to bytes, for fuzzing readers."""

import copy
import random
from typing import Any

VALUES: list[Any] = [
    None, True, False, 0, 1, -1, 2, 3, 10**9, 10**25, -(10**25), 0.5, 1.0, -0.0, 1e300, "", "1/2", "-3/4", "1/0", "0.5",
    "x", "relu", "clipped_relu", "l1", "hinge", [], [[]], [0], [1, 1], [None], {}, {"range": [0, 3]}, {"range": [3, 0]},
    {"range": [-(10**18), 10**18]}, {"per_edge": [[1, 0], [0, 1]]}, {"per_unit": [1, [0, 2]]}, {"name": "l2"},
    {"name": "clipped_relu", "c": 2}, {"a": {"b": []}},
]  # fmt: skip


def mutated(value: Any, generator: random.Random) -> Any:
    """A copy of a JSON value with one to three changes: values replaced, removed, doubled, moved, keys renamed."""
    result = copy.deepcopy(value)
    for _ in range(generator.choice((1, 1, 2, 3))):
        places = list(_containers(result))
        container = generator.choice(places)
        if not container:
            continue
        if isinstance(container, dict):
            _change_object(container, generator, places)
        else:
            _change_list(container, generator, places)
    return result


def _containers(value: Any) -> Any:
    if isinstance(value, (dict, list)):
        yield value
        for item in value.values() if isinstance(value, dict) else value:
            yield from _containers(item)


def _other(generator: random.Random, places: list[Any]) -> Any:
    return copy.deepcopy(generator.choice(places) if generator.random() < 0.2 else generator.choice(VALUES))


def _change_object(container: dict[str, Any], generator: random.Random, places: list[Any]) -> None:
    key = generator.choice(list(container))
    action = generator.randrange(5)
    if action == 0:
        del container[key]
    elif action == 1:
        container[generator.choice(("x", "from", "weights", "biases", "c", "npz", "y", "Ω"))] = container.pop(key)
    elif action == 2:
        container[generator.choice(("from", "classes", "margin", "extra", "threshold", "sha256"))] = _other(
            generator, places
        )
    else:
        container[key] = _other(generator, places)


def _change_list(container: list[Any], generator: random.Random, places: list[Any]) -> None:
    position = generator.randrange(len(container))
    action = generator.randrange(4)
    if action == 0:
        del container[position]
    elif action == 1:
        container.insert(position, copy.deepcopy(container[position]))
    else:
        container[position] = _other(generator, places)


def damaged(data: bytes, generator: random.Random) -> bytes:
    """Bytes with one to four changes: flipped, removed, doubled, cut off, or replaced by what hurts parsers."""
    tokens = [b"\x00", b"\xff", b"[", b"]", b"{", b"}", b'"', b",", b":", b"1e9999", b"NaN", b"-Infinity", b"99" * 3000,
              b"\\ud800", b"null", b"true", b"-", b".", b"e", b"1/0", b"\xef\xbb\xbf", b"[" * 5000]  # fmt: skip
    for _ in range(generator.randint(1, 4)):
        position = generator.randrange(len(data) + 1)
        length = generator.choice((0, 1, 1, 2, 10))
        action = generator.randrange(5)
        if action == 0:
            data = data[:position] + data[position + max(1, length) :]
        elif action == 1:
            data = data[:position] + generator.choice(tokens) + data[position + length :]
        elif action == 2:
            data = data[:position] + bytes([generator.randrange(256)]) + data[position + 1 :]
        elif action == 3:
            data = data[:position] + data[position : position + 20] * 2 + data[position + 20 :]
        elif generator.random() < 0.3:
            data = data[:position]
    return data
