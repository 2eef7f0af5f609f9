"""The estimators: what scikit-learn asks of one, without needing scikit-learn."""

import io
import subprocess
import sys
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from dnnt_encode.errors import DnntError, InputError
from dnnt_encode.estimator import DiscreteNetworkClassifier, DiscreteNetworkRegressor, ScoringSystemClassifier
from dnnt_encode.estimator.features import feature_columns
from dnnt_encode.parsers import load_weights, preprocessing, save_weights
from dnnt_encode.parsers.prediction import predict_table
from dnnt_encode.parsers.table import read_table

X = [[0, 0], [0, 1], [1, 0], [1, 1]]


def small(**options: Any) -> DiscreteNetworkClassifier:
    return DiscreteNetworkClassifier(**{"hidden": [2], "n_jobs": 1, "time_limit": 30, **options})


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


@pytest.mark.parametrize("strategy", ["one-vs-one", "one-vs-rest"])
def test_ensembles(strategy: Any, capsys: pytest.CaptureFixture[str]) -> None:
    x = np.array([[0.1], [0.25], [1.5], [1.75], [2.5], [2.75]])
    y = np.array(["low", "low", "mid", "mid", "top", "top"])
    model = small(encode="quantile:3", weights=range(-2, 3), strategy=strategy, verbose=1).fit(x, y)
    assert (model.predict(x).tolist(), model.loss_) == (y.tolist(), 0)
    assert model.decision_function(x).shape == (6, 3)
    assert model.decision_function(x).argmax(axis=1).tolist() == [0, 0, 1, 1, 2, 2]
    assert len(model.result_.members) == 3
    first = "low or mid" if strategy == "one-vs-one" else "not low or low"
    assert f"{first}: Result(OPTIMUM FOUND, loss 0, bound 0" in capsys.readouterr().out
    file = io.StringIO()
    save_weights(model.weights_, file, self_contained=True)
    table = read_table(io.StringIO("x0,y\n0.2,low\n2.6,top\n"))
    prediction = predict_table(load_weights(io.StringIO(file.getvalue())), table)
    assert [text for (text,) in prediction.texts] == ["low", "top"]
    # Of two classes one network is enough.
    assert small(strategy=strategy).fit(X, [0, 1, 1, 0]).result_.members == ()
    with pytest.raises(InputError, match="strategy: found 'all'"):
        small(strategy="all").fit(X, [0, 1, 1, 0])


def test_weights_count_rows() -> None:
    x, y = [[0], [0], [1]], ["a", "b", "b"]
    assert small().fit(x, y, sample_weight=[5, 1, 1]).loss_ == 1
    assert small().fit(x, y, sample_weight=[0.0, 2.0, 1.0]).loss_ == 0
    for wrong in ([1, 1], [float("inf"), 1, 1], [-1, 1, 1], [0, 0, 0], [1, 2**53, 1], ["a", 1, 1]):
        with pytest.raises(InputError, match="sample_weight"):
            small().fit(x, y, sample_weight=wrong)


def test_rational_weights_are_counts_of_their_common_unit() -> None:
    x, y = [[0], [0], [1], [1]], ["a", "b", "b", "b"]
    halves = small().fit(x, y, sample_weight=[0.5, 0.25, 1, "1/2"])
    assert halves.loss_ == Fraction(1, 4)
    assert sorted(halves.instance_.dataset.multiplicity.tolist()) == [1, 2, 6]
    assert small(class_weight={"a": 3}).fit(x, y).predict([[0]]).tolist() == ["a"]
    assert small(class_weight={"a": Fraction(1, 3)}).fit(x, y).loss_ == Fraction(1, 3)
    # Both classes weigh 2 in all: 4 / (2 * 1) a row of the one, 4 / (2 * 3) a row of the other.
    assert small(class_weight="balanced").fit(x, y).loss_ == Fraction(2, 3)
    for wrong, message in (("even", "balanced"), ({"c": 1}, "'c'"), ({"a": 0}, "more than 0"), ({"a": "x"}, "x")):
        with pytest.raises(InputError, match=message):
            small(class_weight=wrong).fit(x, y)


def test_verbose_prints_the_losses_as_they_improve(capsys: pytest.CaptureFixture[str]) -> None:
    small().fit([[0], [0], [1]], ["a", "b", "b"])
    assert capsys.readouterr().out == ""
    small(verbose=1, backend="cpsat").fit([[0], [0], [1]], ["a", "b", "b"], sample_weight=[0.5, 1, 1])
    *losses, result = capsys.readouterr().out.splitlines()
    assert losses[-1].endswith("loss 1/2")
    assert result == "OPTIMUM FOUND, loss 1/2, bound 1/2"
    card = ScoringSystemClassifier(max_size=1, l0="1/10", verbose=1).fit([[0], [0], [1]], ["a", "b", "b"])
    *found, result = capsys.readouterr().out.splitlines()
    assert found[-1].endswith("objective 1")
    assert result == "OPTIMUM FOUND, objective 1, bound 1"
    assert card.optimal_
    with pytest.raises(InputError, match="time limit -1"):
        card.set_params(time_limit=-1).fit([[0], [1]], ["a", "b"])


def test_cores_and_seeds_in_the_words_of_scikit_learn() -> None:
    x, y = [[0], [0], [1]], ["a", "b", "b"]
    for state in (None, 5, np.random.default_rng(0), np.random.RandomState(0)):
        assert small(random_state=state, n_jobs=None, backend="cpsat").fit(x, y).loss_ == 1
    assert small(n_jobs=-1).fit(x, y).loss_ == 1
    for wrong in ({"n_jobs": 0}, {"n_jobs": 0.5}, {"random_state": "x"}, {"random_state": -1}):
        with pytest.raises(InputError):
            small(**wrong).fit(x, y)


def test_missing_values() -> None:
    x = [[0.0, 1.0], [1.0, float("nan")], [0.0, 1.0], [1.0, 2.0]]
    y = [0, 1, 0, 1]
    with pytest.raises(InputError, match="NaN in the features x1"):
        small().fit(x, y)
    model = small(missing="median").fit(x, y)
    assert model.predict([[1, None], [0, 1]]).tolist() == [1, 0]


def test_parameters() -> None:
    model = small(random_state=3)
    parameters = model.get_params()
    assert parameters["random_state"] == 3
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
        ([["red"], [2]], ["a", "b"], "row 0: found a text in a feature of numbers"),
        ([[1], [{}]], ["a", "b"], "row 1: found {}: each argument must be a string or a number, not dict"),
        ([[1], [2, 3]], ["a", "b"], "different lengths"),
        ([[1], [1j]], ["a", "b"], "Complex data not supported"),
        ([[], []], ["a", "b"], "0 feature"),
        ([], [], "y should be a 1d array"),
        ([[1], [2]], None, "requires y"),
        ([[1]], ["a"], "1 class"),
        ([[1], [float("inf")]], ["a", "b"], "finite"),
        ([[1], [1]], ["a", "b"], "constant"),
        ([[1], [2]], [["a", "b"], ["a", "b"]], "one value a row"),
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
    with pytest.raises(InputError, match="X has 1 features, but DiscreteNetworkClassifier is expecting 2 features"):
        small().fit(X, [0, 1, 1, 0]).predict([[1]])


def test_the_weights_predict_tables_too() -> None:
    model = small().fit(X, ["n", "y", "y", "n"])
    buffer = io.StringIO()
    save_weights(model.weights_, buffer, self_contained=True)
    buffer.seek(0)
    prediction = predict_table(load_weights(buffer), read_table(io.StringIO("y,x1,x0\nn,0,0\ny,0,1\n")))
    assert prediction.texts == (("n",), ("y",))
    assert prediction.scores is not None
    assert prediction.scores.json()["accuracy"] == 1


def test_the_weights_of_a_regressor_predict_tables_in_the_unit_of_the_targets() -> None:
    x, y = [[0, 1], [1, 1], [2, 0], [5, 3]], [100.5, 120, 180, 90]
    model = DiscreteNetworkRegressor(hidden=[1], encode="none", n_jobs=1).fit(x, y)
    buffer = io.StringIO()
    save_weights(model.weights_, buffer, self_contained=True)
    buffer.seek(0)
    rows = "x0,x1\n" + "".join(f"{a},{b}\n" for a, b in x)
    prediction = predict_table(load_weights(buffer), read_table(io.StringIO(rows)))
    assert [float(Fraction(text)) for (text,) in prediction.texts] == model.predict(x).tolist()


def test_regression() -> None:
    x = [[0], [1], [2], [3]]
    y = [0.5, 1.5, 2.5, 3.5]
    model = DiscreteNetworkRegressor(hidden=[1], encode="none", weights=(-1, 0, 1, "1/2"), n_jobs=1).fit(x, y)
    assert model.loss_ == 0
    assert model.predict([[10]]).tolist() == [10.5]
    assert model.score(x, y) == 1.0
    assert model.get_params()["loss"] == "l1"
    assert "margin" not in model.get_params()


def test_outputs_reach_as_far_as_targets() -> None:
    rng = np.random.default_rng(2)
    x = rng.normal(size=(40, 3))
    y = 1500 + 1000 * (x[:, 0] > 0.1) - 400 * (x[:, 1] > 0) + rng.normal(size=40)
    options: dict[str, Any] = {"hidden": [], "weights": "-3..3", "n_jobs": 1, "loss": "l2"}
    model = DiscreteNetworkRegressor(**options).fit(x, y)
    assert model.score(x, y) > 0.6
    # Nothing has to be undone: the weights that are exported predict in the unit of the targets, with losses in it.
    outputs = model.weights_.outputs(preprocessing.apply(model._record, feature_columns(x))).fractions()[:, 0]
    assert model.predict(x).tolist() == [float(each) for each in outputs]
    assert model.loss_ == sum((f - Fraction(f"{v:.6g}")) ** 2 for f, v in zip(outputs, y.tolist(), strict=True))
    assert model.result_.bound == model.loss_
    last = model.weights_.layers[-1]
    assert {value / model.output_scale_ for value in last.weights.fractions()[0]} <= set(range(-3, 4))
    assert (last.biases.fractions()[0] - model.output_offset_) / model.output_scale_ in range(-3, 4)
    # The same scale and offset given to targets instead of outputs have the same least loss, in their unit.
    targets = [(Fraction(f"{v:.6g}") - model.output_offset_) / model.output_scale_ for v in y.tolist()]
    by_hand = DiscreteNetworkRegressor(output_scale=None, digits=None, **options).fit(x, np.array(targets, object))
    assert by_hand.loss_ * model.output_scale_**2 == model.loss_
    assert (by_hand.output_scale_, by_hand.output_offset_) == (1, 0)
    assert DiscreteNetworkRegressor(output_scale="1/3", **options).fit(X, [0, 0, 1, 1]).output_scale_ == Fraction(1, 3)
    for wrong in (0, -1, "wide", float("nan"), True):
        with pytest.raises(InputError, match=r"output_scale|scale .* of outputs"):
            DiscreteNetworkRegressor(output_scale=wrong, **options).fit(x, y)
    with pytest.raises(InputError, match="scale of outputs is for finite sets"):
        DiscreteNetworkRegressor(1, weights="interval:-1..1", output_scale=2).fit(x, y)
    with pytest.raises(InputError, match="takes finite sets only"):
        DiscreteNetworkRegressor(1, weights="interval:-1..1", backend="search").fit(x, y)


def test_a_scale_makes_better_predictions_of_diabetes() -> None:
    x, y = pytest.importorskip("sklearn.datasets").load_diabetes(return_X_y=True)
    model = DiscreteNetworkRegressor(hidden=[], time_limit=2, n_jobs=1).fit(x[::4], y[::4])
    assert model.score(x, y) > 0.3
    with pytest.warns(UserWarning, match="111 of 111 are out of reach"):
        assert model.set_params(output_scale=None).fit(x[::4], y[::4]).score(x, y) < 0


def test_sets_and_widths_as_a_command_line_writes_them() -> None:
    plain = small(hidden=[2, 3], weights=range(-2, 3), biases=(0, Fraction(1, 2))).fit(X, [0, 1, 1, 0])
    text = small(hidden="2,3", weights="-2..2", biases="0,1/2").fit(X, [0, 1, 1, 0])
    assert text.instance_.sha256 == plain.instance_.sha256
    assert text.get_params()["weights"] == "-2..2"
    for hidden, widths in ((2, (2, 2, 1)), (np.int64(2), (2, 2, 1)), ((), (2, 1)), (0, (2, 1)), ("0", (2, 1))):
        assert small(hidden=hidden).fit(X, [0, 0, 1, 1]).instance_.network.widths == widths
    for wrong in ({"hidden": -1}, {"hidden": "x"}, {"weights": "3..1"}, {"biases": "x"}):
        with pytest.raises(InputError):
            small(**wrong).fit(X, [0, 1, 1, 0])


def test_masked_entries_are_missing_values() -> None:
    x = np.ma.array([[0.0, 1.0], [1.0, 7.0], [0.0, 1.0], [1.0, 2.0]], mask=[[0, 0], [0, 1], [0, 0], [0, 0]])
    y = ["a", "b", "a", "b"]
    with pytest.raises(InputError, match=r"found NaN in the features x1 \(the first in row 1\)"):
        small().fit(x, y)
    model = small(missing="median").fit(x, y)
    assert model.predict(x).tolist() == y
    nan = np.where(x.mask, np.nan, x.data)
    assert small(missing="median").fit(nan, y).instance_.sha256 == model.instance_.sha256
    # Training without gaps learns what to fill them with too.
    model = small().fit(x.data, y)
    with pytest.raises(InputError, match="NaN"):
        model.predict(x)
    assert model.set_params(missing="median").predict(np.ma.array(x.data, mask=True)).tolist() == ["a"] * 4


@pytest.mark.filterwarnings("ignore:Warning. converting a masked element to nan")
@pytest.mark.parametrize("estimator", [DiscreteNetworkClassifier, DiscreteNetworkRegressor])
def test_targets_and_weights_that_are_missing_name_their_rows(estimator: Any) -> None:
    model = estimator(hidden=[1], n_jobs=1)
    numbers = [1.0, 2.0, 1.0, 2.0]
    for wrong in (
        np.ma.array(numbers, mask=[0, 0, 1, 0]),
        [1.0, 2.0, float("nan"), 2.0],
        np.array([1, 2, None, 2], dtype=object),
        [1.0, 2.0, np.ma.masked, 2.0],
    ):
        with pytest.raises(InputError, match="every row needs one: row 2"):
            model.fit(X, wrong)
    with pytest.warns(UserWarning, match="column-vector"), pytest.raises(InputError, match="row 2"):
        model.fit(X, [[1.0], [2.0], [float("nan")], [2.0]])
    with pytest.raises(InputError, match=r"infinity .*row 1"):
        model.fit(X, [1.0, float("inf"), 1.0, 2.0])
    with pytest.raises(InputError, match="sample_weight; every row needs one: row 0, 3"):
        model.fit(X, numbers, sample_weight=np.ma.array([1, 1, 1, 1], mask=[1, 0, 0, 1]))
    with pytest.raises(InputError, match=r"below 0.*: row 1"):
        model.fit(X, numbers, sample_weight=[1, -0.5, 1, 1])
    model.fit(X, np.ma.array(numbers, mask=False), sample_weight=np.ma.array([1, 2, 1, 1]))


def test_texts_are_categories() -> None:
    x = [["red", 1], ["blue", 2], ["red", 3], ["green", 4]]
    y = [1, 0, 1, 0]
    model = small(hidden=[]).fit(x, y)
    assert model.instance_.preprocessing["features"] == ["x0=blue", "x0=green", "x0=red", "x1>2.5"]  # type: ignore[index]
    assert model.predict(x).tolist() == y
    assert model.predict([["pink", 5], ["red", 1]]).tolist()[1] == 1
    assert small(hidden=[]).fit([["1/2"], ["0.25"]], ["a", "b"]).instance_.preprocessing["features"] == ["x0>0.375"]  # type: ignore[index]
    mixed = np.array([["a", float("nan")], ["b", "c"], ["a", "d"]], dtype=object)
    for gap in (mixed, mixed.tolist()):
        with pytest.raises(InputError, match="NaN in the features x1"):
            small().fit(gap, [0, 1, 0])


def test_more_decimals_than_anybody_needs_are_rounded() -> None:
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(12, 1)), rng.normal(size=12)
    model = DiscreteNetworkRegressor(hidden=[], loss="l2", n_jobs=1).fit(x, y)
    targets = model.instance_.dataset.y
    assert max(targets.denominator for targets in targets.fractions().ravel()) <= 10**5  # type: ignore[union-attr]
    assert np.abs(np.sort(targets.floats().ravel()) - np.sort(y)).max() <= 0.5e-5  # type: ignore[union-attr]
    exact = DiscreteNetworkRegressor(hidden=[], digits=None).fit(x, np.round(y, 9)).instance_.dataset.y
    assert sorted(exact.fractions().ravel()) == sorted(Fraction(repr(v)) for v in np.round(y, 9).tolist())  # type: ignore[union-attr]
    whole = [123456789.0, 3.0] * 6
    with pytest.warns(UserWarning, match="targets lie from 3 to 123456789, outputs from -.* are out of reach"):
        model = DiscreteNetworkRegressor(hidden=[], output_scale=None).fit(x, whole)
    assert model.instance_.dataset.y.fractions().max() == 123456789  # type: ignore[union-attr]
    for wrong in (0, 99):
        with pytest.raises(InputError, match="digits"):
            DiscreteNetworkRegressor(digits=wrong).fit(x, y)


def test_features_of_17_digits_are_rounded_and_it_is_said() -> None:
    x = np.random.default_rng(0).normal(size=(8, 2)) * [1, 1000]
    y, message = x[:, 1] > 0, "features are rounded to digits=6 .*: x0 to 5 decimals, x1 to 2 decimals"
    for model in (small(hidden=[], encode="none"), ScoringSystemClassifier("-1..1", encode="none")):
        with pytest.warns(UserWarning, match=message):
            model.fit(x, y)
        assert model.instance_.dataset.x.denominator <= 10**5
        learned = model.instance_.dataset.x.floats()
        assert sorted(learned[:, 1].tolist()) == sorted(np.round(x[:, 1], 2).tolist())
        # The same rows are the same numbers when predicting; others have all their decimals where none were rounded.
        assert model._outputs(x).equals(model._outputs(np.column_stack([np.round(x[:, 0], 5), np.round(x[:, 1], 2)])))
    few = np.array([[k / 4, 10**17 + k] for k in range(8)], dtype=object)
    exact = small(hidden=[], encode="none").fit(few, y)
    assert exact.instance_.dataset.x.fractions()[:, 1].max() == 10**17 + 7
    assert exact._outputs([["1/3", 0]]).equals(exact._outputs([[Fraction(1, 3), 0]]))
    assert small(hidden=[], encode="none", digits=None).fit(x, y).instance_.dataset.x.denominator > 10**12
    with pytest.raises(InputError, match="digits=0"):
        small(encode="none", digits=0).fit(x, y)


def test_neither_the_order_nor_the_repetition_of_rows_makes_a_difference() -> None:
    rng = np.random.default_rng(4)
    x, y = rng.normal(size=(12, 3)), rng.integers(0, 3, 12)
    counts = rng.integers(0, 4, 12)
    repeated = np.repeat(np.arange(12), counts)
    shuffled = rng.permutation(12)
    for encode in ("median", "quantile:3", "onehot"):
        one = small(hidden=[], encode=encode).fit(x[repeated], y[repeated])
        two = small(hidden=[], encode=encode).fit(x[shuffled], y[shuffled], sample_weight=counts[shuffled])
        assert one.instance_.sha256 == two.instance_.sha256
        assert one.instance_.dataset.total == counts.sum()


def test_outputs_decide() -> None:
    model = small().fit(X, ["n", "y", "y", "n"])
    values = model.decision_function(X)
    assert values.shape == (4,)
    assert (values > 0).tolist() == [False, True, True, False]
    three = small(hidden=[]).fit([[0], [1], [2]], [0, 1, 2])
    values = three.decision_function([[0], [1], [2]])
    assert values.shape == (3, 3)
    assert values.argmax(axis=1).tolist() == three.predict([[0], [1], [2]]).tolist()
    assert not hasattr(DiscreteNetworkRegressor(), "decision_function")


def test_errors_have_the_classes_that_tools_expect() -> None:
    for raised in (ValueError, AttributeError, InputError):
        with pytest.raises(raised, match="call fit first"):
            small().predict(X)
    with pytest.raises(TypeError, match="sparse input is not supported"):
        small().fit(pytest.importorskip("scipy.sparse").csr_array(X), [0, 1, 1, 0])
    with pytest.raises(ValueError, match="continuous"):
        small().fit(X, [0.1, 0.2, 0.3, 0.4])


def frame(**columns: Any) -> Any:
    return pytest.importorskip("pandas").DataFrame(columns)


def test_names_and_order_of_columns_are_checked() -> None:
    table = frame(a=[0, 0, 1, 1], b=[0, 1, 0, 1])
    model = small(hidden=[]).fit(table, [0, 1, 0, 1])
    assert model.feature_names_in_.tolist() == ["a", "b"]
    assert model.feature_names_in_.dtype == object
    assert model.predict(table).tolist() == [0, 1, 0, 1]
    with pytest.raises(ValueError, match=r"same order as they were in fit\.\nLearned: a, b\nFound: b, a"):
        model.predict(table[["b", "a"]])
    with pytest.raises(
        ValueError, match=r"unseen at fit time:\n- c\nFeature names seen at .* missing:\n- b\nLearned: a, b"
    ):
        model.predict(table.rename(columns={"b": "c"}))
    with pytest.raises(ValueError, match="now missing:\n- b\n"):
        model.score(table[["a"]], [0, 1, 0, 1])
    with pytest.warns(
        UserWarning, match="X does not have valid feature names, but DiscreteNetworkClassifier was fitted"
    ):
        assert model.predict(table.to_numpy()).tolist() == [0, 1, 0, 1]
    nameless = small(hidden=[]).fit(table.to_numpy(), [0, 1, 0, 1])
    assert not hasattr(nameless, "feature_names_in_")
    with pytest.warns(UserWarning, match="X has feature names, but"):
        nameless.predict(table)
    assert not hasattr(model.fit(table.to_numpy(), [0, 1, 0, 1]), "feature_names_in_")
    numbered = frame(a=[0, 1], b=[1, 0]).set_axis([0, 1], axis=1)
    assert not hasattr(small(hidden=[]).fit(numbered, [0, 1]), "feature_names_in_")
    with pytest.raises(TypeError, match="all are texts"):
        small().fit(numbered.set_axis(["a", 1], axis=1), [0, 1])


def test_data_frames_of_every_type_of_column() -> None:
    pandas = pytest.importorskip("pandas")
    table = frame(
        whole=pandas.array([1, 2, None, 4], dtype="Int64"),
        real=pandas.array([0.5, None, 1.5, 2.5], dtype="Float64"),
        flag=pandas.array([True, False, None, True], dtype="boolean"),
        word=pandas.array(["x", "y", None, "x"], dtype="string"),
        kind=pandas.Categorical([3, 1, 3, None]),
        thing=["u", None, "v", "u"],
        plain=[1.5, float("nan"), 2.5, 3.5],
    )
    y = pandas.Series(["a", "b", "a", "b"], dtype="string")
    with pytest.raises(InputError, match=r"features whole, real, flag, word, kind \(the first in row 2\)"):
        small().fit(table, y)
    model = small(missing="median", hidden=[]).fit(table, y)
    record = model.instance_.preprocessing
    assert record is not None
    kinds = {item["name"]: (item["kind"], item["fill"]) for item in record["columns"]}
    assert kinds == {
        "whole": ("numeric", 2), "real": ("numeric", "3/2"), "flag": ("numeric", 1), "word": ("categorical", "x"),
        "kind": ("categorical", "3"), "thing": ("categorical", "u"), "plain": ("numeric", "5/2"),
    }  # fmt: skip
    assert model.predict(table).shape == (4,)
    assert model.predict(table.astype({"whole": "float64"})).tolist() == model.predict(table).tolist()
    with pytest.raises(InputError, match="row 1"):
        small().fit(table[["whole"]].fillna(0), pandas.Series(["a", pandas.NA, "a", "b"], dtype="string"))
    with pytest.raises(TypeError, match="datetime"):
        small().fit(frame(t=pandas.to_datetime(["2020-01-01", "2020-01-02"])), [0, 1])
    with pytest.raises(InputError, match="feature 'whole', row 0: found a text"):
        model.predict(table.assign(whole=["x", 1, 2, 3]))


def estimators() -> Any:
    return (
        DiscreteNetworkClassifier(0, weights="-1,1", biases=0, time_limit=1, n_jobs=1),
        DiscreteNetworkRegressor(0, weights="-1,1", biases=1, time_limit=30, n_jobs=1),
        ScoringSystemClassifier("-1..1", encode="thermometer:1", max_size=2),
        DiscreteNetworkClassifier(0, weights="-1,1", biases=0, time_limit=1, n_jobs=1, strategy="one-vs-one"),
    )


@pytest.mark.filterwarnings("ignore:Estimator .* does not inherit from")
@pytest.mark.filterwarnings("ignore:targets lie from")
@pytest.mark.parametrize("position", [0, 1, 2, 3])
def test_the_checks_of_scikit_learn(position: int) -> None:
    """Nothing fails. sklearn itself leaves out its array API, which has to be asked for."""
    pytest.importorskip("sklearn", minversion="1.6")
    checks = pytest.importorskip("sklearn.utils.estimator_checks")
    results = checks.check_estimator(estimators()[position], on_fail=None, on_skip=None)
    assert [(each["check_name"], each["exception"]) for each in results if each["status"] == "failed"] == []
    assert {each["check_name"] for each in results if each["status"] != "passed"} <= {"check_array_api_input"}
    assert len(results) > 50
    checks.check_dataframe_column_names_consistency("frames", estimators()[position])


@pytest.mark.nightly
@pytest.mark.parametrize(
    "model",
    [
        DiscreteNetworkClassifier(3, encode="thermometer:3", time_limit=1, n_jobs=1),
        DiscreteNetworkClassifier(2, time_limit=1, n_jobs=1),
        DiscreteNetworkRegressor(2, weights="-2..2", time_limit=1, n_jobs=1),
    ],
    ids=repr,
)
def test_the_checks_of_scikit_learn_with_hidden_layers(model: Any) -> None:
    pytest.importorskip("sklearn", minversion="1.6")
    checks = pytest.importorskip("sklearn.utils.estimator_checks")
    limited = {"check_sample_weight_equivalence_on_dense_data": "two runs end by their time limits, not by a proof"}
    results = checks.check_estimator(model, on_fail=None, on_skip=None, expected_failed_checks=limited)
    assert [(each["check_name"], each["exception"]) for each in results if each["status"] == "failed"] == []


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
        "m = DiscreteNetworkClassifier(hidden=[2], n_jobs=1).fit([[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0])\n"
        "print(m.score([[0, 1]], [1]))"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "1.0\n"
