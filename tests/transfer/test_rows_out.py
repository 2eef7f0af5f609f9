"""The preprocessing that C and Python repeat: a table's rows give the predictions that `dnnt predict` gives them."""

from __future__ import annotations

import csv
import io
import shutil
import subprocess
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from dnnt_encode.instance import Assignment, Weights
from dnnt_encode.parsers.import_table import ImportOptions, import_table
from dnnt_encode.parsers.notation import Notation
from dnnt_encode.parsers.numbers import fraction_text
from dnnt_encode.parsers.prediction import predict_table
from dnnt_encode.parsers.table import Table, read_table
from dnnt_encode.transfer.columns import Asked
from dnnt_encode.transfer.kinds import write_network
from tests.transfer.test_networks_out import SANITIZED, STRICT, load, needs_gcc

ENCODINGS = ("median", "quantile:3", "thermometer:2", "bits:2", "onehot", "none")
LEAVES = ("round", "long", '"wide, flat"', "7", "007", "nön */ \\ ??/", "1.5", "5%")

Cell = Callable[[str], str]


def table(rng: np.random.Generator, rows: int, notation: str, gaps: bool) -> str:
    """Numbers, categories and a target; with a decimal comma where ``notation`` says so."""
    lines = ["height;leaf;share;rank;kind" if notation == "comma" else "height,leaf,share,rank,kind"]
    for row in range(rows):
        height = f"{rng.integers(-40, 1500) / 100:.2f}".rstrip("0").rstrip(".")
        cells = [height, LEAVES[rng.integers(len(LEAVES))], f"{rng.integers(0, 9)}.5%", str(rng.integers(1, 4))]
        cells += [("fern", "moss", "pine")[row % 3]]
        if notation == "comma":
            cells[0], cells[2] = cells[0].replace(".", ","), cells[2].replace(".", ",")
        if gaps and rng.random() < 0.3:
            cells[rng.integers(4)] = ("", "NA", "?")[rng.integers(3)]
        lines.append((";" if notation == "comma" else ",").join(cells))
    return "\n".join(lines) + "\n"


def learned(rng: np.random.Generator, text: str, **options: object) -> tuple[Weights, Table]:
    """Any allowed weights of the instance of a table."""
    said = Notation(",") if ";" in text else Notation(".")
    read = read_table(io.StringIO(text), notation=said)
    given = ImportOptions(target="kind", categorical=("leaf",), hidden=(3,), name="net", **options)  # type: ignore[arg-type]
    instance = import_table(read, given).instance
    first = Assignment.first(instance.network)
    drawn = tuple((rng.integers(0, 3, w.shape), rng.integers(0, 3, b.shape)) for w, b in first.layers)
    return Assignment(drawn).weights(instance), read


def predicted(weights: Weights, read: Table) -> list[str]:
    return [" ".join(texts) for texts in predict_table(weights, read).texts]


@needs_gcc
@pytest.mark.parametrize("encode", ENCODINGS)
def test_c_programs_read_tables(encode: str, tmp_path: Path) -> None:
    rng = np.random.default_rng(len(encode))
    notation, missing = ("comma", "median") if len(encode) % 2 else ("point", "mode")
    weights, _ = learned(rng, table(rng, 90, notation, True), missing=missing, encode=encode)
    fresh = table(rng, 200, notation, True)
    write_network(weights, tmp_path / "net.c", main=True)
    subprocess.run(["gcc", *STRICT, *SANITIZED, "net.c", "-o", "net"], cwd=tmp_path, check=True)
    for text in (fresh, fresh.replace(";", ";  ")):
        done = subprocess.run([tmp_path / "net"], input=text.encode(), capture_output=True, check=False)
        assert (done.returncode, done.stderr) == (0, b"")
        said = Notation(",") if notation == "comma" else Notation(".")
        new = read_table(io.StringIO(text), notation=said)
        assert done.stdout.decode().splitlines() == predicted(weights, new)
        assert len(set(predicted(weights, new))) > 1


@needs_gcc
@pytest.mark.parametrize("power", [0, 8])
@pytest.mark.parametrize("encode", ["median", "quantile:3", "thermometer:2", "bits:2"])
def test_numbers_on_a_cut_and_just_beside_it(encode: str, power: int, tmp_path: Path) -> None:
    """A finer number than the unit is rounded up, and compares as it is; large numbers take 64 bits."""
    rng = np.random.default_rng(power)
    rows = [f"{Fraction(int(rng.integers(-900, 900)), 4) * 10**power},{'ab'[k % 2]}" for k in range(30)]
    text = (
        "\n".join(["height,kind", *(row.replace(row.split(",")[0], _plain(row.split(",")[0])) for row in rows)]) + "\n"
    )
    read = read_table(io.StringIO(text))
    options = ImportOptions(target="kind", hidden=(2,), encode=encode, weights=(-2, 1, 3))
    instance = import_table(read, options).instance
    assert instance.preprocessing is not None
    cuts = [Fraction(cut) for cut in instance.preprocessing["columns"][0]["cuts"]]
    steps = [Fraction(sign, 10**places) for sign in (-1, 0, 1) for places in (1, 5)]
    fresh = "\n".join(["height", *(_plain(cut + step) for cut in cuts for step in steps)]) + "\n"
    new = read_table(io.StringIO(fresh), header=True)
    first = Assignment.first(instance.network)
    tried = [
        Assignment(tuple((rng.integers(0, 3, w.shape), rng.integers(0, 3, b.shape)) for w, b in first.layers))
        for _ in range(60)
    ]
    # Where on the number line the answer changes differs from network to network.
    answers = {tuple(predicted(each.weights(instance), new)): each.weights(instance) for each in tried}
    telling = [weights for texts, weights in answers.items() if len(set(texts)) > 1][:2]
    assert telling
    for number, weights in enumerate(telling):
        write_network(weights, tmp_path / f"n{number}.c", main=True)
        assert ("int64_t height" in (tmp_path / f"n{number}.h").read_text()) == (power > 0)
        subprocess.run(["gcc", *STRICT, f"n{number}.c", "-o", "net"], cwd=tmp_path, check=True)
        done = subprocess.run([tmp_path / "net"], input=fresh, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.splitlines() == predicted(weights, new)


def _plain(value: Fraction | str) -> str:
    return fraction_text(Fraction(value))


@pytest.mark.parametrize("encode", ["median", "onehot", "none"])
def test_a_missing_value_as_a_category_or_a_reason_to_leave_a_row_out(encode: str, tmp_path: Path) -> None:
    rng = np.random.default_rng(len(encode) + 40)
    options = {"missing": "category", "missing_columns": (("rank", "drop"),), "encode": encode}
    weights, _ = learned(rng, table(rng, 90, "point", True), **options)
    fresh = table(rng, 200, "point", True)
    expected = predicted(weights, read_table(io.StringIO(fresh)))
    assert len(set(expected)) > 2
    write_network(weights, tmp_path / "net.py")
    module = load(tmp_path / "net.py")
    rows = [row for row, text in zip(csv.DictReader(io.StringIO(fresh)), expected, strict=True) if text]
    labels = module.predict(module.encode(rows))
    assert [module.CLASSES[label] for label in labels] == [text for text in expected if text]
    if shutil.which("gcc") is not None:
        write_network(weights, tmp_path / "net.c", main=True)
        subprocess.run(["gcc", *STRICT, *SANITIZED, "net.c", "-o", "net"], cwd=tmp_path, check=True)
        done = subprocess.run([tmp_path / "net"], input=fresh.encode(), capture_output=True, check=False)
        assert (done.returncode, done.stderr) == (0, b"")
        assert done.stdout.decode().splitlines() == expected


@needs_gcc
def test_c_programs_predict_numbers_and_leave_out_gaps(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    text = table(rng, 60, "point", True)
    read = read_table(io.StringIO(text))
    given = ImportOptions(
        target="height", exclude=("leaf", "kind"), hidden=(2,), missing="drop", encode="none", weights=(-1, "1/3", 2)
    )
    instance = import_table(read, given).instance
    first = Assignment.first(instance.network)
    drawn = tuple((rng.integers(0, 3, w.shape), rng.integers(0, 3, b.shape)) for w, b in first.layers)
    weights = Assignment(drawn).weights(instance)
    write_network(weights, tmp_path / "net.c", main=True)
    subprocess.run(["gcc", *STRICT, *SANITIZED, "net.c", "-o", "net"], cwd=tmp_path, check=True)
    done = subprocess.run([tmp_path / "net"], input=text, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == predicted(weights, read)
    assert {"", *predicted(weights, read)} == set(predicted(weights, read))


@pytest.mark.parametrize("encode", ENCODINGS)
def test_python_modules_read_rows(encode: str, tmp_path: Path) -> None:
    rng = np.random.default_rng(len(encode) + 20)
    weights, _ = learned(rng, table(rng, 90, "point", True), missing="median", encode=encode)
    fresh = table(rng, 200, "point", True)
    write_network(weights, tmp_path / "net.py")
    module = load(tmp_path / "net.py")
    rows = list(csv.DictReader(io.StringIO(fresh)))
    labels = module.predict(module.encode(rows))
    expected = predicted(weights, read_table(io.StringIO(fresh)))
    assert [module.CLASSES[label] for label in labels] == expected
    row = {"height": 3.25, "leaf": 7, "share": 0.015, "rank": 2}
    text = {"height": "3.25", "leaf": "7.0", "share": "1.5%", "rank": "2"}
    assert module.encode([row]).tolist() == module.encode([text]).tolist()


@needs_gcc
def test_a_range_that_is_said_narrows_types_and_is_kept(tmp_path: Path) -> None:
    rng = np.random.default_rng(8)
    text = table(rng, 40, "point", False).replace("%", "")
    weights, _ = learned(rng, text, encode="none")
    wide = write_and_read(weights, tmp_path / "wide.h", Asked())
    narrow = write_and_read(weights, tmp_path / "narrow.h", Asked(ranges={None: (-20, 20)}))  # type: ignore[dict-item]
    assert "int64_t z" in wide
    assert "int64_t z" not in narrow
    (tmp_path / "driver.c").write_text(
        '#include <stdio.h>\n#include "narrow.h"\n'
        "int main(void) { narrow_row_t row = {0, 0, 0, 0}; narrow_output_t y[NARROW_OUTPUTS];\n"
        'printf("%d", narrow_predict(&row, y)); row.height = 2001; printf("%d", narrow_predict(&row, y));\n'
        'row.height = NARROW_NO_NUMBER; printf("%d", narrow_predict(&row, y)); row.height = 2000; row.leaf = 99U;\n'
        'printf("%d", narrow_predict(&row, y)); row.leaf = NARROW_NO_CODE; printf("%d", narrow_predict(&row, y));\n'
        "return 0; }\n"
    )
    subprocess.run(["gcc", *STRICT, *SANITIZED, "driver.c", "-o", "driver"], cwd=tmp_path, check=True)
    done = subprocess.run([tmp_path / "driver"], capture_output=True, text=True, check=True)
    assert done.stdout == "02121"


def write_and_read(weights: Weights, path: Path, asked: Asked) -> str:
    write_network(weights, path, asked=asked)
    return path.read_text()
