"""How an ensemble divides the classes among its members: see ``ensemble``."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import combinations
from typing import Literal, get_args

EnsembleStrategy = Literal["one-vs-one", "one-vs-rest"]
STRATEGIES: tuple[EnsembleStrategy, ...] = get_args(EnsembleStrategy)


def strategy_of(value: object) -> EnsembleStrategy:
    """The strategy that is called so. Raises ValueError."""
    for known in STRATEGIES:
        if value == known:
            return known
    raise ValueError(f"found {str(value)[:40]!r}; known are {', '.join(STRATEGIES)}")


def sides(strategy: EnsembleStrategy, names: Sequence[str]) -> list[tuple[str, str]]:
    """What each member tells apart, as the names of its two classes.

    >>> sides("one-vs-one", "abc"), sides("one-vs-rest", "ab")
    ([('a', 'b'), ('a', 'c'), ('b', 'c')], [('not a', 'a'), ('not b', 'b')])
    """
    if strategy == "one-vs-one":
        return list(combinations(names, 2))
    return [(f"not {name}", name) for name in names]


def class_count(strategy: EnsembleStrategy, members: int) -> int | None:
    """How many classes an ensemble of so many members has; None where none has so many."""
    if strategy == "one-vs-rest":
        return members if members > 1 else None
    classes = (1 + math.isqrt(1 + 8 * members)) // 2
    return classes if members > 0 and classes * (classes - 1) == 2 * members else None
