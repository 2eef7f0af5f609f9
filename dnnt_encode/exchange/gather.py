"""The answers to the pieces of an instance, back in: what a folder of them shows together.

Every piece that has no answer is open. A piece that is refuted says nothing about its siblings; that nothing is within
the threshold, or that nothing is better than the best, follows where all pieces say so and they leave nothing out.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

from dnnt_encode.errors import InputError
from dnnt_encode.exchange.cnf_file import CnfFile
from dnnt_encode.exchange.cubes import (
    LIST,
    Cube,
    CubeList,
    cube_name,
    literal_cubes,
    part_name,
    read_list,
)
from dnnt_encode.exchange.decode import Answer, Shown, another_version, concluded, read_bytes, shown
from dnnt_encode.exchange.encode import Encoded, encode, reduction
from dnnt_encode.exchange.kinds import KINDS
from dnnt_encode.exchange.model_file import ModelFile
from dnnt_encode.instance.instance import Instance
from dnnt_encode.proofs.cover import parts_of, uncovered

_NAME = re.compile(r"((?:cube|part)-[0-9]+)\.")
_MODELS = tuple(kind.suffix for kind in KINDS.values()) + (".icnf",)

OPEN = Shown(Fraction(0), Fraction(0))
"""What is known of a piece without an answer."""

_TOLD = 5
"""Pieces without an answer that are told by their names."""


def gather(instance: Instance, answers: str, folder: str) -> Answer:
    """What a folder of ``answers`` says about an instance whose pieces are in another ``folder``, or in the same one.

    The answer to cube 7 is in a file ``cube-7.out``, or of any other suffix that is none of a model's; one to the iCNF
    file of part 2 in ``part-2.out``. Empty files are none. Raises InputError and NotVerified as ``decode`` does."""
    found = read_list(folder, instance)
    _check_cover(instance, found, folder)
    files = dict(_answers(answers))
    pieces: list[Shown] = []
    unanswered: list[str] = []
    notes: tuple[str, ...] = reduction(instance, found.question).notes
    number = 0
    for part, entry in enumerate(found.parts):
        names = [cube_name(number + k) for k in range(1, len(entry.cubes) + 1)]
        number += len(entry.cubes)
        whole = files.pop(part_name(part), None)
        own = [files.pop(name, None) for name in names]
        if whole is None and not any(own):
            pieces.append(OPEN)
            unanswered += names
            continue
        encoded = _encoded(instance, found, part, folder)
        if whole is not None:
            pieces.append(shown(instance, encoded, encoded.model, read_bytes(whole), whole))
            continue
        for name, cube, path in zip(names, entry.cubes, own, strict=True):
            if path is None:
                pieces.append(OPEN)
                unanswered.append(name)
            else:
                pieces.append(shown(instance, encoded, _cut(encoded, cube), read_bytes(path), path))
    if files:
        name, path = next(iter(files.items()))
        raise InputError(f"this is an answer to {name}, and there is no such piece", path)
    if found.split is not None:
        notes += (f"the split {found.split} (its cover is checked)",)
    answer = concluded(pieces, found.question.threshold, notes)
    if unanswered and answer.status in ("UNKNOWN", "SATISFIABLE"):
        more = ", ..." if len(unanswered) > _TOLD else ""
        detail = f"no answer to {len(unanswered)} of {number} cubes: {', '.join(unanswered[:_TOLD])}{more}"
        answer = replace(answer, detail=f"{answer.detail}; {detail}")
    return answer


def _check_cover(instance: Instance, found: CubeList, folder: str) -> None:
    """Whether the parts are those of the split, and leave nothing out. Raises InputError."""
    place = os.path.join(folder, LIST)
    count = 1
    if found.split is not None:
        inner = reduction(instance, found.question).instance
        parts = parts_of(found.split, inner)
        count = len(parts)
        if parts and uncovered(found.split, inner, parts)[1]:
            raise InputError(f"the parts of {found.split} leave something out", place)
    if count != len(found.parts):
        raise InputError(f"found {len(found.parts)} parts; the split {found.split} gives {count}", place)


def _encoded(instance: Instance, found: CubeList, part: int, folder: str) -> Encoded:
    """The model of a part, which has to be the one that was exported, with the very cubes. Raises InputError."""
    entry, place = found.parts[part], os.path.join(folder, LIST)
    encoded = encode(instance, found.question_of(part))
    if encoded.header.model_sha256 != entry.model_sha256:
        raise another_version(found.dnnt_version, place)
    model = encoded.model
    cubes = literal_cubes(model.model, len(entry.cubes)) if isinstance(model, CnfFile) else ((),)
    if cubes != entry.cubes:
        raise InputError(f"the cubes of {part_name(part)} are not those that its formula is cut into", place)
    return encoded


def _cut(encoded: Encoded, cube: Cube) -> ModelFile:
    model = encoded.model
    return CnfFile(model.kind, model.model, cube) if cube and isinstance(model, CnfFile) else model


def _answers(folder: str) -> Iterator[tuple[str, str]]:
    """Pieces and the paths of the answers to them. Raises InputError where there are two to one piece."""
    seen: dict[str, str] = {}
    try:
        names = sorted(os.listdir(folder))
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror or error}", folder) from None
    for name in names:
        match, path = _NAME.match(name), os.path.join(folder, name)
        plain = name.removesuffix(".gz").removesuffix(".xz")
        if match is None or plain.endswith(_MODELS) or not os.path.isfile(path) or not os.path.getsize(path):
            continue
        if match[1] in seen:
            raise InputError(f"this is a second answer to {match[1]}, beside {seen[match[1]]}", path)
        seen[match[1]] = path
        yield match[1], path
