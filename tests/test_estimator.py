"""The estimators: what scikit-learn asks of one, without needing scikit-learn."""

import io
import subprocess
import sys
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from dnnt_encode.errors import DnntError, InputError
from dnnt_encode.estimator import DiscreteNetworkClassifier, DiscreteNetworkRegressor
from dnnt_encode.parsers import load_weights, save_weights
from dnnt_encode.parsers.prediction import predict_table
from dnnt_encode.parsers.table import read_table

X = [[0, 0], [0, 1], [1, 0], [1, 1]]


def small(**options: Any) -> DiscreteNetworkClassifier:
    return DiscreteNetworkClassifier(**{"hidden": [2], "threads": 1, "time_limit": 30, **options})


@pytest.mark.parametrize(
    "labels",
    [["no", "yes", "yes", "no"], [True, False, False, True], [-1, 1, 1, -1], [0.5, 2.5, 2.5, 0.5]],
)
def test_labels_of_any_kind(labels: list[Any]) -> None:
    model = small().fit(X, labels)
    assert model.predict(X).tolist() == labels
    assert model.classes_.tolist() == sorted(set(labels))
    assert model.score(X, labels) == 1.0
    assert model.loss_ == 0
    assert model.result_.verified
    assert model.n_features_in_ == 2


def test_more_than_two_classes_and_float_features() -> None:
    x = np.array([[0.1], [0.25], [1.5], [1.75], [2.5], [2.75]])
    y = np.array(["low", "low", "mid", "mid", "top", "top"])
    model = small(encode="quantile:3", weights=range(-2, 3)).fit(x, y)
    assert model.instance_.network.outputs == 3
    assert model.predict(x).tolist() == y.tolist()
    exact = small(encode="none", weights=(-1, 0, 1, "1/2")).fit(x[:4], y[:4])
    assert exact.instance_.dataset.x.fractions()[1, 0] == Fraction(1, 4)
    assert exact.score(x[:4], y[:4]) == 1.0


def test_weights_count_rows() -> None:
    x, y = [[0], [0], [1]], ["a", "b", "b"]
    assert small().fit(x, y, sample_weight=[5, 1, 1]).loss_ == 1
    assert small().fit(x, y, sample_weight=[0.0, 2.0, 1.0]).loss_ == 0
    for wrong in ([1, 1], [0.5, 1, 1], [-1, 1, 1], [0, 0, 0]):
        with pytest.raises(InputError, match="sample_weight"):
            small().fit(x, y, sample_weight=wrong)


def test_missing_values() -> None:
    x = [[0.0, 1.0], [1.0, float("nan")], [0.0, 1.0], [1.0, 2.0]]
    y = [0, 1, 0, 1]
    with pytest.raises(InputError, match="NaN in the features x1"):
        small().fit(x, y)
    model = small(missing="median").fit(x, y)
    assert model.predict([[1, None], [0, 1]]).tolist() == [1, 0]


def test_parameters() -> None:
    model = small(seed=3)
    parameters = model.get_params()
    assert parameters["seed"] == 3
    assert parameters["hidden"] == [2]
    assert type(model)(**parameters).get_params() == parameters
    assert model.set_params(hidden=[3], loss="hinge") is model
    assert model.hidden == [3]
    assert repr(model).startswith("DiscreteNetworkClassifier(hidden=[3], loss='hinge'")
    with pytest.raises(ValueError, match="found the parameter 'depth'"):
        model.set_params(depth=2)


@pytest.mark.parametrize(
    ("x", "y", "message"),
    [
        ([1, 2], ["a", "b"], "shape"),
        ([[1], [2]], ["a", "b", "a"], "2 rows of features and 3 targets"),
        ([[1], [2]], ["a", "a"], "at least two"),
        ([["red"], ["blue"]], ["a", "b"], "import-csv"),
        ([[1], [float("inf")]], ["a", "b"], "finite"),
        ([[1], [1]], ["a", "b"], "constant"),
        ([[1], [2]], [["a", "b"], ["a", "b"]], "one label a row"),
        ([[1], [2]], [1.0, float("nan")], "NaN"),
    ],
)
def test_wrong_input(x: Any, y: Any, message: str) -> None:
    with pytest.raises(DnntError, match=message):
        small().fit(x, y)


def test_wrong_use() -> None:
    with pytest.raises(InputError, match="not fitted"):
        small().predict(X)
    with pytest.raises(InputError, match="known are"):
        small(encode="magic").fit(X, [0, 1, 1, 0])
    with pytest.raises(InputError, match="learned 2"):
        small().fit(X, [0, 1, 1, 0]).predict([[1]])


def test_the_weights_predict_tables_too() -> None:
    model = small().fit(X, ["n", "y", "y", "n"])
    buffer = io.StringIO()
    save_weights(model.weights_, buffer, self_contained=True)
    buffer.seek(0)
    prediction = predict_table(load_weights(buffer), read_table(io.StringIO("y,x1,x0\nn,0,0\ny,0,1\n")))
    assert prediction.texts == (("n",), ("y",))
    assert prediction.correct == 2


def test_regression() -> None:
    x = [[0], [1], [2], [3]]
    y = [0.5, 1.5, 2.5, 3.5]
    model = DiscreteNetworkRegressor(hidden=[1], encode="none", weights=(-1, 0, 1, "1/2"), threads=1).fit(x, y)
    assert model.loss_ == 0
    assert model.predict([[10]]).tolist() == [10.5]
    assert model.score(x, y) == 1.0
    assert model.get_params()["loss"] == "l1"
    assert "margin" not in model.get_params()


def test_with_scikit_learn() -> None:
    base = pytest.importorskip("sklearn.base")
    selection = pytest.importorskip("sklearn.model_selection")
    pipeline = pytest.importorskip("sklearn.pipeline")
    x = np.array([[k % 2, k // 2 % 2] for k in range(12)], dtype=float)
    y = np.array(["even", "odd"])[(x[:, 0] != x[:, 1]).astype(int)]
    model = base.clone(small())
    assert base.is_classifier(model)
    assert selection.cross_val_score(model, x, y, cv=3).tolist() == [1.0] * 3
    search = selection.GridSearchCV(model, {"hidden": [[1], [2]]}, cv=2).fit(x, y)
    assert search.best_params_ == {"hidden": [2]}
    assert pipeline.make_pipeline(model).fit(x, y).score(x, y) == 1.0
    assert base.is_regressor(base.clone(DiscreteNetworkRegressor()))


def test_it_does_not_import_scikit_learn() -> None:
    code = (
        "import sys; sys.modules['sklearn'] = None\n"
        "from dnnt_encode.estimator import DiscreteNetworkClassifier\n"
        "m = DiscreteNetworkClassifier(hidden=[2], threads=1).fit([[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0])\n"
        "print(m.score([[0, 1]], [1]))"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "1.0\n"
