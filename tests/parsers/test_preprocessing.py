"""Encodings against their definitions, and the record: applied to the training table it gives the training inputs."""

import io
import json
import random
from fractions import Fraction
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dnnt_encode.errors import InputError
from dnnt_encode.instance.rationals import ExactArray
from dnnt_encode.parsers.columns import Column, label
from dnnt_encode.parsers.encodings import apply_column, even_cuts, feature_names, fit_column, parse_encoding
from dnnt_encode.parsers.import_table import ImportOptions, import_table
from dnnt_encode.parsers.numbers import decimal_array, decimal_fraction, fraction_text
from dnnt_encode.parsers.preprocessing import apply_table
from dnnt_encode.parsers.records import check_record
from dnnt_encode.parsers.table import Table, read_table
from dnnt_encode.parsers.targets import class_indices, class_names, stratified_folds, stratified_rows
from tests.parsers.samples import instance_text, load_text

DECIMALS = st.decimals(-1000, 1000, places=2).map(str)


def column(values: list[Any]) -> Column:
    return Column("v", np.zeros(len(values), dtype=bool), numbers=ExactArray.from_values(values))


def encoded(values: list[Any], encode: str) -> list[list[int]]:
    parts = apply_column(fit_column(column(values), encode), column(values))
    return [part.numerators.tolist() for part in parts]


def table_of(text: str) -> Table:
    return read_table(io.StringIO(text))


@given(st.lists(DECIMALS, min_size=1, max_size=20))
def test_decimals_read_together_are_those_read_one_by_one(texts: list[str]) -> None:
    array = decimal_array(texts)
    assert array is not None
    assert array.fractions().tolist() == [Fraction(text) for text in texts] == [decimal_fraction(t) for t in texts]
    assert [decimal_fraction(fraction_text(Fraction(text))) for text in texts] == [Fraction(text) for text in texts]


@given(st.lists(st.integers(-5, 5), min_size=2, max_size=30), st.integers(2, 6))
def test_cuts_are_the_most_even_ones(values: list[int], parts: int) -> None:
    distinct = sorted(set(values))
    if len(distinct) < 2:
        return
    cuts = even_cuts(ExactArray.from_values(values), parts)
    middles = [Fraction(a + b, 2) for a, b in pairwise(distinct)]
    expected = set()
    for part in range(1, parts):
        share = Fraction(part, parts)
        expected.add(min(middles, key=lambda m: (abs(Fraction(sum(v < m for v in values), len(values)) - share), m)))
    assert cuts == sorted(expected)


def test_encodings_by_example() -> None:
    values = [1, 2, 3, 4, 5, 6, 7, 8]
    assert encoded(values, "median") == [[-1, -1, -1, -1, 1, 1, 1, 1]]
    assert encoded(values, "quantile:4") == [[0, 0, 1, 1, 2, 2, 3, 3]]
    assert encoded(values, "thermometer:3") == [[0, 0, 1, 1, 1, 1, 1, 1], [0, 0, 0, 0, 1, 1, 1, 1], [0] * 6 + [1, 1]]
    assert encoded(values, "bits:2") == [[0, 0, 0, 0, 1, 1, 1, 1], [0, 0, 1, 1, 0, 0, 1, 1]]
    assert encoded([3, 1, 3], "onehot") == [[0, 1, 0], [1, 0, 1]]
    assert encoded(values, "none") == [values]
    assert encoded([5, 5], "quantile:3") == []
    assert encoded([0, 0, 0, 1], "median") == [[-1, -1, -1, 1]]
    assert encoded([0, 0, 0, 1], "thermometer:9") == [[0, 0, 0, 1]]
    assert feature_names(fit_column(column([0.5, 1, 2]), "thermometer:2")) == ["v>0.75", "v>1.5"]


def test_values_that_training_does_not_have() -> None:
    record = fit_column(column([1, 2]), "onehot")
    assert [part.numerators.tolist() for part in apply_column(record, column([7]))] == [[0], [0]]
    record = fit_column(column([1, 2]), "median")
    outside = apply_column(record, column(["1.5", "1.500001", -(10**30), 10**30]))
    assert outside[0].numerators.tolist() == [-1, 1, -1, 1]


@pytest.mark.parametrize(
    "text", ["mean", "quantile", "quantile:1", "quantile:x", "bits:11", "median:2", "", "bits:999999999999", "bits:-1"]
)
def test_encodings_that_are_none(text: str) -> None:
    with pytest.raises(ValueError, match="found the encoding"):
        parse_encoding(text)


def test_equal_numbers_are_one_category_and_codes_stay() -> None:
    assert [label(text) for text in ("1", "1.0", "+1", "1e0", "01", "1.50", "-0", "1e99999")] == [
        "1", "1", "1", "1", "01", "1.5", "0", "1e99999",
    ]  # fmt: skip


def random_table(generator: random.Random, gaps: bool) -> Table:
    rows = [["num", "cat", "few", "same", "goal"]]
    for row in range(generator.randint(8, 30)):
        cells = [
            f"{generator.randint(-50, 50) / 10}",
            generator.choice("abc"),
            str(generator.randint(0, 2)),
            "7",
            "yes" if row < 2 or (row > 3 and generator.random() < 0.5) else "no",
        ]
        if gaps:
            cells = ["?" if k < 3 and generator.random() < 0.1 else cell for k, cell in enumerate(cells)]
        rows.append(cells)
    return table_of("\n".join(",".join(row) for row in rows))


@pytest.mark.parametrize("encode", ["median", "quantile:3", "thermometer:2", "bits:2", "onehot", "none"])
@pytest.mark.parametrize("missing", ["error", "drop", "median", "mode", "category"])
def test_the_record_gives_the_training_inputs_again(encode: str, missing: str) -> None:
    for seed in range(6):
        generator = random.Random(seed)
        table = random_table(generator, missing != "error")
        options = ImportOptions(target="goal", encode=encode, missing=missing, rows=6 if seed % 2 else None, seed=seed)
        instance = import_table(table, options).instance
        record = load_text(instance_text(instance)).preprocessing
        assert record == json.loads(json.dumps(record))
        checked = check_record(record)
        training = table.take(checked.get("rows", range(len(table.rows))))
        x, rows = apply_table(checked, training)
        assert rows.tolist() == list(range(len(training.rows)))
        assert x.equals(instance.dataset.x)
        assert len(checked["features"]) == x.shape[1] == instance.network.inputs
        y = class_indices(checked["target"], training.column("goal"))
        assert y.tolist() == np.asarray(instance.dataset.y).tolist()
        assert class_names(checked["target"]) == instance.dataset.classes == ("no", "yes")


def test_numbers_of_very_different_sizes() -> None:
    table = table_of("v,w,goal\n0,5,a\n0,6,b\n1e-30,7,a\n0.000000000000000000000000000001,1e25,b\n")
    imported = import_table(table, ImportOptions(target="goal", encode="none"))
    assert imported.instance.dataset.x.fractions()[3].tolist() == [Fraction(1, 10**30), 10**25]
    record = check_record(imported.instance.preprocessing)
    x, _ = apply_table(record, table.take([0, 1]))
    assert x.json() == [[0, 5], [0, 6]]


def test_only_training_rows_are_looked_at() -> None:
    table = table_of("v,goal\n" + "\n".join(f"{k},{'ab'[k % 2]}" for k in range(40)))
    imported = import_table(
        table, ImportOptions(target="goal", encode="thermometer:3", missing="median", rows=10, seed=3)
    )
    record = imported.instance.preprocessing
    assert record is not None
    chosen = [k for k in range(40) if k in record["rows"]]
    assert len(chosen) == 10
    assert set(record["columns"][0]["cuts"]) <= {_json(Fraction(a + b, 2)) for a, b in pairwise(chosen)}
    assert record["columns"][0]["fill"] == _json(Fraction(chosen[4] + chosen[5], 2))
    assert [row[0] for row in imported.rest.rows] == [str(k) for k in range(40) if k not in chosen]


def _json(value: Fraction) -> int | str:
    return value.numerator if value.denominator == 1 else str(value)


@given(st.lists(st.sampled_from("aaaabbc"), min_size=1, max_size=60), st.data())
def test_stratified_rows(groups: list[str], data: st.DataObject) -> None:
    count = data.draw(st.integers(1, len(groups)))
    rows = stratified_rows(groups, count, 5).tolist()
    assert rows == sorted(set(rows))
    assert len(rows) == count
    assert rows == stratified_rows(groups, count, 5).tolist()
    if count >= len(set(groups)):
        assert {groups[row] for row in rows} == set(groups)
    for group in set(groups):
        share = Fraction(count * groups.count(group), len(groups))
        assert abs(sum(groups[row] == group for row in rows) - share) <= len(set(groups)) - 1 or share < 1
    with pytest.raises(InputError, match="asked for"):
        stratified_rows(groups, len(groups) + 1, 0)


@given(st.lists(st.sampled_from("aaaabbc"), min_size=2, max_size=60), st.integers(2, 7))
def test_stratified_folds(groups: list[str], folds: int) -> None:
    if folds > len(groups):
        with pytest.raises(InputError, match=f"asked for {folds} folds of {len(groups)} rows"):
            stratified_folds(groups, folds, 5)
        return
    parts = stratified_folds(groups, folds, 5).tolist()
    assert parts == stratified_folds(groups, folds, 5).tolist()
    for members in (range(len(groups)), *([k for k, g in enumerate(groups) if g == group] for group in set(groups))):
        counts = [sum(parts[k] == part for k in members) for part in range(folds)]
        assert max(counts) - min(counts) <= 1


def test_a_missing_value_as_a_category() -> None:
    text = "n,c,k,t\n1,a,5,x\n?,b,5,y\n3,,,x\n7,a,5,y\n"
    instance = import_table(table_of(text), ImportOptions(target="t", encode="none", missing="category")).instance
    record = instance.preprocessing
    assert record is not None
    assert record["features"] == ["n", "n=", "c=", "c=a", "c=b", "k="]
    assert instance.dataset.x.json() == [
        [1, 0, 0, 1, 0, 0],
        [3, 1, 0, 0, 1, 0],
        [3, 0, 1, 0, 0, 1],
        [7, 0, 0, 1, 0, 0],
    ]
    x, rows = apply_table(check_record(record), table_of("c,n,k\n,,\nz,2,6\n"))
    assert (x.json(), rows.tolist()) == ([[3, 1, 1, 0, 0, 1], [2, 0, 0, 0, 0, 0]], [0, 1])


def test_missing_values_column_by_column() -> None:
    text = "n,c,k,t\n1,a,5,x\n?,b,6,y\n3,,7,x\n7,a,,y\n8,b,9,x\n"
    own = (("n", "drop"), ("c", "category"))
    options = ImportOptions(target="t", encode="none", missing="median", missing_columns=own)
    record = import_table(table_of(text), options).instance.preprocessing
    assert record is not None
    assert record["rows"] == [0, 2, 3, 4]
    assert [item.get("missing") for item in record["columns"]] == ["drop", "category", None]
    new = table_of("n,c,k\n?,a,1\n1,,\n")
    for missing, rows in (
        (None, [1]),
        ({"n": "fill"}, [0, 1]),
        ({None: "drop"}, []),
        ({None: "drop", "n": "fill"}, [0]),
    ):
        assert apply_table(record, new, missing)[1].tolist() == rows
    with pytest.raises(InputError, match="line 3 column 'k'"):
        apply_table(record, new, {"k": "error"})
    with pytest.raises(InputError, match="no column 'q'"):
        apply_table(record, new, {"q": "error"})


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda r: r.update(missing="guess"), "is needed"),
        (lambda r: r.update(columns=3), "a list is needed"),
        (lambda r: r["columns"].append({}), "missing"),
        (lambda r: r["columns"][0].update(encode="magic"), "one of"),
        (lambda r: r["columns"][0].update(cuts=[]), "one cut"),
        (lambda r: r["columns"][0].update(cuts=[0.5]), "p/q"),
        (lambda r: r["columns"][0].update(cuts=["a"]), "p/q"),
        (lambda r: r["columns"][1].update(encode="none"), "onehot"),
        (lambda r: r["columns"][1].pop("categories"), "'categories' is missing"),
        (lambda r: r["columns"][0].update(fill="x"), "p/q"),
        (lambda r: r["target"].update(labels=["a"]), "two labels"),
        (lambda r: r["target"].update(positive="z"), "one of the labels"),
        (lambda r: r.update(more=1), "unknown key"),
        (lambda r: r["columns"][0].pop("fill") and r.update(missing="mode"), "'fill' is missing"),
        (lambda r: r["columns"][0].update(percent=1), "true or false"),
        (lambda r: r["target"].update(percent="no"), "true or false"),
        (lambda r: r["columns"][0].update(indicator=1), "true or false"),
        (lambda r: r["columns"][0].update(missing="guess"), "median, mode, category"),
        (lambda r: r["columns"][0].update(decimals=-1), "at least 0"),
        (lambda r: r.update(notation={"decimal": "5"}), "no letter, digit"),
        (lambda r: r.update(notation={"decimal": ".", "thousands": "."}), "they differ"),
        (lambda r: r.update(notation={"decimal": 1}), "a string is needed"),
        (lambda r: r.update(notation={"missing": [1]}), "a string is needed"),
        (lambda r: r.update(notation={"sign": ""}), "unknown key"),
        (lambda r: r["features"].pop(), "the columns give 3 features"),
        (lambda r: r.update(columns=[], features=[]), "none at all"),
    ],
)
def test_records_from_elsewhere_are_checked(damage: Any, message: str) -> None:
    table = table_of("n,c,t\n1,a,x\n2,b,y\n")
    record = json.loads(json.dumps(import_table(table, ImportOptions(target="t")).instance.preprocessing))
    check_record(record)
    damage(record)
    with pytest.raises(InputError, match=message):
        check_record(record)
