"""Parquet and spreadsheets are the tables that they would be as CSV."""

import io
import zipfile
from pathlib import Path
from typing import Any

import pytest

from dnnt_encode.errors import InputError
from dnnt_encode.parsers.table import read_table
from tests.command_line import dnnt

pandas = pytest.importorskip("pandas")

TEXT = (
    "height,leaf,day,kind\n10.5,round,2024-01-05,moss\n12,,2024-01-06,moss\n,long,2024-02-01,fern\n0.00001,long,,fern\n"
)


def frame() -> Any:
    days = pandas.to_datetime(["2024-01-05", "2024-01-06", "2024-02-01", None])
    leaves = pandas.array(["round", None, "long", "long"], dtype="string")
    return pandas.DataFrame(
        {"height": [10.5, 12, None, 0.00001], "leaf": leaves, "day": days, "kind": ["moss", "moss", "fern", "fern"]}
    )


def write(path: Path) -> None:
    pytest.importorskip("pyarrow" if path.suffix == ".parquet" else "openpyxl")
    if path.suffix == ".parquet":
        frame().to_parquet(path)
    else:
        frame().to_excel(path, index=False)


@pytest.mark.parametrize("suffix", [".parquet", ".xlsx"])
def test_the_same_table(suffix: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / f"plants{suffix}"
    write(path)
    table, text = read_table(path), read_table(io.StringIO(TEXT))
    assert table.columns == text.columns
    unnamed = path.rename(tmp_path / "plants")
    assert read_table(unnamed).rows == table.rows
    unnamed.rename(path)
    found = [[cell.removesuffix("T00:00:00") for cell in row] for row in table.rows]
    assert [row[1:] for row in found] == [list(row[1:]) for row in text.rows]
    assert [float(row[0] or 0) for row in found] == [float(row[0] or 0) for row in text.rows]
    assert table.lines == text.lines
    options = ["--target", "kind", "--exclude", "day", "--missing", "mode", "--hidden", 0, "-o"]
    assert dnnt(capsys, "import-csv", path, *options, tmp_path / "a.json").code == 0
    (tmp_path / "plants.csv").write_text(TEXT)
    assert dnnt(capsys, "import-csv", tmp_path / "plants.csv", *options, tmp_path / "b.json").code == 0
    assert (tmp_path / "a.json").read_text() == (tmp_path / "b.json").read_text()


@pytest.mark.parametrize("suffix", [".parquet", ".xlsx"])
def test_what_cannot_be_read(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"plants{suffix}"
    write(path)
    with pytest.raises(InputError, match="--separator is for tables that are text"):
        read_table(path, separator=";")
    data = path.read_bytes()
    for damaged in (b"", b"junk", data[: len(data) // 2]):
        path.write_bytes(damaged)
        with pytest.raises(InputError, match="cannot be read as a table"):
            read_table(path)


def test_a_sheet_that_unpacks_to_too_much(tmp_path: Path) -> None:
    path = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"\0" * 2**27)
    with pytest.raises(InputError, match="too much"):
        read_table(path)


def test_rows_of_a_sheet_before_the_header(tmp_path: Path) -> None:
    pytest.importorskip("openpyxl")
    rows = [["a report", None], [None, None], ["x", "y"], [1, "a"], [None, None], [2.5, "b"]]
    pandas.DataFrame(rows).to_excel(tmp_path / "t.xlsx", index=False, header=False)
    table = read_table(tmp_path / "t.xlsx", skip_rows=1)
    assert (table.columns, table.rows, table.lines) == (("x", "y"), (("1", "a"), ("2.5", "b")), (4, 6))
