"""Models out to files: one of the whole instance, or one for each of its pieces."""

from __future__ import annotations

import os
from collections.abc import Sequence

from dnnt_encode.errors import InputError
from dnnt_encode.exchange.cnf_file import CnfFile
from dnnt_encode.exchange.cubes import (
    LIST,
    MOST,
    CubeList,
    CubePart,
    cube_name,
    literal_cubes,
    part_name,
    read_list,
    write_list,
)
from dnnt_encode.exchange.encode import Encoded, encode, reduction
from dnnt_encode.exchange.model_file import ModelFile
from dnnt_encode.exchange.question import Question, Scope
from dnnt_encode.formats.icnf import applied, icnf_text
from dnnt_encode.formats.streams import FileName, reading, writing
from dnnt_encode.instance.instance import Instance
from dnnt_encode.parsers.outputs import new_folder
from dnnt_encode.proofs.cover import any_split

ICNF = ".icnf"


def export(instance: Instance, question: Question, target: FileName) -> ModelFile:
    """Write a model of the instance to a file (``.gz`` and ``.xz`` by the name, ``-`` for standard output); what it
    holds.

    Raises ModelTooLarge before anything is built where it would not fit, InputError where the file cannot be written.
    """
    encoded = encode(instance, question)
    write_model(encoded, target)
    return encoded.model


def export_cubes(
    instance: Instance, question: Question, folder: str, wanted: int | None = None, *, incremental: bool = False
) -> CubeList:
    """Write the pieces of an instance into a new folder, with their list: one model a part or, in DIMACS, where more
    are ``wanted`` than there are parts, one a cube; ``incremental``: one iCNF file a part with all its cubes.

    Raises as ``export`` does."""
    if question.kind != "dimacs" and (wanted is not None or incremental):
        raise InputError(f"parts are cut further in DIMACS alone; found the format {question.kind}")
    if wanted is not None and wanted > MOST:
        raise InputError(f"found {wanted} cubes; at most {MOST} are written")
    new_folder(folder)
    split, count = any_split(reduction(instance, question).instance)
    share = -(-(wanted or 0) // count)
    parts: list[CubePart] = []
    number = 1
    for part in range(count):
        encoded = encode(instance, question.of(Scope(split, part)))
        model = encoded.model
        cubes = literal_cubes(model.model, share) if isinstance(model, CnfFile) else ((),)
        size = (model.size.columns, model.size.rows) if isinstance(model, CnfFile) else (0, 0)
        parts.append(CubePart(encoded.header.model_sha256, *size, cubes))
        if incremental:
            assert isinstance(model, CnfFile)
            with writing(os.path.join(folder, part_name(part) + ICNF)) as stream:
                for piece in icnf_text(model.model, cubes, encoded.comments()):
                    stream.write(piece)
        else:
            for cube in cubes:
                write_model(encoded.cut(cube), os.path.join(folder, cube_name(number) + question.row.suffix))
                number += 1
    found = CubeList(question, instance.sha256, split, tuple(parts))
    write_list(found, folder)
    return found


def apply_cube(folder: str, number: int, target: str) -> Sequence[int]:
    """Write the DIMACS file of a cube, from 1, of a folder with iCNF files; its literals. Raises InputError."""
    found = read_list(folder)
    place = os.path.join(folder, LIST)
    cubes = list(found.numbered())
    if not 1 <= number <= len(cubes):
        raise InputError(f"there are the cubes 1 to {len(cubes)}, and no cube {number}", place)
    if found.question.kind != "dimacs":
        raise InputError(f"cubes are applied to formulas in DIMACS; these are {found.question.kind} files", place)
    _, part, cube = cubes[number - 1]
    entry = found.parts[part]
    comments = (f"c cube {number} of {len(cubes)}, of the instance with the sha256 {found.instance_sha256}",)
    with reading(os.path.join(folder, part_name(part) + ICNF)) as stream, writing(target) as file:
        for piece in applied(stream, (entry.variables, entry.clauses), cube, comments):
            file.write(piece)
    return cube


def write_model(encoded: Encoded, target: FileName) -> None:
    """Write an encoded model to a file. Raises InputError where it cannot be written."""
    with writing(target) as stream:
        for part in encoded.text():
            stream.write(part)
