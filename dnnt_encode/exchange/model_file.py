"""A model as a file of one kind holds it: what a solver sees, and the way back to the encoder's model.

Whatever solves the file knows only its columns (variables) and rows (clauses). How well some values fit them, and what
they mean, is answered here, for formulas and linear models alike.
"""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from dnnt_encode.exchange.kinds import FileKind
from dnnt_encode.models.cnf import CnfVariableMap
from dnnt_encode.models.variable_map import VariableMap

ParameterLine = tuple[str, int, list[tuple[int, int]]]
"""A parameter's name; its position is this constant and pairs (weight, variable of the file)."""


@dataclass(frozen=True)
class FileSize:
    """What a file holds, exactly, or (``partly``) at least: columns or variables; rows or clauses; terms or literals of
    those; soft clauses."""

    columns: int
    rows: int
    terms: int
    soft: int = 0
    partly: bool = False


class ModelFile(ABC):
    """``offset``: what the encoder's objective has beyond the file's; ``unit``: what one of it is worth; ``lower``:
    what the encoder's objective never falls below; ``safe``: whether the numbers are small enough for doubles."""

    kind: FileKind
    size: FileSize
    variable_map: CnfVariableMap | VariableMap
    offset: int
    unit: Fraction
    lower: int
    minimises: bool
    safe: bool = True
    warnings: tuple[str, ...] = ()

    @abstractmethod
    def write(self, comments: Iterable[str] = ()) -> Iterator[bytes]:
        """The text of the file, in pieces."""

    @abstractmethod
    def names(self) -> list[str]:
        """What the file calls its columns."""

    @abstractmethod
    def variable_names(self) -> Iterator[tuple[int, str]]:
        """Number and name of the variables that parameters are made of."""

    @abstractmethod
    def parameters(self) -> Iterator[ParameterLine]:
        """The parameters of more than one value."""

    @abstractmethod
    def fits(self, values: np.ndarray, printed: np.ndarray) -> bool:
        """Whether values (float64 [columns], each off by at most ``printed`` where it was rounded to be printed) meet
        every bound and row exactly, once they are integers; False where they do so within the tolerances of doubles.

        Raises InputError, without a place, where they do not, or where a parameter has no integer."""

    @abstractmethod
    def objective(self, values: np.ndarray) -> float:
        """The file's objective at some values: an exact integer where they are integers."""

    @abstractmethod
    def objective_slack(self, printed: np.ndarray) -> float:
        """How much the objective may be off where values are off by a tolerance, and by ``printed``."""

    @abstractmethod
    def bound(self, claimed: float, exact: bool) -> int:
        """The least objective of the encoder's model that a lower bound on the file's leaves."""

    @abstractmethod
    def answer(self, values: np.ndarray) -> np.ndarray:
        """The encoder's columns (int64), or the truth of its variables, at some values of the file."""

    @abstractmethod
    def _arrays(self) -> Iterator[np.ndarray]:
        """All that the file's rows are made of."""

    def digest(self) -> str:
        """A hash of the model: of what its rows, bounds and costs are, and of its names."""
        sha = hashlib.sha256()
        for array in self._arrays():
            plain = array if array.dtype != object else np.array([str(value) for value in array.flat], dtype=np.bytes_)
            plain = np.ascontiguousarray(plain.astype(plain.dtype.newbyteorder("<"), copy=False))
            sha.update(f"{plain.dtype.str}{array.shape}".encode())
            sha.update(plain.data)
        for number, name in self.variable_names():
            sha.update(f"{number} {name}\n".encode())
        return sha.hexdigest()

    def describe(self) -> str:
        """The sizes, for a message."""
        return describe_size(self.kind, self.size)


def describe_size(kind: FileKind, size: FileSize) -> str:
    """Sizes in the words of a format."""
    if kind.model == "linear":
        return f"{size.columns} columns, {size.rows} rows, {size.terms} terms"
    soft = f" and {size.soft} soft ones" if kind.minimises and not size.partly else ""
    return f"{size.columns} variables, {size.rows} hard clauses{soft}"
