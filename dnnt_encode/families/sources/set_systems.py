"""Set systems for Exact Cover: files, random triples, planted partitions, and a parity that forbids a cover."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from typing import Any

from dnnt_encode.errors import InputError
from dnnt_encode.families.family import INPUT, Drawn, FamilyParameter, Options, kinds
from dnnt_encode.families.sources.text import lines, refuse_counts
from dnnt_encode.parsers.files import Source, source_name

MAX_ELEMENTS = 10**5


@dataclass(frozen=True)
class SetSystem:
    """Sets of the elements 0 to ``elements`` - 1. An exact cover is a choice of sets that holds every element once; a
    solution is the sorted positions of its sets."""

    elements: int
    sets: tuple[tuple[int, ...], ...]

    def __post_init__(self) -> None:
        if not 1 <= self.elements <= MAX_ELEMENTS or not self.sets:
            raise InputError(f"a set system has at least one element (at most {MAX_ELEMENTS}) and one set")
        for members in self.sets:
            if (
                not members
                or len(set(members)) != len(members)
                or not 0 <= min(members) <= max(members) < self.elements
            ):
                raise InputError(
                    f"found the set {list(members)}; distinct elements 0 to {self.elements - 1} are needed"
                )

    def covered_by(self, chosen: tuple[int, ...]) -> bool:
        held = [element for k in chosen for element in self.sets[k]]
        return len(set(chosen)) == len(chosen) and sorted(held) == list(range(self.elements))

    def json(self) -> dict[str, Any]:
        return {"elements": self.elements, "sets": [list(members) for members in self.sets]}

    @staticmethod
    def of(value: Any) -> SetSystem:
        return SetSystem(int(value["elements"]), tuple(tuple(map(int, members)) for members in value["sets"]))


def read_sets(source: Source) -> SetSystem:
    """One set a line: its elements, integers from 0 on; the elements are 0 to the largest. Raises InputError."""
    found: list[tuple[int, ...]] = []
    rows = list(lines(source))
    for line in rows:
        members = line.integers()
        if min(members) < 0 or len(set(members)) != len(members):
            line.fail("the elements of a set are distinct integers from 0 on")
        found.append(tuple(sorted(members)))
    if not found:
        raise InputError("found no sets; the elements of one set a line are needed", source_name(source))
    largest = max((max(members) for members in found[1:]), default=0)
    refuse_counts(rows, largest, "the numbers of elements and sets", "a set")
    return SetSystem(1 + max(map(max, found)), tuple(found))


SETS = (
    INPUT,
    kinds("random", "planted", "unsatisfiable"),
    FamilyParameter("elements", "Elements; sets drawn have three, so a multiple of 3 (unsatisfiable: an odd number, "
                    "sets of two).", default=9, least=3),
    FamilyParameter("sets", "How many sets are drawn; default: near the threshold.", least=1),
)  # fmt: skip


def threshold_sets(elements: int) -> int:
    """About how many random triples have one exact cover on average."""
    parts = elements // 3
    log_covers = math.lgamma(elements + 1) - math.lgamma(parts + 1) - parts * math.log(6)
    return max(parts, min(math.comb(elements, 3), round(math.comb(elements, 3) * math.exp(-log_covers / parts))))


def draw(options: Options, rng: random.Random) -> Drawn[SetSystem]:
    """Random triples; planted: a random partition among them; unsatisfiable: pairs of an odd number of elements."""
    if options["input"] is not None:
        return Drawn(read_sets(options["input"]))
    n = options["elements"]
    if options["kind"] == "unsatisfiable":
        if n % 2 == 0:
            raise InputError(f"found {n} elements; pairs fail to cover an odd number", "elements")
        count = max(options["sets"] or n + 1, (n + 1) // 2)
        pairs = [(v - 1, v) for v in range(1, n)] + [(0, n - 1)]
        pairs += [tuple(sorted(rng.sample(range(n), 2))) for _ in range(count - len(pairs))]
        return Drawn(SetSystem(n, tuple(pairs)), "no", because=f"sets of two cannot cover {n} elements, an odd number")
    if n % 3:
        raise InputError(f"found {n} elements; sets of three cover a multiple of 3", "elements")
    count = options["sets"] or threshold_sets(n)
    triples = [tuple(sorted(rng.sample(range(n), 3))) for _ in range(count)]
    if options["kind"] == "random":
        return Drawn(SetSystem(n, tuple(triples)))
    order = list(range(n))
    rng.shuffle(order)
    cover = [tuple(sorted(order[k : k + 3])) for k in range(0, n, 3)]
    mixed = [(members, True) for members in cover] + [(members, False) for members in triples[: max(0, count - n // 3)]]
    rng.shuffle(mixed)
    chosen = [k for k, (_, planted) in enumerate(mixed) if planted]
    return Drawn(SetSystem(n, tuple(members for members, _ in mixed)), "yes", chosen)
