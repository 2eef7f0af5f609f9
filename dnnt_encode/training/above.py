"""The layers over a unit: what samples cost as a function of what the unit puts out.

What the layers over it read from elsewhere is computed once; then many alternatives are evaluated in one go. Where only
the outputs are above, residuals are affine in what the unit puts out, and the whole is one product and one sum.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dnnt_encode.training.costs import Costs
from dnnt_encode.training.effort import CALL, ELEMENT, PRODUCT
from dnnt_encode.training.state import State


@dataclass(frozen=True, eq=False)
class _LayerChange:
    """Layer ``position`` [units, n]: ``rest``, plus ``column`` times what the unit puts out, plus ``matrices`` times
    the outputs of other layers that it changes."""

    position: int
    rest: np.ndarray
    column: np.ndarray | None
    matrices: list[tuple[int, np.ndarray]]


class Above:
    """The layers over one unit. Valid until the state changes."""

    def __init__(self, state: State, costs: Costs, position: int, unit: int) -> None:
        self._state, self._costs, self._buffers, self._unit = state, costs, state.buffers, unit
        self._activation = state.layers[position].activation
        self._affine: tuple[np.ndarray, np.ndarray] | None = None
        self._steps: list[_LayerChange] = []
        last = len(state.layers) - 1
        if position == last:
            if self._activation.is_identity:
                base, change = state.outputs.copy(), np.zeros(len(state.outputs), dtype=state.dtype)
                base[unit], change[unit] = 0, 1
                self._affine = costs.residuals(base), costs.directions(change)
            return
        changed: set[int] = set()
        for above in range(position + 1, last + 1):
            rest, column, matrices = state.z[above], None, []
            for source, columns in state.layers[above].reads:
                if source == position + 1:
                    column = state.w[above][:, columns.start + unit, None]
                    rest = rest - column * state.a[source][unit]
                elif source in changed:
                    matrices.append((source, state.w[above][:, columns]))
                    rest = rest - matrices[-1][1] @ state.a[source]
            if column is not None or matrices:
                changed.add(above + 1)
                self._steps.append(_LayerChange(above, rest, column, matrices))
        top = self._steps[-1]
        if top.column is not None and not top.matrices and state.layers[last].activation.is_identity:
            self._affine = costs.residuals(top.rest), costs.directions(top.column[:, 0])

    def effort(self, rows: int) -> float:
        """What ``rows`` alternatives take: see ``effort``."""
        k = 1 if self._affine is None else len(self._affine[0])
        elements: int = 8 + 3 * max(k, self._costs.outputs)
        products: int = 0
        if self._affine is None:
            for step in self._steps:
                elements += 4 * len(step.rest)
                products += sum(matrix.size for _, matrix in step.matrices)
        return CALL + rows * float(self._state.samples) * (ELEMENT * elements + PRODUCT * products)

    def energies(self, z: np.ndarray) -> np.ndarray:
        """The energies of the samples [B, n], a buffer, when the unit's pre-activations are ``z`` [B, n], destroyed."""
        return self._costs.energies(self._residuals(self._activation.apply(z, self._buffers)), self._buffers)

    def _residuals(self, a: np.ndarray) -> np.ndarray:
        """The residuals [B, k, n], a buffer, when the unit puts out ``a`` [B, n]."""
        get, dtype = self._buffers.get, a.dtype
        if self._affine is not None:
            base, direction = self._affine
            r = get("residuals", (len(a), *base.shape), dtype)
            np.multiply(a[:, None, :], direction, out=r)
            r += base
            return r
        outputs: dict[int, np.ndarray] = {}
        for step in self._steps:
            z = get(f"layer {step.position}", (len(a), *step.rest.shape), dtype)
            if step.column is None:
                z[:] = step.rest
            else:
                np.multiply(a[:, None, :], step.column, out=z)
                z += step.rest
            for source, matrix in step.matrices:
                z += np.matmul(matrix, outputs[source], out=get("product", z.shape, dtype))
            outputs[step.position + 1] = self._state.layers[step.position].activation.apply(z, self._buffers)
        if self._steps:
            return self._costs.residuals(outputs[len(self._state.layers)])
        f = get("residuals", (len(a), *self._state.outputs.shape), dtype)
        f[:] = self._state.outputs
        f[:, self._unit] = a
        return self._costs.residuals(f)
