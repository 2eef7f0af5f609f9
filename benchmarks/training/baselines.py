"""scikit-learn on the same features: a linear model, a network of the same shape, and that network rounded to the sets.

A network is rounded layer by layer: its weights are scaled so that the largest is a multiple of the largest allowed
one, then each takes the nearest allowed value. Of some multiples the best is kept, which flatters rounding.
"""

import itertools
import warnings
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.neural_network import MLPClassifier, MLPRegressor

import dnnt_encode
from dnnt_encode.instance.evaluate import evaluate

from .data import Data, load
from .rows import Row

STRETCHES = (1.0, 1.5, 2.0, 3.0)
MOST_ROUNDINGS = 16
LARGE = 20_000
"""With more samples the network makes fewer passes."""


@dataclass(frozen=True)
class Baseline:
    """`loss` on the training rows, `accuracy` on the test rows where there are any."""

    loss: float
    accuracy: float | None = None


def baselines(row: Row, instance: dnnt_encode.Instance, seed: int = 0) -> dict[str, Baseline]:
    """`linear`, `network`, and `rounded`, where the network has an activation that scikit-learn has too."""
    data = load(row.data)
    linear = LogisticRegression(max_iter=5000) if data.classes else LinearRegression()
    found = {"linear": _fitted(linear, row, data)}
    if row.activation != "relu":
        return found
    passes = 500 if len(data.x) < LARGE else 20
    kind = MLPClassifier if data.classes else MLPRegressor
    network = kind(hidden_layer_sizes=row.hidden, max_iter=passes, random_state=seed)
    found["network"] = _fitted(network, row, data)
    found["rounded"] = Baseline(float(_rounded(network, row, instance)))
    return found


def _fitted(model, row: Row, data: Data) -> Baseline:  # type: ignore[no-untyped-def]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(data.x, data.y)
    off = model.predict(data.x) - data.y
    if not data.classes:
        return Baseline(float(np.abs(off).sum() if row.loss == "l1" else (off * off).sum()))
    tested = None if data.x_test is None else float((model.predict(data.x_test) == data.y_test).mean())
    return Baseline(float((off != 0).sum()), tested)


def _rounded(network, row: Row, instance: dnnt_encode.Instance) -> Fraction:  # type: ignore[no-untyped-def]
    """The least loss of some roundings of a fitted network."""
    largest = max(map(abs, row.weights))
    losses = []
    for stretches in itertools.islice(itertools.product(STRETCHES, repeat=len(network.coefs_)), MOST_ROUNDINGS):
        layers, scale = [], 1.0
        for weights, biases, stretch in zip(network.coefs_, network.intercepts_, stretches, strict=True):
            factor = stretch * largest / np.abs(weights).max()
            # A layer whose inputs are larger by `scale` needs biases that are larger by it too.
            scale *= factor
            layers.append((np.round(weights.T * factor, 9), np.round(biases * scale, 9)))
        losses.append(evaluate(instance, dnnt_encode.Weights.nearest(instance, layers)).loss)
    return min(losses)
