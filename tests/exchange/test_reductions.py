"""Steps before encoding: files are of the reduced instance, answers of the one that was asked about."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from dnnt_encode.algorithms.brute_force import enumerate_losses
from dnnt_encode.errors import InputError
from dnnt_encode.exchange.decode import read_answer
from dnnt_encode.exchange.encode import encode
from dnnt_encode.exchange.header import read_header
from dnnt_encode.exchange.question import Question
from dnnt_encode.formats.wcnf import read_wcnf
from dnnt_encode.instance import Dataset, ExactArray, Instance
from dnnt_encode.instance.assignment import Assignment
from dnnt_encode.reduce.reduced import Reduced
from tests.exchange.test_cnf_files import solve_dimacs, solve_wcnf

INSTANCE = Instance.from_arrays(
    [[1, 0], [2, 1], [0, 0]], [[1], [3], [7]], hidden=[], weights=[-1, 0, 2], biases=[0, 1], loss="l1"
)
LEAST = min(enumerate_losses(INSTANCE).fractions())


class Toy(Reduced):
    """The last input is 0, so the output there is the bias b in {0, 1}, and |b - 7| = 6 + |b - 1|: 6 are lost in any
    case. And the columns of the inputs are turned round."""

    def __init__(self, outer: Instance) -> None:
        data = outer.dataset
        assert isinstance(data.y, ExactArray)
        y = ExactArray.from_values([*data.y.fractions()[:-1].tolist(), [1]])
        x = ExactArray(data.x.numerators[:, ::-1], data.x.denominator)
        self.instance = replace(
            outer,
            dataset=Dataset(x, y, data.multiplicity, data.classes),
            threshold=None if outer.threshold is None else outer.threshold - 6,
        )
        self.note = "the target 7 of the last sample is out of reach by 6"
        self.offset = Fraction(6)

    def lift(self, inner: Assignment) -> Assignment:
        ((weights, biases),) = inner.layers
        return Assignment(((weights[:, ::-1].copy(), biases.copy()),))

    def lower(self, outer: Assignment) -> Assignment | None:
        return self.lift(outer)


STEPS = (lambda view: Toy(view.instance) if view.instance.dataset.samples == 3 else None,)


@pytest.mark.parametrize("kind", ["dimacs", "wcnf"])
def test_there_and_back_through_a_step(tmp_path: Path, kind: str) -> None:
    for threshold in (None, LEAST, LEAST - 1):
        if kind == "dimacs" and threshold is None:
            continue
        asked = Question(kind, threshold)
        encoded = encode(INSTANCE, asked, STEPS)
        path = tmp_path / f"m.{kind}"
        path.write_bytes(b"".join(encoded.text()))
        with path.open("rb") as stream:
            header = read_header(stream, "f")
        assert header.reductions == ("the target 7 of the last sample is out of reach by 6",)
        assert header.instance_sha256 == INSTANCE.sha256
        assert header.threshold == threshold
        assert "reduction: the target 7" in path.read_text(encoding="ascii")
        if kind == "dimacs":
            text = solve_dimacs(str(path))
        elif threshold is None:
            text = solve_wcnf(str(path))
            assert header.loss(int(text.split()[1])) == LEAST
        else:
            continue
        answer = read_answer(INSTANCE, text.encode(), "f", str(path), STEPS)
        if threshold is None:
            assert (answer.status, answer.loss, answer.bound) == ("OPTIMUM FOUND", LEAST, LEAST)
        else:
            assert answer.status == ("SATISFIABLE" if threshold == LEAST else "UNSATISFIABLE")
        assert answer.trusted == header.reductions
        # Without the step it is another model.
        with pytest.raises(InputError, match="another one"):
            read_answer(INSTANCE, text.encode(), "f", str(path), ())


def test_no_reductions_means_none(tmp_path: Path) -> None:
    plain = encode(INSTANCE, Question("wcnf", reductions=False), STEPS)
    assert plain.header.reductions == ()
    assert plain.chain.steps == ()
    assert plain.header.options["reductions"] is False
    (tmp_path / "m").write_bytes(b"".join(plain.text()))
    assert read_wcnf(str(tmp_path / "m")).variables == plain.model.size.columns
    assert np.array_equal(plain.chain.instance.dataset.x.numerators, INSTANCE.dataset.x.numerators)
