"""What the classifier and the regressor share: parameters, encoding of the features, the call of the solver."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from dnnt_encode.errors import DnntError, InputError
from dnnt_encode.estimator.features import check_names, feature_columns, feature_names
from dnnt_encode.estimator.refusals import not_fitted
from dnnt_encode.estimator.targets import multiplicity
from dnnt_encode.instance.instance import TERNARY, Instance
from dnnt_encode.instance.rationals import ExactArray
from dnnt_encode.instance.weights import Weights
from dnnt_encode.parsers import preprocessing
from dnnt_encode.parsers.columns import Column
from dnnt_encode.parsers.encodings import parse_encoding
from dnnt_encode.parsers.option_texts import parse_set, parse_widths
from dnnt_encode.solving.result import Result
from dnnt_encode.solving.solve import solve

if TYPE_CHECKING:
    from typing_extensions import Self


class DiscreteNetwork:
    """A network trained to the least loss that the solver finds in the time it gets, verified exactly.

    ``hidden`` are the widths of the hidden layers, as ``[4, 3]``, ``4`` or ``"4,3"``; ``weights`` and ``biases``
    (default: the same) the allowed values, as numbers or ``"-7..7"``. ``encode`` turns each feature into inputs (see
    ``dnnt_encode.parsers.encodings``): ``median`` by default, ``none`` for the numbers as they are, where a float means
    the decimal that ``repr`` shows. Texts and pandas' categories become one input a category. ``missing`` says what
    happens to NaN, None, masked entries and pandas' NA: ``error``, ``median`` or ``mode``. ``backend``, ``time_limit``
    (seconds, for ``fit``), ``threads`` and ``seed`` are those of ``solve``.

    After ``fit``: ``weights_``, ``loss_`` (exact), ``result_`` (how sure it is), ``instance_`` (its samples are the
    distinct rows, with their multiplicities), ``n_features_in_``, and ``feature_names_in_`` where features had names.
    The names and the order of a data frame's columns are checked then, as scikit-learn does.
    """

    _estimator_type = ""

    def __init__(
        self,
        hidden: Sequence[int] | int | str = (4,),
        *,
        weights: Any = TERNARY,
        biases: Any = None,
        activation: str = "relu",
        loss: str = "",
        margin: Any = None,
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
        self.margin = margin
        self.encode = encode
        self.missing = missing
        self.backend = backend
        self.time_limit = time_limit
        self.threads = threads
        self.seed = seed

    @classmethod
    def _names(cls) -> list[str]:
        return [name for name in inspect.signature(cls.__init__).parameters if name != "self"]

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
        # One bit a feature cannot score well, nor can outputs that are sums of the allowed values on any scale.
        poor = kind == "regressor" or self.encode == "median"
        setattr(tags, f"{kind}_tags", getattr(utils, f"{kind.capitalize()}Tags")(poor_score=poor))
        tags.input_tags.allow_nan = self.missing != "error"
        tags.input_tags.categorical = True
        return tags

    def _solve(self, x: Any, targets: Any, sample_weight: Any, target: dict[str, Any] | None, **options: Any) -> None:
        """Encode ``x`` [n, d] and train on it; ``target`` is the record of the target, where it has one."""
        columns = feature_columns(x)
        rows = len(columns[0])
        if rows != len(targets):
            raise InputError(f"found {rows} rows of features and {len(targets)} targets")
        if rows < 2:
            raise InputError("found n_samples=1: with one sample every feature is constant; at least two are needed")
        if self.missing not in ("error", "median", "mode"):
            raise InputError(f"found missing={self.missing!r}; known are error, median, mode")
        kept, counts = multiplicity(sample_weight, rows)
        columns = [column.take(kept) for column in columns]
        self._refuse_gaps(columns)
        try:
            parse_encoding(self.encode)
            sets = [parse_set(each) if isinstance(each, str) else each for each in (self.weights, self.biases)]
            hidden = parse_widths(str(self.hidden)) if isinstance(self.hidden, (int, np.integer, str)) else self.hidden
        except ValueError as error:
            raise InputError(str(error)) from None
        record = preprocessing.fit(columns, self.missing, {column.name: self.encode for column in columns}, counts)
        inputs, goal, counts = _distinct(preprocessing.apply(record, columns), targets, kept, counts)
        instance = Instance.from_arrays(
            inputs,
            goal,
            hidden=hidden,
            weights=sets[0],
            biases=sets[1],
            activation=self.activation,
            loss=self.loss,
            margin=self.margin,
            multiplicity=counts,
            name=type(self).__name__,
            **options,
        )
        self.n_features_in_ = len(columns)
        self._learn_names(x)
        self._record = record
        recorded = record if target is None else {**record, "target": target}
        self.instance_ = replace(instance, preprocessing=recorded)
        self.result_: Result = solve(
            self.instance_,
            backend=self.backend,
            time_limit=self.time_limit,
            threads=self.threads,
            seed=self.seed,
        )
        if self.result_.weights is None or self.result_.loss is None:
            raise DnntError(
                f"no weights were found in {self.time_limit} seconds; give it more, or learn from fewer rows"
            )
        self.weights_: Weights = self.result_.weights
        self.loss_ = self.result_.loss

    def _learn_names(self, x: Any) -> None:
        names = feature_names(x)
        if names is not None:
            self.feature_names_in_ = names
        elif hasattr(self, "feature_names_in_"):
            del self.feature_names_in_

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
        return self.weights_.outputs(preprocessing.apply(self._record, columns))


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
