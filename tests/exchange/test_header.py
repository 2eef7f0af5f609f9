"""What an exported file says about itself, to people, to dnnt decode, and to readers with small buffers."""

from __future__ import annotations

import io
import json
import re
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given

from dnnt_encode.decoder import verified
from dnnt_encode.encoders.linear import encode_linear
from dnnt_encode.errors import InputError
from dnnt_encode.exchange.encode import Encoded, encode
from dnnt_encode.exchange.header import LONGEST, read_header
from dnnt_encode.exchange.kinds import KINDS
from dnnt_encode.exchange.question import Question
from dnnt_encode.instance import Instance
from dnnt_encode.instance.assignment import Assignment
from dnnt_encode.models.cnf import LiteralMap
from dnnt_encode.models.variable_map import GridMap
from tests.random_instances import tiny_instances

MANY = Instance.from_arrays(
    [[1, 2], [0, 1]], [[1], [0]], hidden=[], weights=range(-300, 301), loss="l1", name="long \n name % " * 200
)


def file_of(encoded: Encoded) -> str:
    return b"".join(encoded.text()).decode("utf-8")


def question(kind: str) -> Question:
    return Question(kind, Fraction(3) if kind == "dimacs" else None)


@pytest.mark.parametrize("kind", list(KINDS))
def test_comments_are_short_and_read_back(kind: str) -> None:
    encoded = encode(MANY, question(kind))
    text = file_of(encoded)
    mark = KINDS[kind].mark
    comments = [line for line in text.split("\n") if line.startswith(f"{mark} ")]
    assert max(map(len, comments)) <= LONGEST
    assert all(line.isprintable() and line.isascii() for line in comments)
    assert read_header(io.BytesIO(text.encode()), "f") == encoded.header
    assert encoded.header.name == MANY.name
    assert f"sha256 {MANY.sha256}" in "".join(comments).replace(f"{mark} ", "")


@pytest.mark.parametrize("kind", list(KINDS))
@given(instance=tiny_instances())
def test_parameters_are_what_the_comments_say(kind: str, instance: Instance) -> None:
    """The affine functions in the comments, on random values of the file, give what the model's own map gives."""
    asked = Question(kind, Fraction(10**6) if kind == "dimacs" else None)
    encoded = encode(instance, asked)
    model, mark = encoded.model, re.escape(KINDS[kind].mark)
    text = file_of(encoded)
    found: dict[str, int] = {}
    values = np.random.default_rng(0).integers(0, 2, model.size.columns)
    for name, numbers in re.findall(rf"(?m)^{mark} parameter (\S+) (.*)$", text):
        constant, *pairs = map(int, numbers.split())
        total = sum(w * int(values[v - 1]) for w, v in zip(pairs[::2], pairs[1::2], strict=True))
        found[name] = found.get(name, 0) + constant + total
    answer = model.answer(values.astype(np.float64))
    for number, grids in enumerate(model.variable_map.layers, start=1):
        for letter, grid in zip("wb", grids, strict=True):
            for flat, value in enumerate(positions(grid, answer)):
                place = ".".join(str(part) for part in np.unravel_index(flat, grid.shape))
                assert found.pop(f"{letter}.{number}.{place}", 0) == value
    assert not found


def positions(grid: GridMap | LiteralMap, answer: np.ndarray) -> list[int]:
    """The positions of a grid's parameters, in their sets or not."""
    if isinstance(grid, LiteralMap):
        holds = (answer[np.abs(grid.literals)] == (grid.literals > 0)).tolist()
        return [sum(holds[first:last]) for first, last in pairwise(grid.start.tolist())]
    result = np.zeros(len(grid.sizes), dtype=np.int64)
    np.add.at(result, grid.parameters, grid.coefficients * answer[grid.columns])
    return [int(value) for value in result]


def test_a_header_that_is_damaged_or_missing() -> None:
    text = file_of(encode(MANY, question("mps")))
    for broken in (
        text.replace('"options"', '"option"'),
        text.replace('"rows": ', '"rows": "x'),
        text.replace("* dnnt {", "* dnnt {{"),
        re.sub(r'"model_sha256": "[0-9a-f]+"', '"model_sha256": 7', text),
        re.sub(r'"loss_unit": "[0-9/]+"', '"loss_unit": "0/0"', text),
    ):
        assert broken != text
        with pytest.raises(InputError, match="damaged"):
            read_header(io.BytesIO(broken.encode()), "f")
    for nothing in ("", "NAME x\n* dnnt {}\n", "c dnnt\n", "* comment\nROWS\n"):
        with pytest.raises(InputError, match=r"no comment `dnnt"):
            read_header(io.BytesIO(nothing.encode()), "f")


def test_questions_that_a_format_cannot_ask() -> None:
    for kind, more, words in (
        ("dimacs", {}, "there is none: give --threshold G, or --format wcnf"),
        ("mps", {"sum": "order"}, "--sum says nothing about a mps file; it is about dimacs, wcnf"),
        ("opb", {"indicators": True}, "--indicators says nothing about a opb file; it is about mps, lp"),
        ("xml", {}, "found the format 'xml'; known are dimacs, wcnf"),
    ):
        with pytest.raises(InputError, match=words):
            Question(kind, **more)  # type: ignore[arg-type]
    # With the steps before encoding, the options are what the header keeps.
    assert encode(MANY, Question("mps", indicators=True)).header.options == {"reductions": True, "indicators": True}
    assert encode(MANY, Question("wcnf", reductions=False)).header.options == {"reductions": False, "sum": "auto"}


def test_the_hash_is_that_of_the_model() -> None:
    """Equal questions have one, whatever the instance is called; others have others."""
    xor = Instance.from_arrays([[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0], hidden=[2])
    hashes = [
        encode(instance, asked).header.model_sha256
        for instance in (xor, replace(xor, name="other"))
        for asked in (Question("mps"), Question("mps"), Question("lp"))
    ]
    assert len(set(hashes)) == 1
    others = [
        encode(xor, asked).header.model_sha256
        for asked in (
            Question("mps"),
            Question("mps", Fraction(1)),
            Question("mps", reductions=False),
            Question("mps", indicators=True),
            Question("opb"),
            Question("wcnf"),
            Question("wcnf", Fraction(1)),
            Question("wcnf", sum="adder"),
            Question("dimacs", Fraction(1)),
        )
    ]
    assert len(set(others)) == len(others)


def test_what_the_encoder_says_the_loss_is() -> None:
    """loss = loss_unit * objective + loss_offset, on values that are a solution."""
    instance = Instance.from_arrays([["1/2"], [2]], [[7], ["1/3"]], hidden=[], biases=[0, 1], loss="l1")
    for kind in ("mps", "opb"):
        encoded = encode(instance, Question(kind))
        assert encoded.header.loss(0) == encoded.loss(encoded.model.offset)
    model = encode_linear(instance)
    assert encode(instance, Question("mps")).header.loss_unit == model.loss_unit
    first = Assignment.first(instance.network).weights(instance)
    loss = verified(instance, first, None)
    assert loss is not None
    assert (loss / model.loss_unit).denominator == 1
    json.dumps(encode(instance, Question("mps")).header.options)
