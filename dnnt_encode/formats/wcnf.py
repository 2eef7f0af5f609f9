"""WCNF, the format of MaxSAT solvers: written in the form of 2022, read in that one and in the old one.

h 1 -2 0                 a hard clause
7 3 0                    a soft clause of weight 7

p wcnf VARIABLES CLAUSES TOP     the old form: every clause starts with its weight, and TOP means hard
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from dnnt_encode.errors import InputError
from dnnt_encode.formats.streams import reading, stream_name
from dnnt_encode.formats.words import clause_lines
from dnnt_encode.models.cnf import CnfModel


def wcnf_text(model: CnfModel, comments: Iterable[str] = (), units: Sequence[int] = ()) -> Iterator[bytes]:
    """The file in pieces: comments, the hard clauses of the model, hard unit clauses of the given literals, one soft
    unit clause a soft literal."""
    for line in comments:
        yield f"{line}\n".encode()
    yield from clause_lines(model.variables, model.blocks, units, prefix=b"h ")
    pairs = zip(model.soft_weights.tolist(), model.soft_literals.tolist(), strict=True)
    yield "".join(f"{weight} {literal} 0\n" for weight, literal in pairs).encode()


@dataclass(frozen=True, eq=False)
class WeightedClauses:
    """A WCNF as it stands in a file; ``soft`` are pairs of weight and clause."""

    variables: int
    hard: list[list[int]]
    soft: list[tuple[int, list[int]]]


def read_wcnf(source: str) -> WeightedClauses:
    """The clauses of a WCNF file of either form, packed or not. Raises InputError."""
    with reading(source) as stream:
        data = stream.read()
    return parse_wcnf(data, stream_name(source))


def parse_wcnf(data: bytes, name: str) -> WeightedClauses:
    """The clauses in the content of a file that messages call ``name``. Raises InputError."""
    hard: list[list[int]] = []
    soft: list[tuple[int, list[int]]] = []
    variables, clauses, top = 0, 0, None
    clause: list[str] = []
    line = 0
    for line, raw in enumerate(data.decode("latin-1").split("\n"), start=1):
        words = raw.split()
        if not words or words[0].startswith("c"):
            continue
        if words[0] == "p":
            if words[:2] != ["p", "wcnf"] or len(words) not in (4, 5) or not all(w.isdecimal() for w in words[2:]):
                raise InputError(
                    f"found {raw.strip()[:40]!r}; `p wcnf VARIABLES CLAUSES TOP` is needed", _at(name, line)
                )
            variables, clauses, top = int(words[2]), int(words[3]), int(words[4]) if len(words) == 5 else None
            continue
        for word in words:
            if word != "0" or not clause:
                clause.append(word)
                continue
            weight, literals = _clause(clause, _at(name, line))
            clause = []
            if weight is None or (top is not None and weight >= top):
                hard.append(literals)
            else:
                soft.append((weight, literals))
    if clause or len(hard) + len(soft) < clauses:
        raise InputError(
            "the last clause does not end with 0, or clauses are missing; the file is cut off", _at(name, line)
        )
    used = [abs(literal) for each in (*hard, *(part for _, part in soft)) for literal in each]
    return WeightedClauses(max([variables, *used]), hard, soft)


def _clause(words: list[str], place: str) -> tuple[int | None, list[int]]:
    """The weight (None: hard) and the literals of a clause without its 0."""
    try:
        weight = None if words[0] == "h" else int(words[0])
        literals = [int(word) for word in words[1:]]
    except ValueError:
        wrong = next(word for word in words if word != "h" and not word.removeprefix("-").isdecimal())
        raise InputError(f"found {wrong[:40]!r}; a weight, or h, and literals are needed", place) from None
    if weight is not None and weight < 0:
        raise InputError(f"found the weight {weight}; a weight is positive", place)
    return weight, literals


def _at(name: str, line: int) -> str:
    return f"{name}, line {line}"


def soft_units(weighted: WeightedClauses) -> Iterator[tuple[int, int]]:
    """Weight and literal of every soft clause of one literal."""
    return ((weight, clause[0]) for weight, clause in weighted.soft if len(clause) == 1)


def cost_of(weighted: WeightedClauses, truth: np.ndarray) -> int:
    """The weight of the soft clauses that some truth values (bool [variables + 1]) falsify."""
    return sum(
        weight
        for weight, clause in weighted.soft
        if not any(bool(truth[abs(literal)]) == (literal > 0) for literal in clause)
    )
