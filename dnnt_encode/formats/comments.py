"""The comments that a CNF file carries, so that a solution can be read back without encoding again.

    c dnnt {"format": "dnnt-model", ...}   one JSON object: what was encoded, and how a cost becomes a loss
    c varname 7 w.1.0.2.1                  a variable's name: weight 2 of unit 0 of layer 1 takes value 1 of its set
    c parameter w.1.0.2 7 -9               the value is as many steps into its sorted set as these literals hold

Only parameters with more than one value have a line. All comments stand before the first clause.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from fractions import Fraction
from typing import IO, Any, Literal

import numpy as np

from dnnt_encode._version import __version__
from dnnt_encode.errors import InputError
from dnnt_encode.instance.network import Network
from dnnt_encode.models.cnf import CnfModel, CnfVariableMap, LiteralMap

Kind = Literal["dimacs", "wcnf"]

_FORMAT, _VERSION = "dnnt-model", 1


@dataclass(frozen=True)
class ModelHeader:
    """What a model file says about itself. ``threshold``: in the instance's units, None where the model minimises;
    ``loss_unit`` and ``objective_constant`` as in CnfModel; ``options``: what the encoder was told."""

    kind: Kind
    name: str
    instance_sha256: str
    threshold: Fraction | None
    loss_unit: Fraction
    objective_constant: int
    variables: int
    options: dict[str, Any]

    def loss(self, cost: int) -> Fraction:
        """The loss that a solver's cost (weight of the falsified soft clauses) means."""
        return self.loss_unit * (cost + self.objective_constant)


def comment_lines(header: ModelHeader, variable_map: CnfVariableMap, names: Iterable[tuple[int, str]]) -> Iterator[str]:
    """All comments of a file, without line ends."""
    threshold = header.threshold
    question = "a training loss of least size" if threshold is None else f"a training loss of at most {threshold}"
    yield f"c written by dnnt-encode {__version__}"
    yield f"c instance {json.dumps(header.name)}, sha256 {header.instance_sha256}"
    yield f"c question: {question}"
    if header.kind == "wcnf":
        yield f"c loss = {header.loss_unit} * (cost + {header.objective_constant})"
    yield "c to read a solver's answer back: dnnt decode INSTANCE --model THIS --solution OUTPUT"
    facts = {"format": _FORMAT, "version": _VERSION, **asdict(header)}
    facts["threshold"] = None if threshold is None else str(threshold)
    facts["loss_unit"] = str(header.loss_unit)
    yield f"c dnnt {json.dumps(facts)}"
    for variable, name in names:
        yield f"c varname {variable} {name}"
    for layer, grids in enumerate(variable_map.layers, start=1):
        for letter, grid in zip("wb", grids, strict=True):
            yield from _parameter_lines(f"{letter}.{layer}", grid)


def _parameter_lines(prefix: str, grid: LiteralMap) -> Iterator[str]:
    starts, literals = grid.start.tolist(), grid.literals.tolist()
    for index, (first, last) in enumerate(itertools.pairwise(starts)):
        if first != last:
            place = ".".join(str(part) for part in np.unravel_index(index, grid.shape))
            yield f"c parameter {prefix}.{place} {' '.join(map(str, literals[first:last]))}"


@dataclass(frozen=True, eq=False)
class ModelFile:
    """The comments of a model file: its header, and the literals of its parameters by name (``w.1.0.2``)."""

    header: ModelHeader
    parameters: dict[str, list[int]]
    name: str

    def variable_map(self, network: Network) -> CnfVariableMap:
        """The map for a network. Raises InputError where it does not fit."""
        left = dict(self.parameters)
        layers = []
        for number, layer in enumerate(network.layers, start=1):
            grids = (layer.weights, layer.biases)
            maps = [self._grid(f"{c}.{number}", g.sizes(), left) for c, g in zip("wb", grids, strict=True)]
            layers.append((maps[0], maps[1]))
        if left:
            raise InputError(f"found the parameter {next(iter(left))}, which the network does not have", self.name)
        return CnfVariableMap(tuple(layers))

    def _grid(self, prefix: str, sizes: np.ndarray, left: dict[str, list[int]]) -> LiteralMap:
        start, literals = [0], list[int]()
        for place in np.ndindex(sizes.shape):
            name = ".".join((prefix, *map(str, place)))
            found = left.pop(name, [])
            if len(found) != int(sizes[place]) - 1:
                raise InputError(
                    f"found {len(found)} literals for the parameter {name}, whose set has {int(sizes[place])} values; "
                    "the file's comments are not whole",
                    self.name,
                )
            literals += found
            start.append(len(literals))
        return LiteralMap(sizes.shape, np.array(start, dtype=np.int64), np.array(literals, dtype=np.int32))


def read_comments(stream: IO[bytes], name: str) -> ModelFile:
    """The comments before the first clause of an exported CNF or WCNF. Raises InputError where they are missing."""
    header: ModelHeader | None = None
    parameters: dict[str, list[int]] = {}
    for number, raw in enumerate(stream, start=1):
        if not raw.startswith((b"c", b"p", b"\n", b"\r")):
            break
        words = raw.decode("utf-8", "replace").split(maxsplit=2)
        try:
            if words[1:2] == ["dnnt"] and header is None:
                header = _header(raw.decode("utf-8").split(maxsplit=2)[2])
            elif words[1:2] == ["parameter"]:
                place, *literals = words[2].split()
                parameters[place] = [int(literal) for literal in literals]
                if header is not None and any(not 0 < abs(v) <= header.variables for v in parameters[place]):
                    raise ValueError
        except (ValueError, KeyError, TypeError, IndexError):
            raise InputError("this comment of an exported model is damaged", f"{name}, line {number}") from None
    if header is None:
        raise InputError(
            "found no line `c dnnt {...}` before the clauses: this is no model that dnnt export wrote; without --model "
            "the instance is encoded again",
            name,
        )
    return ModelFile(header, parameters, name)


def _header(text: str) -> ModelHeader:
    facts = json.loads(text)
    if facts.pop("format") != _FORMAT or facts.pop("version") != _VERSION or facts["kind"] not in ("dimacs", "wcnf"):
        raise ValueError
    threshold = facts.pop("threshold")
    facts["threshold"] = None if threshold is None else Fraction(threshold)
    facts["loss_unit"] = Fraction(facts["loss_unit"])
    if not all(isinstance(facts[key], int) for key in ("objective_constant", "variables")):
        raise ValueError
    if not all(isinstance(facts[key], str) for key in ("name", "instance_sha256")):
        raise ValueError
    return ModelHeader(**facts)


def header_of(model: CnfModel, kind: Kind, name: str, options: dict[str, Any]) -> ModelHeader:
    """The header of a model of the instance called ``name``."""
    return ModelHeader(
        kind=kind,
        name=name,
        instance_sha256=model.instance_sha256,
        threshold=None if model.threshold is None else model.loss(model.threshold),
        loss_unit=model.loss_unit,
        objective_constant=model.objective_constant,
        variables=model.variables,
        options=options,
    )
