"""The kinds of model files: one row says all that the rest of the toolkit needs to know of a format."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

from dnnt_encode.formats.dimacs import dimacs_text
from dnnt_encode.formats.lp import lp_text
from dnnt_encode.formats.mps import mps_text
from dnnt_encode.formats.opb import opb_text
from dnnt_encode.formats.solutions import cbc, cplex, glpk, gurobi, highs, lp_solve, pseudo_boolean, sat, scip
from dnnt_encode.formats.solutions.solution import Style
from dnnt_encode.formats.wcnf import wcnf_text

Writer: TypeAlias = Callable[..., Iterator[bytes]]


@dataclass(frozen=True)
class FileKind:
    """``model``: which encoder's model the file holds. ``mark``: how a comment begins. ``write``: the text of a
    CnfModel, with some comments and unit clauses, or of a MilpModel with some comments. ``styles``: of the solutions,
    those that show themselves before those that would take anything. ``options``: which options of a question say
    something here. ``placeholder``: where a command wants the file's name. ``minimises``: whether the file can ask for
    the least loss. ``bits``: whether integers are written as bits. ``numbered``: whether solvers number the columns as
    the file does."""

    name: str
    model: Literal["cnf", "linear"]
    mark: str
    write: Writer
    styles: tuple[Style, ...]
    options: frozenset[str]
    placeholder: str
    minimises: bool = True
    bits: bool = False
    numbered: bool = True

    @property
    def suffix(self) -> str:
        """How the name of a file ends."""
        return f".{self.placeholder}"


_MILP = (
    highs.SPARSE, highs.RAW, highs.PRETTY, scip.STYLE, cbc.STYLE, glpk.NUMBERS, glpk.TABLE, gurobi.SOL, gurobi.JSON,
    cplex.SOL, lp_solve.STYLE,
)  # fmt: skip
_CNF, _LINEAR = frozenset({"sum"}), frozenset({"indicators"})

KINDS = {
    kind.name: kind
    for kind in (
        FileKind("dimacs", "cnf", "c", dimacs_text, (sat.STYLE,), _CNF, "cnf", minimises=False),
        FileKind("wcnf", "cnf", "c", wcnf_text, (sat.STYLE,), _CNF, "wcnf"),
        FileKind("opb", "linear", "*", opb_text, (*_MILP, pseudo_boolean.STYLE), frozenset(), "opb", bits=True),
        FileKind("mps", "linear", "*", mps_text, _MILP, _LINEAR, "mps"),
        # Readers of LP files number columns as they meet them, which is first in the objective.
        FileKind("lp", "linear", "\\", lp_text, _MILP, _LINEAR, "lp", numbered=False),
    )
}


def kind_of_name(file: str) -> str | None:
    """The kind of model that the name of a file tells, packed or not; None where it tells none."""
    plain = file.lower().removesuffix(".gz").removesuffix(".xz")
    return next((kind.name for kind in KINDS.values() if plain.endswith(kind.suffix)), None)


def kind_of_solution(data: bytes, minimise: bool) -> str:
    """The kind of model that a solution is of, as far as it tells: a MILP, a pseudo-Boolean model, or a CNF."""
    text = data.decode("latin-1")
    if any(style.signature.search(text) for style in _MILP):
        return "mps"
    if pseudo_boolean.VALUES.search(text):
        return "opb"
    return "wcnf" if minimise else "dimacs"


def kind_of_command(command: str) -> FileKind | None:
    """The kind of file that a command's placeholder asks for; None where there is none, or several."""
    wanted = {word[1:-1] for word in re.findall(r"\{[a-z]+\}", command)}
    found = [kind for kind in KINDS.values() if kind.placeholder in wanted]
    return found[0] if len(found) == 1 else None
