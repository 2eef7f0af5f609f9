"""One assignment for all that differ by the order of interchangeable units.

The units of every orbit may be permuted; what comes out is the same function. The representative is the least of all
orders: those of the last hidden layer need only be sorted, by everything that a unit reads and that reads it, under
each order of the layers before.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator

import numpy as np

from dnnt_encode.analysis.symmetry import Orbit, orbits, permuted, readers
from dnnt_encode.errors import ModelTooLarge
from dnnt_encode.instance.assignment import Assignment
from dnnt_encode.instance.network import Network

MOST_ORDERS = 5040
"""Orders of the layers before the last hidden one, from which on nothing is looked for."""


class Representatives:
    """Those of a network. Raises ModelTooLarge where its hidden layers have too many orders."""

    def __init__(self, network: Network) -> None:
        self._network, last = network, len(network.layers) - 2
        found = orbits(network)
        self._sorted = [orbit for orbit in found if orbit.layer == last]
        self._permuted = [orbit for orbit in found if orbit.layer < last]
        orders = math.prod(math.factorial(len(orbit.units)) for orbit in self._permuted)
        if orders > MOST_ORDERS:
            raise ModelTooLarge(f"the layers before the last hidden one have {orders} orders, more than {MOST_ORDERS}")

    def key(self, assignment: Assignment) -> bytes:
        """The same for all assignments that differ by the order of interchangeable units, and for no others."""
        return min(_bytes(self._in_order(each)) for each in self._orders(assignment))

    def _orders(self, assignment: Assignment) -> Iterator[Assignment]:
        choices = [list(itertools.permutations(orbit.units)) for orbit in self._permuted]
        for chosen in itertools.product(*choices):
            found = assignment
            for orbit, units in zip(self._permuted, chosen, strict=True):
                found = self._reordered(found, orbit, units)
            yield found

    def _in_order(self, assignment: Assignment) -> Assignment:
        for orbit in self._sorted:
            w, b = assignment.layers[orbit.layer]
            outgoing = [
                assignment.layers[reader][0][:, start:] for reader, start in readers(self._network, orbit.layer)
            ]
            keys = [(w[u].tolist(), int(b[u]), [column[:, u].tolist() for column in outgoing]) for u in orbit.units]
            ranked = sorted(range(len(keys)), key=keys.__getitem__)
            assignment = self._reordered(assignment, orbit, [orbit.units[k] for k in ranked])
        return assignment

    def _reordered(self, assignment: Assignment, orbit: Orbit, units: tuple[int, ...] | list[int]) -> Assignment:
        order = np.arange(self._network.layers[orbit.layer].units)
        order[list(orbit.units)] = units
        return permuted(self._network, assignment, orbit.layer, order)


def _bytes(assignment: Assignment) -> bytes:
    return b"".join(np.ascontiguousarray(grid, dtype=np.int64).tobytes() for grid in assignment.grids())
