"""A regressor in the manner of scikit-learn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from dnnt_encode.errors import InputError
from dnnt_encode.estimator.base import DiscreteNetwork
from dnnt_encode.instance.instance import TERNARY
from dnnt_encode.instance.rationals import ExactArray

if TYPE_CHECKING:
    from typing_extensions import Self


class DiscreteNetworkRegressor(DiscreteNetwork):
    """One numeric target. See ``DiscreteNetwork`` for the parameters; ``loss`` is ``l1`` (default), ``l2``, ``linf`` or
    ``zero_one``. Targets are exact: a float means the decimal that ``repr`` shows."""

    _estimator_type = "regressor"

    def __init__(
        self,
        hidden: Sequence[int] = (4,),
        *,
        weights: Any = TERNARY,
        biases: Any = None,
        activation: str = "relu",
        loss: str = "l1",
        encode: str = "median",
        missing: str = "error",
        backend: str = "auto",
        time_limit: float | None = 60.0,
        threads: int | None = None,
        seed: int | None = 0,
    ) -> None:
        super().__init__(
            hidden,
            weights=weights,
            biases=biases,
            activation=activation,
            loss=loss,
            encode=encode,
            missing=missing,
            backend=backend,
            time_limit=time_limit,
            threads=threads,
            seed=seed,
        )

    def fit(self, x: Any, y: Any, sample_weight: Any = None) -> Self:
        """Train on features [n, d] and targets [n]; ``sample_weight`` counts rows (integers). Raises DnntError."""
        self._solve(x, _targets(y), sample_weight, {"name": "y", "kind": "numeric"})
        return self

    def predict(self, x: Any) -> np.ndarray:
        """The output for every row of features [n, d], as the nearest double; ``weights_`` gives it exactly."""
        inputs = self._inputs(x)
        return self.weights_.outputs(inputs).floats()[:, 0]

    def score(self, x: Any, y: Any, sample_weight: Any = None) -> float:
        """The coefficient of determination: 1 is perfect, 0 as good as the mean of the targets."""
        truth, predicted = _targets(y).floats(), self.predict(x)
        mean = np.average(truth, weights=sample_weight)
        residual = np.average((truth - predicted) ** 2, weights=sample_weight)
        spread = np.average((truth - mean) ** 2, weights=sample_weight)
        if spread == 0:
            return float(residual == 0)
        return float(1 - residual / spread)


def _targets(y: Any) -> ExactArray:
    try:
        targets = ExactArray.from_values(np.asarray(y))
    except ValueError as error:
        raise InputError(f"targets: {error}") from None
    if targets.ndim == 2 and targets.shape[1] == 1:
        targets = targets.reshape(-1)
    if targets.ndim != 1 or not len(targets):
        raise InputError(f"found targets of shape {targets.shape}; one number a row is needed")
    return targets
