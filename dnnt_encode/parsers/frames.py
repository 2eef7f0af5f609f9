"""Tables that are no text, through pandas: Parquet, and the first sheet of a spreadsheet.

Their cells become the texts that the same table has as CSV: numbers with a decimal point, dates in ISO's form, nothing
where there is no value.
"""

from __future__ import annotations

import io
import zipfile
from datetime import date
from pathlib import PurePath
from typing import Any

import numpy as np

from dnnt_encode.errors import InputError
from dnnt_encode.parsers.limits import MAX_NUMBERS, MAX_TEXT, size_text, unpacks_to_too_much

_MARKS = {b"PAR1": ".parquet", b"PK\x03\x04": ".xlsx"}
"""How the content of such a table begins."""


def is_frame(name: str, data: bytes) -> bool:
    """Whether a file is a table that is no text, by its content or its name."""
    return data[:4] in _MARKS or PurePath(name).suffix.lower() in _MARKS.values()


def frame_records(data: bytes, name: str, skip_rows: int) -> list[tuple[int, list[str]]]:
    """Every row that is not blank, the names of the columns among them, with its number from 1; ``skip_rows`` rows of a
    sheet do not count. Raises InputError for content that cannot be read, and where pandas or its reader is missing."""
    kind = _MARKS.get(data[:4], PurePath(name).suffix.lower())
    reader = _parquet_rows if kind == ".parquet" else _sheet_rows
    try:
        rows = reader(data, name, skip_rows)
    except InputError:
        raise
    except ImportError as error:
        raise InputError(f"this table needs pandas: pip install 'dnnt-encode[tables]' ({error})", name) from None
    except Exception as error:
        # pandas, pyarrow and openpyxl have no error of their own in common.
        raise InputError(f"cannot be read as a table: {error}", name) from None
    texts = ((line, list(map(_text, row))) for line, row in rows)
    return [(line, cells) for line, cells in texts if any(cells)]


def _parquet_rows(data: bytes, name: str, skip_rows: int) -> list[tuple[int, list[Any]]]:
    import pandas
    from pyarrow import parquet

    if skip_rows:
        raise InputError(
            "--skip-rows is for text and sheets; the rows of Parquet follow the names of the columns", name
        )
    shape = parquet.ParquetFile(io.BytesIO(data)).metadata
    if (shape.num_rows + 1) * shape.num_columns > MAX_NUMBERS:
        raise InputError(f"found more than {MAX_NUMBERS} cells, the limit", name)
    frame = pandas.read_parquet(io.BytesIO(data))
    return [(1, list(map(str, frame.columns))), *_numbered(frame, 2)]


def _sheet_rows(data: bytes, name: str, skip_rows: int) -> list[tuple[int, list[Any]]]:
    import pandas

    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        unpacked = sum(entry.file_size for entry in archive.infolist())
    if unpacked > MAX_TEXT or unpacks_to_too_much(len(data), unpacked):
        raise InputError(f"{size_text(len(data))} unpack to {size_text(unpacked)}, which is too much", name)
    frame = pandas.read_excel(io.BytesIO(data), header=None, dtype=object, keep_default_na=False, skiprows=skip_rows)
    if frame.size > MAX_NUMBERS:
        raise InputError(f"found more than {MAX_NUMBERS} cells, the limit", name)
    return _numbered(frame, skip_rows + 1)


def _numbered(frame: Any, first: int) -> list[tuple[int, list[Any]]]:
    """The rows with their numbers from ``first`` on; None where there is no value."""
    filled = frame.astype(object).where(frame.notna(), None)
    return list(enumerate(filled.to_numpy().tolist(), start=first))


def _text(cell: Any) -> str:
    if cell is None:
        return ""
    if isinstance(cell, (float, np.floating)):
        # A sheet has no integers: its 5 is 5.0.
        number = float(cell)
        return str(int(number)) if number.is_integer() and abs(number) < 2**53 else repr(number)
    return cell.isoformat() if isinstance(cell, date) else str(cell).strip()
