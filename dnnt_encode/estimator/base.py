"""What the classifier and the regressor share: parameters, encoding of the features, the call of the solver."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from dnnt_encode.errors import DnntError, InputError
from dnnt_encode.instance.instance import TERNARY, Instance
from dnnt_encode.instance.rationals import ExactArray
from dnnt_encode.instance.weights import Weights
from dnnt_encode.parsers import preprocessing
from dnnt_encode.parsers.columns import Column
from dnnt_encode.parsers.encodings import parse_encoding
from dnnt_encode.solving.result import Result
from dnnt_encode.solving.solve import solve

if TYPE_CHECKING:
    from typing_extensions import Self


class DiscreteNetwork:
    """A network trained to the least loss that the solver finds in the time it gets, verified exactly.

    ``hidden`` are the widths of the hidden layers; ``weights`` and ``biases`` (default: the same) the allowed values.
    ``encode`` turns each feature into inputs (see ``dnnt_encode.parsers.encodings``): ``median`` by default, ``none``
    for the numbers as they are, where a float means the decimal that ``repr`` shows. ``missing`` says what happens to
    NaN: ``error``, ``median`` or ``mode``. ``backend``, ``time_limit`` (seconds, for ``fit``), ``threads`` and ``seed``
    are those of ``solve``.

    After ``fit``: ``weights_``, ``loss_`` (exact), ``result_`` (how sure it is), ``instance_``, ``n_features_in_``.
    """

    _estimator_type = ""

    def __init__(
        self,
        hidden: Sequence[int] = (4,),
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
        tags = {f"{kind}_tags": getattr(utils, f"{kind.capitalize()}Tags")()}
        return utils.Tags(estimator_type=kind, target_tags=utils.TargetTags(required=True), **tags)

    def _solve(self, x: Any, targets: Any, sample_weight: Any, target: dict[str, Any] | None, **options: Any) -> None:
        """Encode ``x`` [n, d] and train on it; ``target`` is the record of the target, where it has one."""
        columns = feature_columns(x)
        if len(columns[0]) != len(targets):
            raise InputError(f"found {len(columns[0])} rows of features and {len(targets)} targets")
        if self.missing not in ("error", "median", "mode"):
            raise InputError(f"found missing={self.missing!r}; known are error, median, mode")
        self.n_features_in_ = len(columns)
        kept, counts = _multiplicity(sample_weight, len(targets))
        columns = [column.take(kept) for column in columns]
        self._check_missing(columns)
        try:
            parse_encoding(self.encode)
        except ValueError as error:
            raise InputError(str(error)) from None
        record = preprocessing.fit(columns, self.missing, {column.name: self.encode for column in columns})
        instance = Instance.from_arrays(
            preprocessing.apply(record, columns),
            targets[kept] if isinstance(targets, np.ndarray) else targets.take(kept),
            hidden=self.hidden,
            weights=self.weights,
            biases=self.biases,
            activation=self.activation,
            loss=self.loss,
            margin=self.margin,
            multiplicity=counts,
            name=type(self).__name__,
            **options,
        )
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

    def _check_missing(self, columns: list[Column]) -> None:
        gaps = [column.name for column in columns if column.missing.any()]
        if gaps and self.missing == "error":
            raise InputError(f"found NaN in the features {', '.join(gaps[:5])}; fill them in, or use missing='median'")

    def _inputs(self, x: Any) -> ExactArray:
        """The network's inputs for features [n, d]."""
        if not hasattr(self, "weights_"):
            raise InputError(f"this {type(self).__name__} is not fitted yet; call fit first")
        columns = feature_columns(x)
        if len(columns) != self.n_features_in_:
            raise InputError(f"found {len(columns)} features; this {type(self).__name__} learned {self.n_features_in_}")
        self._check_missing(columns)
        return preprocessing.apply(self._record, columns)


def feature_columns(x: Any) -> list[Column]:
    """The columns of features [n, d]: an array, nested lists or a data frame, of numbers; NaN is a missing value."""
    names = [str(name) for name in getattr(x, "columns", ())]
    array = np.asarray(x)
    if array.ndim != 2 or 0 in array.shape:
        raise InputError(
            f"found features of shape {array.shape}; [rows, features] is needed, with at least one of each"
        )
    if array.dtype.kind == "b":
        array = array.astype(np.int64)
    missing = _nan(array)
    if missing.any():
        array = np.where(missing, 0, array)
    if len(set(names)) != array.shape[1]:
        names = [f"x{k}" for k in range(array.shape[1])]
    columns = []
    for k, name in enumerate(names):
        try:
            numbers = ExactArray.from_values(array[:, k])
        except ValueError as error:
            raise InputError(f"{error}; text columns are for dnnt import-csv", place=f"feature {name!r}") from None
        columns.append(Column(name, missing[:, k], numbers=numbers))
    return columns


def _nan(array: np.ndarray) -> np.ndarray:
    if array.dtype.kind == "f":
        return np.asarray(np.isnan(array))
    if array.dtype.kind != "O":
        return np.zeros(array.shape, dtype=bool)
    flat = [value is None or (isinstance(value, float) and value != value) for value in array.ravel().tolist()]
    return np.array(flat, dtype=bool).reshape(array.shape)


def _multiplicity(sample_weight: Any, rows: int) -> tuple[np.ndarray, np.ndarray]:
    """The rows that count, and how often."""
    if sample_weight is None:
        return np.arange(rows), np.ones(rows, dtype=np.int64)
    weight = np.asarray(sample_weight)
    whole = weight.shape == (rows,) and weight.dtype.kind in "iuf" and bool((weight == np.floor(weight)).all())
    if not whole or (weight < 0).any() or not (weight > 0).any() or float(weight.max()) >= 2**53:
        raise InputError("sample_weight counts rows: one integer of at least 0 a row, and one above 0")
    kept = np.flatnonzero(weight)
    return kept, weight[kept].astype(np.int64)
