"""What a CNF says, found by PySAT: all parameter assignments that satisfy it, and the least cost of one."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
from pysat.examples.rc2 import RC2
from pysat.formula import WCNF
from pysat.solvers import Solver

from dnnt_encode.algorithms.brute_force import Enumeration
from dnnt_encode.instance import Instance
from dnnt_encode.models.cnf import CnfModel


def solver_of(model: CnfModel) -> Solver:
    solver = Solver("minisat22")
    for block in model.blocks:
        for clause in block.tolist():
            solver.add_clause(clause)
    return solver


def truth_of(model: CnfModel, literals: Sequence[int]) -> np.ndarray:
    truth = np.zeros(model.variables + 1, dtype=bool)
    positive = [literal for literal in literals if 0 < literal <= model.variables]
    truth[positive] = True
    return truth


def satisfying(instance: Instance, model: CnfModel, assumptions: Sequence[int] = ()) -> set[int]:
    """The numbers of all assignments of the parameters that extend to a solution, found by blocking each in turn."""
    enumeration = Enumeration(instance)
    parameters = np.unique(np.abs(model.variable_map.literals)).tolist()
    found: set[int] = set()
    with solver_of(model) as solver:
        while solver.solve(assumptions=list(assumptions)):
            truth = truth_of(model, solver.get_model())
            assert model.satisfied(truth)
            number = enumeration.number_of(model.variable_map.decode(truth))
            assert number not in found
            found.add(number)
            if not parameters:
                break
            solver.add_clause([-v if truth[v] else v for v in parameters])
    return found


def least_cost(model: CnfModel, assumptions: Sequence[int] = ()) -> int | None:
    """The least weight of falsified soft literals, constant included; None where nothing satisfies the clauses."""
    formula = WCNF()
    for clause in itertools.chain.from_iterable(block.tolist() for block in model.blocks):
        formula.append(clause)
    for literal in assumptions:
        formula.append([int(literal)])
    for literal, weight in zip(model.soft_literals.tolist(), model.soft_weights.tolist(), strict=True):
        formula.append([literal], weight=weight)
    with RC2(formula, solver="g4") as solver:
        found = solver.compute()
        if found is None:
            return None
        cost = model.cost(truth_of(model, found))
        assert cost == solver.cost + model.objective_constant
        return cost


def well_formed(model: CnfModel) -> None:
    """No zeros, no constants but the unit clause [1], no variable twice in a clause, all variables in range."""
    assert model.blocks[0].tolist() == [[1]]
    for number, block in enumerate(model.blocks):
        assert block.dtype == np.int32
        magnitude = np.sort(np.abs(block), axis=1)
        assert magnitude.size == 0 or magnitude.min() >= 1
        assert magnitude.max(initial=0) <= model.variables
        assert number == 0 or (magnitude > 1).all()
        assert (magnitude[:, 1:] != magnitude[:, :-1]).all()
    assert len(np.unique(np.abs(model.soft_literals))) == len(model.soft_literals)
    assert all(weight > 0 for weight in model.soft_weights.tolist())
