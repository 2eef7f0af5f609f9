"""Numbers as people write them: read rightly where that is sure, refused with the remedy where it is not, and never
taken for categories in silence. pandas, told the notation, reads the same numbers."""

import io
import json
import random
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from dnnt_encode.errors import InputError
from dnnt_encode.instance.instance import Instance
from dnnt_encode.parsers.columns import label
from dnnt_encode.parsers.import_table import Imported, ImportOptions, import_table
from dnnt_encode.parsers.notation import MISSING, Notation, resembles_number
from dnnt_encode.parsers.notations import CANDIDATES
from dnnt_encode.parsers.prediction import predict_table
from dnnt_encode.parsers.preprocessing import apply_table
from dnnt_encode.parsers.records import check_record
from dnnt_encode.parsers.scores import NumberScores
from dnnt_encode.parsers.table import Table, read_table
from tests.parsers.samples import instance_text, load_text
from tests.parsers.test_weights_json import first_weights

PLAIN = Notation(".", "")


def table_of(*cells: str, notation: Notation = PLAIN, other: str = "", **options: Any) -> Table:
    """A table of the column v with these cells, a column w of ``other`` where it is given, and a target k."""
    head = "v|w|k" if other else "v|k"
    rows = [f"{cell}|{other}|{'ab'[i % 2]}" if other else f"{cell}|{'ab'[i % 2]}" for i, cell in enumerate(cells)]
    return read_table(io.StringIO("\n".join([head, *rows])), "|", notation=notation, **options)


def imported(*cells: str, notation: Notation | None = None, **options: Any) -> Imported:
    table = table_of(*cells, notation=notation or Notation(), other=options.pop("other", ""))
    return import_table(table, ImportOptions(target="k", encode="none", hidden=(), **options))


def values(result: Imported) -> list[Fraction]:
    return result.instance.dataset.x.fractions()[:, 0].tolist()  # type: ignore[no-any-return]


def recorded(instance: Instance) -> Any:
    assert instance.preprocessing is not None
    return instance.preprocessing


@pytest.mark.parametrize(
    ("cells", "notation", "numbers", "said"),
    [
        ("1.5 2 -3", {}, ["1.5", 2, -3], None),
        ("1,5 2 -3", {"decimal": ","}, ["1.5", 2, -3], "the decimal sign ',' (column 'v': '1,5')"),
        ("0,123 2 3", {"decimal": ","}, ["0.123", 2, 3], "','"),
        (",5 2 3", {"decimal": ","}, ["0.5", 2, 3], "','"),
        ("1,5e2 2 3", {"decimal": ","}, [150, 2, 3], "','"),
        ("1,234,567 2 3", {"thousands": ","}, [1234567, 2, 3], "',' between thousands (column 'v': '1,234,567')"),
        ("1,234.5 2 3", {"thousands": ","}, ["1234.5", 2, 3], "',' between thousands"),
        ("1.234,5 2 3", {"decimal": ",", "thousands": "."}, ["1234.5", 2, 3], "'.' between thousands"),
        ("1.234.567 2 3", {"decimal": ",", "thousands": "."}, [1234567, 2, 3], "'.' between thousands"),
        ("1_234_567 2 3", {"thousands": " "}, [1234567, 2, 3], "' ' between thousands"),
        ("1_234,5 2 3", {"decimal": ",", "thousands": " "}, ["1234.5", 2, 3], "' ' between"),
        ("1\u00a0234 2\u202f000 3", {"thousands": " "}, [1234, 2000, 3], "' ' between"),
        ("1'234.5 2\u2019000 3", {"thousands": "'"}, ["1234.5", 2000, 3], 'read with "\'" between'),
        ("5% 7.5% -1_%", {}, ["0.05", "0.075", "-0.01"], "read as hundredths, 5% as 0.05: v"),
        ("5,5% 7% 1%", {"decimal": ","}, ["0.055", "0.07", "0.01"], "','"),
        ("007 010 3", {}, [7, 10, 3], None),
    ],
)
def test_numbers_that_are_sure(cells: str, notation: dict[str, str], numbers: list[Any], said: str | None) -> None:
    result = (
        imported(*cells.replace("_", " ").split(" "))
        if "_" not in cells
        else imported(*(cell.replace("_", " ") for cell in cells.split(" ")))
    )
    assert values(result) == [Fraction(number) for number in numbers]
    record = recorded(result.instance)
    assert record.get("notation", {}) == notation
    assert ("percent" in record["columns"][0]) == ("%" in cells)
    remarks = "\n".join(result.remarks[2:])
    assert said in remarks if said else "read" not in remarks


@pytest.mark.parametrize(
    ("cells", "options", "message"),
    [
        ("1,234 5 7", {}, r"line 2, column 'v': found '1,234', which may be 1234 \(--thousands ','\) or 1.234 \("),
        ("1,5 1.5 2,5 2.5", {}, "found '1,5' and '1.5': the numbers of a table are written in one way"),
        ("1,5 2,5", {"other": "1.5"}, "found '1,5', and '1.5' in the column 'w': the numbers of a table are"),
        ("5% 7 8", {}, r"line 3, column 'v': found '7' in a column of numbers with a percent sign"),
        ("5 7% 8", {}, r"line 3, column 'v': found '7%' in a column of numbers without a percent sign"),
        ("5 7 8 9 inf", {}, "'inf' in a column where 4 of 5 cells are numbers; .* say --na-values 'inf'"),
        ("5 7 8 9 1,2x", {}, "found '1,2x' in a column where 4 of 5"),
        ("0 1 2 3 4 5 6 7 8 9 10 - - - -", {}, "found '-' in a column where 11 of 15 cells are .*--na-values '-'"),
        ("0 1 2 3 4 5 6 7 8 9 10 x y z - +", {}, "line 13, column 'v': found 'x' in a column where 11 of 16"),
        ("$0 $1 $2 $3 $4 $5 $6 $7 $8 $9 $10", {}, r"found '\$0': numbers with '\$...' around them; take that out"),
        ("0kg 1kg 2kg 3kg 4kg 5kg 6kg 7kg 8kg 9kg 1,5kg", {}, "numbers with '...kg' around them"),
        ("1,5 2,5 3,5", {"notation": Notation(".")}, "found '1,5': the numbers of a table are written"),
        ("1.5 2.5", {"notation": Notation(",", "")}, "found '1.5': the numbers of a table are written"),
    ],
)  # fmt: skip
def test_numbers_that_are_not(cells: str, options: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        imported(*cells.split(), **options)
    assert (
        recorded(imported(*cells.split(), **options, categorical=["v"]).instance)["columns"][0]["kind"] == "categorical"
    )


@pytest.mark.parametrize(
    ("notation", "number"),
    [
        (Notation(thousands=","), 1234),
        (Notation(decimal=","), Fraction("1.234")),
        (Notation.of("comma", "none"), Fraction("1.234")),
        (Notation.of("point", "comma"), 1234),
    ],
)
def test_what_is_said_decides(notation: Notation, number: Any) -> None:
    result = imported("1,234", "5", "7", notation=notation)
    assert values(result) == [number, 5, 7]
    assert not any("are read" in remark for remark in result.remarks)


def test_words_that_are_categories_stay_so() -> None:
    for cells in (
        "red 1 2",
        "1a 2a 3b 4c",
        "A1 A2 A3 A4",
        "2020-01-02 2020-01-03",
        "10:30 11:45",
        "192.168.0.1 10.0.0.1",
    ):
        assert recorded(imported(*cells.split()).instance)["columns"][0]["kind"] == "categorical"


def test_missing_values_by_every_name() -> None:
    for text in sorted(MISSING):
        for cell in (text, text.upper()):
            assert values(imported("1", cell, "3", "5", missing="drop")) == [1, 3, 5]
    notation = Notation(missing=("inf", "None"))
    result = imported("1", "INF", "3", "none", "8", missing="median", notation=notation)
    assert values(result) == [1, 3, 3, 3, 8]
    assert recorded(result.instance)["notation"] == {"missing": ["inf", "None"]}


def test_points_between_thousands_are_pointed_out() -> None:
    words = "say --thousands ."
    assert words in "".join(imported("1.250", "950", "2.500").remarks)
    assert values(imported("1.234", "950", "2.001", notation=Notation(thousands="."))) == [1234, 950, 2001]
    for cells in (("1.234", "950", "2.01"), ("0.234", "950", "2.001"), ("1234.500", "950", "1")):
        assert words not in "".join(imported(*cells).remarks)


def test_equal_numbers_are_one_category_in_every_notation() -> None:
    german = Notation(",", ".")
    assert [label(text, german) for text in ("1,50", "1.234", "1.5", "01,5", "5%")] == [
        "1.5",
        "1234",
        "1.5",
        "01,5",
        "5%",
    ]


@pytest.mark.parametrize(
    "wrong", [("5", None), ("ab", None), (None, "x"), (",", ","), ("-", None), ('"', None), ("", None)]
)
def test_signs_that_are_none(wrong: tuple[Any, Any]) -> None:
    with pytest.raises(ValueError, match="found"):
        Notation.of(*wrong)


def written(number: Fraction, notation: Notation, generator: random.Random) -> str:
    """A number with two decimals as a notation writes it, with and without its groups."""
    cents = abs(int(number * 100))
    whole, after = f"{cents // 100:,d}", f"{cents % 100:02d}"
    grouped = whole.replace(",", notation.thousands or "") if generator.random() < 0.8 else whole.replace(",", "")
    return ("-" if number < 0 else "") + grouped + (notation.decimal or ".") + after


@pytest.mark.parametrize("signs", CANDIDATES)
def test_pandas_reads_the_same_numbers(signs: tuple[str, str]) -> None:
    pandas = pytest.importorskip("pandas")
    notation, generator = Notation(*signs), random.Random(str(signs))
    for size in (3, 40):
        numbers = [Fraction(generator.randrange(-(10**9), 10**9), 100) for _ in range(size)]
        cells = [written(number, notation, generator) for number in numbers]
        result = imported(*cells)
        assert values(result) == numbers
        text = "v|k\n" + "".join(f"{cell}|a\n" for cell in cells)
        frame = pandas.read_csv(io.StringIO(text), sep="|", decimal=signs[0], thousands=signs[1] or None)
        assert np.allclose(frame["v"].astype(float), [float(number) for number in numbers], rtol=1e-12)


def test_random_columns_are_read_as_written_or_refused() -> None:
    """Whatever mixture of notations, gaps and words: the numbers are those that one notation reads, or an error, or
    categories of which fewer than half are numbers."""
    generator = random.Random(5)
    kinds = {"numeric": 0, "categorical": 0, "refused": 0}
    for _ in range(400):
        some = [Notation(*generator.choice(CANDIDATES)) for _ in range(generator.choice((1, 1, 1, 2)))]
        words = generator.choice(([], [], ["x"], ["inf", "-"], ["red", "green", "1b"]))
        cells = [
            generator.choice(words)
            if words and generator.random() < generator.choice((0.1, 0.5, 0.9))
            else written(Fraction(generator.randrange(10**7), 100), generator.choice(some), generator)
            for _ in range(generator.choice((4, 15, 40)))
        ]
        try:
            result = imported(*cells)
        except InputError:
            kinds["refused"] += 1
            continue
        record = recorded(result.instance)
        kind = record["columns"][0]["kind"]
        kinds[kind] += 1
        if kind == "numeric":
            notation = Notation().or_recorded(record.get("notation"))
            assert [Fraction(notation.plain(cell) or "x") for cell in cells] == values(result)
        else:
            assert sum(map(resembles_number, cells)) < 0.8 * len(cells)
    assert min(kinds.values()) > 20


def test_the_record_repeats_the_reading() -> None:
    rows = "1.234,5;5%;rot\n0,5;-;blau\n-7;7,5 %;rot\n"
    table = read_table(io.StringIO(f"v;w;k\n{rows}"), notation=Notation(missing=("-",)))
    result = import_table(table, ImportOptions(target="k", encode="none", missing="median", hidden=()))
    record = check_record(load_text(instance_text(result.instance)).preprocessing)
    assert record["notation"] == {"decimal": ",", "thousands": ".", "missing": ["-"]}
    x, _ = apply_table(record, read_table(io.StringIO(f"v;w;k\n{rows}")))
    assert x.equals(result.instance.dataset.x)
    new = "v;w\n1.000,25;12,5%\n-;1%\n"
    x, _ = apply_table(record, read_table(io.StringIO(new)))
    assert x.fractions().tolist() == [[Fraction("1000.25"), Fraction("0.125")], [Fraction("0.5"), Fraction("0.01")]]
    for wrong, message in (
        ("v;w\n1;5\n", "without a percent sign|with a percent sign"),
        ("v;w\n1,5.5;5%\n", "is needed"),
    ):
        with pytest.raises(InputError, match=message):
            apply_table(record, read_table(io.StringIO(wrong)))
    plain, _ = apply_table(record, read_table(io.StringIO("v,w\n1000.25,12.5%\n-,1%\n"), notation=Notation(".")))
    assert plain.fractions().tolist() == x.fractions().tolist()


def test_predictions_are_written_as_the_table_writes_numbers() -> None:
    table = read_table(io.StringIO("x;y\n1,5;2,5\n2,5;3,5\n"))
    result = import_table(table, ImportOptions(target="y", encode="none", hidden=(), weights=(1,), biases=(1,)))
    prediction = predict_table(first_weights(result.instance), table)
    assert prediction.texts == (("2,5",), ("3,5",))
    assert isinstance(prediction.scores, NumberScores)
    assert prediction.scores.absolute_error == 0
    table = read_table(io.StringIO("x;y\n0,015;1,5%\n0,025;2,5%\n"))
    result = import_table(table, ImportOptions(target="y", encode="none", hidden=(), weights=(1,), biases=(0,)))
    assert result.instance.dataset.y.fractions().tolist() == [[Fraction("0.015")], [Fraction("0.025")]]  # type: ignore[union-attr]
    prediction = predict_table(first_weights(result.instance), table)
    assert prediction.texts == (("1,5%",), ("2,5%",))
    assert isinstance(prediction.scores, NumberScores)
    assert prediction.scores.absolute_error == 0
    json.dumps(result.instance.preprocessing)
