"""What the formula pays: literals that cost their weight where they hold.

A loss that is a function of one number in order encoding needs no variables: each literal ``number >= v`` costs what
the function grows there, or gains where it falls. Steps of one number that imply one another share an owner, so that
their sum begins with the number itself.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dnnt_encode.encoders.cnf.arithmetic import Arithmetic
from dnnt_encode.encoders.cnf.binary import BinaryNumbers
from dnnt_encode.encoders.cnf.gates import Gates
from dnnt_encode.encoders.cnf.order import OrderNumbers, classes
from dnnt_encode.instance.rationals import integer_array
from dnnt_encode.models.cnf import FALSE, TRUE


@dataclass(frozen=True, eq=False)
class CostSteps:
    """``literals`` [K] cost ``weights`` [K] (positive) each where they hold. Those of one ``owner`` [K] stand together,
    and each implies the one before."""

    literals: np.ndarray
    weights: np.ndarray
    owners: np.ndarray


class CostCollector:
    """Collects costs; ``constant`` is what is paid in any case."""

    def __init__(self, arithmetic: Arithmetic) -> None:
        self._arithmetic = arithmetic
        self.constant = 0
        self._literals: list[np.ndarray] = []
        self._weights: list[np.ndarray] = []
        self._owners: list[np.ndarray] = []
        self._owner_count = 0

    def steps(self) -> CostSteps:
        """All costs. A variable of which both literals cost has what is common moved to the constant."""
        literals = np.concatenate([np.zeros(0, np.int32), *self._literals])
        weights = np.concatenate([np.zeros(0, dtype=object), *(part.astype(object) for part in self._weights)])
        owners = np.concatenate([np.zeros(0, np.int64), *self._owners])
        always = literals == TRUE
        self.constant += int(weights[always].sum())
        kept = np.flatnonzero(~always & (literals != FALSE) & (weights != 0))
        literals, weights, owners = literals[kept], weights[kept], owners[kept]
        _, first, place = np.unique(np.abs(literals), return_index=True, return_inverse=True)
        place = place.reshape(-1)
        true, false = np.zeros(len(first), dtype=object), np.zeros(len(first), dtype=object)
        np.add.at(true, place[literals > 0], weights[literals > 0])
        np.add.at(false, place[literals < 0], weights[literals < 0])
        common = np.minimum(true, false)
        self.constant += int(common.sum())
        # A variable keeps the place of its first literal of the sign that remains.
        positive = true > false
        agrees = (literals > 0) == positive[place]
        kept = np.flatnonzero(agrees & (true != false)[place])
        _, once = np.unique(place[kept], return_index=True)
        kept = kept[np.sort(once)]
        place = place[kept]
        return CostSteps(literals[kept], integer_array(np.maximum(true, false)[place] - common[place]), owners[kept])

    def literals(self, literals: np.ndarray, weights: np.ndarray) -> None:
        """Independent literals [K] that cost ``weights`` [K] where they hold."""
        self._add(literals, weights, self._new_owners(len(literals)))

    def functions(self, numbers: OrderNumbers, tables: dict[int, tuple[np.ndarray, np.ndarray]]) -> None:
        """Functions of numbers: ``tables`` maps each value set to its lanes [R] and their costs [R, V]."""
        for number, (lanes, costs) in tables.items():
            count = len(self._arithmetic.values.arrays[number]) - 1
            literals = numbers.block(lanes, count)
            self.constant += int(costs[:, 0].astype(object).sum())
            growth = costs[:, 1:] - costs[:, :-1]
            self.constant += int(growth[growth < 0].astype(object).sum())
            owners = self._new_owners(2 * len(lanes)).reshape(-1, 2)
            rows, columns = np.nonzero(growth > 0)
            self._add(literals[rows, columns], growth[rows, columns], owners[rows, 0])
            rows, columns = np.nonzero((growth < 0)[:, ::-1])
            columns = count - 1 - columns
            self._add(-literals[rows, columns], -growth[rows, columns], owners[rows, 1])

    def powers(
        self, numbers: OrderNumbers | BinaryNumbers, weights: np.ndarray, degree: int, prefix: str, labels: np.ndarray
    ) -> None:
        """``weights`` [L] times non-negative numbers, or times their squares."""
        if isinstance(numbers, OrderNumbers):
            tables = {}
            for (number,), lanes in classes(numbers.sets):
                values = self._arithmetic.values.arrays[number].astype(object) ** degree
                tables[number] = lanes, weights[lanes].astype(object)[:, None] * values[None, :]
            self.functions(numbers, tables)
            return
        exact = weights.astype(object)
        base = numbers.offset.astype(object)
        self.constant += int((exact * base**degree).sum())
        factor = exact if degree == 1 else 2 * exact * base
        for i in range(numbers.width):
            own = factor << i if degree == 1 else (factor << i) + (exact << 2 * i)
            self.literals(numbers.bits[:, i], own)
            for j in range(i + 1, numbers.width if degree == 2 else 0):
                gates = Gates(self._arithmetic.sink, prefix, labels)
                self.literals(gates.conjunction(numbers.bits[:, i], numbers.bits[:, j]), exact << (i + j + 1))

    def _new_owners(self, count: int) -> np.ndarray:
        self._owner_count += count
        return np.arange(self._owner_count - count, self._owner_count)

    def _add(self, literals: np.ndarray, weights: np.ndarray, owners: np.ndarray) -> None:
        self._literals.append(literals.astype(np.int32))
        self._weights.append(np.asarray(weights))
        self._owners.append(owners)
