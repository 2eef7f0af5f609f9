"""A regressor in the manner of scikit-learn."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from dnnt_encode.analysis.output_scale import output_scale
from dnnt_encode.errors import InputError, InputErrors
from dnnt_encode.estimator.network import DiscreteNetwork
from dnnt_encode.estimator.targets import numbers
from dnnt_encode.instance.instance import TERNARY, Instance
from dnnt_encode.instance.rationals import to_fraction

if TYPE_CHECKING:
    from typing_extensions import Self


class DiscreteNetworkRegressor(DiscreteNetwork):
    """One numeric target. See ``DiscreteNetwork`` for the parameters; ``loss`` is ``l1`` (default), ``l2``, ``linf``,
    ``zero_one``, ``epsilon_insensitive`` or ``pinball``. Targets are exact, but for floats with decimals: they are
    rounded to ``digits`` significant digits of the largest, too.

    ``output_scale``: what the network's output is multiplied by, so that it reaches as far as the targets: ``auto``, a
    number, or None for the network as it is, which is the rule for intervals. With a scale s the allowed weights of the
    output layer are s times ``weights``, its biases s times ``biases`` plus an offset near the middle of the targets;
    ``output_scale_`` and ``output_offset_`` are both, exactly, after ``fit``. Predictions, ``loss_`` and the bounds of
    ``result_`` are in the unit of the targets, whatever the scale, and so is what ``weights_`` are exported to.

    >>> model = DiscreteNetworkRegressor(hidden=[], encode="none", n_jobs=1).fit([[0], [1], [2]], [1000, 1200, 1400])
    >>> model.output_scale_, model.loss_, model.predict([[3]]).tolist()
    (Fraction(200, 1), Fraction(0, 1), [1600.0])
    """

    _estimator_type = "regressor"

    output_scale: Any

    def __init__(
        self,
        hidden: Sequence[int] | int | str = (4,),
        *,
        weights: Any = TERNARY,
        biases: Any = None,
        activation: str = "relu",
        loss: str = "l1",
        output_scale: Any = "auto",
        encode: str = "median",
        missing: str = "error",
        digits: int | None = 6,
        backend: str = "auto",
        time_limit: float | None = 60.0,
        n_jobs: int | None = -1,
        random_state: Any = 0,
        verbose: int = 0,
    ) -> None:
        self._keep_arguments(locals())

    def fit(self, x: Any, y: Any, sample_weight: Any = None) -> Self:
        """Train on features [n, d] and targets [n]; ``sample_weight`` weighs rows (exact numbers). Raises DnntError."""
        encoded = self._encode(x, numbers(y, self.digits), sample_weight)
        self._solve(encoded, {"name": "y", "kind": "numeric"})
        return self

    def _scaled(self, instance: Instance) -> Instance:
        asked, continuous = self.output_scale, instance.network.continuous
        self.output_scale_, self.output_offset_ = Fraction(1), Fraction(0)
        if asked is None or (asked == "auto" and continuous):
            return instance
        if continuous:
            raise InputError(f"output_scale={asked!r} is for finite sets; make the intervals wider")
        with InputErrors("output_scale"):
            given = None if asked == "auto" else to_fraction(asked)
        if given is not None and given <= 0:
            raise InputError(f"found output_scale={asked!r}; a number above 0 is needed, or 'auto'")
        chosen = output_scale(instance, given)
        self.output_scale_, self.output_offset_ = chosen.scale, chosen.offset
        return chosen.applied(instance)

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
