"""The layers of a model from numpy's arrays: those that ``npz_arrays`` writes, those of scikit-learn, or any matrices
and vectors in their order."""

from __future__ import annotations

import io
import re
import zipfile

import numpy as np

from dnnt_encode.errors import InputError
from dnnt_encode.parsers.files import read_bytes
from dnnt_encode.parsers.limits import MAX_NUMBERS
from dnnt_encode.transfer.float_model import FloatLayer, FloatModel

_COLUMNS = re.compile("coef|kernel", re.IGNORECASE)


def read(path: str) -> FloatModel:
    """The model of an npz file. Raises InputError where it holds no matrices of numbers."""
    try:
        with zipfile.ZipFile(io.BytesIO(read_bytes(path))) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > 8 * MAX_NUMBERS:
                raise InputError(f"the arrays hold more than {MAX_NUMBERS} numbers, the limit", path)
        with np.load(io.BytesIO(read_bytes(path)), allow_pickle=False) as found:
            arrays = {name: found[name] for name in found.files}
    except InputError:
        raise
    except Exception as error:
        # numpy, zipfile and zlib have no error of their own in common.
        raise InputError(f"this is no npz file of plain arrays: {error}", path) from None
    if "weights_1" in arrays:
        return FloatModel(tuple(_own(arrays, number, path) for number in range(1, _count(arrays) + 1)))
    numbers = {name: array for name, array in arrays.items() if array.dtype.kind in "iuf"}
    names = sorted(numbers, key=lambda name: [int(part) for part in re.findall("[0-9]+", name)])
    matrices = [name for name in names if numbers[name].ndim == 2]
    vectors = [numbers[name] for name in names if numbers[name].ndim == 1]
    if not matrices or len(vectors) not in (0, len(matrices)):
        raise InputError(
            f"found {len(matrices)} matrices and {len(vectors)} vectors of numbers; a matrix of weights a layer is "
            f"needed, and either a vector of biases for each or none",
            path,
        )
    layers = [
        FloatLayer(numbers[name], vectors[place] if vectors else None, sure=False)
        for place, name in enumerate(matrices)
    ]
    return FloatModel(tuple(layers), by_columns=all(_COLUMNS.search(name) for name in matrices))


def _count(arrays: dict[str, np.ndarray]) -> int:
    return sum(re.fullmatch("weights_[0-9]+", name) is not None for name in arrays)


def _own(arrays: dict[str, np.ndarray], number: int, path: str) -> FloatLayer:
    try:
        parts = [arrays[key] / arrays[f"{key}_denominator"] for key in (f"weights_{number}", f"biases_{number}")]
    except KeyError as error:
        raise InputError(f"the array {error} is missing", path) from None
    return FloatLayer(parts[0], parts[1])
