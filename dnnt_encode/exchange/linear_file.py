"""A linear model as an MPS, LP or OPB file holds it: lowered to plain rows, and to bits where the format has no more.

Solvers that compute in doubles meet rows within tolerances. Values that meet the exact rows once they are rounded are
as good as any; values that do so only within what tolerances and printed digits explain may still hold good parameters,
but claim nothing; values that do neither are of another model.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from dnnt_encode.errors import InputError
from dnnt_encode.exchange.kinds import FileKind
from dnnt_encode.exchange.milp_file import MilpFile
from dnnt_encode.exchange.model_file import FileSize, ParameterLine
from dnnt_encode.models.bits import Bits, split_bits
from dnnt_encode.models.linear import LinearModel
from dnnt_encode.models.lowering import lower_model
from dnnt_encode.models.variable_map import GridMap

INTEGRAL = 1e-4
"""How far a parameter's value may be from its integer."""


class LinearFile(MilpFile):
    """``encoded``: the encoder's model. Raises ModelTooLarge: see ``lower_model``."""

    def __init__(self, kind: FileKind, model: LinearModel, indicators: bool = False) -> None:
        self.kind, self.encoded = kind, model
        self._bits: Bits | None = None
        self._lowered = self.milp = lower_model(model, indicators=indicators)
        if kind.bits:
            self.milp, self._bits = split_bits(self._lowered)
        # A fixed bit needs a row that says so.
        fixed = int((self.milp.lower == 1).sum()) if kind.bits else 0
        self.size = FileSize(self.milp.columns, self.milp.rows + fixed, self.milp.terms + fixed)
        self.variable_map = model.variable_map
        self.offset, self.unit, self.lower = self.milp.offset, model.loss_unit, model.objective_lower
        self.minimises = model.threshold is None
        self.safe, self.warnings = self.milp.safe, self.milp.warnings

    def names(self) -> list[str]:
        # An OPB file has names of its own.
        if self._bits is not None:
            return [f"x{number}" for number in range(1, self.size.columns + 1)]
        return super().names()

    def variable_names(self) -> Iterator[tuple[int, str]]:
        names, bits = self._lowered.names(), self._bits
        used = {column for grid in self._grids() for column in grid.columns.tolist()}
        for column in sorted(used):
            if bits is None:
                yield column + 1, names[column]
                continue
            span = range(int(bits.start[column]), int(bits.start[column + 1]))
            for k, bit in enumerate(span):
                yield bit + 1, names[column] + (f".bit{k}" if len(span) > 1 else "")

    def parameters(self) -> Iterator[ParameterLine]:
        for number, grids in enumerate(self.variable_map.layers, start=1):
            for letter, grid in zip("wb", grids, strict=True):
                assert isinstance(grid, GridMap)
                found: dict[int, tuple[int, list[tuple[int, int]]]] = {}
                terms = (grid.parameters.tolist(), grid.columns.tolist(), grid.coefficients.tolist())
                for parameter, column, weight in zip(*terms, strict=True):
                    constant, pairs = found.setdefault(parameter, (0, []))
                    moved, own = self._column(column)
                    pairs.extend((weight * factor, variable) for factor, variable in own)
                    found[parameter] = constant + weight * moved, pairs
                for parameter in sorted(found):
                    place = ".".join(str(part) for part in np.unravel_index(parameter, grid.shape))
                    yield f"{letter}.{number}.{place}", *found[parameter]

    def fits(self, values: np.ndarray, printed: np.ndarray) -> bool:
        whole = np.rint(values)
        off = np.abs(values - whole)
        self.check_bounds(values, printed)
        if not (off > INTEGRAL).any() and self.milp.allows(whole.astype(np.int64)):
            return True
        self.check_rows(values, printed)
        fractional = np.flatnonzero(off > INTEGRAL)
        parameters = fractional[np.isin(fractional + 1, [number for number, _ in self.variable_names()])]
        if len(parameters):
            column = int(parameters[0])
            raise InputError(f"found {values[column]} for the column {self.names()[column]}; an integer is needed")
        return False

    def answer(self, values: np.ndarray) -> np.ndarray:
        whole = np.rint(values).astype(np.int64)
        return self._lowered.original(whole if self._bits is None else self._bits.values(whole))

    def values(self, answer: np.ndarray) -> np.ndarray:
        """The columns of the file, where they are not bits, at values of the encoder's: the inverse of ``answer``."""
        own = answer if self.milp.shift is None else answer - self.milp.shift
        return np.concatenate([own, self.milp.lower[len(own) :]])

    def _grids(self) -> Iterator[GridMap]:
        return (grid for pair in self.variable_map.layers for grid in pair if isinstance(grid, GridMap))

    def _column(self, column: int) -> tuple[int, list[tuple[int, int]]]:
        """A column of the encoder's model as a constant and pairs (weight, variable of the file)."""
        moved = 0 if self._lowered.shift is None else int(self._lowered.shift[column])
        if self._bits is None:
            return moved, [(1, column + 1)]
        bits = self._bits
        span = range(int(bits.start[column]), int(bits.start[column + 1]))
        return moved + int(bits.constant[column]), [(int(bits.weights[bit]), bit + 1) for bit in span]
