"""Constraints on behaviour in whole runs: least losses against the definitions, infeasibility, what cannot be asked."""

from __future__ import annotations

import os
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pysat.examples.rc2 import RC2
from pysat.formula import CNF, WCNF
from pysat.solvers import Solver

import dnnt_encode as dnnt
from dnnt_encode import FairRates, FixedAnswers, Instance, RobustAnswers, solve
from dnnt_encode.errors import InputError, ModelTooLarge
from dnnt_encode.exchange.export import export, export_cubes
from dnnt_encode.exchange.question import Question
from dnnt_encode.instance.behaviour import met, upheld
from dnnt_encode.instance.constraints import Constraint
from dnnt_encode.instance.objectives import objective_value
from dnnt_encode.instance.stage import Objective
from dnnt_encode.solving.explain import explain
from dnnt_encode.solving.feasible import greatest
from dnnt_encode.solving.replay import replay
from tests.constraints import constrained_instances, meets
from tests.foreign import Run, solvers
from tests.stages import everything

EXAMPLES = int(os.environ.get("DNNT_EXAMPLES", "10"))
X, Y = [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0]
FIXED = FixedAnswers([[1, 2]], [1])  # type: ignore[arg-type]
FAIR = FairRates("positive", ("a", "a", "b", "b"), Fraction(1, 3))
NOTHING = FixedAnswers([[3, 3], [3, 3]], [0, 1])  # type: ignore[arg-type]


def xor(*constraints: Constraint, **options: object) -> Instance:
    given = {"hidden": [2], "weights": [-1, 1], "biases": [0, -1], "margin": "1/2", **options}
    return Instance.from_arrays(X, Y, constraints=constraints, **given)  # type: ignore[arg-type]


def least(instance: Instance) -> Fraction | None:
    return min((loss for loss, weights in everything(instance) if meets(instance, weights)), default=None)


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(constrained_instances(assignments=60), st.sampled_from(("auto", "brute", "cpsat", "sat:cadical195")))
def test_the_least_loss_is_that_of_the_definitions(instance: Instance, backend: str) -> None:
    if backend == "cpsat":
        pytest.importorskip("ortools")
    wanted = least(instance)
    found = solve(instance, backend=backend, threads=1)
    assert found.status == ("UNSATISFIABLE" if wanted is None else "OPTIMUM FOUND")
    assert (found.loss, found.threshold) == (wanted, None)
    if found.weights is not None:
        assert met(instance, found.weights)
        assert all(each.holds for each in upheld(instance, found.weights))
    below = solve(instance, backend=backend, threads=1, threshold=0)
    assert below.status == ("SATISFIABLE" if wanted == 0 else "UNSATISFIABLE")


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(constrained_instances(assignments=60))
def test_later_objectives_keep_them(instance: Instance) -> None:
    wanted = least(instance)
    found = solve(instance, objective="loss,nonzeros+biases", threads=1)
    if wanted is None:
        assert found.status == "UNSATISFIABLE"
        return
    objective = Objective("nonzeros", biases=True)
    inside = [weights for loss, weights in everything(instance) if loss == wanted and meets(instance, weights)]
    fewest = min(objective_value(objective, instance, weights) for weights in inside)
    assert (found.status, found.loss, found.stages[1].value) == ("OPTIMUM FOUND", wanted, fewest)


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(constrained_instances(assignments=60), st.booleans())
def test_counts_and_backbones_are_of_those_that_meet_them(instance: Instance, listed: bool) -> None:
    most = greatest(instance)
    inside = [weights for loss, weights in everything(instance) if meets(instance, weights)]
    assert all(loss <= most for loss, _ in everything(instance))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("dnnt_encode.solving.count.ENUMERATED", 0 if listed else 10**9)
        assert dnnt.count(instance, threshold=most).count == len(inside)
    same = dnnt.backbone(instance, threshold=most).values
    assert (same is None) is (not inside)


@pytest.mark.parametrize("backend", ["brute", "cpsat", "sat:cadical195", "sat:kissat404", "milp:highs", "milp:scip"])
@pytest.mark.parametrize("constraint", [FAIR, NOTHING])
def test_backends_agree(backend: str, constraint: Constraint) -> None:
    modules = {"cpsat": "ortools", "milp:highs": "highspy", "milp:scip": "pyscipopt"}
    if backend in modules:
        pytest.importorskip(modules[backend])
    instance = xor(constraint)
    wanted = least(instance)
    found = solve(instance, backend=backend, threads=1)
    assert (found.status, found.loss) == ("UNSATISFIABLE" if wanted is None else "OPTIMUM FOUND", wanted)


def test_a_run_begins_from_weights_that_meet_them() -> None:
    """Weights of a smaller loss that break one are no answer to start from."""
    free = solve(xor(), threads=1).weights
    assert free is not None
    instance = xor(FAIR, FixedAnswers([[0, 1], [1, 1]], [1, 1]))  # type: ignore[arg-type]
    assert not met(instance, free)
    found = solve(instance, start=free, threads=1)
    assert (found.status, found.loss) == ("OPTIMUM FOUND", least(instance))


@pytest.mark.parametrize("constraint", [FIXED, NOTHING])
def test_a_certificate_is_of_those_that_meet_them(constraint: Constraint, tmp_path: Path) -> None:
    instance, folder = xor(constraint), tmp_path / "certificate"
    found = solve(instance, backend="sat:cadical195", threads=1, certify=True)
    assert found.certificate.kind == "drup"
    found = solve(instance, backend="cpsat", threads=1, certify=True)
    assert found.certificate.kind == "exhaustive"
    asked = {"threshold": greatest(instance)} if constraint is NOTHING else {}
    solve(instance, backend="sat:cadical195", threads=1, certificate=str(folder), **asked)
    assert replay(str(folder / "manifest.json")).status == found.status


@pytest.mark.parametrize("backend", ["search", "dp", "dictionary", "onelayer"])
def test_who_knows_the_loss_alone(backend: str) -> None:
    with pytest.raises(InputError, match=f"{backend} does not know constraints; solvers and brute do"):
        solve(xor(FAIR), backend=backend, threshold=0)


def test_what_cannot_be_asked() -> None:
    with pytest.raises(InputError, match="about classes"):
        Instance.from_arrays(X, [[0], [1], [1], [0]], loss="l1", constraints=[RobustAnswers(1)])
    with pytest.raises(InputError, match="without constraints"):
        solve(xor(FAIR, weights=dnnt.Interval(-1, 1), biases=dnnt.Interval(-1, 1)))
    with pytest.raises(InputError, match="is about two classes; there are 3"):
        solve(Instance.from_arrays(X, [0, 1, 2, 0], constraints=[FAIR]))
    with pytest.raises(InputError, match="group 'b' has no samples"):
        solve(xor(FairRates("false_positive", ("a", "b", "b", "a"), Fraction(0))))
    with pytest.raises(InputError, match="those of an ensemble are votes"):
        solve(Instance.from_arrays(X, [0, 1, 2, 0], constraints=[RobustAnswers(1)]), strategy="one-vs-one")
    with pytest.raises(InputError, match="a core is of samples alone"):
        explain(xor(FAIR), threshold=0)
    wide = Instance.from_arrays([[0] * 40, [1] * 40], [0, 1], constraints=[RobustAnswers(20)])
    with pytest.raises(ModelTooLarge, match=r"would be about [0-9]+ inputs of 40 numbers"):
        solve(wide)


# -- files -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "run"), solvers("glpk-w", "cbc"))
@pytest.mark.parametrize("constraint", [FAIR, RobustAnswers(1), NOTHING])
def test_a_foreign_solver_of_a_linear_model(name: str, run: Run, constraint: Constraint, tmp_path: Path) -> None:
    instance, model, solution = xor(constraint), tmp_path / "model.mps", tmp_path / "model.sol"
    export(instance, Question("mps"), str(model))
    run(model, solution)
    found = dnnt.decode(instance, str(solution), str(model))
    wanted = least(instance)
    assert (found.status, found.loss) == ("UNSATISFIABLE" if wanted is None else "OPTIMUM FOUND", wanted)


@pytest.mark.parametrize("constraint", [FAIR, RobustAnswers(1), NOTHING])
def test_foreign_solvers_of_formulas(constraint: Constraint, tmp_path: Path) -> None:
    instance, wanted = xor(constraint), least(xor(constraint))
    model, solution = tmp_path / "model.wcnf", tmp_path / "model.sol"
    export(instance, Question("wcnf"), str(model))
    with RC2(WCNF(from_file=str(model))) as solver:
        truth = solver.compute()
        lines = "s UNSATISFIABLE\n"
        if truth is not None:
            bits = "".join("1" if literal > 0 else "0" for literal in truth)
            lines = f"o {solver.cost}\ns OPTIMUM FOUND\nv {bits}\n"
    solution.write_text(lines)
    found = dnnt.decode(instance, str(solution), str(model))
    assert (found.status, found.loss) == ("UNSATISFIABLE" if wanted is None else "OPTIMUM FOUND", wanted)
    plain = tmp_path / "model.cnf"
    for most in range(5):
        export(instance, Question("dimacs", Fraction(most)), str(plain))
        with Solver("glucose42", bootstrap_with=CNF(from_file=str(plain)).clauses) as decider:
            assert decider.solve() is (wanted is not None and wanted <= most)


def test_cubes_are_of_parts_that_keep_functions(tmp_path: Path) -> None:
    """Output patterns hold every function, truth tables no more than the least loss."""
    for hidden in ("relu", "sign"):
        instance = xor(FAIR, weights=[-1, 0, 1], activation=hidden)
        made = export_cubes(instance, Question("dimacs", Fraction(2)), str(tmp_path / hidden), 4)
        assert made.split == "output_patterns"
