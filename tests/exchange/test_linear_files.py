"""Exported MPS, LP and OPB files through foreign solvers and back, against enumeration; files that lie or are cut."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings

from dnnt_encode.algorithms.brute_force import Enumeration
from dnnt_encode.exchange.export import export
from dnnt_encode.exchange.question import Question
from dnnt_encode.instance import Instance
from dnnt_encode.solving.decoded import decode
from dnnt_encode.solving.result import Result
from tests.foreign import solvers
from tests.random_instances import tiny_instances

Run = Callable[[Path, Path], None]

XOR = Instance.from_arrays([[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0], hidden=[2])


def least_loss(instance: Instance) -> Fraction:
    enumeration = Enumeration(instance)
    return min(int(block.min()) for _, block in enumeration.blocks()) * enumeration.unit


def through(instance: Instance, question: Question, run: Run, with_model: bool) -> Result:
    """Export, let a solver solve the file, and read its answer."""
    with tempfile.TemporaryDirectory() as folder:
        model, solution = Path(folder, f"model.{question.kind}"), Path(folder, "answer.sol")
        export(instance, question, str(model))
        run(model, solution)
        if with_model:
            return decode(instance, str(solution), str(model))
        return decode(instance, str(solution), question)


def check(instance: Instance, kind: str, run: Run, name: str, indicators: bool = False) -> None:
    least = least_loss(instance)
    result = through(instance, Question(kind, None, indicators=indicators), run, with_model=True)  # type: ignore[arg-type]
    # Gurobi's .sol does not say that its solution is best.
    assert result.status == "OPTIMUM FOUND" or (name == "gurobi" and result.bound < least)
    assert result.loss == least
    decided = through(instance, Question(kind, least, indicators=indicators), run, with_model=False)  # type: ignore[arg-type]
    assert decided.status == "SATISFIABLE"
    assert decided.loss is not None
    assert decided.loss <= least


@pytest.mark.parametrize(("name", "run"), solvers("cbc", "glpk-w", "glpk-o", "highs", "scip", "gurobi", "lp_solve"))
@settings(max_examples=2)
@given(instance=tiny_instances())
def test_mps_agrees_with_enumeration(name: str, run: Run, instance: Instance) -> None:
    check(instance, "mps", run, name)


@pytest.mark.parametrize(("name", "run"), solvers("cbc", "glpk-o", "highs", "scip", "gurobi"))
@settings(max_examples=2)
@given(instance=tiny_instances())
def test_lp_agrees_with_enumeration(name: str, run: Run, instance: Instance) -> None:
    check(instance, "lp", run, name)


@pytest.mark.parametrize(("name", "run"), solvers("scip", "clasp"))
@settings(max_examples=2)
@given(instance=tiny_instances())
def test_opb_agrees_with_enumeration(name: str, run: Run, instance: Instance) -> None:
    check(instance, "opb", run, name)


@pytest.mark.parametrize("kind", ["mps", "lp"])
@pytest.mark.parametrize(("name", "run"), solvers("scip", "gurobi"))
@settings(max_examples=2)
@given(instance=tiny_instances(assignments=60))
def test_indicators_agree_with_enumeration(name: str, run: Run, kind: str, instance: Instance) -> None:
    check(instance, kind, run, name, indicators=True)


@pytest.mark.parametrize(
    ("name", "run"), solvers("cbc", "glpk-w", "glpk-o", "highs", "highs-pretty", "scip", "gurobi-json", "lp_solve")
)
def test_what_cannot_be_is_unsatisfiable(name: str, run: Run) -> None:
    below = least_loss(XOR) - 1
    assert through(XOR, Question("mps", below), run, with_model=True).status == "UNSATISFIABLE"
