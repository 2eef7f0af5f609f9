"""MPS, LP and OPB say what the model says, to readers that share nothing with the writers."""

from __future__ import annotations

import itertools
import re

import numpy as np
import pytest
from hypothesis import given

from dnnt_encode.encoders.linear import encode_linear
from dnnt_encode.formats.lp import lp_text
from dnnt_encode.formats.mps import mps_text
from dnnt_encode.formats.opb import opb_text
from dnnt_encode.instance import Instance
from dnnt_encode.models.bits import split_bits
from dnnt_encode.models.linear import LinearModel
from dnnt_encode.models.lowering import lower_model
from dnnt_encode.models.milp import MilpModel
from tests.linear_readers import Program, read_lp, read_mps, read_opb
from tests.random_models import linear_model, points, tiny_models


def program_of(model: MilpModel) -> Program:
    """The model in the readers' form."""
    names = model.names()
    rows = {}
    for row in range(model.rows):
        span = slice(model.row_start[row], model.row_start[row + 1])
        pairs = zip(model.row_columns[span].tolist(), model.row_coefficients[span].tolist(), strict=True)
        literal = int(model.indicator[row])
        rows[f"r{row + 1}"] = (
            {names[column]: value for column, value in pairs if value},
            chr(model.row_sense[row]),
            int(model.row_rhs[row]),
            (names[abs(literal) - 1], int(literal > 0)) if literal else None,
        )
    return Program(
        cost={name: value for name, value in zip(names, model.cost.tolist(), strict=True) if value},
        rows=rows,
        bounds=dict(zip(names, zip(model.lower.tolist(), model.upper.tolist(), strict=True), strict=True)),
        integer={name for name, whole in zip(names, model.integer, strict=True) if whole},
        order=names,
    )


def written(parts: object) -> str:
    return b"".join(parts).decode("ascii")  # type: ignore[call-overload, no-any-return]


def assert_same(found: Program, expected: Program) -> None:
    assert found.cost == expected.cost
    assert found.rows == expected.rows
    assert found.bounds == expected.bounds
    assert found.integer == expected.integer


@pytest.mark.parametrize("indicators", [False, True])
@given(model=tiny_models())
def test_mps_and_lp_are_read_back(indicators: bool, model: LinearModel) -> None:
    lowered = lower_model(model, indicators=indicators)
    expected = program_of(lowered)
    mps = read_mps(written(mps_text(lowered, ["* a comment"])))
    assert_same(mps, expected)
    assert mps.order == expected.order
    assert_same(read_lp(written(lp_text(lowered, ["\\ a comment"]))), expected)


@given(model=tiny_models())
def test_opb_has_the_same_points_at_the_same_cost(model: LinearModel) -> None:
    lowered = lower_model(model)
    split, bits = split_bits(lowered)
    count, cost, rows = read_opb(written(opb_text(split, ["* a comment"])))
    assert count == split.columns
    wanted: dict[tuple[int, ...], int] = {}
    for point in points(model):
        if not len(model.violated(point)):
            wanted[tuple(point.tolist())] = model.objective_value(point)
    found: dict[tuple[int, ...], int] = {}
    for values in itertools.product((0, 1), repeat=count):
        sums = [(sum(v * values[x - 1] for x, v in terms.items()), sense, rhs) for terms, sense, rhs in rows]
        if all(total == rhs if sense == "=" else total >= rhs for total, sense, rhs in sums):
            point = lowered.original(bits.values(np.array(values)))
            found[tuple(point.tolist())] = sum(v * values[x - 1] for x, v in cost.items()) + split.offset
    assert found == wanted


def test_huge_and_negative_numbers_are_written_in_full() -> None:
    big = 2**40
    model = linear_model(
        [(-big, big - 1), (0, 1), (7, 7)], [([(0, -3), (1, big)], -big, None, []), ([], 1, None, [2])], [(0, -5)]
    )
    lowered = lower_model(model)
    expected = program_of(lowered)
    text = written(mps_text(lowered))
    assert_same(read_mps(text), expected)
    assert_same(read_lp(written(lp_text(lowered))), expected)
    assert not re.search(r"\d[eE.]\d", re.sub(r"miss\.\d", "", text))
    split, _ = split_bits(lowered)
    _, _, rows = read_opb(written(opb_text(split)))
    assert max(abs(value) for terms, _, _ in rows for value in terms.values()) >= 3 * 2**39


def test_a_model_without_rows_or_columns() -> None:
    for model in (linear_model([(0, 1)], []), linear_model([], [])):
        lowered = lower_model(model)
        assert_same(read_mps(written(mps_text(lowered))), program_of(lowered))
        assert_same(read_lp(written(lp_text(lowered))), program_of(lowered))
        # GLPK takes no LP file without a row.
        assert (lowered.columns, lowered.rows) == (1, 1)
        count, cost, rows = read_opb(written(opb_text(split_bits(lowered)[0])))
        assert (count, cost) == (1, {})
        assert len(rows) == 1


def test_names_are_safe_in_lp_files() -> None:
    x = [[0, 0], [0, 1], [1, 0], [1, 1]]
    for loss in ("misclassification", "l1", "l2", "hinge"):
        y = [0, 1, 1, 0] if loss in ("misclassification", "hinge") else [[0], [1], [1], [0]]
        names = lower_model(encode_linear(Instance.from_arrays(x, y, hidden=[2], loss=loss))).names()
        assert len(set(names)) == len(names)
        assert all(re.fullmatch(r"[A-DF-Za-df-z_][A-Za-z0-9_.]{0,100}", name) for name in names)
