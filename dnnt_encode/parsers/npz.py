"""A dataset's integer arrays in an npz file beside the instance, pinned by its hash."""

from __future__ import annotations

import hashlib
import io
import math
import os
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PureWindowsPath
from typing import Any

import numpy as np

from dnnt_encode.errors import InputError
from dnnt_encode.parsers.files import read_bytes, write_bytes
from dnnt_encode.parsers.limits import FREE_BYTES, MAX_NUMBERS, MAX_RATIO, size_text
from dnnt_encode.parsers.places import Place

_ARRAYS = ("x", "y")
_HEADERS = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}


def read_npz(folder: Path, name: str, sha256: str, place: Place) -> tuple[np.ndarray, np.ndarray]:
    """The int64 arrays x and y of the file ``name`` inside ``folder``.

    Raises InputError where the name leads out of the folder, the hash is another, it is not two integer arrays, or
    these are larger than ``limits`` allows: what they would take is known before they are unpacked."""
    path = _inside(folder, name, place / "npz")
    try:
        data = read_bytes(path)
    except InputError as error:
        raise (place / "npz").error(f"{path}: {error.message}") from None
    digest = hashlib.sha256(data).hexdigest()
    if digest != sha256.lower():
        raise (place / "sha256").error(
            f"found {sha256[:80]!r}, but the hash of {path} is {digest!r}: it is another file"
        )
    where = place / "npz"
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = sorted(entry.filename.removesuffix(".npy") for entry in archive.infolist())
            if members != sorted(_ARRAYS):
                raise where.error(f"{path} holds the arrays {members[:10]}; exactly x and y are needed, once each")
            heads = [_head(archive, key, path, where) for key in _ARRAYS]
            _check_size(heads, len(data), path, where)
            x, y = (_read(archive, key, head, path, where) for key, head in zip(_ARRAYS, heads, strict=True))
    except InputError:
        raise
    except Exception as error:
        # numpy, zipfile and zlib have no error of their own in common.
        raise where.error(f"{path} is no npz file of plain arrays: {error}") from None
    return x, y


@dataclass(frozen=True)
class _Head:
    """What stands before the numbers of an array: their layout, and at which byte they begin."""

    shape: tuple[int, ...]
    fortran: bool
    dtype: np.dtype[Any]
    start: int

    @property
    def size(self) -> int:
        return math.prod(self.shape)


def _head(archive: zipfile.ZipFile, name: str, path: Path, place: Place) -> _Head:
    with archive.open(_member(archive, name)) as file:
        version = np.lib.format.read_magic(file)
        if version not in _HEADERS:
            raise place.error(f"the array {name} of {path} is written in version {version}; 1.0 or 2.0 is needed")
        shape, fortran, dtype = _HEADERS[version](file)
        start = file.tell()
    if dtype.kind not in "iu":
        raise place.error(f"the array {name} has type {dtype}; integers that fit 64 bits are needed")
    if len(shape) not in (1, 2) or 0 in shape:
        raise place.error(f"the array {name} has shape {shape}; at least one sample is needed")
    return _Head(shape, fortran, dtype, start)


def _member(archive: zipfile.ZipFile, name: str) -> str:
    return next(entry for entry in archive.namelist() if entry.removesuffix(".npy") == name)


def _check_size(heads: list[_Head], packed: int, path: Path, place: Place) -> None:
    numbers, unpacked = sum(head.size for head in heads), sum(head.size * head.dtype.itemsize for head in heads)
    if numbers > MAX_NUMBERS:
        raise place.error(f"the arrays of {path} hold {numbers} numbers; at most {MAX_NUMBERS} are allowed")
    if _out_of_proportion(numbers, unpacked, packed):
        raise place.error(
            f"{size_text(packed)} of {path} unpack to {size_text(unpacked)}; at most {MAX_RATIO} times the packed size "
            f"is read: save the arrays without compression if they are what they should be"
        )


def _out_of_proportion(numbers: int, unpacked: int, packed: int) -> bool:
    # What counts against the free bytes is what the numbers take here, as int64.
    return 8 * numbers > FREE_BYTES and unpacked > MAX_RATIO * packed


def _read(archive: zipfile.ZipFile, name: str, head: _Head, path: Path, place: Place) -> np.ndarray:
    size = head.size * head.dtype.itemsize
    with archive.open(_member(archive, name)) as file:
        file.read(head.start)
        # One byte more than there should be: what follows the numbers belongs to no array.
        content = file.read(size + 1)
    if len(content) != size:
        what = "ends too early" if len(content) < size else "has more behind its numbers"
        raise place.error(f"the array {name} of {path} {what}; {size_text(size)} are needed for shape {head.shape}")
    array = np.frombuffer(content, dtype=head.dtype).reshape(head.shape, order="F" if head.fortran else "C")
    if array.dtype == np.uint64 and int(array.max()) >= 2**63:
        raise place.error(f"the array {name} has type {array.dtype}; integers that fit 64 bits are needed")
    return np.array(array, dtype=np.int64, order="C")


def _inside(folder: Path, name: str, place: Place) -> Path:
    parts = PureWindowsPath(name)
    if (
        not name
        or "\0" in name
        or Path(name).is_absolute()
        or parts.is_absolute()
        or parts.drive
        or ".." in parts.parts
    ):
        raise place.error(f"found {name[:80]!r}; a file inside the instance's own folder is needed, by a relative name")
    try:
        home = folder.resolve()
        path = (home / name).resolve()
    except (OSError, RuntimeError) as error:
        raise place.error(f"{name[:80]!r} cannot be found: {error}") from None
    if not path.is_relative_to(home):
        raise place.error(f"{name[:80]!r} leads to {path}, out of the instance's own folder")
    return path


def write_npz(path: str | os.PathLike[str], x: np.ndarray, y: np.ndarray) -> str:
    """Writes the arrays, in the smallest type that holds them, and returns the file's sha256. The same arrays always
    give the same bytes. Raises InputError for more numbers than ``read_npz`` takes."""
    numbers = x.size + y.size
    if numbers > MAX_NUMBERS:
        raise InputError(f"an npz file holds at most {MAX_NUMBERS} numbers; these are {numbers}", place=str(path))
    arrays = {name: narrowest(array) for name, array in zip(_ARRAYS, (x, y), strict=True)}
    data = npz_bytes(arrays)
    if _out_of_proportion(numbers, sum(array.nbytes for array in arrays.values()), len(data)):
        data = npz_bytes(arrays, zipfile.ZIP_STORED)
    write_bytes(path, data)
    return hashlib.sha256(data).hexdigest()


def npz_bytes(arrays: Mapping[str, np.ndarray], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """An npz file of some plain arrays. The same arrays always give the same bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, array in arrays.items():
            content = io.BytesIO()
            np.lib.format.write_array(content, array, version=(1, 0), allow_pickle=False)
            # A fixed date: the hash must not depend on the clock.
            info = zipfile.ZipInfo(f"{name}.npy", (1980, 1, 1, 0, 0, 0))
            info.compress_type = method
            archive.writestr(info, content.getvalue())
    return buffer.getvalue()


def narrowest(array: np.ndarray) -> np.ndarray:
    """Integers of less than 64 bits in the smallest type that holds them all."""
    low, high = int(array.min()), int(array.max())
    size = next(size for size in (1, 2, 4, 8) if -(2 ** (8 * size - 1)) <= low and high < 2 ** (8 * size - 1))
    return np.ascontiguousarray(array, dtype=f"<i{size}")
