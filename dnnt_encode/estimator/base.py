"""What all estimators share: parameters by name, the encoding of the features, names of columns, outputs."""

from __future__ import annotations

import inspect
import sys
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from dnnt_encode.backends.cores import available_cores
from dnnt_encode.errors import InputError, InputErrors
from dnnt_encode.estimator.features import check_names, feature_columns, feature_names
from dnnt_encode.estimator.refusals import not_fitted
from dnnt_encode.estimator.rounding import needed_decimals, rounded
from dnnt_encode.estimator.targets import multiplicity
from dnnt_encode.instance.arguments import whole_number
from dnnt_encode.instance.instance import Instance
from dnnt_encode.instance.parameters import ParameterSet
from dnnt_encode.instance.rationals import ExactArray
from dnnt_encode.instance.weights import Weights
from dnnt_encode.parsers import preprocessing
from dnnt_encode.parsers.columns import Column
from dnnt_encode.parsers.encodings import parse_encoding
from dnnt_encode.parsers.option_texts import parse_set

if TYPE_CHECKING:
    from typing_extensions import Self


@dataclass(frozen=True, eq=False)
class LearnedPairs:
    """Features and targets as they are learned from: the distinct pairs of ``inputs`` [n, k] and ``targets`` [n], and
    how often each counts, ``unit`` the weight of one time. ``record``: how inputs come from features, ``columns`` of
    them; ``names`` of the features, where they have any."""

    inputs: ExactArray
    targets: Any
    counts: np.ndarray
    unit: Fraction
    record: dict[str, Any]
    columns: int
    names: np.ndarray | None


class Estimator:
    """Whatever learns ``weights_`` from features and targets. A subclass has the parameters ``encode``, ``missing`` and
    ``digits`` in its constructor, which keeps its arguments."""

    _estimator_type = ""

    encode: str
    missing: str
    digits: int | None
    weights_: Weights

    @classmethod
    def _names(cls) -> list[str]:
        return [name for name in inspect.signature(cls.__init__).parameters if name != "self"]

    def _keep_arguments(self, given: dict[str, Any]) -> None:
        """Keep each argument of the constructor under its name, as it is, for ``get_params`` and ``clone``."""
        vars(self).update((name, given[name]) for name in self._names())

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """The parameters of the constructor, by name."""
        return {name: getattr(self, name) for name in self._names()}

    def set_params(self, **parameters: Any) -> Self:
        """Change parameters of the constructor. Raises ValueError for a name it does not have."""
        known = self._names()
        for name in parameters:
            if name not in known:
                raise ValueError(f"found the parameter {name!r}; known are {', '.join(known)}")
        for name, value in parameters.items():
            setattr(self, name, value)
        return self

    def __repr__(self) -> str:
        defaults = inspect.signature(type(self).__init__).parameters
        shown = [f"{k}={v!r}" for k, v in self.get_params().items() if v is not defaults[k].default]
        return f"{type(self).__name__}({', '.join(shown)})"

    def __sklearn_tags__(self) -> Any:
        # Only scikit-learn asks for tags, and it has then been imported already.
        utils = sys.modules["sklearn.utils"]
        kind = self._estimator_type
        tags = utils.Tags(estimator_type=kind, target_tags=utils.TargetTags(required=True))
        # One bit a feature cannot score well, nor can a number that is made of a few steps.
        poor = kind == "regressor" or self.encode == "median"
        setattr(tags, f"{kind}_tags", getattr(utils, f"{kind.capitalize()}Tags")(poor_score=poor))
        tags.input_tags.allow_nan = self.missing != "error"
        tags.input_tags.categorical = True
        return tags

    def _encode(self, x: Any, targets: Any, sample_weight: Any, factors: Sequence[Fraction] = ()) -> LearnedPairs:
        """Find out how features [n, d] become inputs; ``factors`` weigh classes. Raises InputError."""
        columns = feature_columns(x)
        rows = len(columns[0])
        if rows != len(targets):
            raise InputError(f"found {rows} rows of features and {len(targets)} targets")
        if rows < 2:
            raise InputError("found n_samples=1: with one sample every feature is constant; at least two are needed")
        if self.missing not in ("error", *preprocessing.FILLING):
            known = ", ".join(("error", *preprocessing.FILLING))
            raise InputError(f"found missing={self.missing!r}; known are {known}")
        kept, counts, unit = multiplicity(sample_weight, rows, factors, targets if len(factors) else None)
        columns = [column.take(kept) for column in columns]
        self._refuse_gaps(columns)
        with InputErrors():
            parse_encoding(self.encode)
        columns = self._rounded(columns)
        record = preprocessing.fit(columns, self.missing, {column.name: self.encode for column in columns}, counts)
        distinct = _distinct(preprocessing.apply(record, columns), targets, kept, counts)
        return LearnedPairs(*distinct, unit, record, len(columns), feature_names(x))

    def _keep(self, encoded: LearnedPairs, instance: Instance, target: dict[str, Any] | None) -> Instance:
        """Remember what is learned from; the instance with the record of its features and of the target, where that has
        one, is ``instance_``."""
        self.n_features_in_, self._record = encoded.columns, encoded.record
        if encoded.names is not None:
            self.feature_names_in_ = encoded.names
        elif hasattr(self, "feature_names_in_"):
            del self.feature_names_in_
        recorded = encoded.record if target is None else {**encoded.record, "target": target}
        self.instance_ = replace(instance, preprocessing=recorded)
        return self.instance_

    def _rounded(self, columns: list[Column]) -> list[Column]:
        """The columns as they are learned from. What is only compared with cuts, or is a category, stays exact."""
        self._decimals: dict[int, int] = {}
        for k, column in enumerate(columns):
            if self.encode == "none" and column.numbers is not None:
                decimals = needed_decimals(column.numbers, self.digits)
                if decimals is not None:
                    self._decimals[k] = decimals
        if self._decimals:
            shown = [f"{columns[k].name} to {decimals} decimals" for k, decimals in list(self._decimals.items())[:5]]
            more = len(self._decimals) - len(shown)
            warnings.warn(
                f"features are rounded to digits={self.digits} significant digits of their largest: {', '.join(shown)}"
                f"{f' and {more} more' if more else ''}",
                stacklevel=4,
            )
        return self._as_learned(columns)

    def _as_learned(self, columns: list[Column]) -> list[Column]:
        return [
            replace(column, numbers=rounded(column.numbers, self._decimals.get(k)))
            if column.numbers is not None
            else column
            for k, column in enumerate(columns)
        ]

    def _refuse_gaps(self, columns: list[Column]) -> None:
        wrong = [column for column in columns if column.missing.any()]
        if wrong and self.missing == "error":
            names, row = ", ".join(column.name for column in wrong[:5]), int(wrong[0].missing.argmax())
            raise InputError(
                f"found NaN in the features {names} (the first in row {row}); fill them in, or use missing='median'"
            )

    def _outputs(self, x: Any) -> ExactArray:
        """The network's outputs [n, m] for features [n, d]."""
        name = type(self).__name__
        if not hasattr(self, "weights_"):
            raise not_fitted(f"this {name} is not fitted yet; call fit first")
        check_names(getattr(self, "feature_names_in_", None), feature_names(x), name)
        columns = feature_columns(x, [item["kind"] for item in self._record["columns"]])
        if len(columns) != self.n_features_in_:
            raise InputError(
                f"X has {len(columns)} features, but {name} is expecting {self.n_features_in_} features as input"
            )
        self._refuse_gaps(columns)
        return self.weights_.outputs(preprocessing.apply(self._record, self._as_learned(columns)))


def _distinct(x: ExactArray, targets: Any, kept: np.ndarray, counts: np.ndarray) -> tuple[ExactArray, Any, np.ndarray]:
    """The distinct pairs of inputs and targets in order, and how often each counts: neither the order of the rows nor
    how they are repeated makes a difference to what is learned."""
    y = targets.take(kept) if isinstance(targets, ExactArray) else targets[kept]
    values = y.numerators if isinstance(y, ExactArray) else y
    order = np.lexsort((values, *x.numerators.T[::-1]))
    pairs = np.column_stack([x.numerators[order], values[order]])
    first = np.flatnonzero(np.r_[True, (pairs[1:] != pairs[:-1]).any(axis=1)])
    totals = np.add.reduceat(counts[order], first)
    rows = order[first]
    return x.take(rows), y.take(rows) if isinstance(y, ExactArray) else y[rows], totals


def set_of(values: Any) -> ParameterSet | Any:
    """A set of values as a command line writes it, or anything else as it is. Raises InputError."""
    with InputErrors():
        return parse_set(values) if isinstance(values, str) else values


def cores(n_jobs: Any) -> int:
    """The processor cores that ``n_jobs`` means: None one, -1 all, -2 all but one. Raises InputError."""
    with InputErrors("n_jobs"):
        number = 1 if n_jobs is None else whole_number(n_jobs)
    if number == 0:
        raise InputError("found n_jobs=0; a number of cores is needed, or -1 for all")
    return number if number > 0 else max(1, available_cores() + 1 + number)


def seed_of(random_state: Any) -> int | None:
    """The seed that ``random_state`` means; numpy's generators are drawn from. Raises InputError."""
    if isinstance(random_state, np.random.Generator):
        return int(random_state.integers(2**31))
    if isinstance(random_state, np.random.RandomState):
        return int(random_state.randint(2**31 - 1))
    with InputErrors("random_state"):
        return None if random_state is None else whole_number(random_state)
