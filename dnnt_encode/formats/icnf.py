"""iCNF, the format of cubes: a formula, and assumptions under which it is to be solved.

p inccnf
1 -2 3 0        the clauses
a 4 -5 0        a cube: these literals hold

The formula has a solution where it has one under some cube, provided that the cubes leave nothing out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import IO

from dnnt_encode.formats.words import clause_lines
from dnnt_encode.models.cnf import CnfModel


def icnf_text(model: CnfModel, cubes: Iterable[Sequence[int]], comments: Iterable[str] = ()) -> Iterator[bytes]:
    """The file in pieces: comments, the hard clauses of the model, one line a cube."""
    for line in comments:
        yield f"{line}\n".encode()
    yield b"p inccnf\n"
    yield from clause_lines(model.variables, model.blocks)
    for cube in cubes:
        yield ("".join(["a ", *(f"{literal} " for literal in cube)]) + "0\n").encode()


def applied(
    stream: IO[bytes], size: tuple[int, int], cube: Sequence[int], comments: Iterable[str] = ()
) -> Iterator[bytes]:
    """The DIMACS text of the formula in an iCNF file, of ``size`` variables and clauses, with a cube as unit clauses.
    Comments of the file are left out."""
    for comment in comments:
        yield f"{comment}\n".encode()
    yield f"p cnf {size[0]} {size[1] + len(cube)}\n".encode()
    for line in stream:
        if line[:1] not in (b"a", b"c", b"p"):
            yield line
    for literal in cube:
        yield f"{literal} 0\n".encode()
