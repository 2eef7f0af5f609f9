"""``dnnt predict``: the recorded steps on new rows, accuracy and confusion matrix, exact errors of numbers."""

import csv
import io
import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dnnt_encode.instance.evaluate import evaluate
from dnnt_encode.instance.instance import Instance
from dnnt_encode.instance.weights import Weights
from dnnt_encode.parsers import load_instance, save_instance, save_weights
from tests.command_line import dnnt

PLANTS = """\
height,leaf,kind
10,round,moss
12,round,moss
30,long,fern
32,long,fern
90,needle,pine
110,needle,pine
"""

Tool = Any


def linear(instance: Instance, rows: list[list[Any]], biases: list[Any]) -> Weights:
    """Weights of a network without hidden layers."""
    return Weights.nearest(instance, [(rows, biases)])


@pytest.fixture(name="plants")
def _plants(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    """A folder with a table, its instance (without hidden layers), and weights that know the leaves."""
    (tmp_path / "plants.csv").write_text(PLANTS)
    done = dnnt(
        capsys, "import-csv", tmp_path / "plants.csv", "--target", "kind", "--hidden", 0, "-o", tmp_path / "plants.json"
    )
    assert done.code == 0, done.err
    instance = load_instance(tmp_path / "plants.json")
    assert instance.preprocessing is not None
    assert instance.preprocessing["features"] == ["height>31", "leaf=long", "leaf=needle", "leaf=round"]
    # Outputs are fern, moss, pine; the leaf decides, and fern where there is none.
    weights = linear(instance, [[0, 1, 0, 0], [0, 0, 0, 1], [0, 0, 1, 0]], [0, 0, 0])
    save_weights(weights, tmp_path / "alone.json", self_contained=True)
    save_weights(weights, tmp_path / "plain.json")
    return tmp_path


def test_the_training_table(plants: Path, capsys: pytest.CaptureFixture[str]) -> None:
    done = dnnt(capsys, "predict", plants / "alone.json", plants / "plants.csv")
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines() == [
        "accuracy 6/6 (100.00 %)",
        "true \\ predicted  fern  moss  pine",
        "fern                 2     0     0",
        "moss                 0     2     0",
        "pine                 0     0     2",
        "class  precision  recall      F1",
        "fern      1.0000  1.0000  1.0000",
        "moss      1.0000  1.0000  1.0000",
        "pine      1.0000  1.0000  1.0000",
        "balanced accuracy 1.0000",
    ]
    with_instance = dnnt(
        capsys, "predict", plants / "plain.json", plants / "plants.csv", "--instance", plants / "plants.json"
    )
    assert with_instance.out == done.out


def test_new_rows_in_another_order_with_another_separator(plants: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table = "leaf;more;kind;height\nround;x;moss;1e2\nlong;y;pine;1\nround;;;5\npalm;;oak;5\nneedle;;oak;5\n"
    done = dnnt(capsys, "predict", plants / "alone.json", "-", "-o", plants / "out.csv", stdin=table)
    assert done.out.splitlines() == [
        "accuracy 1/4 (25.00 %)",
        "true \\ predicted  fern  moss  pine",
        "fern                 0     0     0",
        "moss                 0     1     0",
        "pine                 1     0     0",
        "(another label)      1     0     1",
        "class  precision  recall      F1",
        "fern      0.0000       -  0.0000",
        "moss      1.0000  1.0000  1.0000",
        "pine      0.0000  0.0000  0.0000",
        "balanced accuracy 0.5000",
    ]
    rows = list(csv.reader(io.StringIO((plants / "out.csv").read_text()), delimiter=";"))
    assert rows[0] == ["leaf", "more", "kind", "height", "prediction"]
    assert [row[-1] for row in rows[1:]] == ["moss", "fern", "moss", "fern", "pine"]


def test_without_a_target_the_predictions_are_the_output(plants: Path, capsys: pytest.CaptureFixture[str]) -> None:
    done = dnnt(capsys, "predict", plants / "alone.json", "-", stdin="prediction,leaf,height\n1,long,3\n")
    assert done.out == "prediction,leaf,height,prediction_\n1,long,3,fern\n"
    done = dnnt(capsys, "predict", plants / "alone.json", plants / "plants.csv", "-o", "-")
    assert done.out.startswith("height,leaf,kind,prediction\n10,round,moss,moss\n")
    assert done.err.startswith("accuracy 6/6")


def test_one_label_against_the_rest(plants: Path, capsys: pytest.CaptureFixture[str]) -> None:
    dnnt(
        capsys, "import-csv", plants / "plants.csv", "--target", "kind", "--positive", "pine", "--hidden", 0,
        "--columns", "leaf", "-o", plants / "pine.json",
    )  # fmt: skip
    instance = load_instance(plants / "pine.json")
    save_weights(linear(instance, [[-1, 1, -1]], [0]), plants / "pine.weights.json", self_contained=True)
    done = dnnt(
        capsys, "predict", plants / "pine.weights.json", "-", stdin="kind,leaf\noak,long\npine,palm\npine,needle\n"
    )
    assert done.out.splitlines() == [
        "accuracy 2/3 (66.67 %)",
        "true \\ predicted  not pine  pine",
        "not pine                 1     0",
        "pine                     1     1",
        "class     precision  recall      F1",
        "not pine     0.5000  1.0000  0.6667",
        "pine         1.0000  0.5000  0.6667",
        "balanced accuracy 0.7500",
        "ROC AUC 1.0000",
    ]


def test_missing_values(plants: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table = "height,leaf,kind\n?,round,moss\n1,NA,moss\n5,long,fern\n"
    done = dnnt(capsys, "predict", plants / "alone.json", "-", stdin=table)
    assert done.code == 1
    assert "2 missing values, at line 2 column 'height'; line 3 column 'leaf'" in done.err
    for missing, predictions in (("drop", ["", "", "fern"]), ("median", ["moss", "fern", "fern"])):
        dnnt(
            capsys, "import-csv", plants / "plants.csv", "--target", "kind", "--hidden", 0, "--missing", missing,
            "-o", plants / "b.json",
        )  # fmt: skip
        instance = load_instance(plants / "b.json")
        weights = linear(instance, [[0, 1, 0, 0], [0, 0, 0, 1], [0, 0, 1, 0]], [0, 0, 0])
        save_weights(weights, plants / "b.weights.json", self_contained=True)
        done = dnnt(capsys, "predict", plants / "b.weights.json", "-", "-o", "-", stdin=table)
        assert [row.rpartition(",")[2] for row in done.out.splitlines()[1:]] == predictions
        assert ("2 rows with missing values left out" in done.err) == (missing == "drop")


def test_predictions_for_a_program(plants: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table = "height,leaf,kind\n?,round,moss\n1,NA,moss\n5,long,moss\n"
    options = ["--missing", "drop", "--missing", "height=fill", "--json"]
    done = dnnt(capsys, "predict", plants / "alone.json", "-", *options, stdin=table)
    assert done.code == 0
    found = json.loads(done.out)
    assert {key: found[key] for key in ("rows", "skipped", "scored", "accuracy")} == {
        "rows": 3, "skipped": 1, "scored": 2, "accuracy": "1/2",
    }  # fmt: skip
    assert found["predictions"] == ["moss", None, "fern"]
    done = dnnt(capsys, "predict", plants / "alone.json", "-", "--json", stdin="height,leaf\n1,long\n")
    assert json.loads(done.out) == {"rows": 1, "skipped": 0, "scored": 0, "predictions": ["fern"]}
    wrong = dnnt(capsys, "predict", plants / "alone.json", plants / "plants.csv", "--json", "-o", "-")
    assert wrong.code == 2
    wrong = dnnt(capsys, "predict", plants / "alone.json", plants / "plants.csv", "--missing", "median")
    assert (wrong.code, wrong.out) == (2, "")
    assert "known are error, drop, fill" in wrong.err


def test_gaps_that_only_new_rows_have(plants: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Training had no gaps and refuses them; the message names options that exist, and each of them works."""
    table = "height,leaf,kind\n?,round,moss\n1,NA,moss\n5,long,fern\n"
    command = ["predict", plants / "alone.json", "-"]
    done = dnnt(capsys, *command, stdin=table)
    assert done.code == 1
    assert "line 2 column 'height'; line 3 column 'leaf'" in done.err
    assert "fill them in, or choose --missing drop (such rows get no prediction) or --missing fill" in done.err
    done = dnnt(capsys, *command, "--missing", "drop", "-o", "-", stdin=table)
    assert [row.rpartition(",")[2] for row in done.out.splitlines()[1:]] == ["", "", "fern"]
    assert "2 rows with missing values left out" in done.err
    # The most frequent leaf of three equally frequent ones is the first in order.
    done = dnnt(capsys, *command, "--missing", "fill", "-o", "-", stdin=table)
    assert [row.rpartition(",")[2] for row in done.out.splitlines()[1:]] == ["moss", "fern", "fern"]
    columns = load_instance(plants / "plants.json").preprocessing["columns"]  # type: ignore[index]
    assert [column["fill"] for column in columns] == [31, "long"]


def test_weights_that_learned_no_fills(plants: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = (plants / "alone.json").read_text()
    assert '"fill": 31' in text
    (plants / "old.json").write_text(text.replace(', "fill": 31', "").replace(', "fill": "long"', ""))
    rows = "height,leaf\n1,long\n2,\n"
    done = dnnt(capsys, "predict", plants / "old.json", "-", "--missing", "fill", stdin=rows)
    assert (done.code, done.out) == (1, "")
    assert "line 3, column 'leaf': these weights have no value for the gaps of the column 'leaf'" in done.err
    assert dnnt(capsys, "predict", plants / "old.json", "-", "--missing", "drop", stdin=rows).out.endswith("\n2,,\n")


def test_new_rows_in_the_notation_of_the_training_table(plants: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = plants / "deutsch.csv"
    path.write_text(PLANTS.replace(",", ";").replace("10;", "1.000,5;").replace("12;", "12,25;"))
    assert dnnt(capsys, "import-csv", path, "--target", "kind", "--hidden", 0, "-o", plants / "d.json").code == 0
    weights = linear(load_instance(plants / "d.json"), [[0, 1, 0, 0], [0, 0, 0, 1], [0, 0, 1, 0]], [0, 0, 0])
    save_weights(weights, plants / "dw.json", self_contained=True)
    assert dnnt(capsys, "predict", plants / "dw.json", path).out.startswith("accuracy 6/6")
    done = dnnt(capsys, "predict", plants / "dw.json", "-", stdin="height,leaf\n1.5,long\n")
    assert "line 2, column 'height': found '1.5'; a number is needed in this numeric column; say --decimal" in done.err
    done = dnnt(capsys, "predict", plants / "dw.json", "-", "--decimal", ".", stdin="height,leaf\n1.5,long\n")
    assert done.out == "height,leaf,prediction\n1.5,long,fern\n"


def test_numeric_targets_are_scored_exactly(plants: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = plants / "line.csv"
    path.write_text("x,y\n0.1,1.1\n0.2,1.3\n0.3,1.3\n")
    dnnt(
        capsys, "import-csv", path, "--target", "y", "--hidden", 0, "--encode", "none", "--loss", "l1",
        "-o", plants / "line.json",
    )  # fmt: skip
    save_weights(linear(load_instance(plants / "line.json"), [[1]], [1]), plants / "l.json", self_contained=True)
    done = dnnt(capsys, "predict", plants / "l.json", path, "-o", plants / "out.csv")
    assert done.out == "mean absolute error 1/30 (about 0.0333333) over 3 rows\nR2 0.6250\n"
    assert (plants / "out.csv").read_text() == "x,y,prediction\n0.1,1.1,1.1\n0.2,1.3,1.2\n0.3,1.3,1.3\n"


def test_weights_of_an_instance_that_was_no_table(plants: Path, capsys: pytest.CaptureFixture[str]) -> None:
    instance = Instance.from_arrays([[0, 1], [1, 0]], [0, 1], hidden=[])
    save_instance(instance, plants / "hand.json")
    save_weights(linear(instance, [[1, -1]], [0]), plants / "hand.weights.json")
    arguments = ["predict", plants / "hand.weights.json", "-", "--instance", plants / "hand.json"]
    done = dnnt(capsys, *arguments, "--no-header", stdin="3,1/2\n")
    assert "found '1/2'; a number is needed" in done.err
    assert dnnt(capsys, *arguments, "--no-header", stdin="3,2\n2,3\n").out == "3,2,1\n2,3,0\n"
    assert dnnt(capsys, *arguments, stdin="a,b,t\n3,2,1\n").out.startswith("accuracy 1/1")
    assert "2 numeric columns" in dnnt(capsys, *arguments, stdin="a\n3\n").err
    vector = Instance.from_arrays([[0, 1], [1, 0]], [["1/2", 1], [1, 2]], hidden=[])
    save_weights(linear(vector, [[1, 1], [0, 1]], [0, 0]), plants / "v.json", self_contained=True)
    assert dnnt(capsys, "predict", plants / "v.json", "-", stdin="a,b\n1,2.5\n").out == (
        "a,b,prediction_0,prediction_1\n1,2.5,3.5,2.5\n"
    )


def test_a_table_without_a_header(plants: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = plants / "bare.csv"
    path.write_text("1,a\n2,b\n")
    dnnt(capsys, "import-csv", path, "--target", -1, "--no-header", "--hidden", 0, "-o", plants / "bare.json")
    save_weights(linear(load_instance(plants / "bare.json"), [[1]], [0]), plants / "bw.json", self_contained=True)
    assert dnnt(capsys, "predict", plants / "bw.json", path).out.startswith("accuracy 2/2")
    done = dnnt(capsys, "predict", plants / "alone.json", "-", stdin="1,round\n2,round\n")
    assert "the column 'height' is missing; the columns are '1', 'round'" in done.err


def test_names_that_are_numbers(plants: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What was said to be a header in training is one in new rows too, and is looked for where nothing was recorded."""
    path = plants / "years.csv"
    path.write_text("1990,1991\n1,0\n2,1\n")
    command = ["import-csv", path, "--target", "1991", "--target-kind", "class", "--hidden", 0, "-o", plants / "y.json"]
    assert dnnt(capsys, *command).code == 1
    assert dnnt(capsys, *command, "--header").code == 0
    weights = linear(load_instance(plants / "y.json"), [[1]], [0])
    save_weights(weights, plants / "yw.json", self_contained=True)
    assert dnnt(capsys, "predict", plants / "yw.json", path).out.startswith("accuracy 2/2")
    save_weights(replace(weights, preprocessing=None), plants / "bare.json", self_contained=True)
    assert "looks like a row" in dnnt(capsys, "predict", plants / "bare.json", path).err


@pytest.mark.parametrize(
    ("arguments", "table", "code", "message"),
    [
        (
            ["alone.json", "-"],
            "height,kind\n1,moss\n",
            1,
            "the column 'leaf' is missing; the columns are 'height', 'kind'",
        ),
        (["alone.json", "-"], "height,leaf\nx,long\n", 1, "line 2, column 'height': found 'x'"),
        (["alone.json", "-"], "height,leaf\n", 1, "no rows"),
        (["alone.json", "-"], "height,leaf\n1\n", 1, "line 2: found 1 cells"),
        (["alone.json", "nothing.csv"], None, 1, "no such file"),
        (["plants.json", "plants.csv"], None, 1, "'format': 'dnnt-weights' is needed"),
        (["plain.json", "plants.csv"], None, 1, "no network"),
        (["plain.json", "plants.csv", "--instance", "alone.json"], None, 1, "'format': 'dnnt-instance' is needed"),
        (["-", "-"], "", 2, "cannot both be standard input"),
        (["alone.json", "plants.csv", "-o", "no/where.csv"], None, 1, "no such folder"),
    ],
)
def test_errors(
    plants: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    table: str | None,
    code: int,
    message: str,
) -> None:
    monkeypatch.chdir(plants)
    done = dnnt(capsys, "predict", *arguments, stdin=table)
    assert (done.code, done.out) == (code, "")
    assert message in done.err


def test_accuracy_agrees_with_the_loss(plants: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Where no output is near zero or tied, rows predicted wrongly are the misclassified samples."""
    instance = load_instance(plants / "plants.json")
    generator = np.random.default_rng(3)
    for _ in range(20):
        weights = linear(instance, generator.integers(-1, 2, (3, 4)).tolist(), generator.integers(-1, 2, 3).tolist())
        save_weights(weights, plants / "r.json", self_contained=True)
        done = dnnt(capsys, "predict", plants / "r.json", plants / "plants.csv")
        correct = int(done.out.split()[1].split("/")[0])
        assert 6 - correct <= evaluate(instance, weights).loss
        assert Fraction(correct) == sum(
            int(k == y)
            for k, y in zip(weights.predict(instance.dataset.x), np.asarray(instance.dataset.y), strict=True)
        )
