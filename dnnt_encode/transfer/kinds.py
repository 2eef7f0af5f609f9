"""The formats that trained networks are written in, and float models read from: one row a format."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dnnt_encode.errors import InputError
from dnnt_encode.instance.instance import Instance
from dnnt_encode.instance.weights import Weights
from dnnt_encode.parsers.files import read_bytes
from dnnt_encode.parsers.outputs import replacing
from dnnt_encode.transfer import c_files, npz_arrays, numpy_module, onnx_model, read_npz, read_onnx, read_pickle
from dnnt_encode.transfer.c_words import identifier
from dnnt_encode.transfer.columns import RowOptions
from dnnt_encode.transfer.float_model import FloatModel
from dnnt_encode.transfer.rounding import rounded
from dnnt_encode.transfer.trained import Trained, Written


@dataclass(frozen=True)
class NetworkKind:
    """``suffix`` is how a file's name ends; ``write`` makes its content of a ``Trained``; ``options`` are the arguments
    that it takes beside. ``companions``: the suffixes of files that come with it, and the name that they have."""

    suffix: str
    what: str
    write: Callable[..., Written]
    options: frozenset[str] = frozenset()
    companions: tuple[str, ...] = ()


KINDS = {
    kind.suffix: kind
    for kind in (
        NetworkKind(".c", "C99 and its header", c_files.write_source, frozenset({"main"}), (".h",)),
        NetworkKind(".h", "C99 in a header alone", c_files.write_header, frozenset({"main"})),
        NetworkKind(".onnx", "ONNX", onnx_model.write, frozenset({"annotate"})),
        NetworkKind(".npz", "numpy's arrays", npz_arrays.write),
        NetworkKind(".py", "a Python module", numpy_module.write),
    )
}


def kind_of(path: str | os.PathLike[str]) -> NetworkKind:
    """The format that a file's name says. Raises InputError."""
    suffix = Path(path).suffix
    if suffix not in KINDS:
        known = ", ".join(f"{kind.suffix} ({kind.what})" for kind in KINDS.values())
        raise InputError(f"the name tells no format of networks; known are {known}", place=str(path))
    return KINDS[suffix]


def files_of(path: str | os.PathLike[str]) -> list[str]:
    """All files that are written under a name, that one first. Raises InputError."""
    return [str(path), *(str(Path(path).with_suffix(suffix)) for suffix in kind_of(path).companions)]


def write_network(
    weights: Weights,
    path: str | os.PathLike[str],
    *,
    options: RowOptions | None = None,
    name: str = "",
    main: bool = False,
    annotate: bool = False,
) -> tuple[str, ...]:
    """Write trained weights as a program or file of another tool, by the suffix of ``path``; returns what the user
    should know of it.

    ``weights`` carry their network (``Weights.predict`` works). ``options`` says what the numbers are that reach the
    network as they are. ``name`` is what the network is called (default: the file's name). ``main``: C with a program
    that reads rows; ``annotate``: ONNX with the integer types that QONNX and FINN read. Nothing is rounded: what a
    format cannot hold exactly is scaled to integers, and said, or refused. Raises InputError and ModelTooLarge."""
    kind = kind_of(path)
    given: dict[str, Any] = {key: True for key, value in (("main", main), ("annotate", annotate)) if value}
    for key in given.keys() - kind.options:
        raise InputError(f"{key} says nothing for {kind.what} ({kind.suffix})")
    trained = Trained.of(weights, name or Path(path).stem, options or RowOptions())
    if kind.suffix == ".c":
        given["file"] = _header_name(path)
    written = kind.write(trained, **given)
    for target, content in zip(files_of(path), written.files.values(), strict=True):
        with replacing(target) as file:
            file.write(content)
    return written.remarks


def _header_name(path: str | os.PathLike[str]) -> str:
    """What a source calls its header, without the suffix."""
    stem = Path(path).stem
    if not stem.isascii() or any(letter in '"\\\r\n' for letter in stem):
        raise InputError(f"a source cannot include a header of this name; {identifier(stem)}.c would do", str(path))
    return stem


READERS: dict[str, Callable[[str], FloatModel]] = {".npz": read_npz.read, ".onnx": read_onnx.read}
"""The formats that float models are read from."""

PICKLES = (".pickle", ".pkl")
"""Those that run code when they are read."""

_MARKS = {b"PK": ".npz", b"\x80": ".pickle", b"\x08": ".onnx"}
"""How the content of a model begins: that of ONNX with the number of its version."""


def _model_format(path: str) -> str:
    """The format of a float model: what its name says, or else its content. Raises InputError."""
    suffix, known = Path(path).suffix, (*READERS, *PICKLES)
    if suffix in known:
        return suffix
    begin = read_bytes(path)
    found = next((name for mark, name in _MARKS.items() if begin.startswith(mark)), None)
    if found is None:
        raise InputError(f"neither name nor content tells a format of models; known are {', '.join(known)}", path)
    return found


def read_network(path: str | os.PathLike[str], instance: Instance, *, trust_pickle: bool = False) -> Weights:
    """Allowed weights near a trained float model, to start from: see ``rounding``.

    ``path``: .onnx, .npz, or with ``trust_pickle`` the pickle of scikit-learn's MLPClassifier or MLPRegressor, whose
    code is run; a name that says none of these leaves it to the content. The model reads the inputs of the instance and
    has its layers. Raises InputError."""
    name = os.fspath(path)
    suffix = _model_format(name)
    if suffix in PICKLES and not trust_pickle:
        raise InputError(
            "reading a pickle runs the code of whoever made it; it is read with --trust-pickle alone", name
        )
    reader = read_pickle.read if suffix in PICKLES else READERS[suffix]
    for grids in ((layer.weights, layer.biases) for layer in instance.network.layers):
        if any(grid.continuous for grid in grids):
            raise InputError("the instance has intervals; rounding needs finite sets", name)
    return rounded(instance, reader(name).fitted(instance, name))
