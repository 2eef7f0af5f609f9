"""Samples: exact inputs, targets (vectors or classes) and multiplicities."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dnnt_encode.instance.rationals import ExactArray

MOST_COPIES = 2**62 - 1
"""A multiplicity is at most this."""


@dataclass(frozen=True, eq=False)
class Dataset:
    """``x`` is [n, d]; ``y`` an ExactArray [n, m] of target vectors, or an int64 array [n] of class indices;
    ``multiplicity`` an int64 array [n] of positive integers up to ``MOST_COPIES``; ``classes`` may name the classes.

    Raises ValueError where the shapes do not fit."""

    x: ExactArray
    y: ExactArray | np.ndarray
    multiplicity: np.ndarray
    classes: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        if self.x.ndim != 2:
            raise ValueError(f"x has {self.x.ndim} dimensions; it needs two, [samples, inputs]")
        samples = len(self.x)
        if samples < 1:
            raise ValueError("found no samples; a dataset has at least one")
        if len(self.y) != samples:
            raise ValueError(f"x has {samples} samples, y has {len(self.y)}")
        if self.classes is not None and len(set(self.classes)) != len(self.classes):
            raise ValueError("found a class name twice; class names are distinct")
        if self.multiplicity.shape != (samples,):
            raise ValueError(f"x has {samples} samples, multiplicity has shape {self.multiplicity.shape}")
        if int(self.multiplicity.min()) < 1:
            raise ValueError("multiplicities are positive integers")
        if int(self.multiplicity.max()) > MOST_COPIES:
            raise ValueError(f"found the multiplicity {self.multiplicity.max()}; at most {MOST_COPIES} is allowed")

    @property
    def samples(self) -> int:
        """The number of rows, not counting multiplicity."""
        return len(self.x)

    @property
    def total(self) -> int:
        """The number of samples counted with multiplicity."""
        return int(self.multiplicity.astype(object).sum())

    def take(self, rows: np.ndarray) -> Dataset:
        """Some of the samples, by their numbers."""
        y = self.y.take(rows) if isinstance(self.y, ExactArray) else self.y[rows]
        return Dataset(self.x.take(rows), y, self.multiplicity[rows], self.classes)
