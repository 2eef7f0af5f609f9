"""Names of every length, in every reader that is installed: some guess the format of a file from its lines."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks.milp.foreign import installed, run_all
from dnnt_encode.exchange.kinds import KINDS
from dnnt_encode.exchange.linear_file import LinearFile
from dnnt_encode.exchange.weigh import weigh
from dnnt_encode.formats.solutions.solution import parse_solution
from dnnt_encode.models.linear import ColumnGroup
from tests.random_models import linear_model

LENGTHS = range(1, 41)


def model_with_names(kind: str, length: int) -> LinearFile:
    """a + b >= 7 with a <= 3, b <= 5, minimise a + 3 b: a = 3, b = 4."""
    model = linear_model([(0, 3), (0, 5)], [([(0, 1), (1, 1)], 7, None, [])], [(0, 1), (1, 3)])
    names = [first + "x" * (length - 1) for first in "ab"]
    groups = tuple(ColumnGroup(name, place, np.zeros((1, 0), np.int32)) for place, name in enumerate(names))
    return LinearFile(KINDS[kind], replace(model, column_groups=groups))


READERS = ["cbc", "glpk-o", "glpk-w", "highs", "highs-pretty", "highs-glpk-o", "scip", "gurobi", "lp_solve"]


@pytest.mark.parametrize("kind", ["mps", "lp"])
@pytest.mark.parametrize("name", READERS)
def test_names_of_every_length(tmp_path: Path, name: str, kind: str) -> None:
    if not installed(name):
        pytest.skip(f"{name} is absent")
    if kind == "lp" and name in ("glpk-w", "lp_solve"):
        pytest.skip("it numbers the columns of an LP file in an order of its own, or has another format of that name")
    models = {length: model_with_names(kind, length) for length in LENGTHS}
    pairs = {length: (tmp_path / f"{length}.{kind}", tmp_path / f"{length}.sol") for length in LENGTHS}
    for length, model in models.items():
        pairs[length][0].write_bytes(b"".join(model.write()))
    run_all(name, [*pairs.values()])
    for length, model in models.items():
        solution = parse_solution(pairs[length][1].read_bytes(), "f", 2, KINDS[kind].styles)
        found = weigh(model, solution)
        assert found.feasible
        assert found.answer is not None
        assert found.answer.tolist() == [3, 4]
        assert found.objective == 15
        assert found.lower == (None if name == "gurobi" else 15)
