"""What the search asks of a loss: the least loss of many nodes at once, exactly, or from below.

A node has chosen the weights of some inputs, which gives every distinct row a partial sum; ``rest`` are the inputs
whose weights are open, and what they add to a row is between two numbers.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from dnnt_encode.algorithms.one_layer.biases import Biases
from dnnt_encode.algorithms.one_layer.grouping import Grouping


class Level(ABC):
    """The nodes of one depth: a fixed set of open inputs. ``width``: about how many array elements a node takes."""

    width: int

    @abstractmethod
    def least(self, sums: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """For partial sums [N, m] a lower bound on the loss of everything below each node (int64 [N]), and the position
        of a bias that attains it. Without open inputs the bound is the least loss over all biases."""


class DistinctRows(ABC):
    """The distinct rows of some inputs: ``columns`` [m, k], and ``base`` [m], what the fixed weights add up to."""

    def __init__(self, columns: np.ndarray, base: np.ndarray) -> None:
        """Rows of the whole data, not merged yet; sets ``group_of``: where each of them went."""
        table = Grouping(np.column_stack([columns, base]))
        self.group_of = table.by(range(columns.shape[1] + 1))
        first = np.unique(self.group_of, return_index=True)[1]
        self.columns, self.base = columns[first], base[first]
        self._grouping = Grouping(self.columns)

    @abstractmethod
    def level(self, rest: Sequence[int], low: np.ndarray, high: np.ndarray) -> Level:
        """The level where the columns ``rest`` are open, and add from ``low`` to ``high`` [m] to each row."""


class UnitLoss(ABC):
    """The loss of one output unit: ``unit`` times an integer, at most ``largest``."""

    unit: Fraction
    largest: int

    @abstractmethod
    def on(self, columns: np.ndarray, base: np.ndarray, biases: Biases) -> DistinctRows:
        """The rows of some columns [n, k] of the distinct inputs, with ``base`` [n] from the weights that are fixed."""

    def opposed(self) -> tuple[np.ndarray, np.ndarray] | None:
        """For each distinct input what two parts of the loss weigh of which at least one is lost wherever inputs agree
        (int64 [n] each); None where the loss is not of that kind."""
        return None
