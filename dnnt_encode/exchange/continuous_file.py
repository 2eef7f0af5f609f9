"""The program of continuous training as an MPS or LP file holds it.

Its columns are parameters over a scale and what follows from them, most of them real: no values in doubles meet its
rows exactly, so that those of a solver claim nothing, and only say near which weights to look.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from dnnt_encode.encoders.continuous import ContinuousModel
from dnnt_encode.errors import InputError
from dnnt_encode.exchange.kinds import FileKind
from dnnt_encode.exchange.milp_file import MilpFile
from dnnt_encode.exchange.model_file import FileSize, ParameterLine


class ContinuousFile(MilpFile):
    """``encoded``: the encoder's model. Raises InputError for formats that have no real columns."""

    offset, lower = 0, 0

    def __init__(self, kind: FileKind, model: ContinuousModel, minimises: bool) -> None:
        if kind.model != "linear" or kind.bits:
            raise InputError(f"found parameters from intervals, which are real numbers; {kind.name} files have none")
        self.kind, self.encoded, self.milp = kind, model, model.milp
        self.size = FileSize(self.milp.columns, self.milp.rows, self.milp.terms)
        self.unit, self.minimises, self.safe = model.loss_unit, minimises, self.milp.safe

    def variable_names(self) -> Iterator[tuple[int, str]]:
        names = self.names()
        for column in sorted({*(column for copy in self.encoded.copies for column in copy.columns), self.encoded.bias}):
            yield column + 1, names[column]

    def parameters(self) -> Iterator[ParameterLine]:
        """None: their values are no positions in sets."""
        return iter(())

    def fits(self, values: np.ndarray, printed: np.ndarray) -> bool:
        self.check_bounds(values, printed)
        self.check_rows(values, printed)
        return False

    def answer(self, values: np.ndarray) -> np.ndarray:
        return values
