"""WCNF of 2022 and of before."""

from __future__ import annotations

import numpy as np
import pytest
from pysat.examples.rc2 import RC2
from pysat.formula import WCNF

from dnnt_encode.algorithms.brute_force import enumerate_losses
from dnnt_encode.errors import InputError
from dnnt_encode.formats.wcnf import cost_of, parse_wcnf, soft_units, wcnf_text
from dnnt_encode.instance import Instance
from tests.cnf_models import table_model

INSTANCE = Instance.from_arrays([[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0], hidden=[1], multiplicity=[1, 2, 3, 4])


def test_what_is_written_is_read_and_has_the_same_optimum() -> None:
    model = table_model(INSTANCE)
    read = parse_wcnf(b"".join(wcnf_text(model, ["c hello"])), "f")
    assert read.hard == [clause for block in model.blocks for clause in block.tolist()]
    assert list(soft_units(read)) == list(zip(model.soft_weights.tolist(), model.soft_literals.tolist(), strict=True))
    foreign = WCNF()
    foreign.extend(read.hard)
    for weight, clause in read.soft:
        foreign.append(clause, weight=weight)
    with RC2(foreign) as solver:
        values = solver.compute()
        assert model.loss(solver.cost + model.objective_constant) == min(enumerate_losses(INSTANCE).fractions())
    truth = np.zeros(read.variables + 1, dtype=bool)
    truth[[v for v in values if v > 0]] = True
    assert cost_of(read, truth) == solver.cost


def test_both_forms() -> None:
    old = parse_wcnf(b"c x\np wcnf 3 3 10\n10 1 -2 0\n3 2 0\n4 -3\n 1 0\n", "f")
    new = parse_wcnf(b"h 1 -2 0\nc y\n3 2 0\n4 -3 1 0", "f")
    assert (old.hard, old.soft) == (new.hard, new.soft) == ([[1, -2]], [(3, [2]), (4, [-3, 1])])
    assert old.variables == new.variables == 3


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("h 1 2 0\n3 x 0\n", "line 2: found 'x'"),
        ("h 1 2 0\n3 2", "cut off"),
        ("p wcnf 3 5 10\n10 1 0\n", "cut off"),
        ("p cnf 3 5\n", "p wcnf"),
        ("-3 1 0\n", "found the weight -3"),
    ],
)
def test_what_is_no_wcnf(text: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        parse_wcnf(text.encode(), "f")
