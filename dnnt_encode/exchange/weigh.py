"""What a solution file proves about a model: the one place that weighs a solver's claims.

A solver's word is evidence, and no more than its arithmetic carries. One that computes with integers is taken by its
word. One that computes in doubles ends at a gap: the bound that its file has, or else one as far below its optimum as
its usual gap allows, rounded up as the objective is an integer. Where the numbers of the model pass what
tolerances leave of doubles, or the values meet the rows only within tolerances, nothing is proved. Values that are of
no solution of the model are refused, whatever they would decode to.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dnnt_encode.errors import InputError, NotVerified
from dnnt_encode.exchange.model_file import ModelFile
from dnnt_encode.formats.solutions.solution import Solution
from dnnt_encode.instance.goal import Status
from dnnt_encode.models.milp import TOO_LARGE

OBJECTIVE_TOLERANCE = 1e-6
"""How far, in proportion, a claimed objective may be from that of the claimed values, in doubles."""


@dataclass(frozen=True, eq=False)
class Verdict:
    """``answer``: the encoder's columns, or the truth of its variables, None where there is none. ``feasible``: whether
    it meets every row exactly; ``objective``: the encoder's, of a feasible answer to a question that minimises;
    ``lower``: no objective is below this. ``infeasible``: nothing meets the rows. ``detail``: what was not believed,
    and why."""

    status: Status
    answer: np.ndarray | None = None
    feasible: bool = False
    objective: int | None = None
    lower: int | None = None
    infeasible: bool = False
    detail: str = ""


def weigh(model: ModelFile, solution: Solution, constrained: bool = False) -> Verdict:
    """What a solution of a model's file proves. ``constrained``: even a model that minimises may have none.

    Raises InputError where it is of another model or damaged, NotVerified where its claims contradict each other."""
    if solution.values is None:
        return _without_values(model, solution, constrained)
    values, printed, missing = _aligned(model, solution)
    try:
        feasible = model.fits(values, printed)
    except InputError as error:
        hint = f" (nor is there a value for {missing})" if missing else ""
        raise InputError(f"{error.message}{hint}; is this a solution of another model?", solution.name) from None
    answer = model.answer(values)
    if not feasible:
        text = "its values meet the rows only within tolerances: they prove nothing"
        return Verdict(solution.status, answer, detail=text)
    if not model.minimises:
        return Verdict(solution.status, answer, feasible)
    _check_objective(model, solution, values, printed)
    lower, detail = _lower(model, solution)
    objective = int(model.objective(np.rint(values))) + model.offset
    return Verdict(solution.status, answer, feasible, objective, lower, detail=detail)


def _without_values(model: ModelFile, solution: Solution, constrained: bool) -> Verdict:
    status, program, exact = solution.status, solution.style.program, solution.style.gap is None
    if status != "UNSATISFIABLE":
        return Verdict(status, detail=f"{program} gave no answer")
    if model.minimises and not constrained and exact:
        raise NotVerified(
            f"{program} says that the model has no solution, but every assignment of parameters is one", {}
        )
    if model.minimises and not constrained:
        return Verdict(
            "UNKNOWN", detail=f"{program} claims that there is no solution, but every assignment of parameters is one"
        )
    if not exact and not model.safe:
        return Verdict("UNKNOWN", detail=f"{program} claims that there is no solution; {TOO_LARGE}")
    return Verdict(status, infeasible=True)


def _aligned(model: ModelFile, solution: Solution) -> tuple[np.ndarray, np.ndarray, str]:
    """The values of all columns (float64), how much each may be off by its printed digits, and the first column that
    was completed where any value will do."""
    style, found, count = solution.style, solution.values, model.size.columns
    assert found is not None
    if solution.columns is not None and solution.columns != count:
        raise _other(solution, f"found {solution.columns} columns; the model has {count}")
    rows = model.size.rows
    if solution.rows not in (None, rows) and not _counts_objective(model, solution):
        raise _other(solution, f"found {solution.rows} rows; the model has {rows}")
    if isinstance(found.keys, np.ndarray):
        if not model.kind.numbered:
            raise InputError(
                f"{style.program} numbers the columns of an LP file in an order of its own; export MPS, or let it "
                "write names (glpsol -o)",
                solution.name,
            )
        place = found.keys - 1
        outside = np.flatnonzero(place >= count)
        if len(outside):
            raise _other(solution, f"found the column {found.keys[outside[0]]}; the model has {count}", outside[0])
    else:
        numbers = {name: number for number, name in enumerate(model.names())}
        place = np.array([numbers.get(key, -1) for key in found.keys], dtype=np.int64)
        unknown = np.flatnonzero(place < 0)
        if len(unknown):
            name = str(found.keys[unknown[0]])[:40]
            raise _other(solution, f"found the column {name!r}, which the model does not have", unknown[0])
    values = np.zeros(count)
    given = np.zeros(count, dtype=bool)
    values[place], given[place] = found.numbers, True
    missing = ""
    if not given.all() and style.missing != "zero":
        number = int(np.flatnonzero(~given)[0])
        missing = f"variable {number + 1}"
        if style.missing == "error":
            raise InputError(
                f"found no value for the column {model.names()[number]}, and {style.program} writes every column: the "
                "file is cut off, or of another model",
                solution.name,
            )
    return values, _printed(values, style.digits), missing


def _counts_objective(model: ModelFile, solution: Solution) -> bool:
    """Whether the objective is one of the rows that a solver counted."""
    return solution.style.objective_row_gap is not None and solution.rows == model.size.rows + 1


def _printed(values: np.ndarray, digits: int) -> np.ndarray:
    """Half a unit of the last printed digit, where that is worth more than one."""
    size = np.abs(values)
    unit = 10.0 ** (np.floor(np.log10(np.maximum(size, 1.0))) - digits + 1)
    return np.where(size >= 10.0**digits, unit / 2, 0.0)


def _other(solution: Solution, message: str, index: int | None = None) -> InputError:
    place = solution.name
    if index is not None and solution.values is not None:
        place = f"{place}, line {solution.values.lines[index]}"
    return InputError(f"{message}: this is a solution of another model", place)


def _check_objective(model: ModelFile, solution: Solution, values: np.ndarray, printed: np.ndarray) -> None:
    """A claimed objective is that of the values; one that is only too high matters where it is claimed to be least."""
    claimed = solution.objective
    if claimed is None:
        return
    own, slack = model.objective(values), 0.0
    if solution.style.gap is not None:
        slack = OBJECTIVE_TOLERANCE * max(1.0, abs(claimed)) + model.objective_slack(printed)
        slack += float(_printed(np.array([float(claimed)]), solution.style.objective_digits)[0])
    if claimed < own - slack or (claimed > own + slack and solution.status == "OPTIMUM FOUND"):
        raise NotVerified(
            f"{solution.name}: {solution.style.program} claims the objective {_plain(claimed)}; its values have "
            f"{_plain(own)}: this is a solution of another model, or a wrong one",
            {"claimed_objective": claimed, "objective": own},
        )


def _lower(model: ModelFile, solution: Solution) -> tuple[int | None, str]:
    """The bound that the file proves, and why not where it claims one."""
    style, objective = solution.style, solution.objective
    optimal = solution.status == "OPTIMUM FOUND"
    if style.gap is None:
        return (model.bound(objective, exact=True) if optimal and objective is not None else None), ""
    if not model.safe:
        return None, TOO_LARGE if optimal else ""
    if solution.bound is not None:
        return model.bound(solution.bound, exact=False), ""
    if not optimal or objective is None:
        return None, ""
    gap = style.objective_row_gap if _counts_objective(model, solution) else style.gap
    assert gap is not None
    lower = model.bound(objective - gap * abs(objective), exact=False)
    if lower < model.bound(objective, exact=False):
        return lower, f"{style.program} calls an answer optimal within a gap of {gap:g}, more than a unit here"
    return lower, ""


def _plain(number: float) -> str:
    return str(number) if isinstance(number, int) else f"{number:.15g}"
