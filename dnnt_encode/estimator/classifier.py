"""Classifiers in the manner of scikit-learn: what they share, and the one that trains a network."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from dnnt_encode.errors import InputError, InputErrors
from dnnt_encode.estimator.base import Estimator
from dnnt_encode.estimator.network import DiscreteNetwork
from dnnt_encode.estimator.refusals import WrongType
from dnnt_encode.estimator.targets import labels
from dnnt_encode.instance.instance import TERNARY
from dnnt_encode.instance.losses import ENTRIES
from dnnt_encode.instance.strategies import EnsembleStrategy, strategy_of
from dnnt_encode.instance.weights import classify
from dnnt_encode.parsers.columns import label
from dnnt_encode.parsers.row_weights import class_factors

if TYPE_CHECKING:
    from typing_extensions import Self


class Classifier(Estimator):
    """Learns one of several labels, which are put in order as ``classes_``."""

    _estimator_type = "classifier"

    loss: str
    class_weight: Any

    def _factors(self, classes: np.ndarray) -> Sequence[Fraction]:
        """What rows of each class weigh, by ``class_weight``; nothing where that is None."""
        if self.class_weight is None:
            return ()
        labels = self.classes_.tolist()
        return class_factors(self.class_weight, labels, np.bincount(classes, minlength=len(labels)).tolist())

    def _labels(self, y: Any) -> tuple[np.ndarray, list[str] | None]:
        """The positions [n] of labels [n] in ``classes_``, and the names of the classes where these are distinct.
        Raises InputError."""
        known = [name for name, entry in ENTRIES.items() if entry.targets == "class"]
        if self.loss not in known:
            raise InputError(f"found the loss {self.loss!r}; those of classes are {', '.join(known)}")
        found = labels(y)
        try:
            self.classes_, classes = np.unique(found, return_inverse=True)
        except TypeError:
            raise WrongType("the labels cannot be put in order; use labels of one type") from None
        if len(self.classes_) < 2:
            raise InputError(f"found {len(self.classes_)} class; a classifier needs at least two")
        names = [label(str(item)) for item in self.classes_.tolist()]
        return classes.reshape(-1).astype(np.int64), names if len(set(names)) == len(names) else None

    def predict(self, x: Any) -> np.ndarray:
        """The label of every row of features [n, d]."""
        chosen = classify(self._outputs(x))
        return np.asarray(self.classes_[chosen])

    def decision_function(self, x: Any) -> np.ndarray:
        """The network's outputs for every row of features [n, d], as the nearest doubles: [n] for two classes, where
        more than 0 means the second one, else [n, classes], where the largest counts."""
        outputs = self._outputs(x).floats()
        return outputs[:, 0] if outputs.shape[1] == 1 else outputs

    def score(self, x: Any, y: Any, sample_weight: Any = None) -> float:
        """The share of rows whose label is predicted rightly."""
        truth, predicted = labels(y), self.predict(x)
        if len(truth) != len(predicted):
            raise InputError(f"found {len(predicted)} rows of features and {len(truth)} labels")
        return float(np.average(predicted == truth, weights=sample_weight))


def class_target(names: list[str] | None) -> dict[str, Any] | None:
    """The record of a target with these names of classes."""
    return None if names is None else {"name": "y", "kind": "class", "labels": names}


class DiscreteNetworkClassifier(Classifier, DiscreteNetwork):
    """Classes of any labels: two get one output, more one output each. See ``DiscreteNetwork`` for the parameters.

    ``strategy``: for more than two classes, ``"one-vs-one"`` or ``"one-vs-rest"`` trains an ensemble instead, a network
    of one output for each pair of classes or for each class, which share the time and vote: see
    ``dnnt_encode.instance.ensemble``. ``result_.members`` tells how far each of them is.

    ``loss`` is ``misclassification`` (by default), ``hinge`` or ``squared_hinge``, with ``margin`` 1; its rows weigh
    ``class_weight``: ``"balanced"``, or a number for each label (1 where there is none), times ``sample_weight``. After
    ``fit``, ``classes_`` holds the labels in order.

    >>> model = DiscreteNetworkClassifier(hidden=[2], n_jobs=1).fit([[0, 0], [0, 1], [1, 0], [1, 1]], list("nyyn"))
    >>> model.predict([[1, 0]]).tolist(), model.score([[0, 0], [1, 1]], ["n", "n"])
    (['y'], 1.0)
    """

    margin: Any
    strategy: EnsembleStrategy | None

    def __init__(
        self,
        hidden: Sequence[int] | int | str = (4,),
        *,
        weights: Any = TERNARY,
        biases: Any = None,
        activation: str = "relu",
        loss: str = "misclassification",
        margin: Any = None,
        strategy: EnsembleStrategy | None = None,
        class_weight: Any = None,
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
        """Train on features [n, d] and labels [n]; ``sample_weight`` weighs rows (exact numbers). Raises DnntError."""
        classes, names = self._labels(y)
        outputs = 1 if len(self.classes_) == 2 else len(self.classes_)
        encoded = self._encode(x, classes, sample_weight, self._factors(classes))
        with InputErrors("strategy"):
            chosen = None if self.strategy is None else strategy_of(self.strategy)
        ensemble = chosen if outputs > 1 else None
        self._solve(encoded, class_target(names), ensemble, margin=self.margin, classes=names, outputs=outputs)
        return self
