"""``dnnt import-csv``: every option, and errors that a person with a table can act on."""

import json
import random
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from dnnt_encode.instance.constraints import FairRates, FixedAnswers, MonotoneAnswers, RobustAnswers
from dnnt_encode.instance.instance import Instance
from dnnt_encode.instance.losses import loss
from dnnt_encode.instance.parameters import Interval
from dnnt_encode.parsers import load_instance
from tests.command_line import Run, dnnt
from tests.parsers.mutations import damaged

PLANTS = """\
id,height,leaf,light,kind
1,10.5,round,1,moss
2,12,round,0,moss
3,30.25,long,1,fern
4,31,long,0,fern
5,100,needle,1,pine
6,120,needle,0,pine
7,11,round,1,moss
8,29,long,1,fern
"""

Tool = Any


@pytest.fixture(name="plants")
def _plants(tmp_path: Path) -> Path:
    path = tmp_path / "plants.csv"
    path.write_text(PLANTS)
    return path


@pytest.fixture(name="imported")
def _imported(plants: Path, capsys: pytest.CaptureFixture[str]) -> Tool:
    def run(*options: object, text: str | None = None) -> tuple[Instance, Run]:
        if text is not None:
            plants.write_text(text)
        output = plants.with_name("out.json")
        done = dnnt(capsys, "import-csv", plants, *options, "-o", output)
        assert done.code == 0, done.err
        assert done.out == ""
        return load_instance(output), done

    return run


@pytest.fixture(name="refused")
def _refused(plants: Path, capsys: pytest.CaptureFixture[str]) -> Tool:
    def run(*options: object, text: str | None = None, code: int = 1) -> str:
        if text is not None:
            plants.write_text(text)
        output = plants.with_name("out.json")
        done = dnnt(capsys, "import-csv", plants, *options, "-o", output)
        assert done.code == code, done.err
        assert done.out == ""
        assert not output.exists()
        assert "Traceback" not in done.err
        return done.err

    return run


def test_defaults(imported: Tool) -> None:
    instance, done = imported("--target", "kind", "--exclude", "id")
    assert instance.name == "plants"
    assert instance.network.widths == (5, 4, 3)
    assert instance.network.layers[0].activation.name == "relu"
    assert instance.network.layers[0].weights[0, 0] == instance.network.layers[1].biases[0] == (-1, 0, 1)
    assert instance.loss.name == "misclassification"
    assert instance.threshold is None
    assert instance.dataset.classes == ("fern", "moss", "pine")
    assert instance.dataset.y.tolist() == [1, 1, 0, 0, 2, 2, 1, 0]
    assert instance.preprocessing["features"] == [
        "height>29.625",
        "leaf=long",
        "leaf=needle",
        "leaf=round",
        "light>0.5",
    ]
    assert instance.dataset.x.json()[:3] == [[-1, 0, 0, 1, 1], [-1, 0, 0, 1, -1], [1, 1, 0, 0, 1]]
    assert "8 of 8 rows, 3 columns, 5 features" in done.err
    assert "moss (3)" in done.err


def test_the_network_and_the_question(imported: Tool) -> None:
    instance, _ = imported(
        "--target", 4, "--columns", "height,light", "--hidden", "3,2", "--weights", "-2..2", "--biases", "0,1/2",
        "--activation", "clipped_relu:3/2", "--loss", "hinge", "--margin", "0.5", "--threshold", "7/2",
        "--encode", "none", "--name", "three",
    )  # fmt: skip
    assert instance.name == "three"
    assert instance.network.widths == (2, 3, 2, 3)
    assert instance.network.layers[1].activation.c == Fraction(3, 2)
    assert instance.network.layers[2].activation.name == "identity"
    assert instance.network.layers[0].weights[0, 0] == (-2, -1, 0, 1, 2)
    assert instance.network.layers[0].biases[0] == (0, Fraction(1, 2))
    assert (instance.loss, instance.threshold) == (loss("hinge", "1/2"), Fraction(7, 2))
    assert instance.dataset.x.fractions()[2].tolist() == [Fraction(121, 4), 1]
    assert imported("--target", "kind", "--hidden", 0)[0].network.widths == (6, 3)


def test_one_label_against_the_rest(imported: Tool) -> None:
    instance, done = imported("--target", "kind", "--exclude", "id", "--positive", "pine")
    assert instance.network.outputs == 1
    assert instance.dataset.classes == ("not pine", "pine")
    assert instance.dataset.y.tolist() == [0, 0, 0, 0, 1, 1, 0, 0]
    assert "one output, positive for pine" in done.err


def test_two_classes_take_one_output(imported: Tool) -> None:
    instance, _ = imported("--target", "light", "--exclude", "0")
    assert instance.network.outputs == 1
    assert instance.dataset.classes == ("0", "1")
    instance, _ = imported("--target", "light", "--exclude", "0", "--positive", "0.0")
    assert instance.dataset.classes == ("1", "0")


def test_numeric_targets(imported: Tool) -> None:
    instance, _ = imported("--target", "height", "--exclude", "id")
    assert instance.loss.name == "l1"
    assert instance.dataset.y.fractions()[:, 0].tolist()[:3] == [Fraction(21, 2), 12, Fraction(121, 4)]
    assert imported("--target", "light", "--loss", "l2")[0].loss.name == "l2"
    assert imported("--target", "light", "--target-kind", "numeric")[0].loss.name == "l1"
    assert imported("--target", "height", "--target-kind", "class")[0].network.outputs == 8


def test_outputs_reach_as_far_as_numeric_targets(imported: Tool) -> None:
    numeric = ["--target", "height", "--exclude", "id", "--hidden", "2"]
    plain, messages = imported(*numeric)
    assert "are out of reach" in messages.err
    assert "--output-scale auto" in messages.err
    for asked, scale in (("auto", None), ("5/2", Fraction(5, 2))):
        scaled, messages = imported(*numeric, "--output-scale", asked)
        assert "out of reach" not in messages.err or scale
        last = scaled.network.layers[-1]
        step = last.weights[0, 0][-1]
        assert step == scale or (scale is None and step > 1)
        assert last.weights[0, 0] == (-step, 0, step)
        offset = last.biases[0][1]
        assert last.biases[0] == (offset - step, offset, offset + step)
        assert f"outputs times {step} plus {offset}" in messages.err
        assert scaled.dataset.y.equals(plain.dataset.y)


def test_classes_have_no_scale(refused: Tool) -> None:
    assert "numbers, one a sample" in refused("--target", "kind", "--output-scale", "auto")


def test_kinds_and_encodings_of_single_columns(imported: Tool) -> None:
    instance, _ = imported(
        "--target", "kind", "--categorical", "light", "--numeric", "id", "--encode", "thermometer:2",
        "--encode", "id=bits:1",
    )  # fmt: skip
    assert instance.preprocessing["features"] == [
        "id.bit0", "height>20.5", "height>30.625", "leaf=long", "leaf=needle", "leaf=round", "light=0", "light=1",
    ]  # fmt: skip


def test_rows_and_test_rows(imported: Tool, plants: Path) -> None:
    test = plants.with_name("test.csv")
    instance, done = imported("--target", "kind", "--rows", 4, "--seed", 7, "--test-out", test)
    assert sorted(instance.dataset.y.tolist()) in ([0, 0, 1, 2], [0, 1, 1, 2])
    chosen = set(instance.preprocessing["rows"])
    lines = PLANTS.splitlines()
    assert test.read_text().splitlines() == [lines[0], *(lines[k + 1] for k in range(8) if k not in chosen)]
    assert imported("--target", "kind", "--rows", 4, "--seed", 7)[0].sha256 == instance.sha256
    assert "4 of 8 rows" in done.err


def test_a_share_of_the_rows_for_testing(imported: Tool, plants: Path) -> None:
    test = plants.with_name("test.csv")
    instance, done = imported("--target", "kind", "--test", "0.25", "--test-out", test)
    assert "6 of 8 rows" in done.err
    assert len(test.read_text().splitlines()) == 3
    assert imported("--target", "kind", "--rows", 6)[0].sha256 == instance.sha256


def test_folds(plants: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = plants.parent
    command = ["import-csv", plants, "--target", "kind", "--folds", 4, "-o", folder / "a.json", "--test-out"]
    done = dnnt(capsys, *command, folder / "b.csv")
    assert done.code == 0
    assert "c fold 2 of 4: " in done.err
    lines = PLANTS.splitlines()
    left: list[str] = []
    for number in range(1, 5):
        rest = (folder / f"b.{number}.csv").read_text().splitlines()
        assert rest[0] == lines[0]
        instance = load_instance(folder / f"a.{number}.json")
        assert len(instance.dataset.x) == 6
        assert [lines[row + 1] for row in instance.preprocessing["rows"]] == [
            line for line in lines[1:] if line not in rest
        ]  # type: ignore[index]
        left += rest[1:]
    assert sorted(left) == sorted(lines[1:])
    assert not (folder / "a.json").exists()
    (folder / "a.3.json").unlink()
    (folder / "a.3.json").mkdir()
    assert dnnt(capsys, *command, folder / "c.csv").code == 1
    assert not (folder / "c.1.csv").exists()


def test_what_every_column_became(imported: Tool) -> None:
    text = PLANTS.replace("10.5,round", "?,round").replace("12,round", "12,NA").replace(",1,", ",0,")
    options = ["--target", "kind", "--missing", "category", "--missing", "height=median", "--encode", "id=none"]
    _, done = imported(*options, text=text)
    assert done.err.splitlines()[2:7] == [
        "c column  kind         encoding  features  cuts or categories              gaps",
        "c id      numeric      none      1         -                               -",
        "c height  numeric      median    1         29.625                          1, median 30.25",
        "c leaf    categorical  onehot    4         (missing), long, needle, round  1, a feature of their own",
        "c light   numeric      left out  0         always 0                        -",
    ]


@pytest.mark.parametrize(
    ("missing", "samples", "first"),
    [("drop", 6, None), ("median", 8, Fraction(30)), ("mode", 8, Fraction(100))],
)
def test_missing_values(imported: Tool, missing: str, samples: int, first: Fraction | None) -> None:
    text = PLANTS.replace("10.5,round", "?,round").replace("12,round", "12,NA").replace("120,", "100,")
    text = text.replace("30.25", "30").replace("31,", "30,").replace("29,", "100,")
    instance, _ = imported("--target", "kind", "--encode", "none", "--missing", missing, text=text)
    assert len(instance.dataset.x) == samples
    if first is not None:
        assert instance.dataset.x.fractions()[0, 1] == first
        assert instance.preprocessing["columns"][1]["fill"] == first
        assert instance.preprocessing["columns"][2]["fill"] == "long"


def test_missing_targets(imported: Tool, refused: Tool) -> None:
    text = PLANTS.replace("0,moss", "0,")
    assert "1 rows have no target, at line 3" in refused("--target", "kind", "--missing", "median", text=text)
    assert len(imported("--target", "kind", "--missing", "drop", text=text)[0].dataset.x) == 7


def test_remarks(imported: Tool) -> None:
    _, done = imported("--target", "kind", text=PLANTS.replace(",1,", ",0,"))
    assert "column 'id' counts the rows" in done.err
    assert "left out as constant in these rows: light" in done.err


def test_standard_input_and_output(capsys: pytest.CaptureFixture[str], plants: Path) -> None:
    done = dnnt(capsys, "import-csv", "-", "--target", "kind", stdin=PLANTS.replace(",", ";"))
    assert done.code == 0
    value = json.loads(done.out)
    assert value["name"] == "table"
    assert "separator ';'" in done.err
    named = dnnt(capsys, "import-csv", plants, "--target", "kind", "--name", "table")
    assert named.out == done.out
    output = plants.with_name("out.json")
    done = dnnt(capsys, "import-csv", plants, "--target", "kind", "--rows", 4, "--test-out", "-", "-o", output)
    assert done.out.splitlines()[0] == "id,height,leaf,light,kind"
    assert len(done.out.splitlines()) == 5


def test_arrays_in_a_file_of_their_own(imported: Tool, plants: Path) -> None:
    inside, _ = imported("--target", "kind")
    beside, _ = imported("--target", "kind", "--npz")
    assert beside.sha256 == inside.sha256
    assert plants.with_name("out.npz").exists()


@pytest.mark.parametrize(
    ("options", "text", "message"),
    [
        (["--target", "size"], None, "no column 'size'; the columns are 'id', 'height'"),
        (["--target", "9"], None, "no column '9'"),
        (["--target", "kind", "--columns", "kind,id"], None, "the target 'kind' is among"),
        (["--target", "kind", "--exclude", "id,height,leaf,light"], None, "no column is left"),
        (["--target", "kind", "--positive", "oak"], None, "'fern', 'moss', 'pine'"),
        (["--target", "height", "--positive", "3", "--loss", "l1"], None, "numeric"),
        (["--target", "kind", "--loss", "l1"], None, "line 2, column 'kind'"),
        (["--target", "kind", "--numeric", "leaf"], None, "line 2, column 'leaf': found 'round'"),
        (["--target", "kind", "--numeric", "id", "--categorical", "id"], None, "both"),
        (["--target", "kind", "--rows", "9"], None, "asked for 9 rows; the table has 8"),
        (["--target", "kind", "--folds", "9"], None, "asked for 9 folds of 8 rows"),
        (["--target", "kind", "--test", "1.5"], None, "one between 0 and 1 is needed"),
        (["--target", "kind", "--missing", "size=drop"], None, "no column 'size'"),
        (["--target", "kind", "--encode", "quantile:1"], None, "from 2 to 1000"),
        (["--target", "kind", "--encode", "size=none"], None, "no column 'size'"),
        (["--target", "kind", "--hidden", "999999,999999"], None, "parameters"),
        (["--target", "kind"], PLANTS.replace("12,", "?,"), "line 3 column 'height'"),
        (["--target", "kind"], PLANTS.replace("12,", "12x,"), "line 3, column 'height': found '12x'"),
        (["--target", "kind"], PLANTS.replace("12,", "1e99999,"), "line 3, column 'height': found the number"),
        (["--target", "kind"], PLANTS.replace("12,", "12,7,"), "line 3: found 6 cells"),
        (["--target", "kind"], "kind,a\n", "no rows"),
        (["--target", "kind"], "", "empty"),
        (["--target", "kind"], "kind,a\nx,1\nx,2\n", "single class"),
        (["--target", "kind"], "kind,a\nx,1\ny,1\n", "constant"),
        (["--target", "kind", "--missing", "drop"], "kind,a\nx,\ny,\n", "every row has a missing value"),
        (
            ["--target", "kind", "--encode", "onehot"],
            "kind,a\n" + "".join(f"x{k % 2},{k}\n" for k in range(1500)),
            "1500",
        ),
    ],
)
def test_errors(refused: Tool, options: list[str], text: str | None, message: str) -> None:
    error = refused(*options, text=text)
    assert message in error
    assert len(error.strip().splitlines()) == 1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ([], "--target"),
        (["--target", "kind", "--weights", "a"], "number"),
        (["--target", "kind", "--weights", "3..1"], "empty range"),
        (["--target", "kind", "--weights", "0..99999999999"], "at most"),
        (["--target", "kind", "--hidden", "4,0"], "hidden layer"),
        (["--target", "kind", "--activation", "clipped_relu"], "cap"),
        (["--target", "kind", "--activation", "tanh"], "relu"),
        (["--target", "kind", "--loss", "mse"], "mse"),
        (["--target", "kind", "--rows", "0"], "0"),
        (["--target", "kind", "--decimal", "xy"], "decimal sign"),
        (["--target", "kind", "--decimal", ",", "--thousands", "comma"], "differ"),
        (["--target", "kind", "--skip-rows", "-1"], "-1"),
        (["--target", "kind", "--test-out", "x.csv"], "--rows"),
        (["--target", "kind", "--encode", "none", "--encode", "median"], "twice"),
        (["--target", "kind", "--missing", "guess"], "known are error, drop, median, mode, category"),
        (["--target", "kind", "--missing", "id=drop", "--missing", "id=mode"], "twice for the column 'id'"),
        (["--target", "kind", "--rows", "4", "--test", "0.5"], "--rows and --test exclude each other"),
        (["--target", "kind", "--folds", "1"], "at least 2"),
        (["--target", "kind", "--folds", "2", "--test-out", "-"], "--folds makes several files"),
    ],
)
def test_wrong_command_lines(refused: Tool, options: list[str], message: str) -> None:
    assert message in refused(*options, code=2)


def test_a_table_without_a_header_is_refused(refused: Tool, imported: Tool, plants: Path) -> None:
    text = PLANTS.partition("\n")[2]
    assert "line 1: the first line looks like a row, not like the names of columns: 1, 10.5" in refused(
        "--target", -1, text=text
    )
    instance, _ = imported("--target", -1, "--no-header", text=text)
    assert len(instance.dataset.x) == 8
    assert instance.preprocessing["header"] is False
    plants.with_name("out.json").unlink()
    assert "'1' twice" in refused("--target", -1, "--header")
    assert len(imported("--target", -1, "--header", text="2,1\n5,6\n6,7\n")[0].dataset.x) == 2


def test_numbers_in_another_notation(imported: Tool, refused: Tool, plants: Path) -> None:
    text = PLANTS.replace(",", ";").replace(".", ",").replace("100;", "1.000,5;")
    instance, done = imported("--target", "kind", "--encode", "none", text=text)
    assert instance.preprocessing["notation"] == {"decimal": ",", "thousands": "."}
    assert (
        "the decimal sign ',' (column 'height': '10,5') and '.' between thousands (column 'height': '1.000,5')"
        in done.err
    )
    assert instance.dataset.x.fractions()[:, 1].tolist()[4:6] == [Fraction("1000.5"), 120]
    said, done = imported("--target", "kind", "--encode", "none", "--decimal", "comma", "--thousands", ".")
    assert said.sha256 == instance.sha256
    assert "are read" not in done.err
    plants.with_name("out.json").unlink()
    assert "--decimal and --thousands" in refused("--target", "kind", "--decimal", ".")
    gaps = text.replace("12;", "-;").replace("31;", "#N/A;").replace("100;", "keine;")
    assert "'-' in a column where" in refused("--target", "kind", text=gaps)
    instance, _ = imported("--target", "kind", "--na-values", "-,keine", "--missing", "drop")
    assert len(instance.dataset.x) == 6
    assert instance.preprocessing["notation"]["missing"] == ["-", "keine"]


def test_a_file_as_a_spreadsheet_saves_it(imported: Tool, refused: Tool, plants: Path) -> None:
    text = "Ausfuhr vom 3. Mai\n" + PLANTS.replace("leaf", "Größe").replace(",", ";").replace(".", ",") + "# Ende\n"
    plants.write_bytes(text.encode("cp1252"))
    assert "--encoding cp1252" in refused("--target", "kind")
    instance, _ = imported("--target", "kind", "--encoding", "cp1252", "--skip-rows", 1, "--comment", "#")
    assert instance.preprocessing["columns"][2]["name"] == "Größe"
    assert len(instance.dataset.x) == 8


def test_a_table_that_is_not_there(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    done = dnnt(capsys, "import-csv", tmp_path / "none.csv", "--target", "a")
    assert (done.code, done.out) == (1, "")
    assert "no such file" in done.err


def test_random_damage_never_ends_in_a_traceback(plants: Path, capsys: pytest.CaptureFixture[str]) -> None:
    codes = set()
    for seed in range(150):
        plants.write_bytes(damaged(PLANTS.encode(), random.Random(seed)))
        done = dnnt(capsys, "import-csv", plants, "--target", -1, "--missing", ("drop", "mode")[seed % 2])
        codes.add(done.code)
        assert done.code in (0, 1), done.err
        assert "internal error" not in done.err
    assert codes == {0, 1}


def test_parameters_from_an_interval(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made, table = tmp_path / "made.json", tmp_path / "table.csv"
    table.write_text("a,b,y\n1,2,no\n2,1,yes\n3,5,no\n4,4,yes\n", encoding="utf-8")
    options = ["--target", "y", "--positive", "yes", "--hidden", "1", "--weights", "interval:-1..1/2", "-o", made]
    assert dnnt(capsys, "import-csv", table, *options).code == 0
    network = load_instance(made).network
    assert network.continuous
    assert network.layers[0].weights[0, 0] == Interval(-1, "1/2")


def test_rows_and_classes_weigh_what_they_are_said_to(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    table, output = tmp_path / "t.csv", tmp_path / "t.json"
    table.write_text("a,w,y\n1,0.5,no\n2,1,no\n3,0,no\n4,1.5,no\n5,1,yes\n")
    options = ("--target", "y", "--encode", "none", "-o", output)

    def counts(*more: object) -> list[int]:
        done = dnnt(capsys, "import-csv", table, *options, *more)
        assert done.code == 0, done.err
        assert "in units of" in done.err
        return load_instance(output).dataset.multiplicity.tolist()

    assert counts("--weight", "w") == [1, 2, 3, 2]
    assert load_instance(output).dataset.x.fractions().ravel().tolist() == [1, 2, 4, 5]
    assert counts("--class-weight", "balanced", "--exclude", "w") == [1, 1, 1, 1, 4]
    assert counts("--weight", "w", "--class-weight", "no=1/3") == [1, 2, 3, 6]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--class-weight", "maybe=2"), "'maybe'"),
        (("--class-weight", "balanced", "--class-weight", "no=2"), "--class-weight"),
        (("--class-weight", "3"), "balanced, or LABEL=W"),
        (("--class-weight", "no=0"), "more than 0"),
        (("--weight", "a"), "line 2, column 'a'"),
        (("--weight", "y"), "cannot be the target"),
        (("--target", "b", "--class-weight", "balanced"), "numbers, not classes"),
    ],
)
def test_weights_that_make_no_sense(
    options: tuple[str, ...], message: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    table = tmp_path / "t.csv"
    table.write_text("a,b,y\n-1,1.5,no\n2,2.5,no\n3,0.5,yes\n")
    done = dnnt(capsys, "import-csv", table, "--target", "y", *options)
    assert done.code in (1, 2)
    assert message in " ".join(done.err.split())


def test_constraints_in_the_words_of_the_table(
    plants: Path, capsys: pytest.CaptureFixture[str], imported: Tool
) -> None:
    rows = plants.with_name("rows.csv")
    rows.write_text("height,leaf,light,kind\n11,long,1,fern\n")
    instance, _ = imported(
        "--target", "kind", "--positive", "fern", "--exclude", "id,light", "--encode", "thermometer:3",
        "--fair", "light:positive<=1/4", "--fair", "light:false-negative<=0", "--monotone", "height",
        "--monotone", "height=falling", "--fixed", rows, "--radius", "1/2", "--metric", "linf",
    )  # fmt: skip
    fixed, fair, negative, rising, falling, robust = instance.constraints
    assert isinstance(fixed, FixedAnswers)
    cuts = next(item["cuts"] for item in (instance.preprocessing or {})["columns"] if item["name"] == "height")
    assert fixed.x.json()[0][: len(cuts)] == [0] * len(cuts)
    assert fixed.y.tolist() == [1]
    assert isinstance(fair, FairRates)
    assert (fair.rate, fair.groups, fair.at_most) == ("positive", tuple("10101011"), Fraction(1, 4))
    assert isinstance(negative, FairRates)
    assert (negative.rate, negative.at_most) == ("false_negative", 0)
    assert isinstance(rising, MonotoneAnswers)
    assert rising.columns == tuple(range(len(cuts)))
    steps = [[1] * above + [0] * (len(cuts) - above) for above in range(len(cuts) + 1)]
    assert rising.values is not None
    assert rising.values.json() == steps
    assert isinstance(falling, MonotoneAnswers)
    assert falling.values is not None
    assert falling.values.json() == steps[::-1]
    assert isinstance(robust, RobustAnswers)
    assert (robust.radius, robust.metric) == (Fraction(1, 2), "linf")
    told = dnnt(capsys, "info", plants.with_name("out.json")).out
    assert "constraint     fair, positive rates of 2 groups within 1/4" in told
    weights = plants.with_name("weights.json")
    assert dnnt(capsys, "solve", plants.with_name("out.json"), "--threads", "1", "-o", weights).code == 30
    changed = json.loads(weights.read_text())
    changed["layers"][-1]["weights"] = [[0] * 4]
    changed["layers"][-1]["biases"] = [-1]
    weights.write_text(json.dumps(changed))
    broken = dnnt(capsys, "verify", plants.with_name("out.json"), weights)
    assert broken.code == 20
    assert "s CONSTRAINT BROKEN" in broken.out
    assert "fixed answers to 1 inputs: BROKEN (1 of 1 conditions broken)" in broken.out


@pytest.mark.parametrize(
    ("options", "message", "code"),
    [
        (["--fair", "light:positive"], "COLUMN:RATE<=NUMBER is needed", 2),
        (["--fair", "light:rate<=1"], "with a RATE of positive, false-positive, false-negative", 2),
        (["--fair", "shade:positive<=1"], "shade", 1),
        (["--fair", "height:false-positive<=1"], "has no samples that a rate of false_positive is about", 1),
        (["--monotone", "leaf"], "the column 'leaf' has categories, which have no order", 1),
        (["--monotone", "light", "--exclude", "light"], "'light' is not among those that are learned from", 1),
        (["--radius", "-1"], "found the radius -1", 1),
        (["--metric", "linf"], "--metric is about --radius", 2),
        (["--radius", "1", "--metric", "l2"], "known are hamming, linf", 2),
        (["--radius", "1", "--loss", "l1", "--target", "height"], "about classes", 1),
    ],
)
def test_constraints_that_a_table_cannot_have(refused: Tool, options: list[str], message: str, code: int) -> None:
    chosen = options if "--target" in options else ["--target", "kind", "--positive", "fern", *options]
    assert message in refused(*chosen, code=code)
