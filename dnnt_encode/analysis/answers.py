"""The conditions of an instance as both encoders write them: over literals that say that an input is answered so.

With two classes there is one literal an input, for class 1, and class 0 is its opposite. Equal terms of a condition are
one; what is left of it has a term, or is met in any case, or by nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from dnnt_encode.analysis.view import View
from dnnt_encode.instance.rationals import integer_array


@dataclass(frozen=True, eq=False)
class Asked:
    """``inputs`` [U] are the distinct inputs that conditions are about, by their numbers in the view's samples. The
    literal of the input ``inputs[u]`` and the class k has the number ``u * width + k - first``, where ``first`` is the
    lowest class that has literals, and ``width`` how many there are. A condition is a run of ``terms`` (numbers of
    literals), with their ``coefficients``, from ``start[r]`` to ``start[r + 1]``: their sum is at most ``upper[r]``."""

    inputs: np.ndarray
    first: int
    width: int
    start: np.ndarray
    terms: np.ndarray
    coefficients: np.ndarray
    upper: np.ndarray

    @staticmethod
    def of(view: View) -> Asked | None:
        """Those of an instance; None where its constraints ask for nothing, or there are none."""
        conditions, classes = view.instance.conditions, view.instance.class_count
        if conditions is None:
            return None
        used = view.samples.asked[conditions.input]
        inputs, place = np.unique(used, return_inverse=True)
        first, width = (1, 1) if classes == 2 else (0, classes)
        coefficients, upper = conditions.coefficient.astype(object), conditions.upper.astype(object).copy()
        label = conditions.label
        if classes == 2:
            opposite = label == 0
            np.add.at(upper, conditions.row[opposite], -coefficients[opposite])
            coefficients = np.where(opposite, -coefficients, coefficients)
            label = np.ones_like(label)
        numbers = place.reshape(-1) * width + label - first
        keys, inverse = np.unique(conditions.row * (len(inputs) * width) + numbers, return_inverse=True)
        sums = np.zeros(len(keys), dtype=object)
        np.add.at(sums, inverse.reshape(-1), coefficients)
        rows, terms = np.divmod(keys[sums != 0], len(inputs) * width)
        counts = np.bincount(rows, minlength=len(upper))
        # What no term is left of asks for nothing, or for the impossible.
        kept = (counts > 0) | (upper < 0).astype(bool)
        if not kept.any():
            return None
        return Asked(
            inputs,
            first,
            width,
            np.concatenate([[0], np.cumsum(counts[kept])]),
            terms,
            integer_array(sums[sums != 0]),
            integer_array(upper[kept]),
        )

    def by_length(self) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
        """Conditions of equally many terms together: terms [R, k], coefficients [R, k] and what their sums are at most
        [R]."""
        lengths = np.diff(self.start)
        for length in np.unique(lengths).tolist():
            rows = np.flatnonzero(lengths == length)
            places = self.start[rows][:, None] + np.arange(length)
            yield self.terms[places], self.coefficients[places], self.upper[rows]
