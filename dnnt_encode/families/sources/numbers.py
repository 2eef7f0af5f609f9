"""Numbers to add up: Subset Sum, k-SUM, and bins of equal load (3-Partition)."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

from dnnt_encode.errors import InputError
from dnnt_encode.families.family import INPUT, Drawn, FamilyParameter, Options, kinds
from dnnt_encode.families.sources.text import lines
from dnnt_encode.parsers.files import Source, source_name


@dataclass(frozen=True)
class SubsetSum:
    """Is there a subset of the positive ``items`` that adds up to ``target``? A solution is the sorted positions of the
    chosen items, from 0."""

    items: tuple[int, ...]
    target: int

    def __post_init__(self) -> None:
        if not self.items or min(self.items) < 1:
            raise InputError("the items of a Subset Sum are positive integers, at least one")
        if self.target < 1:
            raise InputError(f"found the target {self.target}; it must be positive")

    def solved_by(self, chosen: tuple[int, ...]) -> bool:
        return len(set(chosen)) == len(chosen) and sum(self.items[k] for k in chosen) == self.target

    def json(self) -> dict[str, Any]:
        return {"items": list(self.items), "target": self.target}

    @staticmethod
    def of(value: Any) -> SubsetSum:
        return SubsetSum(tuple(map(int, value["items"])), int(value["target"]))


@dataclass(frozen=True)
class KSum:
    """One number from each list, adding up to ``target``? A solution is the chosen number of each list."""

    lists: tuple[tuple[int, ...], ...]
    target: int

    def __post_init__(self) -> None:
        if not self.lists or any(not values or min(values) < 0 for values in self.lists):
            raise InputError("k-SUM needs at least one list, each with at least one number, all of them from 0 on")

    def solved_by(self, chosen: tuple[int, ...]) -> bool:
        members = len(chosen) == len(self.lists) and all(v in s for v, s in zip(chosen, self.lists, strict=True))
        return members and sum(chosen) == self.target

    def json(self) -> dict[str, Any]:
        return {"lists": [list(values) for values in self.lists], "target": self.target}

    @staticmethod
    def of(value: Any) -> KSum:
        return KSum(tuple(tuple(map(int, values)) for values in value["lists"]), int(value["target"]))


@dataclass(frozen=True)
class Bins:
    """Can the ``items`` fill ``bins`` bins equally? A solution is the bin of each item, from 0."""

    items: tuple[int, ...]
    bins: int

    def __post_init__(self) -> None:
        if not self.items or min(self.items) < 1:
            raise InputError("the items are positive integers, at least one")
        if self.bins < 1:
            raise InputError(f"found {self.bins} bins; at least one is needed")
        if sum(self.items) % self.bins:
            raise InputError(
                f"the items add up to {sum(self.items)}, no multiple of {self.bins} bins: the answer is no, and there "
                "is nothing to solve"
            )

    @property
    def load(self) -> int:
        return sum(self.items) // self.bins

    def solved_by(self, bin_of: tuple[int, ...]) -> bool:
        loads = [0] * self.bins
        for item, chosen in zip(self.items, bin_of, strict=True):
            loads[chosen] += item
        return loads == [self.load] * self.bins

    def json(self) -> dict[str, Any]:
        return {"items": list(self.items), "bins": self.bins}

    @staticmethod
    def of(value: Any) -> Bins:
        return Bins(tuple(map(int, value["items"])), int(value["bins"]))


def read_numbers(source: Source) -> list[int]:
    """All integers of a text file, ``#`` begins a comment line. Raises InputError."""
    rows = list(lines(source))
    found = [number for line in rows for number in line.integers()]
    if not found:
        raise InputError("found no numbers; integers between blanks are needed", source_name(source))
    if len(rows[0].words) == 1 and found[0] == len(found) - 1 > 0:
        rows[0].refuse_count("the number of numbers", "one of them")
    return found


def read_lists(source: Source) -> list[tuple[int, ...]]:
    """One list of integers a line. Raises InputError."""
    rows = list(lines(source))
    found = [tuple(line.integers()) for line in rows]
    if len(found) > 1 and found[0] == (len(found) - 1, len(found[1])) and len(set(map(len, found[1:]))) == 1:
        rows[0].refuse_count("the number of lists and their length", "a list")
    return found


ITEMS = FamilyParameter("items", "How many items are drawn.", default=12, least=1)
LARGEST = FamilyParameter(
    "largest", "The largest item drawn; default: about 2^items, where Subset Sum is hardest.", least=1
)
TARGET = FamilyParameter("target", "The sum that is wanted; with --input only, else drawn.", least=1)
SUBSET_SUM = (INPUT, kinds("random", "planted", "unsatisfiable"), ITEMS, LARGEST, TARGET)


def draw_subset_sum(options: Options, rng: random.Random) -> Drawn[SubsetSum]:
    """Random: items up to ``largest`` (density 1 by default) and about half their sum. Unsatisfiable: even items and an
    odd target."""
    if options["input"] is not None:
        if options["target"] is None:
            raise InputError("numbers from a file need the sum that is wanted", "target")
        return Drawn(SubsetSum(tuple(read_numbers(options["input"])), options["target"]))
    count, largest = options["items"], options["largest"] or 2 ** min(options["items"], 1000)
    if options["kind"] == "unsatisfiable":
        items = tuple(2 * rng.randint(1, max(1, largest // 2)) for _ in range(count))
        target = min(sum(items) - 1, sum(items) // 2 | 1)
        return Drawn(SubsetSum(items, target), "no", because="every item is even and the target is odd")
    items = tuple(rng.randint(1, largest) for _ in range(count))
    chosen = sorted(rng.sample(range(count), max(1, count // 2)))
    if options["kind"] == "planted":
        return Drawn(SubsetSum(items, sum(items[k] for k in chosen)), "yes", chosen)
    return Drawn(SubsetSum(items, max(1, sum(items) // 2 + rng.randint(-largest // 4, largest // 4))))


LISTS = FamilyParameter("lists", "How many lists.", default=4, least=1)
LENGTH = FamilyParameter("length", "Numbers in a list.", default=8, least=1)
K_LARGEST = FamilyParameter(
    "largest", "The largest number drawn; default: length^lists, where about one sum fits.", least=1
)
K_SUM = (INPUT, kinds("random", "planted", "unsatisfiable"), LISTS, LENGTH, K_LARGEST, TARGET)


def draw_k_sum(options: Options, rng: random.Random) -> Drawn[KSum]:
    """Lists of a file, one a line, or drawn. Unsatisfiable: even numbers and an odd target."""
    if options["input"] is not None:
        if options["target"] is None:
            raise InputError("lists from a file need the sum that is wanted", "target")
        return Drawn(KSum(tuple(read_lists(options["input"])), options["target"]))
    count, length = options["lists"], options["length"]
    largest = options["largest"] or max(length**count, 2)
    if options["kind"] == "unsatisfiable":
        even = tuple(tuple(2 * rng.randint(0, largest // 2) for _ in range(length)) for _ in range(count))
        target = sum(values[0] for values in even) + 1
        return Drawn(KSum(even, target), "no", because="every number is even and the target is odd")
    drawn = tuple(tuple(rng.randint(0, largest) for _ in range(length)) for _ in range(count))
    chosen = [rng.choice(values) for values in drawn]
    if options["kind"] == "planted":
        return Drawn(KSum(drawn, sum(chosen)), "yes", chosen)
    return Drawn(KSum(drawn, max(1, sum(chosen) + rng.randint(-largest // 8 - 1, largest // 8 + 1))))


BINS = (
    INPUT,
    kinds("planted", "random", "unsatisfiable"),
    FamilyParameter("bins", "How many bins.", default=3, least=1),
    FamilyParameter("per_bin", "Items drawn for each bin.", default=3, least=2),
    FamilyParameter("load", "The load of a bin that is drawn.", default=40, least=8),
)


def draw_bins(options: Options, rng: random.Random) -> Drawn[Bins]:
    """Planted: every bin's load split into random parts near its mean part. Random: parts drawn near the mean, the last
    one making up the sum. Unsatisfiable: even items and an odd load."""
    bins, per_bin, load = options["bins"], options["per_bin"], options["load"]
    if options["input"] is not None:
        return Drawn(Bins(tuple(read_numbers(options["input"])), bins))
    mean = max(2, load // per_bin)
    if options["kind"] == "unsatisfiable":
        if bins % 2:
            raise InputError(f"found {bins} bins; even items have odd loads in an even number of bins only", "bins")
        half = [rng.randint(max(1, mean // 4), max(1, 3 * mean // 4)) for _ in range(bins * per_bin)]
        short = (bins // 2 - sum(half)) % bins
        items = [2 * value for value in half]
        items[-1] += 2 * short
        return Drawn(Bins(tuple(items), bins), "no", because="every item is even and the load of a bin is odd")
    if options["kind"] == "random":
        items = [rng.randint(max(1, 3 * mean // 4), 5 * mean // 4) for _ in range(bins * per_bin)]
        items[-1] += -sum(items) % bins
        return Drawn(Bins(tuple(items), bins))
    pairs: list[tuple[int, int]] = []
    for number in range(bins):
        parts = [rng.randint(max(1, 3 * mean // 4), 5 * mean // 4) for _ in range(per_bin - 1)]
        while sum(parts) >= load:
            parts[parts.index(max(parts))] -= 1
        pairs += [(part, number) for part in [*parts, load - sum(parts)]]
    rng.shuffle(pairs)
    return Drawn(Bins(tuple(size for size, _ in pairs), bins), "yes", [number for _, number in pairs])
