"""The CNF model: hard clauses as int32 blocks, weighted soft literals, and the way back to the parameters.

Literals are those of DIMACS: ``v`` or ``-v`` for variable v, from 1 on. Variable 1 is the constant true. No Python
object stands for a clause or a literal: clauses are the rows of the blocks, variables come in contiguous groups.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol

import numpy as np

from dnnt_encode.errors import NotVerified
from dnnt_encode.instance.assignment import Assignment

TRUE, FALSE = 1, -1
"""The constant literals."""


@dataclass(frozen=True, eq=False)
class VariableGroup:
    """Consecutive variables that mean the same kind of thing: variable ``start + i * width + k`` is called
    ``prefix.labels[i, 0].labels[i, 1]...``, followed by ``.k`` where ``width`` is more than one."""

    prefix: str
    start: int
    labels: np.ndarray
    width: int = 1

    @property
    def stop(self) -> int:
        return self.start + len(self.labels) * self.width

    def name(self, variable: int) -> str:
        row, k = divmod(variable - self.start, self.width)
        return ".".join((self.prefix, *map(str, self.labels[row].tolist()), *([str(k)] if self.width > 1 else [])))

    def names(self) -> Iterator[tuple[int, str]]:
        return ((variable, self.name(variable)) for variable in range(self.start, self.stop))


@dataclass(frozen=True, eq=False)
class LiteralMap:
    """The parameters of one grid (weights [units, fan_in] or biases [units] of a layer), flattened to P.

    Literal ``literals[start[p] + k]`` says that parameter p takes value number k + 1 or a later one of its sorted set,
    so that the position of its value is the number of its true literals."""

    shape: tuple[int, ...]
    start: np.ndarray
    literals: np.ndarray

    def positions(self, truth: np.ndarray) -> np.ndarray:
        """The positions (int64, of the grid's shape) under some truth values (bool [variables + 1]).

        Raises NotVerified where the literals of a parameter contradict each other."""
        holds = truth[np.abs(self.literals)] == (self.literals > 0)
        counts = np.diff(self.start)
        owner = np.repeat(np.arange(len(counts)), counts)
        result = np.bincount(owner[holds], minlength=len(counts)).astype(np.int64)
        number = np.arange(len(owner)) - self.start[owner]
        wrong = np.flatnonzero(holds != (number < result[owner]))
        if len(wrong):
            where = int(owner[wrong[0]])
            raise NotVerified(f"parameter {where} of its layer got no value of its set", {"parameter": where})
        return result.reshape(self.shape)

    def hints(self, positions: np.ndarray) -> np.ndarray:
        """The literals (int32) that say these positions: the inverse of ``positions``."""
        counts = np.diff(self.start)
        owner = np.repeat(np.arange(len(counts)), counts)
        number = np.arange(len(owner)) - self.start[owner]
        return np.where(number < positions.reshape(-1)[owner], self.literals, -self.literals).astype(np.int32)

    def conjunction(self, parameter: int, position: int) -> tuple[int, ...]:
        """The literals that together say that a parameter (flat index) has the value at ``position``; none for a fixed
        parameter."""
        literals = self.literals[self.start[parameter] : self.start[parameter + 1]].tolist()
        at_least = literals[position - 1 : position] if position else []
        return (*at_least, *(-literal for literal in literals[position : position + 1]))


@dataclass(frozen=True, eq=False)
class CnfVariableMap:
    """A literal map for the weights and one for the biases of every layer."""

    layers: tuple[tuple[LiteralMap, LiteralMap], ...]

    def decode(self, truth: np.ndarray) -> Assignment:
        """The assignment that the truth of every variable (bool [variables + 1]; entry 0 is not looked at) stands for.
        Raises NotVerified where it stands for none."""
        return Assignment(tuple((weights.positions(truth), biases.positions(truth)) for weights, biases in self.layers))

    def hints(self, assignment: Assignment) -> np.ndarray:
        """The literals (int32) that say an assignment; they fix every parameter."""
        grids = (grid for pair in self.layers for grid in pair)
        parts = [grid.hints(part) for grid, part in zip(grids, assignment.grids(), strict=True)]
        return np.concatenate([np.zeros(0, dtype=np.int32), *parts])

    @property
    def literals(self) -> np.ndarray:
        """The literals of all parameters: their truth values decide the weights."""
        return np.concatenate([np.zeros(0, np.int32), *(grid.literals for pair in self.layers for grid in pair)])


class CnfObjective(Protocol):
    """The loss as a sum over literals."""

    def at_most(self, k: int) -> list[int]:
        """Literals that, assumed or asserted together, say that the sum with its constant is at most k."""


@dataclass(frozen=True, eq=False)
class CnfModel:
    """Variables 1 to ``variables``; hard clauses are the rows of ``blocks`` (int32 [count, width], widths differ), with
    no duplicate literal in a clause and no constant but the unit clause [1].

    ``loss = loss_unit * (weights of falsified soft literals + objective_constant)``, at the best values of what the
    parameters leave free; the sum with its constant is never below ``objective_lower``, and at most ``threshold`` where
    that is given (it is already in the hard clauses). ``objective`` is there where the loss was also encoded as a sum.
    """

    variables: int
    blocks: tuple[np.ndarray, ...]
    soft_literals: np.ndarray
    soft_weights: np.ndarray
    objective_constant: int
    objective_lower: int
    loss_unit: Fraction
    threshold: int | None
    variable_map: CnfVariableMap
    groups: tuple[VariableGroup, ...]
    instance_sha256: str
    objective: CnfObjective | None = None

    @property
    def clauses(self) -> int:
        return sum(len(block) for block in self.blocks)

    @property
    def literals(self) -> int:
        return sum(block.size for block in self.blocks)

    @property
    def bytes(self) -> int:
        """The size of all arrays of clauses."""
        return sum(block.nbytes for block in self.blocks) + self.soft_literals.nbytes + self.soft_weights.nbytes

    def names(self) -> Iterator[tuple[int, str]]:
        """Variable and name of every parameter selector: ``w.1.0.2.k`` holds where weight 2 of unit 0 of layer 1 takes
        the k-th value of its sorted set, ``b.1.0.k`` for biases. A set of two values has the selector of the last one
        alone, a set of three those of the first and the last."""
        return (pair for group in self.groups if group.prefix[:2] in ("w.", "b.") for pair in group.names())

    def meaning(self, literal: int) -> str:
        """What a literal says: the name of its variable, with ``not `` before it where it is negative."""
        variable = abs(literal)
        place = bisect_right(self.groups, variable, key=lambda group: group.start) - 1
        known = place >= 0 and variable < self.groups[place].stop
        name = self.groups[place].name(variable) if known else ("true" if variable == TRUE else f"variable {variable}")
        return name if literal > 0 else f"not {name}"

    def cost(self, truth: np.ndarray) -> int:
        """The weight of the soft literals that some truth values (bool [variables + 1]) falsify, constant included."""
        fails = truth[np.abs(self.soft_literals)] != (self.soft_literals > 0)
        return int(self.soft_weights[fails].astype(object).sum()) + self.objective_constant

    def loss(self, cost: int) -> Fraction:
        """The loss that a cost (constant included) means."""
        return self.loss_unit * cost

    def satisfied(self, truth: np.ndarray) -> bool:
        """Whether some truth values satisfy every hard clause."""
        return self.broken(truth) is None

    def broken(self, truth: np.ndarray) -> list[int] | None:
        """A hard clause that some truth values (bool [variables + 1]) falsify, None where there is none."""
        for block in self.blocks:
            false = np.flatnonzero(~(truth[np.abs(block)] == (block > 0)).any(axis=1))
            if len(false):
                return [int(literal) for literal in block[false[0]]]
        return None
