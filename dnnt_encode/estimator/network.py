"""What the classifier and the regressor of networks share: parameters, and the call of the solver."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from dnnt_encode.analysis.reach import out_of_reach
from dnnt_encode.analysis.view import View
from dnnt_encode.errors import DnntError, InputErrors
from dnnt_encode.estimator.base import Estimator, LearnedPairs, set_of
from dnnt_encode.instance.instance import TERNARY, Instance
from dnnt_encode.parsers.option_texts import parse_widths
from dnnt_encode.solving.result import Result
from dnnt_encode.solving.solve import solve


class DiscreteNetwork(Estimator):
    """A network trained to the least loss that the solver finds in the time it gets, verified exactly.

    ``hidden`` are the widths of the hidden layers, as ``[4, 3]``, ``4`` or ``"4,3"``; ``weights`` and ``biases``
    (default: the same) the allowed values, as numbers or ``"-7..7"``. ``encode`` turns each feature into inputs (see
    ``dnnt_encode.parsers.encodings``): ``median`` by default, ``none`` for the numbers as they are, where a float means
    the decimal that ``repr`` shows. Texts and pandas' categories become one input a category. ``missing`` says what
    happens to NaN, None, masked entries and pandas' NA: ``error``, ``median`` or ``mode``. ``backend``, ``time_limit``
    (seconds, for ``fit``), ``threads`` and ``seed`` are those of ``solve``.

    After ``fit``: ``weights_``, ``loss_`` (exact), ``result_`` (how sure it is), ``instance_``, ``n_features_in_``, and
    ``feature_names_in_`` where features had names. The samples of the instance are the distinct rows with their
    multiplicities; where rows have weights that are no integers, these count in the largest unit of which all weights
    are whole multiples, and so do the losses of ``result_``. The names and the order of a data frame's columns are
    checked then, as scikit-learn does.
    """

    def __init__(
        self,
        hidden: Sequence[int] | int | str = (4,),
        *,
        weights: Any = TERNARY,
        biases: Any = None,
        activation: str = "relu",
        loss: str = "misclassification",
        encode: str = "median",
        missing: str = "error",
        backend: str = "auto",
        time_limit: float | None = 60.0,
        threads: int | None = None,
        seed: int | None = 0,
    ) -> None:
        self.hidden = hidden
        self.weights = weights
        self.biases = biases
        self.activation = activation
        self.loss = loss
        self.encode = encode
        self.missing = missing
        self.backend = backend
        self.time_limit = time_limit
        self.threads = threads
        self.seed = seed

    def _solve(self, encoded: LearnedPairs, target: dict[str, Any] | None, **options: Any) -> None:
        """Train; ``target`` is the record of the target, where it has one."""
        instance = Instance.from_arrays(
            encoded.inputs,
            encoded.targets,
            hidden=self._widths(),
            weights=set_of(self.weights),
            biases=set_of(self.biases),
            activation=self.activation,
            loss=self.loss,
            multiplicity=encoded.counts,
            name=type(self).__name__,
            **options,
        )
        instance = self._keep(encoded, instance, target)
        missed = out_of_reach(View(instance))
        if missed is not None:
            warnings.warn("; ".join(missed.remarks), stacklevel=3)
        self.result_: Result = solve(
            instance,
            backend=self.backend,
            time_limit=self.time_limit,
            threads=self.threads,
            seed=self.seed,
        )
        if self.result_.weights is None or self.result_.loss is None:
            raise DnntError(
                f"no weights were found in {self.time_limit} seconds; give it more, or learn from fewer rows"
            )
        self.weights_ = self.result_.weights
        self.loss_ = self.result_.loss * encoded.unit

    def _widths(self) -> Sequence[int]:
        with InputErrors():
            return parse_widths(str(self.hidden)) if isinstance(self.hidden, (int, np.integer, str)) else self.hidden
