"""A CNF model as a DIMACS or WCNF file holds it. A solver's values satisfy a clause or they do not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

import numpy as np

from dnnt_encode.errors import InputError
from dnnt_encode.exchange.kinds import FileKind
from dnnt_encode.exchange.model_file import FileSize, ModelFile, ParameterLine
from dnnt_encode.models.cnf import CnfModel, LiteralMap

_SHOWN = 1000
"""Variables on a line."""


class CnfFile(ModelFile):
    """``units``: literals that hold besides."""

    def __init__(self, kind: FileKind, model: CnfModel, units: Sequence[int] = ()) -> None:
        self.kind, self.model = kind, model
        self._units = np.asarray(units, dtype=np.int32).reshape(-1, 1)
        soft = len(model.soft_literals) if kind.minimises else 0
        clauses, literals = model.clauses + len(units), model.literals + len(units)
        self.size = FileSize(model.variables, clauses, literals, soft)
        self.variable_map = model.variable_map
        self.offset, self.unit, self.lower = model.objective_constant, model.loss_unit, model.objective_lower
        self.minimises = kind.minimises and model.threshold is None

    def write(self, comments: Iterable[str] = ()) -> Iterator[bytes]:
        return self.kind.write(self.model, comments, self._units.reshape(-1).tolist())

    def names(self) -> list[str]:
        return [str(variable) for variable in range(1, self.size.columns + 1)]

    def variable_names(self) -> Iterator[tuple[int, str]]:
        return self.model.names()

    def parameters(self) -> Iterator[ParameterLine]:
        for number, grids in enumerate(self.variable_map.layers, start=1):
            for letter, grid in zip("wb", grids, strict=True):
                assert isinstance(grid, LiteralMap)
                starts, literals = grid.start.tolist(), grid.literals.tolist()
                for index, (first, last) in enumerate(pairwise(starts)):
                    own = literals[first:last]
                    if own:
                        place = ".".join(str(part) for part in np.unravel_index(index, grid.shape))
                        constant = sum(literal < 0 for literal in own)
                        yield f"{letter}.{number}.{place}", constant, [(1 if v > 0 else -1, abs(v)) for v in own]

    def shown(self) -> Iterator[str]:
        """The variables that decide the parameters, as model counters read them: all others follow from these."""
        variables = np.unique(np.abs(self.model.variable_map.literals))
        for some in np.split(variables, range(_SHOWN, len(variables), _SHOWN)):
            yield f"c p show {' '.join(map(str, some.tolist()))} 0"

    def fits(self, values: np.ndarray, printed: np.ndarray) -> bool:
        broken = self.model.broken(self._truth(values))
        if broken is None:
            units = self._units[:, 0]
            false = units[(values[np.abs(units) - 1] != 0) != (units > 0)]
            broken = [int(false[0])] if len(false) else None
        if broken is not None:
            raise InputError(f"found values that break the clause {' '.join(map(str, broken))} 0")
        return True

    def objective(self, values: np.ndarray) -> int:
        return self.model.cost(self._truth(values)) - self.offset

    def objective_slack(self, printed: np.ndarray) -> float:
        return 0.0

    def bound(self, claimed: float, exact: bool) -> int:
        return int(claimed) + self.offset

    def answer(self, values: np.ndarray) -> np.ndarray:
        return self._truth(values)

    def _truth(self, values: np.ndarray) -> np.ndarray:
        return np.concatenate([[False], values != 0])

    def _arrays(self) -> Iterator[np.ndarray]:
        yield from self.model.blocks
        yield self._units
        if self.kind.minimises:
            yield from (self.model.soft_literals, self.model.soft_weights)
