"""Unit propagation in plain Python: slow and short, the measure for faster ones. Two literals of each clause are
watched; a clause is looked at when one of them becomes false."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence


class PlainPropagator:
    """Clauses, and what follows from them and some literals by unit propagation."""

    def __init__(self) -> None:
        self._watches: dict[int, list[list[int]]] = defaultdict(list)
        self._units: list[int] = []
        self._refuted = False

    def add(self, clauses: Iterable[list[int]]) -> None:
        for clause in clauses:
            literals = list(dict.fromkeys(clause))
            if len(literals) > 1:
                self._watches[literals[0]].append(literals)
                self._watches[literals[1]].append(literals)
            elif literals:
                self._units.append(literals[0])
            else:
                self._refuted = True

    def conflicts(self, literals: Sequence[int]) -> bool:
        """Whether the clauses and the literals lead to a conflict. Nothing is kept from one question to the next."""
        if self._refuted:
            return True
        true: set[int] = set()
        queue = [*self._units, *literals]
        while queue:
            literal = queue.pop()
            if -literal in true:
                return True
            if literal not in true:
                true.add(literal)
                if self._falsified(-literal, true, queue):
                    return True
        return False

    def _falsified(self, literal: int, true: set[int], queue: list[int]) -> bool:
        """Look at the clauses that watch a literal which is now false; True on a conflict."""
        watching = self._watches[literal]
        kept: list[list[int]] = []
        for index, clause in enumerate(watching):
            if clause[0] == literal:
                clause[0], clause[1] = clause[1], clause[0]
            other = clause[0]
            if other in true:
                kept.append(clause)
                continue
            for place in range(2, len(clause)):
                if -clause[place] not in true:
                    clause[1], clause[place] = clause[place], clause[1]
                    self._watches[clause[1]].append(clause)
                    break
            else:
                kept.append(clause)
                if -other in true:
                    self._watches[literal] = kept + watching[index + 1 :]
                    return True
                queue.append(other)
        self._watches[literal] = kept
        return False
