"""A dataset's integer arrays in an npz file beside the instance, pinned by its hash."""

from __future__ import annotations

import hashlib
import io
import os
import zipfile
from pathlib import Path, PureWindowsPath

import numpy as np

from dnnt_encode.errors import InputError
from dnnt_encode.parsers.files import read_bytes, write_bytes
from dnnt_encode.parsers.places import Place

MAX_BYTES = 2**33
"""An npz file whose arrays take more bytes than this is refused before they are unpacked."""

_ARRAYS = ("x", "y")


def read_npz(folder: Path, name: str, sha256: str, place: Place) -> tuple[np.ndarray, np.ndarray]:
    """The int64 arrays x and y of the file ``name`` inside ``folder``.

    Raises InputError where the name leads out of the folder, the hash is another, or it is not two integer arrays."""
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
            entries = {entry.filename.removesuffix(".npy"): entry.file_size for entry in archive.infolist()}
        if sorted(entries) != sorted(_ARRAYS):
            raise where.error(f"{path} holds the arrays {sorted(entries)[:10]}; exactly x and y are needed")
        if sum(entries.values()) > MAX_BYTES:
            raise where.error(
                f"the arrays of {path} take {sum(entries.values())} bytes; at most {MAX_BYTES} are allowed"
            )
        with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
            loaded = {key: arrays[key] for key in _ARRAYS}
    except InputError:
        raise
    except Exception as error:
        # numpy, zipfile and zlib have no error of their own in common.
        raise where.error(f"{path} is no npz file of plain arrays: {error}") from None
    return _integers(loaded["x"], "x", where), _integers(loaded["y"], "y", where)


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


def _integers(array: np.ndarray, name: str, place: Place) -> np.ndarray:
    if array.dtype.kind not in "iu" or (array.dtype == np.uint64 and array.size and int(array.max()) >= 2**63):
        raise place.error(f"the array {name} has type {array.dtype}; integers that fit 64 bits are needed")
    if array.ndim not in (1, 2) or not len(array):
        raise place.error(f"the array {name} has shape {array.shape}; at least one sample is needed")
    return np.ascontiguousarray(array, dtype=np.int64)


def write_npz(path: str | os.PathLike[str], x: np.ndarray, y: np.ndarray) -> str:
    """Writes the arrays and returns the file's sha256. The same arrays always give the same bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, array in zip(_ARRAYS, (x, y), strict=True):
            content = io.BytesIO()
            np.lib.format.write_array(content, np.ascontiguousarray(array, dtype="<i8"), version=(1, 0))
            # A fixed date: the hash must not depend on the clock.
            archive.writestr(zipfile.ZipInfo(f"{name}.npy", (1980, 1, 1, 0, 0, 0)), content.getvalue())
    write_bytes(path, buffer.getvalue())
    return hashlib.sha256(buffer.getvalue()).hexdigest()
