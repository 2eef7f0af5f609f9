"""Classifiers in the manner of scikit-learn: what they share, and the one that trains a network."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from dnnt_encode.errors import InputError
from dnnt_encode.estimator.base import Estimator
from dnnt_encode.estimator.network import DiscreteNetwork
from dnnt_encode.estimator.refusals import WrongType
from dnnt_encode.estimator.targets import labels
from dnnt_encode.instance.losses import ENTRIES
from dnnt_encode.instance.weights import classify
from dnnt_encode.parsers.columns import label

if TYPE_CHECKING:
    from typing_extensions import Self


class Classifier(Estimator):
    """Learns one of several labels, which are put in order as ``classes_``."""

    _estimator_type = "classifier"

    loss: str

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

    ``loss`` is ``misclassification`` (by default), ``hinge`` or ``squared_hinge``, with ``margin`` 1. After ``fit``,
    ``classes_`` holds the labels in order.

    >>> model = DiscreteNetworkClassifier(hidden=[2], threads=1).fit([[0, 0], [0, 1], [1, 0], [1, 1]], list("nyyn"))
    >>> model.predict([[1, 0]]).tolist(), model.score([[0, 0], [1, 1]], ["n", "n"])
    (['y'], 1.0)
    """

    def fit(self, x: Any, y: Any, sample_weight: Any = None) -> Self:
        """Train on features [n, d] and labels [n]; ``sample_weight`` counts rows (integers). Raises DnntError."""
        classes, names = self._labels(y)
        outputs = 1 if len(self.classes_) == 2 else len(self.classes_)
        self._solve(x, classes, sample_weight, class_target(names), classes=names, outputs=outputs)
        return self
