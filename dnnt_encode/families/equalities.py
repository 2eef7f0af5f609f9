"""One ReLU unit is any system of 0/1 equations: A z = b with z in {0, 1}^d, A >= 0 integer, some b_i >= 1.

Principle. With all weights and biases in {0, 1} one hidden unit and one output weight can be forced to be the plain sum
of chosen inputs.

Construction. d inputs, one hidden ReLU unit, one output; every weight and bias from {0, 1}. Samples: (A_i, b_i) for
each equation, and (0, 0).

Proof. At 0 the output is v ReLU(b) + c = 0, so c = 0 and v b = 0. An equation with b_i >= 1 needs v = 1, hence b = 0.
Sums of non-negative numbers pass the ReLU unchanged, so the output at A_i is A_i w. Decode: z = w.

Source: this project.

>>> generate([[1, 1, 0], [0, 1, 1]], [1, 2]).network.search_space
64
"""

from __future__ import annotations

from typing import Any

import numpy as np

from dnnt_encode.errors import InputError
from dnnt_encode.instance.instance import Instance
from dnnt_encode.instance.weights import Weights


def generate(matrix: Any, right: list[int], *, loss: str = "l1", name: str = "equalities") -> Instance:
    """The instance of A z = b. Raises InputError where no right side is positive."""
    if max(right, default=0) < 1:
        raise InputError("every equation has the right side 0: choosing nothing solves them")
    rows = [*(list(map(int, row)) for row in matrix), [0] * len(matrix[0])]
    return Instance.from_arrays(
        rows, [[value] for value in [*right, 0]], hidden=[1], weights=(0, 1), loss=loss, threshold=0, name=name
    )


def decode(weights: Weights) -> np.ndarray:
    """The 0/1 vector z."""
    return np.asarray(weights.layers[0].weights.numerators[0], dtype=np.int64)
