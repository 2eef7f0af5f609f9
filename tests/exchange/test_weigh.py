"""What a solution file proves, and what it does not: gaps, tolerances, printed digits, stale files, lies."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from dnnt_encode.algorithms.brute_force import enumerate_losses
from dnnt_encode.backends.protocol import Candidate, LinearTask
from dnnt_encode.backends.registry import backend
from dnnt_encode.encoders.linear import encode_linear
from dnnt_encode.errors import DnntError, InputError, NotVerified
from dnnt_encode.exchange.encode import encode
from dnnt_encode.exchange.kinds import KINDS
from dnnt_encode.exchange.linear_file import LinearFile
from dnnt_encode.exchange.question import Question
from dnnt_encode.exchange.weigh import Verdict, weigh
from dnnt_encode.formats.solutions.solution import parse_solution
from dnnt_encode.instance import Instance
from dnnt_encode.instance.goal import LEAST, Goal
from dnnt_encode.models.linear import LinearModel
from dnnt_encode.solving.decoded import decoded
from dnnt_encode.solving.result import Result
from dnnt_encode.solving.solve import solve
from tests.backends.running import events_of
from tests.foreign import solvers
from tests.random_models import linear_model

MPS = Question("mps")
FX = Instance.from_arrays(
    [[0], [0], [-3]], [[100000], [-2], [-2]], hidden=[1], activation="identity", biases=[-1, 0, 1], loss="l1"
)
"""Its least loss is 100002."""

XOR = Instance.from_arrays([[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0], hidden=[2])


def raw(names: list[str], values: list[float], objective: float | None, bound: float | None, rows: int) -> str:
    """HiGHS's raw style; without a bound as older versions write it."""
    head = "Model status\nOptimal\n\n# Primal solution values\nFeasible\n"
    head += "" if objective is None else f"Objective {objective:.15g}\n"
    head += "" if bound is None else f"Objective_bound {bound:.15g}\n"
    body = "".join(f"{name} {value:.15g}\n" for name, value in zip(names, values, strict=True))
    return f"{head}# Columns {len(names)}\n{body}# Rows {rows}\n"


def cbc(names: list[str], values: list[float], objective: float) -> str:
    body = "".join(f"{k} {n} {v:.8g} 0\n" for k, (n, v) in enumerate(zip(names, values, strict=True)))
    return f"Optimal - objective value {objective:.8f}\n{body}"


def glpk(values: list[float], objective: float, rows: int) -> str:
    body = "".join(f"j {k} {value:.15g}\n" for k, value in enumerate(values, start=1))
    return f"c Problem: x\nc\ns mip {rows} {len(values)} o {objective:.15g}\n{body}e o f\n"


def one_column(low: int, high: int, coefficient: int = 1) -> LinearFile:
    """Minimise ``coefficient`` x, low <= x <= high."""
    return LinearFile(KINDS["mps"], linear_model([(low, high)], [], [(0, coefficient)]))


def weighed(model: LinearFile, text: str) -> Verdict:
    return weigh(model, parse_solution(text.encode(), "f", model.size.columns, model.kind.styles))


@pytest.mark.parametrize(
    ("x", "bound", "lower"),
    [
        (100004, 100002, 100002),
        (100004, 100004, 100004),
        (100004, 100003.99999, 100004),
        (100004, 100003.5, 100004),
        # Without a bound, the gap of 1e-4 is what "optimal" means: worth 11 here, less than one at 5000.
        (100004, None, 99994),
        (10001, None, 10000),
        (5000, None, 5000),
        (0, None, 0),
    ],
)
def test_an_optimum_in_doubles_is_a_bound(x: int, bound: float | None, lower: int) -> None:
    model = one_column(0, 10**6)
    found = weighed(model, raw(model.names(), [x], x, bound, 1))
    assert (found.feasible, found.objective, found.lower) == (True, x, lower)


@pytest.mark.parametrize(("x", "lower"), [(10**6, 10**6), (9 * 10**6, 9 * 10**6)])
def test_smaller_gaps_prove_more(x: int, lower: int) -> None:
    model = one_column(0, 9_999_999)
    assert weighed(model, cbc(model.names(), [x], x)).lower == lower
    assert weighed(model, glpk([x], x, 1)).lower == x
    # HiGHS writes GLPK's styles too, with a row for the objective and its own gap.
    assert weighed(model, glpk([x], x, 2)).lower == x - x // 10**4


def test_a_gap_of_a_unit_proves_nothing() -> None:
    model = LinearFile(KINDS["mps"], linear_model([(0, 9 * 10**6)], [], [(0, 2), (0, 1)]))
    found = weighed(model, glpk([5 * 10**6], 15 * 10**6, 1))
    # The gap of 1e-7 is 1.5 of 15,000,000, whose neighbours are 3 away.
    assert found.lower == 15 * 10**6
    both = linear_model([(0, 9 * 10**6), (0, 9 * 10**6)], [], [(0, 1), (1, 2)])
    found = weighed(LinearFile(KINDS["mps"], both), glpk([5 * 10**6, 5 * 10**6], 15 * 10**6, 1))
    assert found.lower == 15 * 10**6 - 1
    assert "within a gap of 1e-07, more than a unit here" in found.detail


def test_multiples_prove_more() -> None:
    model = one_column(0, 10**4, coefficient=10)
    assert weighed(model, raw(model.names(), [9999], 99990, None, 1)).lower == 99990
    assert weighed(model, raw(model.names(), [10**4], 10**5, 99990.5, 1)).lower == 10**5


def test_numbers_past_the_tolerances_prove_nothing() -> None:
    # A row that may reach 10^8 is worth 100 units of tolerance.
    huge = linear_model([(0, 10**8), (0, 1)], [([(0, 1), (1, 1)], 5, None, [])], [(0, 1)])
    model = LinearFile(KINDS["mps"], huge)
    found = weighed(model, raw(model.names(), [4, 1], 4, 4, 1))
    assert (found.feasible, found.objective, found.lower) == (True, 4, None)
    assert "too large for a proof in doubles" in found.detail
    never = LinearFile(KINDS["mps"], linear_model([(0, 10**8)], [([(0, 1)], 5, None, [])], [], threshold=3))
    found = weighed(never, "Model status\nInfeasible\n")
    assert not found.infeasible
    small = LinearFile(KINDS["mps"], linear_model([(0, 10)], [([(0, 1)], 50, None, [])], [], threshold=3))
    assert weighed(small, "Model status\nInfeasible\n").infeasible


def test_values_within_tolerances_claim_less_and_others_are_refused() -> None:
    # x + 1000 a >= 1000: a solver may leave 1e-6 of a, worth 1e-3 of the row.
    model = LinearFile(KINDS["mps"], linear_model([(0, 10), (0, 1)], [([(0, 1), (1, 1000)], 1000, None, [])], [(0, 1)]))
    names = model.names()
    for values, feasible in (([0, 1], True), ([0, 0.9999999], True), ([1e-7, 1], True), ([0.9999, 0.9990001], False)):
        found = weighed(model, raw(names, values, values[0], values[0], 1))
        assert found.feasible == feasible
        assert found.objective == (0 if feasible else None)
        assert (found.lower is None) == (not feasible)
    # What is a little below an integer is that integer.
    assert weighed(model, raw(names, [2.9999999, 1], 2.9999999, 0, 1)).objective == 3
    for values in ([0, 0.99], [0, 0], [3, 2], [-1, 1]):
        with pytest.raises(InputError, match="is this a solution of another model"):
            weighed(model, raw(names, values, values[0], None, 1))


def test_printed_digits_are_allowed_for() -> None:
    # x = y, printed with six digits: 1.23457e+06.
    both = linear_model([(0, 4 * 10**6), (0, 4 * 10**6)], [([(0, 1), (1, -1)], 0, 0, [])], [(0, 1)])
    model = LinearFile(KINDS["mps"], both)
    table = "Problem: x\nRows: 1\nColumns: 2\nStatus: INTEGER OPTIMAL\nObjective:  loss = {} (MINimum)\n\n"
    table += "No. Column name Activity Lower Upper\n--- --- --- ---\n 1 e.0 * {} 0 4e+06\n 2 e.1 * {} 0 4e+06\n\n"
    table = (table + "Integer feasibility conditions:\n").replace("e.0", model.names()[0])
    table = table.replace("e.1", model.names()[1])
    found = weighed(model, table.format("1234567", "1.23457e+06", "1234567"))
    assert not found.feasible
    assert found.answer is not None
    with pytest.raises(InputError, match="another model"):
        weighed(model, table.format("1234567", "1.23457e+06", "1234999"))


def test_claims_that_contradict_each_other() -> None:
    model = one_column(0, 1000)
    with pytest.raises(NotVerified, match="claims the objective 5; its values have 7"):
        weighed(model, cbc(model.names(), [7], 5))
    with pytest.raises(NotVerified, match="claims the objective 9; its values have 7"):
        weighed(model, cbc(model.names(), [7], 9))
    # Nobody claims that this is the least.
    found = weighed(model, cbc(model.names(), [7], 9).replace("Optimal", "Stopped on time"))
    assert (found.objective, found.lower) == (7, None)


def test_columns_and_rows_are_counted() -> None:
    model = one_column(0, 1000)
    name = model.names()[0]
    for text, words in (
        (raw([name, "w"], [7, 1], 7, 7, 1), "found 2 columns; the model has 1"),
        (raw([name], [7], 7, 7, 3), "found 3 rows; the model has 1"),
        (cbc(["price"], [7], 7), "line 2: found the column 'price', which the model does not have"),
        (glpk([7, 1], 7, 1), "found 2 columns"),
        (glpk([7], 7, 3), "found 3 rows"),
        (f"# Objective value = 7\n{name}.1 7\n", "which the model does not have"),
        ("# Objective value = 7\n" * 2, None),
    ):
        if words is None:
            assert weighed(model, text).answer is None
            continue
        with pytest.raises(InputError, match=words):
            weighed(model, text)


# The same on instances.


def solved(model: LinearModel, goal: Goal = LEAST) -> np.ndarray:
    """The columns of a linear model at an optimum, or at any solution of one with a threshold."""
    events = events_of(backend("cpsat"), LinearTask(model, goal), seed=1)
    answer = [event for event in events if isinstance(event, Candidate)][-1].answer
    assert isinstance(answer, np.ndarray)
    return answer


def optimum(instance: Instance, question: Question) -> tuple[list[str], list[float], float]:
    """The names, values and objective of the columns of a question's file at an optimum."""
    file = encode(instance, question).model
    assert isinstance(file, LinearFile)
    model: LinearModel = encode_linear(instance)
    values = file.milp.shifted(np.arange(model.columns), solved(model))
    return file.names(), [*values.tolist(), *[1] * file.milp.added], int(file.objective(values))


def decode_text(instance: Instance, text: str, question: Question = MPS) -> Result:
    return decoded(instance, text.encode(), "f", question)


def test_a_loss_that_is_large_in_any_case_is_proved() -> None:
    # 10^10, and one unit decides.
    far = Instance.from_arrays(
        [[1], [2], [3]], [[10**10], [1], [2]], hidden=[1], weights=[-1, 0, 1], biases=[-1, 0, 1], loss="l1"
    )
    least = min(enumerate_losses(far).fractions())
    names, values, objective = optimum(far, MPS)
    assert objective < 20
    rows = encode(far, MPS).model.size.rows
    for text in (
        raw(names, values, objective, None, rows),
        cbc(names, values, objective),
        glpk(values, objective, rows),
    ):
        result = decode_text(far, text)
        assert (result.status, result.loss, result.bound) == ("OPTIMUM FOUND", least, least)
        assert "floating-point word of" in result.certificate.detail


@pytest.mark.parametrize(
    ("name", "run"),
    solvers(
        "cbc", "glpk-w", "glpk-o", "highs", "highs-pretty", "highs-sparse", "highs-glpk-w", "highs-glpk-o", "scip",
        "gurobi-json",
    ),
)  # fmt: skip
def test_no_solver_proves_a_wrong_optimum(tmp_path: Path, name: str, run: object) -> None:
    near = Instance.from_arrays([[0], [3]], [[10**7], [0]], hidden=[1], activation="identity", loss="l1")
    for instance in (FX, near):
        least = min(enumerate_losses(instance).fractions())
        (tmp_path / "m.mps").write_bytes(b"".join(encode(instance, MPS).text()))
        run(tmp_path / "m.mps", tmp_path / "s")  # type: ignore[operator]
        result = decoded(instance, (tmp_path / "s").read_bytes(), "f", MPS)
        assert (result.status, result.loss) == ("OPTIMUM FOUND", least)


def test_a_stale_solution_is_refused() -> None:
    one, other = (
        Instance.from_arrays([[1], [2]], y, hidden=[], weights=[0, 1, 2], biases=[0], loss="l1", name="one")
        for y in ([[5], [9]], [[-10], [2]])
    )
    names, values, objective = optimum(other, MPS)
    assert names == encode(one, MPS).model.names()
    rows = encode(other, MPS).model.size.rows
    assert decode_text(other, raw(names, values, objective, objective, rows)).loss == 11
    for text in (raw(names, values, objective, objective, rows), cbc(names, values, objective)):
        with pytest.raises(DnntError, match="another model"):
            decode_text(one, text)


def test_names_that_no_column_has_are_no_solution() -> None:
    with pytest.raises(InputError, match="found the column 'price', which the model does not have"):
        decode_text(XOR, "Optimal - objective value 2\n0 price 1 2\n")


def test_slack_in_auxiliary_columns_leaves_good_weights_and_a_smaller_claim() -> None:
    names, values, objective = optimum(FX, MPS)
    rows = encode(FX, MPS).model.size.rows
    least = min(enumerate_losses(FX).fractions())
    place = next(k for k, name in enumerate(names) if name == "t.2.0")
    slack = [value + 2 * (k == place) for k, value in enumerate(values)]
    # The file's own bound is the least loss, and the weights have it: proved. One below is not.
    assert decode_text(FX, raw(names, slack, objective + 2, objective, rows)).status == "OPTIMUM FOUND"
    near = Instance.from_arrays([[1], [2]], [[3], [3]], hidden=[], weights=[0, 1], biases=[0, 1], loss="l1")
    names, values, objective = optimum(near, MPS)
    rows = encode(near, MPS).model.size.rows
    place = next(k for k, name in enumerate(names) if name.startswith("t."))
    slack = [value + (k == place) for k, value in enumerate(values)]
    least = min(enumerate_losses(near).fractions())
    result = decode_text(near, raw(names, slack, objective + 1, objective - 1, rows))
    assert (result.status, result.loss, result.bound) == ("SATISFIABLE", least, least - 1)
    # A bound above the loss of the weights is a contradiction, and never cut down to a proof.
    with pytest.raises(NotVerified, match=f"no loss is below {least + 1}; its weights have {least}") as error:
        decode_text(near, raw(names, slack, objective + 1, objective + 1, rows))
    assert error.value.evidence["weights"]
    assert error.value.evidence["claimed"] == int(least) + 1


def test_without_an_objective_there_is_no_optimum() -> None:
    near = Instance.from_arrays([[1], [2]], [[3], [3]], hidden=[], weights=[0, 1], biases=[0, 1], loss="l1")
    names, values, _ = optimum(near, MPS)
    result = decode_text(near, raw(names, values, None, None, encode(near, MPS).model.size.rows))
    assert result.status == "SATISFIABLE"
    assert result.loss == min(enumerate_losses(near).fractions())


def test_infeasible_is_no_answer_to_minimising_in_doubles() -> None:
    for text in ("Model status\nInfeasible\n", "Infeasible - objective value 0\n", "solution status: infeasible\n"):
        result = decode_text(XOR, text)
        assert (result.status, result.weights) == ("UNKNOWN", None)
        assert "every assignment of parameters is one" in result.certificate.detail
    with pytest.raises(NotVerified, match="every assignment of parameters is one"):
        decode_text(XOR, "s UNSATISFIABLE\n", Question("opb"))


def test_commands_are_weighed_alike(tmp_path: Path) -> None:
    near = Instance.from_arrays([[1], [2]], [[3], [3]], hidden=[], weights=[0, 1], biases=[0, 1], loss="l1")
    least = min(enumerate_losses(near).fractions())
    names, values, objective = optimum(near, MPS)
    rows = encode(near, MPS).model.size.rows
    place = next(k for k, name in enumerate(names) if name.startswith("t."))
    slack = [value + (k == place) for k, value in enumerate(values)]
    answer, script = tmp_path / "answer", tmp_path / "solver"
    script.write_text(f"#!/bin/sh\ncp {answer} $2\n", encoding="ascii")
    script.chmod(0o755)
    for found, claimed, bound, status in (
        (values, objective, objective, "OPTIMUM FOUND"),
        (values, objective, objective - 1, "SATISFIABLE"),
        (slack, objective + 1, objective, "OPTIMUM FOUND"),
        (slack, objective + 1, objective - 1, "SATISFIABLE"),
        # A bound above verified weights proves nothing.
        (slack, objective + 1, None, "SATISFIABLE"),
    ):
        answer.write_text(raw(names, found, claimed, bound, rows), encoding="ascii")
        result = solve(near, backend=f"cmd:{script} {{mps}} {{sol}}")
        assert (result.status, result.loss) == (status, least)


def test_a_threshold_is_met_or_not() -> None:
    least = min(enumerate_losses(FX).fractions())
    asked = Question("mps", least)
    file = encode(FX, asked).model
    assert isinstance(file, LinearFile)
    model = encode_linear(FX, threshold=least)
    values = file.milp.shifted(np.arange(model.columns), solved(model, Goal(least))).tolist()
    result = decode_text(FX, raw(file.names(), values, 0, 0, file.size.rows), asked)
    assert (result.status, result.threshold) == ("SATISFIABLE", least)
    assert decode_text(FX, "Model status\nInfeasible\n", Question("mps", least - 1)).status == "UNSATISFIABLE"
    assert decode_text(FX, "Model status\nTime limit reached\n# Primal solution values\nNone\n", asked).status == (
        "UNKNOWN"
    )
    assert result.threshold == Fraction(least)
