"""DIMACS CNF: written at the speed of the encoder, read as tolerantly as solvers do.

c any comment
p cnf VARIABLES CLAUSES
1 -2 3 0
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from dnnt_encode.errors import InputError
from dnnt_encode.formats.streams import reading, stream_name
from dnnt_encode.formats.words import clause_lines
from dnnt_encode.models.cnf import CnfModel


def dimacs_text(model: CnfModel, comments: Iterable[str] = (), units: Sequence[int] = ()) -> Iterator[bytes]:
    """The file in pieces: comments, header, the hard clauses of the model, and unit clauses of the given literals."""
    for line in comments:
        yield f"{line}\n".encode()
    yield f"p cnf {model.variables} {model.clauses + len(units)}\n".encode()
    yield from clause_lines(model.variables, model.blocks, units)


@dataclass(frozen=True, eq=False)
class Clauses:
    """Clauses as they stand in a file: clause i is ``literals[start[i] : start[i + 1]]`` (int32)."""

    variables: int
    literals: np.ndarray
    start: np.ndarray

    def __len__(self) -> int:
        return len(self.start) - 1

    def __iter__(self) -> Iterator[list[int]]:
        starts, literals = self.start.tolist(), self.literals.tolist()
        return (literals[first:last] for first, last in itertools.pairwise(starts))

    def blocks(self) -> tuple[np.ndarray, ...]:
        """The clauses by width, as a CnfModel holds them (the order between widths is lost)."""
        widths = np.diff(self.start)
        return tuple(
            self.literals[self.start[:-1][widths == width][:, None] + np.arange(width)] for width in np.unique(widths)
        )


def read_dimacs(source: str) -> Clauses:
    """The clauses of a DIMACS CNF file, packed or not, ``-`` for standard input.

    The p line may be missing; clauses may share lines or span them; a line ``%`` ends the file. Raises InputError."""
    with reading(source) as stream:
        data = stream.read()
    return parse_dimacs(data, stream_name(source))


def parse_dimacs(data: bytes, name: str) -> Clauses:
    """The clauses in the content of a file that messages call ``name``. Raises InputError."""
    declared: tuple[int, int] | None = None
    kept: list[bytes] = []
    for number, line in enumerate(data.split(b"\n"), start=1):
        head = line.lstrip()[:1]
        if head == b"%":
            break
        if head == b"p":
            declared = _problem_line(line, f"{name}, line {number}")
            kept.append(b"")
        else:
            # Lines keep their numbers, for messages.
            kept.append(b"" if head == b"c" else line)
    numbers = _integers(kept, name)
    start, literals, whole = split_clauses(numbers)
    variables = int(np.abs(literals).max(initial=0))
    if declared is not None:
        variables = max(variables, declared[0])
        if len(start) - 1 < declared[1]:
            raise InputError(f"found {len(start) - 1} clauses of {declared[1]}; the file is cut off", name)
    elif not whole:
        raise InputError("the last clause does not end with 0; the file is cut off", name)
    return Clauses(variables, literals.astype(np.int32), start)


def split_clauses(numbers: np.ndarray) -> tuple[np.ndarray, np.ndarray, bool]:
    """Where each clause starts (and the last ends) in the literals without their zeros, those literals, and whether the
    last clause is closed."""
    ends = np.flatnonzero(numbers == 0)
    whole = len(numbers) == 0 or numbers[-1] == 0
    start = np.concatenate([[0], ends - np.arange(len(ends)), [] if whole else [len(numbers) - len(ends)]])
    return start.astype(np.int64), numbers[numbers != 0], bool(whole)


def _problem_line(line: bytes, place: str) -> tuple[int, int]:
    words = line.split()
    if len(words) != 4 or words[:2] != [b"p", b"cnf"] or not (words[2].isdigit() and words[3].isdigit()):
        shown = line.decode("latin-1").strip()[:40]
        raise InputError(f"found {shown!r}; `p cnf VARIABLES CLAUSES` is needed", place)
    return int(words[2]), int(words[3])


def _integers(lines: list[bytes], name: str) -> np.ndarray:
    text = b" ".join(lines)
    try:
        numbers = np.array(text.split(), dtype="S").astype(np.int64) if text.strip() else np.zeros(0, np.int64)
        if int(np.abs(numbers).max(initial=0)) < 2**31:
            return numbers
    except (ValueError, OverflowError):
        pass
    for number, line in enumerate(lines, start=1):
        for word in line.split():
            if not word.removeprefix(b"-").isdigit() or abs(int(word)) >= 2**31:
                shown = word.decode("latin-1")[:40]
                raise InputError(f"found {shown!r}; a literal is needed", f"{name}, line {number}")
    raise AssertionError("every word is a literal")
