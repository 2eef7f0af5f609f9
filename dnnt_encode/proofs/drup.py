"""DRUP proofs and their check.

A proof is a list of lemmas and deletions. A lemma is accepted where unit propagation from the negation of its literals,
in the formula and the lemmas before it, ends in a conflict (reverse unit propagation): then the formula implies it. A
formula is refuted once the empty clause is such a lemma. The checker needs nothing from a solver but unit propagation,
and trusts nothing that the solver which wrote the proof has said. Deletions only keep the propagation fast; leaving
them out is always sound, as more clauses imply no less.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from dnnt_encode.errors import InputError

PART = 256
"""Lemmas that a checker takes before the next part is another's."""

REBUILD = 10_000
"""Deleted lemmas, and more than are left, that make a new propagator worth its while."""


@dataclass(frozen=True, eq=False)
class Proof:
    """Step i is ``literals[start[i] : start[i + 1]]`` (int32), a lemma, or a deletion where ``deletes[i]``."""

    literals: np.ndarray
    start: np.ndarray
    deletes: np.ndarray

    @staticmethod
    def from_lines(lines: Iterable[str], name: str = "proof") -> Proof:
        """The proof in DRUP text: ``1 -2 0`` a lemma, ``d 1 -2 0`` a deletion. Raises InputError."""
        literals: list[int] = []
        start, deletes = [0], []
        for number, line in enumerate(lines, start=1):
            words = line.split()
            if not words:
                continue
            deletion = words[0] == "d"
            try:
                numbers = [int(word) for word in words[deletion:]]
            except ValueError:
                numbers = []
            if not numbers or numbers[-1] != 0 or 0 in numbers[:-1] or any(abs(v) >= 2**31 for v in numbers):
                raise InputError(f"found {line.strip()[:40]!r}; literals and a final 0 are needed", f"{name}:{number}")
            literals += numbers[:-1]
            start.append(len(literals))
            deletes.append(deletion)
        arrays = (np.array(literals, np.int32), np.array(start, np.int64), np.array(deletes, bool))
        return Proof(*arrays)

    @property
    def lemmas(self) -> int:
        return int((~self.deletes).sum())

    def steps(self) -> Iterator[tuple[bool, list[int]]]:
        """Whether it is a deletion, and the literals, step by step."""
        literals, start = self.literals.tolist(), self.start.tolist()
        for index, deletion in enumerate(self.deletes.tolist()):
            yield deletion, literals[start[index] : start[index + 1]]

    def text(self) -> Iterator[bytes]:
        """DRUP text, as drat-trim reads it, in pieces."""
        lines: list[str] = []
        for deletion, step in self.steps():
            lines.append(f"{'d ' if deletion else ''}{''.join(f'{literal} ' for literal in step)}0\n")
            if len(lines) == 10_000:
                yield "".join(lines).encode()
                lines.clear()
        yield "".join(lines).encode()


class Propagator(Protocol):
    """Unit propagation over a growing set of clauses."""

    def add(self, clauses: Iterable[list[int]]) -> None: ...

    def conflicts(self, literals: Sequence[int]) -> bool:
        """Whether the clauses and the literals lead to a conflict by unit propagation."""


@dataclass(frozen=True)
class ProofCheck:
    """``accepted``: every lemma of the checker's parts follows, and the proof ends in the empty clause. ``checked``:
    lemmas looked at. ``reason``: in words, where it is not accepted."""

    accepted: bool
    checked: int
    reason: str = ""


def check(
    proof: Proof,
    formula: Callable[[], Iterable[list[int]]],
    propagator: Callable[[], Propagator],
    part: tuple[int, int] = (0, 1),
    progress: Callable[[int], object] = lambda steps: None,
) -> ProofCheck:
    """Check a proof that a formula has no solution.

    ``formula`` gives its clauses, ``propagator`` a new propagator without any. ``part`` (i, k): of k checkers, this is
    number i, and looks at every k-th run of ``PART`` lemmas; the proof holds where all k accept it. ``progress`` is
    called with the number of steps done."""
    mine, parts = part
    engine = propagator()
    engine.add(formula())
    if engine.conflicts([]):
        return ProofCheck(True, 0)
    live: dict[tuple[int, ...], int] = {}
    gone: set[int] = set()
    deleted = checked = number = 0
    for step, (deletion, literals) in enumerate(proof.steps()):
        if step % PART == 0:
            progress(step)
        if deletion:
            # What the formula has is kept: only lemmas are worth forgetting. Units stay, as in drat-trim.
            key = tuple(sorted(literals))
            if len(literals) > 1 and live.get(key, 0):
                live[key] -= 1
                deleted += 1
                gone.update(key)
                if not live[key]:
                    del live[key]
            if deleted > max(REBUILD, len(live)):
                # Solvers delete what is satisfied, the reasons of what holds for good among it, and go on to use that.
                live.update({(literal,): 1 for literal in gone if engine.conflicts([-literal])})
                engine, deleted = propagator(), 0
                engine.add(formula())
                engine.add(list(key) for key, count in live.items() for _ in range(count))
                gone.clear()
            continue
        if number // PART % parts == mine:
            checked += 1
            if not engine.conflicts([-literal for literal in literals]):
                shown = " ".join(map(str, literals[:12])) + (" ..." if len(literals) > 12 else "")
                return ProofCheck(False, checked, f"lemma {number + 1} ({shown}) does not follow by unit propagation")
        number += 1
        engine.add([literals])
        live[tuple(sorted(literals))] = live.get(tuple(sorted(literals)), 0) + 1
        if len(literals) <= 1 and engine.conflicts([]):
            return ProofCheck(True, checked)
    if engine.conflicts([]):
        return ProofCheck(True, checked)
    return ProofCheck(False, checked, "the proof does not end in the empty clause")
