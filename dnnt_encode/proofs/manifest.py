"""The manifest of a certificate: which files it consists of, what they show together, and what remains trusted.

A certificate is a folder that can be checked by anybody, apart from whatever solved the instance. The manifest names
the instance, the weights, and for every leaf the formula and its proof, each with the sha256 of its file. Whoever
checks makes everything again that can be made from the instance (the reductions, the splits, the formulas) and looks
at the rest; the manifest is only compared with that.

    {"format": "dnnt-certificate", "version": 1, "dnnt_version": ..., "status": "OPTIMUM FOUND", "loss": 4, ...}
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, TypeVar, cast

from dnnt_encode._version import __version__
from dnnt_encode.encoders.options import SumEncoding
from dnnt_encode.formats.streams import reading, writing
from dnnt_encode.instance.goal import Status
from dnnt_encode.instance.rationals import number_json
from dnnt_encode.parsers.files import write_text
from dnnt_encode.parsers.instance_json import check_format
from dnnt_encode.parsers.json_text import read_json
from dnnt_encode.parsers.numbers import json_fraction
from dnnt_encode.parsers.places import Place, found, take_integer, take_list, take_object, take_string
from dnnt_encode.proofs.certificate import LeafProof, SplitNode

FORMAT, VERSION = "dnnt-certificate", 1

MANIFEST, INSTANCE, WEIGHTS = "manifest.json", "instance.json", "weights.json"

STATUSES: tuple[Status, ...] = ("OPTIMUM FOUND", "SATISFIABLE", "UNSATISFIABLE")

T = TypeVar("T")


@dataclass(frozen=True)
class Manifest:
    """``loss``: of the weights, None without any. ``sum`` and ``reductions``: how the formulas are made. ``steps``: the
    notes of the reductions of the whole; ``splits``, parents first, lead to the nodes of ``leaves``; ``trusted``: what
    the proofs do not cover. ``instance_file`` and ``weights_file``: the sha256 of the files."""

    status: Status
    loss: Fraction | None
    threshold: Fraction | None
    instance_sha256: str
    instance_file: str
    weights_file: str | None
    sum: SumEncoding
    reductions: bool
    steps: tuple[str, ...]
    splits: tuple[SplitNode, ...]
    leaves: tuple[LeafProof, ...]
    prover: str
    trusted: tuple[str, ...]
    dnnt_version: str = __version__


def needs_proofs(status: str, loss: Fraction | None, threshold: Fraction | None) -> bool:
    """Whether a result claims more than its verified weights show, and that no loss is below 0."""
    if status == "OPTIMUM FOUND":
        return loss is not None and loss > 0
    return status == "UNSATISFIABLE" and threshold is not None and threshold >= 0


def leaf_file(number: int, suffix: str) -> str:
    """The name of a file of the leaf with this number, from 0: ``leaf-1.cnf``."""
    return f"leaf-{number + 1}{suffix}"


def write_file(path: str, parts: Iterable[bytes]) -> str:
    """Write a file, whole or not at all; its sha256. Raises InputError."""
    digest = hashlib.sha256()
    with writing(path) as stream:
        for part in parts:
            digest.update(part)
            stream.write(part)
    return digest.hexdigest()


def file_sha256(path: str) -> str:
    """The sha256 of a file. Raises InputError."""
    digest = hashlib.sha256()
    with reading(path) as stream:
        while part := stream.read(1 << 20):
            digest.update(part)
    return digest.hexdigest()


def write_manifest(manifest: Manifest, folder: str) -> str:
    """Write it into the folder of its files; its path. Raises InputError."""
    leaves = [
        {
            "node": list(leaf.node),
            "refuted": number_json(leaf.refuted),
            "formula": {"file": leaf_file(number, ".cnf"), "sha256": leaf.formula, "clauses": leaf.clauses},
            "proof": {"file": leaf_file(number, ".drup"), "sha256": leaf.proof, "lemmas": leaf.lemmas},
        }
        for number, leaf in enumerate(manifest.leaves)
    ]
    weights = None if manifest.weights_file is None else {"file": WEIGHTS, "sha256": manifest.weights_file}
    value = {
        "format": FORMAT,
        "version": VERSION,
        "dnnt_version": manifest.dnnt_version,
        "status": manifest.status,
        "loss": None if manifest.loss is None else number_json(manifest.loss),
        "threshold": None if manifest.threshold is None else number_json(manifest.threshold),
        "instance_sha256": manifest.instance_sha256,
        "instance": {"file": INSTANCE, "sha256": manifest.instance_file},
        "weights": weights,
        "encoding": {"sum": manifest.sum, "reductions": manifest.reductions},
        "steps": list(manifest.steps),
        "splits": [{"node": list(each.node), "name": each.name, "parts": each.parts} for each in manifest.splits],
        "leaves": leaves,
        "prover": manifest.prover,
        "trusted": list(manifest.trusted),
    }
    path = os.path.join(folder, MANIFEST)
    write_text(path, json.dumps(value, indent=1, ensure_ascii=False) + "\n")
    return path


def read_manifest(path: str) -> Manifest:
    """The manifest in a file. Raises InputError naming what is damaged."""
    value, place = read_json(path)
    check_format(value, place, FORMAT, VERSION)
    keys = (
        "format version dnnt_version status loss threshold instance_sha256 instance weights encoding steps splits "
        "leaves prover trusted"
    ).split()
    fields = take_object(value, place, keys)
    if fields["status"] not in STATUSES:
        raise (place / "status").error(f"found {found(fields['status'])}; one of {', '.join(STATUSES)} is needed")
    encoding = take_object(fields["encoding"], place / "encoding", ["sum", "reductions"])
    if encoding["sum"] not in ("auto", "order", "adder"):
        raise (place / "encoding" / "sum").error("auto, order or adder is needed")
    if not isinstance(encoding["reductions"], bool):
        raise (place / "encoding" / "reductions").error("true or false is needed")
    weights = fields["weights"]
    return Manifest(
        status=cast(Status, fields["status"]),
        loss=_number(fields["loss"], place / "loss"),
        threshold=_number(fields["threshold"], place / "threshold"),
        instance_sha256=_hash(fields["instance_sha256"], place / "instance_sha256"),
        instance_file=_file(fields["instance"], place / "instance", INSTANCE)[0],
        weights_file=None if weights is None else _file(weights, place / "weights", WEIGHTS)[0],
        sum=cast(SumEncoding, encoding["sum"]),
        reductions=encoding["reductions"],
        steps=_each(fields["steps"], place / "steps", _text),
        splits=_each(fields["splits"], place / "splits", _split),
        leaves=_each(fields["leaves"], place / "leaves", _leaf),
        prover=_text(fields["prover"], place / "prover"),
        trusted=_each(fields["trusted"], place / "trusted", _text),
        dnnt_version=_text(fields["dnnt_version"], place / "dnnt_version"),
    )


def _each(value: object, place: Place, read: Callable[[Any, Place], T]) -> tuple[T, ...]:
    items = take_list(value, place, "one item after another")
    return tuple(read(item, place / number) for number, item in enumerate(items))


def _text(value: object, place: Place) -> str:
    return take_string(value, place, "a text")


def _number(value: object, place: Place) -> Fraction | None:
    try:
        return None if value is None else json_fraction(value)
    except ValueError as error:
        raise place.error(str(error)) from None


def _hash(value: object, place: Place) -> str:
    text = take_string(value, place, "a sha256")
    if not re.fullmatch("[0-9a-f]{64}", text):
        raise place.error(f"found {found(text)}; 64 digits 0-9a-f are needed")
    return text


def _file(value: object, place: Place, name: str, count: str | None = None) -> tuple[str, int]:
    """The sha256 of a file that stands under its usual name, and what is counted in it."""
    fields = take_object(value, place, ["file", "sha256", *([] if count is None else [count])])
    if fields["file"] != name:
        raise (place / "file").error(f"found {found(fields['file'])}; this file is called {name}")
    counted = 0 if count is None else take_integer(fields[count], place / count, count, 0)
    return _hash(fields["sha256"], place / "sha256"), counted


def _node(value: object, place: Place) -> tuple[int, ...]:
    return _each(value, place, lambda item, at: take_integer(item, at, "the number of a part", 0))


def _split(value: object, place: Place) -> SplitNode:
    fields = take_object(value, place, ["node", "name", "parts"])
    parts = take_integer(fields["parts"], place / "parts", "the number of parts", 1)
    return SplitNode(_node(fields["node"], place / "node"), _text(fields["name"], place / "name"), parts)


def _leaf(value: object, place: Place) -> LeafProof:
    fields = take_object(value, place, ["node", "refuted", "formula", "proof"])
    refuted = _number(fields["refuted"], place / "refuted")
    if refuted is None:
        raise (place / "refuted").error("found null; a number is needed")
    number = place.path[-1]
    assert isinstance(number, int)
    formula, clauses = _file(fields["formula"], place / "formula", leaf_file(number, ".cnf"), "clauses")
    proof, lemmas = _file(fields["proof"], place / "proof", leaf_file(number, ".drup"), "lemmas")
    return LeafProof(_node(fields["node"], place / "node"), refuted, formula, clauses, lemmas, proof)
