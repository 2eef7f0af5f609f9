"""The comments of a model file, whatever its format: what was encoded, and what the file's numbers mean.

    c dnnt {"format": "dnnt-model", ...}   one JSON object, over several lines where it is long: see ``Header``
    c varname 7 w.1.0.2.1                  the file's variable (column) 7, from 1, is called so
    c parameter w.1.0.2 1 1 7 -1 9         the value is 1 + 1 times variable 7 - 1 times variable 9 steps into its
                                           sorted set; several lines of one parameter add up

MPS and OPB files write ``*`` in place of ``c``, LP files a backslash. Only parameters of more than one value have a
line. ``dnnt decode`` reads the header alone and makes the model again; the rest is for other readers.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from fractions import Fraction
from typing import IO, Any

from dnnt_encode.errors import InputError
from dnnt_encode.exchange.kinds import KINDS
from dnnt_encode.exchange.model_file import ModelFile
from dnnt_encode.exchange.question import Scope
from dnnt_encode.instance.stage import Stage

_FORMAT, _VERSION = "dnnt-model", 2

LONGEST = 800
"""Characters of a comment that solvers' readers certainly take; some have buffers of a thousand."""

_PAIRS = 32
"""Pairs of weight and variable on one line."""


@dataclass(frozen=True)
class Header:
    """What a model file says about itself: ``loss = loss_unit * objective + loss_offset``, where the file has an
    objective. ``threshold``: in the instance's units, None where the model minimises. ``columns`` and ``rows``: of the
    file, variables and clauses in a CNF. ``options``: how the question was encoded; ``reductions``: what was done
    before. ``model_sha256``: the hash of the model, which is made again to read an answer; ``dnnt_version``: by
    whom; ``scope``: which part of the instance it is of, None for the whole. ``stage``: whose cost stands in
    place of the loss, which is at most the threshold."""

    kind: str
    name: str
    instance_sha256: str
    threshold: Fraction | None
    loss_unit: Fraction
    loss_offset: Fraction
    columns: int
    rows: int
    options: dict[str, Any]
    reductions: tuple[str, ...]
    model_sha256: str
    dnnt_version: str
    scope: Scope | None = None
    stage: Stage | None = None
    constraints: tuple[str, ...] = ()

    def loss(self, objective: int) -> Fraction:
        """The loss that an objective of the file means."""
        return self.loss_unit * objective + self.loss_offset

    @property
    def meaning(self) -> tuple[object, ...]:
        """What two headers share that say the same of the same model."""
        return self.loss_unit, self.loss_offset, self.columns, self.rows, self.model_sha256

    def text(self) -> str:
        """The JSON object."""
        facts = {"format": _FORMAT, "version": _VERSION, **asdict(self)}
        del facts["stage"]
        if self.stage is not None:
            facts["stage"] = self.stage.form()
        if not self.constraints:
            del facts["constraints"]
        scope = facts.pop("scope")
        if scope is not None:
            facts["piece"] = scope
        numbers = {key: str(facts[key]) for key in ("threshold", "loss_unit", "loss_offset") if facts[key] is not None}
        return json.dumps({**facts, **numbers})


def comment_lines(header: Header, model: ModelFile) -> Iterator[str]:
    """All comments of a file, without line ends; none is longer than ``LONGEST`` and a mark."""
    mark, threshold = KINDS[header.kind].mark, header.threshold
    question = "a training loss of least size" if threshold is None else f"a training loss of at most {threshold}"
    stage, what, minimises = header.stage, "loss", threshold is None
    if stage is not None:
        question, what, minimises = f"{question}, and of these the best {stage.objective}", "cost", True
    lines = [
        f"written by dnnt-encode {header.dnnt_version}",
        f"instance {json.dumps(header.name)}, sha256 {header.instance_sha256}",
        f"question: {question}",
        *(["of one part of the instance: what others hold is not asked here"] if header.scope is not None else []),
        *(f"under the constraint: {each}" for each in header.constraints),
        *(f"with {each} no worse than {value}" for each, value in (() if stage is None else stage.limits)),
        *([f"cost = {stage.top} - {stage.objective}"] if stage is not None and stage.objective.maximises else []),
        *([f"{what} = {header.loss_unit} * objective + {header.loss_offset}"] if minimises else []),
        *(f"reduction: {note}" for note in header.reductions),
        "to read a solver's answer back: dnnt decode INSTANCE --model THIS --solution OUTPUT",
    ]
    for line in lines:
        yield from _pieces(f"{mark} ", line)
    yield from _pieces(f"{mark} dnnt ", header.text())
    for number, name in model.variable_names():
        yield f"{mark} varname {number} {name}"
    for name, constant, pairs in model.parameters():
        for first in range(0, max(1, len(pairs)), _PAIRS):
            numbers = [constant if first == 0 else 0, *(n for pair in pairs[first : first + _PAIRS] for n in pair)]
            yield f"{mark} parameter {name} {' '.join(map(str, numbers))}"


def _pieces(prefix: str, text: str) -> Iterator[str]:
    room = LONGEST - len(prefix)
    return (prefix + text[first : first + room] for first in range(0, len(text), room))


def read_header(stream: IO[bytes], name: str) -> Header:
    """The header among the comments at the head of an exported file. Raises InputError where there is none."""
    prefixes = {f"{kind.mark} dnnt ".encode() for kind in KINDS.values()}
    marks = {prefix[:1] for prefix in prefixes}
    text, last = "", 0
    for number, raw in enumerate(stream, start=1):
        prefix = next((prefix for prefix in prefixes if raw.startswith(prefix)), None)
        if prefix is not None:
            text, last = text + raw[len(prefix) :].rstrip(b"\r\n").decode("utf-8", "replace"), number
        elif text or not (raw.startswith(tuple(marks)) or raw.strip(b"\r\n") == b""):
            break
    if not text:
        raise InputError(
            "found no comment `dnnt {...}` at the head: this is no model that dnnt export wrote; without --model the "
            "instance is encoded again",
            name,
        )
    try:
        return _header(text)
    except InputError as error:
        raise InputError(error.message, name) from None
    except (ValueError, KeyError, TypeError, ArithmeticError, RecursionError):
        raise InputError("this comment of an exported model is damaged", f"{name}, line {last}") from None


def _header(text: str) -> Header:
    facts = json.loads(text)
    if facts.pop("format") != _FORMAT or facts["kind"] not in KINDS:
        raise ValueError
    if facts.pop("version") != _VERSION:
        found = facts.get("dnnt_version", "an older version")
        raise InputError(f"this model was written by dnnt-encode {found}, in another form; export it again")
    for key in ("threshold", "loss_unit", "loss_offset"):
        facts[key] = None if facts[key] is None and key == "threshold" else Fraction(facts[key])
    facts["reductions"] = tuple(facts["reductions"])
    texts = (*(facts[key] for key in ("name", "instance_sha256", "model_sha256", "dnnt_version")), *facts["reductions"])
    if not all(isinstance(text, str) for text in texts) or not isinstance(facts["options"], dict):
        raise ValueError
    if not all(type(facts[key]) is int for key in ("columns", "rows")):
        raise ValueError
    if "piece" in facts:
        facts["scope"] = scope_of(facts.pop("piece"))
    facts["constraints"] = tuple(facts.get("constraints", ()))
    if "stage" in facts:
        facts["stage"] = Stage.of_form(facts["stage"])
    return Header(**facts)


def scope_of(value: Any) -> Scope:
    """The scope that a JSON object describes. Raises ValueError, KeyError, TypeError."""
    scope = Scope(value["split"], value["part"], tuple(value["cube"]))
    if not (scope.split is None or isinstance(scope.split, str)):
        raise ValueError
    if not all(type(number) is int for number in (scope.part, *scope.cube)) or scope.part < 0 or 0 in scope.cube:
        raise ValueError
    return scope
