"""Scoring systems: a few inputs with whole points, the best of all such systems, as a classifier."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from dnnt_encode.algorithms.one_layer.engine import Fit, OneLayerSearch
from dnnt_encode.algorithms.one_layer.regularisation import Limit, Regularisation
from dnnt_encode.errors import InputError, InputErrors, NotVerified
from dnnt_encode.estimator.base import LearnedPairs, seed_of, set_of
from dnnt_encode.estimator.classifier import Classifier, class_target
from dnnt_encode.estimator.refusals import not_fitted
from dnnt_encode.estimator.score_card import ScoreCard, score_card
from dnnt_encode.instance.evaluate import evaluate
from dnnt_encode.instance.instance import Instance
from dnnt_encode.instance.parameters import ParameterSet, parameter_set
from dnnt_encode.instance.rationals import to_fraction
from dnnt_encode.instance.weights import Weights
from dnnt_encode.parsers.encodings import feature_names as inputs_of
from dnnt_encode.parsers.numbers import fraction_text
from dnnt_encode.solving.request import wanted_seconds

if TYPE_CHECKING:
    from typing_extensions import Self

MOST_OFFSETS = 10**5
"""More offsets than this are not made up; ``biases`` says which."""

_SIGNS = {"+": 1, "-": -1}


class ScoringSystemClassifier(Classifier):
    """Two classes; the second of ``classes_`` is predicted where points add up to more than a number.

    The loss plus ``l0`` for every input with points plus ``l1`` times the points (without their signs) is least, and
    proved to be where ``optimal_`` says so; both prices are in units of the loss, so 2 means that an input is worth two
    errors. ``max_size``: at most so many inputs have points. ``signs``: a feature's name (or its position) and ``"+"``
    or ``"-"``, the sign that the points of its inputs may have. ``either_or``: lists of features; of all inputs made of
    those of a list at most one has points, so ``[["age"]]`` allows one threshold of age.

    ``weights`` are the points that an input may have, 0 among them where it may have none; ``biases`` the offsets, by
    default all that make a difference: halfway between whole scores, or whole where scores have decimals. ``loss`` is
    ``misclassification`` (default), ``hinge`` or ``squared_hinge``, with ``margin`` 1, or, where nothing is said and
    scores are whole, 1/2 for ``misclassification``: then every score is on one side. ``encode``, ``missing`` and
    ``digits`` are those of ``DiscreteNetwork``, with thresholds, 0 or 1, by default; ``none`` takes the numbers as they
    are. ``time_limit``: seconds for the search, which is one thread, so that there is no ``n_jobs``; ``random_state``:
    of where it begins; ``verbose``: 1 prints every better objective and the result.

    After ``fit``: ``weights_``, ``loss_`` (exact), ``objective_`` (with the prices), ``bound_`` (none is below),
    ``optimal_``, ``instance_``, ``classes_``, ``n_features_in_``, ``feature_names_in_``.

    >>> rows, labels = [[20, 1], [35, 0], [50, 1], [70, 0]], ["low", "low", "high", "high"]
    >>> print(ScoringSystemClassifier(max_size=1, l1="0.01").fit(rows, labels).score_card())
    -1  if x0>42.5
    low if the points add up to 0 or more, else high
    0 of 4 wrong, 0.01 with penalties, and no such system does better
    """

    weights: Any
    biases: Any
    l0: Any
    l1: Any
    max_size: int | None
    signs: Mapping[Any, str] | None
    either_or: Sequence[Sequence[Any]]
    margin: Any
    time_limit: float | None
    random_state: Any
    verbose: int

    def __init__(
        self,
        weights: Any = "-5..5",
        biases: Any = None,
        *,
        l0: Any = 0,
        l1: Any = 0,
        max_size: int | None = None,
        signs: Mapping[Any, str] | None = None,
        either_or: Sequence[Sequence[Any]] = (),
        loss: str = "misclassification",
        margin: Any = None,
        encode: str = "thermometer:3",
        missing: str = "error",
        digits: int | None = 6,
        class_weight: Any = None,
        time_limit: float | None = 60.0,
        random_state: Any = 0,
        verbose: int = 0,
    ) -> None:
        self._keep_arguments(locals())

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = False
        tags.classifier_tags.poor_score = True
        return tags

    def fit(self, x: Any, y: Any, sample_weight: Any = None) -> Self:
        """Train on features [n, d] and labels [n] of two classes; ``sample_weight`` and ``class_weight`` weigh
        rows (exact numbers), as for ``DiscreteNetworkClassifier``. Raises DnntError."""
        classes, names = self._labels(y)
        if len(self.classes_) > 2:
            raise InputError(
                "Only binary classification is supported. The type of the target is multiclass: "
                f"found {len(self.classes_)} classes"
            )
        encoded = self._encode(x, classes, sample_weight, self._factors(classes))
        self._unit = encoded.unit
        points = self._points(encoded)
        regularisation = self._regularisation(encoded, points)
        offsets, margin = self._offsets(encoded, points)
        instance = Instance.from_arrays(
            encoded.inputs,
            encoded.targets,
            hidden=[],
            layer_weights=[[points]],
            layer_biases=[[offsets]],
            loss=self.loss,
            margin=margin,
            multiplicity=encoded.counts,
            classes=names,
            outputs=1,
            name=type(self).__name__,
        )
        self._search(self._keep(encoded, instance, class_target(names)), regularisation)
        return self

    def score_card(self) -> ScoreCard:
        """The points of every input that has some; ``print`` shows the card."""
        if not hasattr(self, "weights_"):
            raise not_fitted(f"this {type(self).__name__} is not fitted yet; call fit first")
        layer = self.weights_.layers[0]
        total = self.instance_.dataset.total * self._unit
        wrong = f"{self.loss_} of {total} wrong" if self.loss == "misclassification" else fraction_text(self.loss_)
        priced = "" if self.objective_ == self.loss_ else f", {fraction_text(self.objective_)} with penalties"
        proof = "no such system does better" if self.optimal_ else f"none is below {fraction_text(self.bound_)}"
        note = f"{wrong}{priced}, and {proof}"
        names = tuple(str(each) for each in self.classes_.tolist())
        weights = layer.weights.fractions()[0].tolist()
        return score_card(self._record, weights, layer.biases.fractions()[0], (names[0], names[1]), note)

    def _search(self, instance: Instance, regularisation: Regularisation) -> None:
        """Learn the weights, and how good they are."""
        limit = wanted_seconds(self.time_limit)
        begin = time.monotonic()
        search, seen = OneLayerSearch(instance, regularisation), None
        for _ in search.run(seed_of(self.random_state) or 0):
            seconds = time.monotonic() - begin
            if self.verbose and search.best is not None and search.best is not seen:
                seen = search.best
                objective = self._verified(seen, regularisation)[2]
                print(f"{seconds:.1f} s: objective {fraction_text(objective)}")
            if limit is not None and seconds > limit:
                break
        if search.best is None:
            raise InputError("no points keep within max_size and either_or; let 0 be among the weights")
        self.weights_, self.loss_, self.objective_ = self._verified(search.best, regularisation)
        self.bound_ = min(search.bound * self._unit, self.objective_)
        self.optimal_ = self.bound_ == self.objective_
        if self.verbose:
            status = "OPTIMUM FOUND" if self.optimal_ else "SATISFIABLE"
            print(f"{status}, objective {fraction_text(self.objective_)}, bound {fraction_text(self.bound_)}")

    def _verified(self, found: Fit, regularisation: Regularisation) -> tuple[Weights, Fraction, Fraction]:
        """Weights that were found, their loss and their objective, computed anew. Raises NotVerified."""
        weights = found.assignment.weights(self.instance_)
        loss = evaluate(self.instance_, weights).loss
        points = weights.layers[0].weights.fractions()[0].tolist()
        objective = loss + regularisation.cost(points)
        if objective != found.objective or not regularisation.allows(points):
            raise NotVerified(
                f"the search claims {found.objective}; its weights have {objective}",
                {"instance_sha256": self.instance_.sha256},
            )
        return weights, loss * self._unit, objective * self._unit

    # -- what the parameters mean --------------------------------------------------------------------------------------

    def _columns(self, encoded: LearnedPairs) -> list[list[int]]:
        """The inputs that each feature became."""
        result, start = [], 0
        for item in encoded.record["columns"]:
            stop = start + len(inputs_of(item))
            result.append(list(range(start, stop)))
            start = stop
        return result

    def _feature(self, encoded: LearnedPairs, name: Any) -> int:
        """The position of a feature. Raises InputError."""
        names = [item["name"] for item in encoded.record["columns"]]
        if isinstance(name, str) and name in names:
            return names.index(name)
        if isinstance(name, (int, np.integer)) and not isinstance(name, bool) and 0 <= name < len(names):
            return int(name)
        raise InputError(f"found the feature {name!r}; the features are {', '.join(names[:20])}")

    def _points(self, encoded: LearnedPairs) -> list[ParameterSet]:
        """The points that each input may have."""
        with InputErrors():
            allowed = parameter_set(set_of(self.weights))
        result = [allowed] * encoded.inputs.shape[1]
        columns = self._columns(encoded)
        for name, sign in (self.signs or {}).items():
            if sign not in _SIGNS:
                raise InputError(f"found the sign {sign!r} of {name!r}; known are '+' and '-'")
            kept = tuple(value for value in allowed if value * _SIGNS[sign] >= 0)
            if not kept:
                raise InputError(f"no weight has the sign {sign!r} of {name!r}; let 0 be among them")
            for k in columns[self._feature(encoded, name)]:
                result[k] = kept
        return result

    def _offsets(self, encoded: LearnedPairs, points: list[ParameterSet]) -> tuple[Any, Any]:
        """The offsets that are allowed, and the margin: those that were given, else what lies between whole scores, so
        that each of them is on one side; whole offsets where scores have decimals."""
        if self.biases is not None:
            return set_of(self.biases), self.margin
        largest = abs(encoded.inputs.numerators.astype(object)).max(axis=0)
        reach = [max(map(abs, each)) * int(most) for each, most in zip(points, largest, strict=True)]
        size = len(reach) if self.max_size is None else int(self.max_size)
        margin = self.margin
        if margin is None and self.loss == "misclassification" and _whole(encoded, points):
            margin = Fraction(1, 2)
        least = to_fraction(1 if margin is None else margin)
        most = math.ceil(sum(sorted(reach)[-size:] if size else (), Fraction(0)) / encoded.inputs.denominator + least)
        if 2 * most + 1 > MOST_OFFSETS:
            raise InputError(f"the points may add up to {most}; say with biases which offsets are allowed")
        if _whole(encoded, points):
            return [Fraction(2 * k + 1, 2) for k in range(-most - 1, most + 1)], margin
        return range(-most, most + 1), margin

    def _regularisation(self, encoded: LearnedPairs, points: list[ParameterSet]) -> Regularisation:
        columns = self._columns(encoded)
        limits = [
            Limit(tuple(k for name in group for k in columns[self._feature(encoded, name)]), 1)
            for group in self.either_or
        ]
        size: Any = self.max_size
        if size is not None:
            if isinstance(size, bool) or not isinstance(size, (int, np.integer)) or size < 0:
                raise InputError(f"found max_size={size!r}; a whole number of at least 0 is needed, or None")
            limits.append(Limit(tuple(range(len(points))), int(size)))
        try:
            return Regularisation(
                to_fraction(self.l0) / encoded.unit, to_fraction(self.l1) / encoded.unit, tuple(limits)
            )
        except ValueError as error:
            raise InputError(f"l0={self.l0!r}, l1={self.l1!r}: {error}") from None


def _whole(encoded: LearnedPairs, points: list[ParameterSet]) -> bool:
    """Whether all scores are whole numbers."""
    return encoded.inputs.denominator == 1 and all(value.denominator == 1 for each in points for value in each)
