"""An instance cut into pieces, so that many solvers, on many machines, have one model each.

The parts are those of a split (output patterns), or the whole where it has none. The formula of a part may be cut
further, by literals: the cubes are all choices of values for the first parameters of its network, so many that there
are as many cubes as were asked for. Fixing values by literals leaves the formula as it is, the order of interchangeable
units included. What the pieces are is in a list beside their files:

    {"format": "dnnt-cubes", "version": 1, "kind": "dimacs", "split": "output_patterns", "parts": [...], ...}
"""

from __future__ import annotations

import itertools
import json
import math
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np

from dnnt_encode._version import __version__
from dnnt_encode.errors import InputError
from dnnt_encode.exchange.question import Question, Scope
from dnnt_encode.instance.instance import Instance
from dnnt_encode.instance.rationals import number_json
from dnnt_encode.models.cnf import CnfModel
from dnnt_encode.parsers.files import write_text
from dnnt_encode.parsers.instance_json import check_format
from dnnt_encode.parsers.json_text import read_json
from dnnt_encode.parsers.numbers import json_fraction
from dnnt_encode.parsers.places import Place, take_integer, take_list, take_object, take_string

FORMAT, VERSION = "dnnt-cubes", 1

LIST = "cubes.json"

MOST = 10**6
"""More cubes than this are no list any more."""

Cube = tuple[int, ...]


@dataclass(frozen=True)
class CubePart:
    """A part of the split. ``model_sha256``: the hash of its model; ``variables`` and ``clauses``: of its formula, 0 in
    other formats; ``cubes``: those of its formula, one without literals where it is not cut."""

    model_sha256: str
    variables: int
    clauses: int
    cubes: tuple[Cube, ...]


@dataclass(frozen=True)
class CubeList:
    """The pieces of the ``question`` about an instance: ``parts`` of the ``split`` of that name, or the whole. Cubes
    have numbers from 1 on, through all parts."""

    question: Question
    instance_sha256: str
    split: str | None
    parts: tuple[CubePart, ...]
    dnnt_version: str = __version__

    def question_of(self, part: int) -> Question:
        """The question about a part, from 0."""
        return replace(self.question, scope=Scope(self.split, part))

    def numbered(self) -> Iterator[tuple[int, int, Cube]]:
        """Number, part (from 0) and literals of every cube."""
        pairs = ((part, cube) for part, each in enumerate(self.parts) for cube in each.cubes)
        return ((number, part, cube) for number, (part, cube) in enumerate(pairs, start=1))


def cube_name(number: int) -> str:
    """What the files of a cube are called, without their suffix."""
    return f"cube-{number}"


def part_name(part: int) -> str:
    """What the files of a part (from 0) are called, without their suffix."""
    return f"part-{part + 1}"


def literal_cubes(model: CnfModel, wanted: int) -> tuple[Cube, ...]:
    """At least so many cubes of a formula, where it has so many assignments: every choice of values for its first
    parameters, one unit after another. Each assignment is in exactly one of them."""
    chosen: list[tuple[Cube, ...]] = []
    for grid in (grid for pair in model.variable_map.layers for grid in pair):
        for parameter, count in enumerate(np.diff(grid.start).tolist()):
            if math.prod(map(len, chosen)) >= wanted:
                break
            if count:
                chosen.append(tuple(grid.conjunction(parameter, position) for position in range(count + 1)))
    return tuple(tuple(itertools.chain(*literals)) for literals in itertools.product(*chosen))


def write_list(cubes: CubeList, folder: str) -> None:
    """Write the list into the folder of its files. Raises InputError."""
    asked = cubes.question
    value = {
        "format": FORMAT,
        "version": VERSION,
        "dnnt_version": cubes.dnnt_version,
        "instance_sha256": cubes.instance_sha256,
        "kind": asked.kind,
        "threshold": None if asked.threshold is None else number_json(asked.threshold),
        "options": asked.options,
        "split": cubes.split,
        "parts": [
            {
                "model_sha256": part.model_sha256,
                "variables": part.variables,
                "clauses": part.clauses,
                "cubes": [list(cube) for cube in part.cubes],
            }
            for part in cubes.parts
        ],
    }
    write_text(os.path.join(folder, LIST), json.dumps(value) + "\n")


def read_list(folder: str, instance: Instance | None = None) -> CubeList:
    """The list in a folder, of an ``instance`` where that is given. Raises InputError where it is damaged, or of
    another one."""
    path = os.path.join(folder, LIST)
    value, place = read_json(path)
    check_format(value, place, FORMAT, VERSION)
    keys = "format version dnnt_version instance_sha256 kind threshold options split parts".split()
    fields = take_object(value, place, keys)
    digest = take_string(fields["instance_sha256"], place / "instance_sha256", "the hash of an instance")
    if instance is not None and digest != instance.sha256:
        raise (place / "instance_sha256").error(
            f"these cubes are of another instance; the hash of this one ({instance.name}) is {instance.sha256}"
        )
    kind = take_string(fields["kind"], place / "kind", "a format of models")
    options = take_object(fields["options"], place / "options", [], ["sum", "reductions", "indicators"])
    try:
        threshold: Fraction | None = None if fields["threshold"] is None else json_fraction(fields["threshold"])
        question = Question(kind, threshold, **options)
    except ValueError as error:
        message = error.message if isinstance(error, InputError) else str(error)
        raise place.error(message) from None
    items = take_list(fields["parts"], place / "parts", "one part after another")
    parts = tuple(_part(item, place / "parts" / number) for number, item in enumerate(items))
    if not parts:
        raise (place / "parts").error("found no parts; there is at least one")
    split = fields["split"]
    return CubeList(
        question=question,
        instance_sha256=digest,
        split=None if split is None else take_string(split, place / "split", "the name of a split"),
        parts=parts,
        dnnt_version=take_string(fields["dnnt_version"], place / "dnnt_version", "a version"),
    )


def _part(value: Any, place: Place) -> CubePart:
    fields = take_object(value, place, ["model_sha256", "variables", "clauses", "cubes"])
    cubes = take_list(fields["cubes"], place / "cubes", "lists of literals")
    return CubePart(
        model_sha256=take_string(fields["model_sha256"], place / "model_sha256", "a hash"),
        variables=take_integer(fields["variables"], place / "variables", "the number of variables", 0),
        clauses=take_integer(fields["clauses"], place / "clauses", "the number of clauses", 0),
        cubes=tuple(_cube(cube, place / "cubes" / number) for number, cube in enumerate(cubes)),
    )


def _cube(value: Any, place: Place) -> Cube:
    literals: Sequence[Any] = take_list(value, place, "literals")
    return tuple(
        take_integer(literal, place / number, "a literal", -(2**31) + 1, 2**31 - 1)
        for number, literal in enumerate(literals)
    )
