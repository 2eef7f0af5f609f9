"""A regressor in the manner of scikit-learn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from dnnt_encode.errors import InputError
from dnnt_encode.estimator.network import DiscreteNetwork
from dnnt_encode.estimator.targets import numbers
from dnnt_encode.instance.instance import TERNARY

if TYPE_CHECKING:
    from typing_extensions import Self


class DiscreteNetworkRegressor(DiscreteNetwork):
    """One numeric target. See ``DiscreteNetwork`` for the parameters; ``loss`` is ``l1`` (default), ``l2``, ``linf`` or
    ``zero_one``. Targets are exact, but for floats with decimals: they are rounded to ``digits`` significant digits of
    the largest, and None takes them for the decimals that ``repr`` shows."""

    _estimator_type = "regressor"

    def __init__(
        self,
        hidden: Sequence[int] | int | str = (4,),
        *,
        weights: Any = TERNARY,
        biases: Any = None,
        activation: str = "relu",
        loss: str = "l1",
        digits: int | None = 6,
        encode: str = "median",
        missing: str = "error",
        backend: str = "auto",
        time_limit: float | None = 60.0,
        n_jobs: int | None = -1,
        random_state: Any = 0,
        verbose: int = 0,
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
            n_jobs=n_jobs,
            random_state=random_state,
            verbose=verbose,
        )
        self.digits = digits

    def fit(self, x: Any, y: Any, sample_weight: Any = None) -> Self:
        """Train on features [n, d] and targets [n]; ``sample_weight`` weighs rows (exact numbers). Raises DnntError."""
        encoded = self._encode(x, numbers(y, self.digits), sample_weight)
        self._solve(encoded, {"name": "y", "kind": "numeric"})
        return self

    def predict(self, x: Any) -> np.ndarray:
        """The output for every row of features [n, d], as the nearest double; ``weights_`` gives it exactly."""
        return self._outputs(x).floats()[:, 0]

    def score(self, x: Any, y: Any, sample_weight: Any = None) -> float:
        """The coefficient of determination: 1 is perfect, 0 as good as the mean of the targets."""
        truth, predicted = numbers(y, None).floats(), self.predict(x)
        if len(truth) != len(predicted):
            raise InputError(f"found {len(predicted)} rows of features and {len(truth)} targets")
        mean = np.average(truth, weights=sample_weight)
        residual = np.average((truth - predicted) ** 2, weights=sample_weight)
        spread = np.average((truth - mean) ** 2, weights=sample_weight)
        if spread == 0:
            return float(residual == 0)
        return float(1 - residual / spread)
