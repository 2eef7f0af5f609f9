"""Exported MPS, LP and OPB files through foreign solvers and back, against enumeration; files that lie or are cut."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings

from dnnt_encode.algorithms.brute_force import Enumeration
from dnnt_encode.backends.protocol import Candidate, LinearTask
from dnnt_encode.backends.registry import backend
from dnnt_encode.encoders.linear import encode_linear
from dnnt_encode.encoders.linear.options import MILP_OPTIONS
from dnnt_encode.errors import DnntError, InputError, NotVerified
from dnnt_encode.instance import Instance
from dnnt_encode.solving.exchange import decode_file
from dnnt_encode.solving.linear_exchange import LinearQuestion, export_linear, linear_file
from dnnt_encode.solving.result import Result
from tests.backends.running import events_of
from tests.foreign import solvers
from tests.random_instances import tiny_instances

Run = Callable[[Path, Path], None]

XOR = Instance.from_arrays([[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0], hidden=[2])


def least_loss(instance: Instance) -> Fraction:
    enumeration = Enumeration(instance)
    return min(int(block.min()) for _, block in enumeration.blocks()) * enumeration.unit


def through(instance: Instance, question: LinearQuestion, run: Run, with_model: bool) -> Result:
    """Export, let a solver solve the file, and read its answer."""
    with tempfile.TemporaryDirectory() as folder:
        model, solution = Path(folder, f"model.{question.kind}"), Path(folder, "answer.sol")
        export_linear(instance, question, str(model))
        run(model, solution)
        if with_model:
            return decode_file(instance, str(solution), str(model))
        return decode_file(instance, str(solution), question=question)


def check(instance: Instance, kind: str, run: Run, name: str, indicators: bool = False) -> None:
    least = least_loss(instance)
    result = through(instance, LinearQuestion(kind, None, indicators), run, with_model=True)  # type: ignore[arg-type]
    # Gurobi's file does not say that its solution is best.
    assert result.status == ("SATISFIABLE" if name == "gurobi" else "OPTIMUM FOUND")
    assert result.loss == least
    decided = through(instance, LinearQuestion(kind, least, indicators), run, with_model=False)  # type: ignore[arg-type]
    assert decided.status == "SATISFIABLE"
    assert decided.loss is not None
    assert decided.loss <= least


@pytest.mark.parametrize(("name", "run"), solvers("cbc", "glpk-w", "glpk-o", "highs", "scip", "gurobi"))
@settings(max_examples=2)
@given(instance=tiny_instances())
def test_mps_agrees_with_enumeration(name: str, run: Run, instance: Instance) -> None:
    check(instance, "mps", run, name)


@pytest.mark.parametrize(("name", "run"), solvers("cbc", "glpk-o", "highs", "scip", "gurobi"))
@settings(max_examples=2)
@given(instance=tiny_instances())
def test_lp_agrees_with_enumeration(name: str, run: Run, instance: Instance) -> None:
    check(instance, "lp", run, name)


@pytest.mark.parametrize(("name", "run"), solvers("scip"))
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


@pytest.mark.parametrize(("name", "run"), solvers("cbc", "glpk-w", "glpk-o", "highs", "scip"))
def test_what_cannot_be_is_unsatisfiable(name: str, run: Run) -> None:
    below = least_loss(XOR) - 1
    assert through(XOR, LinearQuestion("mps", below), run, with_model=True).status == "UNSATISFIABLE"


# What each solver writes, by hand.

QUESTION = LinearQuestion("mps", None)


def highs(values: dict[str, int], objective: float, status: str = "Optimal") -> str:
    body = "".join(f"{name} {value}\n" for name, value in values.items())
    return (
        f"Model status\n{status}\n\n# Primal solution values\nFeasible\nObjective {objective}\n"
        f"# Columns {len(values)}\n{body}# Rows 0\n\n# Dual solution values\nNone\n"
    )


def answer(text: str, question: LinearQuestion = QUESTION) -> Result:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "answer.sol")
        path.write_text(text, encoding="ascii")
        return decode_file(XOR, str(path), question=question)


@pytest.fixture(scope="module")
def best() -> tuple[dict[str, int], int]:
    """Every column of the model at an optimum, by name, and the optimum."""
    model = encode_linear(XOR, options=MILP_OPTIONS)
    said = events_of(backend("cpsat"), LinearTask(model), seed=1)
    found = [event for event in said if isinstance(event, Candidate)]
    values = [*found[-1].answer.tolist()]  # type: ignore[union-attr]
    file = linear_file(XOR, QUESTION)
    names = file.model.names()
    values += [1] * (len(names) - len(values))
    assert found[-1].objective is not None
    return dict(zip(names, values, strict=True)), int(found[-1].objective)


def test_values_off_by_a_tolerance_are_rounded(best: tuple[dict[str, int], int]) -> None:
    values, optimum = best
    shaken: dict[str, float] = {name: value + (-1) ** k * 4e-7 for k, (name, value) in enumerate(values.items())}
    result = answer(highs(shaken, optimum + 1e-9))  # type: ignore[arg-type]
    assert result.status == "OPTIMUM FOUND"
    assert result.loss == optimum
    assert "floating-point" in result.certificate.detail
    name = next(name for name in values if name.startswith("w.1"))
    with pytest.raises(InputError, match=f"{name}; an integer is needed"):
        answer(highs({**values, name: 0.4}, optimum))  # type: ignore[dict-item]


def test_a_missing_column_is_zero_only_where_the_format_says_so(best: tuple[dict[str, int], int]) -> None:
    values, optimum = best
    sparse = {name: value for name, value in values.items() if value}
    lines = "".join(f"{name} {value} \t(obj:0)\n" for name, value in sparse.items())
    assert answer(f"solution status: optimal solution found\nobjective value: {optimum}\n{lines}").loss == optimum
    order = list(values)
    lines = "".join(f"{order.index(name)} {name} {value} 0\n" for name, value in sparse.items())
    assert answer(f"Optimal - objective value {optimum}.00000000\n{lines}").status == "OPTIMUM FOUND"
    lines = "".join(f"{name} {value}\n" for name, value in sparse.items())
    if any(not values[name] for name in linear_file(XOR, QUESTION).where.names.values()):
        with pytest.raises(InputError, match="writes every column"):
            answer(f"# Objective value = {optimum}\n{lines}")


def test_claims_that_do_not_hold_are_refused(best: tuple[dict[str, int], int]) -> None:
    values, optimum = best
    with pytest.raises(NotVerified, match="claims a loss of at most"):
        answer(highs(values, optimum - 1))
    with pytest.raises(NotVerified, match="claims that no loss is below"):
        answer(highs(values, optimum + 1))
    with pytest.raises(NotVerified, match="every assignment of parameters is one"):
        answer("Model status\nInfeasible\n\n# Primal solution values\nNone\n")
    name = next(name for name in linear_file(XOR, QUESTION).where.names.values())
    with pytest.raises(NotVerified, match="is this a solution of another model"):
        answer(highs({**values, name: 7}, optimum))
    with pytest.raises(InputError, match="an integer"):
        answer(highs(values, optimum + 0.5))


def test_every_truncation_is_noticed_or_harmless(best: tuple[dict[str, int], int]) -> None:
    values, optimum = best
    order = list(values)
    texts = [
        highs(values, optimum),
        f"solution status: optimal solution found\nobjective value: {optimum}\n"
        + "".join(f"{name} {value} \t(obj:0)\n" for name, value in values.items() if value),
        f"Optimal - objective value {optimum}\n"
        + "".join(f"{k} {name} {values[name]} 0\n" for k, name in enumerate(order)),
        f"c Problem: dnnt\ns mip 3 {len(order)} o {optimum}\n"
        + "".join(f"j {k} {values[name]}\n" for k, name in enumerate(order, start=1))
        + "e o f\n",
        f"# Solution for model dnnt\n# Objective value = {optimum}\n"
        + "".join(f"{name} {value}\n" for name, value in values.items()),
    ]
    for text in texts:
        assert answer(text).loss == optimum
        for length in range(0, len(text) - 1, 23):
            try:
                result = answer(text[:length])
            except DnntError:
                continue
            # What is left decides nothing, or is an answer that was verified.
            assert result.status in ("UNKNOWN", "SATISFIABLE") or result.loss == optimum


def test_files_of_something_else_are_refused() -> None:
    for text, words in [
        ("", "empty file"),
        ("hello\n", "found neither a status nor values|found 'hello'"),
        ("c Problem:\ns bas 3 4 f f 0\n", "of kind mip"),
        ("c Problem:\ns mip 3 4 o 0\nj 1 1\ne o f\n", "1 columns of 4"),
        (
            "Model status\nOptimal\n# Primal solution values\nFeasible\nObjective 0\n# Columns 1\nx 1\n# Rows 0\n",
            "1 columns",
        ),
    ]:
        with pytest.raises(DnntError, match=words):
            answer(text)
    with pytest.raises(InputError, match="no indicators"):
        LinearQuestion("opb", None, indicators=True)


def test_a_model_of_another_instance_is_refused(tmp_path: Path) -> None:
    other = Instance.from_arrays([[0], [1]], [0, 1], hidden=[1])
    model = tmp_path / "model.mps.gz"
    export_linear(other, QUESTION, str(model))
    solution = tmp_path / "answer.sol"
    solution.write_text("Model status\nOptimal\n", encoding="ascii")
    with pytest.raises(InputError, match="another instance"):
        decode_file(XOR, str(solution), str(model))
