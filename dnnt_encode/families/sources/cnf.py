"""CNF formulas: DIMACS files, random k-SAT, planted assignments, and formulas that are provably unsatisfiable.

A formula is read in three ways: SAT (a literal of every clause is true), NAE (not all literals of a clause are equal),
and exactly-one (one literal of every clause is true).
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Literal

from dnnt_encode.errors import InputError
from dnnt_encode.families.family import INPUT, Drawn, FamilyParameter, Options, kinds
from dnnt_encode.families.sources.text import lines
from dnnt_encode.parsers.files import Source, source_name

Meaning = Literal["sat", "nae", "one"]
MAX_VARIABLES = 10**6

RATIOS: dict[Meaning, float] = {"sat": 4.27, "nae": 2.1, "one": 0.63}
"""Clauses for each variable near which random formulas with three literals stop being satisfiable."""

FANO = ((0, 1, 2), (0, 3, 4), (0, 5, 6), (1, 3, 5), (1, 4, 6), (2, 3, 6), (2, 4, 5))
"""The lines of the Fano plane: its seven points cannot be coloured with two colours without a line of one colour."""


@dataclass(frozen=True)
class Cnf:
    """A formula over the variables 1 to ``variables``; a literal is a variable or its negative, as in DIMACS. Clauses
    hold distinct literals, sorted by variable, and no variable with its negation."""

    variables: int
    clauses: tuple[tuple[int, ...], ...]

    def __post_init__(self) -> None:
        if not 1 <= self.variables <= MAX_VARIABLES:
            raise InputError(
                f"found {self.variables} variables; a formula has at least one, here at most {MAX_VARIABLES}"
            )
        for clause in self.clauses:
            names = [abs(literal) for literal in clause]
            if len(set(names)) != len(names):
                raise InputError(f"found a variable twice in the clause {' '.join(map(str, clause))}")
            if names and not 1 <= min(names) <= max(names) <= self.variables:
                raise InputError(f"found the clause {' '.join(map(str, clause))}; variables are 1 to {self.variables}")

    @staticmethod
    def from_clauses(variables: int, clauses: list[list[int]]) -> Cnf:
        """With repeated literals and clauses that are always true left out."""
        kept = []
        for clause in clauses:
            distinct = sorted(set(clause), key=lambda literal: (abs(literal), literal))
            if not any(-literal in distinct for literal in distinct):
                kept.append(tuple(distinct))
        return Cnf(variables, tuple(kept))

    def true_literals(self, clause: tuple[int, ...], assignment: tuple[bool, ...]) -> int:
        return sum(assignment[abs(literal) - 1] == (literal > 0) for literal in clause)

    def violated(self, assignment: tuple[bool, ...]) -> int:
        """How many clauses have no true literal."""
        return sum(not self.true_literals(clause, assignment) for clause in self.clauses)

    def satisfied_by(self, assignment: tuple[bool, ...], meaning: Meaning = "sat") -> bool:
        if len(assignment) != self.variables:
            return False
        counts = [(self.true_literals(clause, assignment), len(clause)) for clause in self.clauses]
        if meaning == "one":
            return all(count == 1 for count, _ in counts)
        return all(count > 0 and (meaning == "sat" or count < length) for count, length in counts)

    def json(self) -> dict[str, Any]:
        return {"variables": self.variables, "clauses": [list(clause) for clause in self.clauses]}

    @staticmethod
    def of(value: Any) -> Cnf:
        return Cnf(int(value["variables"]), tuple(tuple(map(int, clause)) for clause in value["clauses"]))


def literals(assignment: tuple[bool, ...]) -> list[int]:
    """An assignment as DIMACS literals."""
    return [variable if value else -variable for variable, value in enumerate(assignment, start=1)]


def read_cnf(source: Source) -> Cnf:
    """A formula in DIMACS: ``p cnf VARIABLES CLAUSES``, then clauses that end in 0. A line ``%`` ends it, as in files
    of SATLIB, whatever follows. Raises InputError."""
    name = source_name(source)
    head: tuple[int, int] | None = None
    clauses: list[list[int]] = []
    current: list[int] = []
    for line in lines(source, ("c", "#")):
        if line.words[0].startswith("%"):
            break
        if line.words[0] == "p":
            if len(line.words) != 4 or line.words[1] != "cnf" or head is not None:
                line.fail("one line `p cnf VARIABLES CLAUSES` is needed")
            head = (line.integers(2)[0], line.integers(2)[1])
            continue
        if head is None:
            line.fail("found clauses before `p cnf VARIABLES CLAUSES`")
        for literal in line.integers():
            if abs(literal) > head[0]:
                line.fail(f"found the literal {literal}; the header says {head[0]} variables")
            if literal:
                current.append(literal)
            else:
                clauses.append(current)
                current = []
    if head is None:
        raise InputError("found no line `p cnf VARIABLES CLAUSES`", name)
    if current:
        clauses.append(current)
    if len(clauses) != head[1]:
        why = ": is the file cut off?" if len(clauses) < head[1] else ""
        raise InputError(f"the header says {head[1]} clauses; found {len(clauses)}{why}", name)
    return Cnf.from_clauses(head[0], clauses)


def random_clauses(
    variables: int, count: int, positive: bool, rng: random.Random, wanted: Callable[[tuple[int, ...]], bool]
) -> list[tuple[int, ...]]:
    """``count`` random clauses of three distinct variables for which ``wanted`` holds."""
    if variables < 3:
        raise InputError(f"found {variables} variables; a clause has three", "variables")
    found: list[tuple[int, ...]] = []
    for _ in range(1000 * count + 1000):
        if len(found) == count:
            return found
        names = sorted(rng.sample(range(1, variables + 1), 3))
        clause = tuple(name if positive or rng.random() < 0.5 else -name for name in names)
        if wanted(clause):
            found.append(clause)
    raise InputError(f"found no {count} clauses that the planted assignment satisfies; try another seed", "seed")


def pigeonhole(holes: int) -> Cnf:
    """One pigeon more than holes, each in a hole, no two in one: unsatisfiable."""

    def sits(pigeon: int, hole: int) -> int:
        return pigeon * holes + hole + 1

    clauses = [[sits(pigeon, hole) for hole in range(holes)] for pigeon in range(holes + 1)]
    clauses += [[-sits(p, hole), -sits(q, hole)] for hole in range(holes) for p, q in combinations(range(holes + 1), 2)]
    return Cnf.from_clauses((holes + 1) * holes, clauses)


def parameters(meaning: Meaning) -> tuple[FamilyParameter, ...]:
    """The parameters that draw a formula of one meaning."""
    unsat = {
        "sat": "unsatisfiable: the pigeonhole formula of --holes",
        "nae": "unsatisfiable: the Fano plane among random clauses",
        "one": "unsatisfiable: all triples of four variables among random clauses",
    }[meaning]
    own = (
        INPUT,
        kinds("random", "planted", "unsatisfiable"),
        FamilyParameter("variables", f"Variables of a drawn formula; {unsat}.", default=10, least=3),
        FamilyParameter(
            "clauses", f"Clauses of a drawn formula; default: {RATIOS[meaning]} for each variable.", least=0
        ),
    )
    return (
        (*own, FamilyParameter("holes", "Holes of the pigeonhole formula.", default=3, least=1))
        if meaning == "sat"
        else own
    )


def draw(meaning: Meaning, positive: bool) -> Callable[[Options, random.Random], Drawn[Cnf]]:
    """How to draw formulas of one meaning; ``positive``: without negations."""

    def drawn(options: Options, rng: random.Random) -> Drawn[Cnf]:
        if options["input"] is not None:
            return Drawn(read_cnf(options["input"]))
        n = options["variables"]
        count = round(RATIOS[meaning] * n) if options["clauses"] is None else options["clauses"]
        if options["kind"] == "unsatisfiable":
            return _unsatisfiable(meaning, n, count, options, rng)
        if options["kind"] == "random":
            return Drawn(Cnf(n, tuple(random_clauses(n, count, positive, rng, lambda clause: True))))
        hidden = tuple(rng.random() < (1 / 3 if meaning == "one" else 1 / 2) for _ in range(n))
        if meaning == "one" and not any(hidden):
            hidden = (True, *hidden[1:])

        def wanted(clause: tuple[int, ...]) -> bool:
            return Cnf(n, (clause,)).satisfied_by(hidden, meaning)

        chosen = tuple(random_clauses(n, count, positive, rng, wanted))
        return Drawn(Cnf(n, chosen), "yes", literals(hidden))

    return drawn


def _unsatisfiable(meaning: Meaning, n: int, count: int, options: Options, rng: random.Random) -> Drawn[Cnf]:
    if meaning == "sat":
        holes = options["holes"]
        return Drawn(pigeonhole(holes), "no", because=f"{holes + 1} pigeons do not fit into {holes} holes")
    size = 7 if meaning == "nae" else 4
    if n < size:
        raise InputError(f"found {n} variables; the unsatisfiable core has {size}", "variables")
    names = sorted(rng.sample(range(1, n + 1), size))
    core = FANO if meaning == "nae" else tuple(combinations(range(4), 3))
    clauses = [tuple(sorted(names[k] for k in triple)) for triple in core]
    rest = random_clauses(n, max(0, count - len(core)), True, rng, lambda clause: True)
    because = (
        f"the variables {' '.join(map(str, names))} and their clauses are the Fano plane"
        if meaning == "nae"
        else f"every triple of {' '.join(map(str, names))} is a clause: true literals are counted thrice, so 4 = 3 t"
    )
    mixed = [*clauses, *rest]
    rng.shuffle(mixed)
    return Drawn(Cnf(n, tuple(mixed)), "no", because=because)
