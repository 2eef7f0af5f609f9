r"""The comments that an MPS, LP or OPB file carries, so that a solution can be read back without encoding again.

    * dnnt {"format": "dnnt-model", ...}   one JSON object: what was encoded, and how the objective becomes a loss
    * varname 7 w.1.0.2                    the file's column 7 (from 1) is called so, or is variable x7 of an OPB
    * parameter w.1.0.2 0 1 7 2 8          the value is so many steps into its sorted set: 0 + 1 column 7 + 2 column 8

An LP file writes ``\`` in place of ``*``. Only parameters with more than one value have a line.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from fractions import Fraction
from typing import IO, Any, Literal

import numpy as np

from dnnt_encode._version import __version__
from dnnt_encode.errors import InputError
from dnnt_encode.instance.assignment import Assignment
from dnnt_encode.instance.network import Network
from dnnt_encode.models.bits import Bits
from dnnt_encode.models.variable_map import GridMap, VariableMap

LinearKind = Literal["mps", "lp", "opb"]
LINEAR_KINDS: tuple[LinearKind, ...] = ("mps", "lp", "opb")

_FORMAT, _VERSION = "dnnt-model", 1
_MARK = {"mps": "*", "lp": "\\", "opb": "*"}


@dataclass(frozen=True)
class LinearHeader:
    """What a model file says about itself: ``loss = loss_unit * objective``. ``threshold``: in the instance's units,
    None where the model minimises; ``columns``: of the file."""

    kind: LinearKind
    name: str
    instance_sha256: str
    threshold: Fraction | None
    loss_unit: Fraction
    columns: int
    options: dict[str, Any]


@dataclass(frozen=True, eq=False)
class Places:
    """Where a parameter's position comes from: by its name ``w.1.0.2`` a constant and pairs (weight, column of the file
    from 1); and the names of these columns."""

    parameters: dict[str, tuple[int, tuple[tuple[int, int], ...]]]
    names: dict[int, str]


def places(variable_map: VariableMap, names: list[str], bits: Bits | None = None) -> Places:
    """The places of a linear model's parameters; ``names`` of its columns; ``bits`` where they were split."""
    parameters: dict[str, tuple[int, tuple[tuple[int, int], ...]]] = {}
    used: dict[int, str] = {}
    for number, grids in enumerate(variable_map.layers, start=1):
        for letter, grid in zip("wb", grids, strict=True):
            for place, pairs in _pairs(grid).items():
                constant, found = 0, []
                for weight, column in pairs:
                    if bits is None:
                        found.append((weight, column + 1))
                        used[column + 1] = names[column]
                        continue
                    constant += weight * int(bits.constant[column])
                    span = range(int(bits.start[column]), int(bits.start[column + 1]))
                    for k, bit in enumerate(span):
                        found.append((weight * int(bits.weights[bit]), bit + 1))
                        used[bit + 1] = names[column] + (f".bit{k}" if len(span) > 1 else "")
                parameters[".".join((letter, str(number), *map(str, place)))] = (constant, tuple(found))
    return Places(parameters, used)


def _pairs(grid: GridMap) -> dict[tuple[int, ...], list[tuple[int, int]]]:
    """Weight and column of every term, by the parameter's place in its grid."""
    free = np.flatnonzero(grid.sizes > 1).tolist()
    result: dict[int, list[tuple[int, int]]] = {parameter: [] for parameter in free}
    for parameter, column, weight in zip(
        grid.parameters.tolist(), grid.columns.tolist(), grid.coefficients.tolist(), strict=True
    ):
        result[parameter].append((weight, column))
    return {tuple(int(k) for k in np.unravel_index(index, grid.shape)): pairs for index, pairs in result.items()}


def comment_lines(header: LinearHeader, where: Places) -> Iterator[str]:
    """All comments of a file, without line ends."""
    mark, threshold = _MARK[header.kind], header.threshold
    question = "a training loss of least size" if threshold is None else f"a training loss of at most {threshold}"
    yield f"{mark} written by dnnt-encode {__version__}"
    yield f"{mark} instance {json.dumps(header.name)}, sha256 {header.instance_sha256}"
    yield f"{mark} question: {question}"
    if threshold is None:
        yield f"{mark} loss = {header.loss_unit} * objective"
    yield f"{mark} to read a solver's answer back: dnnt decode INSTANCE --model THIS --solution OUTPUT"
    facts = {"format": _FORMAT, "version": _VERSION, **asdict(header)}
    facts["threshold"] = None if threshold is None else str(threshold)
    facts["loss_unit"] = str(header.loss_unit)
    yield f"{mark} dnnt {json.dumps(facts)}"
    for number, name in sorted(where.names.items()):
        yield f"{mark} varname {number} {name}"
    for parameter, (constant, pairs) in where.parameters.items():
        yield f"{mark} parameter {parameter} {' '.join(map(str, (constant, *(n for pair in pairs for n in pair))))}"


def is_linear_model(stream: Any) -> bool:
    """Whether a buffered stream stands before the comments of an MPS, LP or OPB file; nothing is read."""
    head: bytes = stream.peek(1)[:1]
    return head in (b"*", b"\\")


def read_linear_comments(stream: IO[bytes], name: str) -> tuple[LinearHeader, Places]:
    """The comments at the head of an exported MPS, LP or OPB file. Raises InputError where they are missing."""
    header: LinearHeader | None = None
    where = Places({}, {})
    for number, raw in enumerate(stream, start=1):
        if not raw.startswith((b"*", b"\\")):
            break
        words = raw.decode("utf-8", "replace").split(maxsplit=3)
        try:
            if words[1:2] == ["dnnt"] and header is None:
                header = _header(raw.decode("utf-8").split(maxsplit=2)[2])
            elif words[1:2] == ["varname"] and header is not None:
                where.names[_column(words[2], header)] = words[3].strip()
            elif words[1:2] == ["parameter"] and header is not None:
                constant, *rest = (int(word) for word in words[3].split())
                pairs = tuple(zip(rest[::2], rest[1::2], strict=True))
                if any(column not in where.names for _, column in pairs):
                    raise ValueError
                where.parameters[words[2]] = (constant, pairs)
        except (ValueError, KeyError, TypeError, IndexError):
            raise InputError("this comment of an exported model is damaged", f"{name}, line {number}") from None
    if header is None:
        raise InputError(
            "found no comment `dnnt {...}` at the head: this is no model that dnnt export wrote; without --model the "
            "instance is encoded again",
            name,
        )
    return header, where


def positions(network: Network, where: Places, values: dict[int, int], name: str) -> Assignment:
    """The assignment that the values of columns of the file stand for; positions may lie outside their sets.

    Raises InputError where parameters and network do not fit."""
    left = dict(where.parameters)
    layers = []
    for number, layer in enumerate(network.layers, start=1):
        grids = []
        for letter, sizes in (("w", layer.weights.sizes()), ("b", layer.biases.sizes())):
            grid = np.zeros(sizes.shape, dtype=np.int64)
            for place in np.ndindex(sizes.shape):
                parameter = ".".join((letter, str(number), *map(str, place)))
                if (parameter in left) != (int(sizes[place]) > 1):
                    raise InputError(f"the comments do not fit the parameter {parameter} of the network", name)
                constant, pairs = left.pop(parameter, (0, ()))
                grid[place] = constant + sum(weight * values[column] for weight, column in pairs)
            grids.append(grid)
        layers.append((grids[0], grids[1]))
    if left:
        raise InputError(f"found the parameter {next(iter(left))}, which the network does not have", name)
    return Assignment(tuple(layers))


def _column(word: str, header: LinearHeader) -> int:
    column = int(word)
    if not 1 <= column <= header.columns:
        raise ValueError
    return column


def _header(text: str) -> LinearHeader:
    facts = json.loads(text)
    if facts.pop("format") != _FORMAT or facts.pop("version") != _VERSION or facts["kind"] not in LINEAR_KINDS:
        raise ValueError
    threshold = facts.pop("threshold")
    facts["threshold"] = None if threshold is None else Fraction(threshold)
    facts["loss_unit"] = Fraction(facts["loss_unit"])
    if not isinstance(facts["columns"], int) or not all(
        isinstance(facts[key], str) for key in ("name", "instance_sha256")
    ):
        raise ValueError
    return LinearHeader(**facts)
