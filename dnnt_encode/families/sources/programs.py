"""Straight-line programs over +, - and *: each gate combines two earlier values; the first value is 1."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

from dnnt_encode.errors import InputError
from dnnt_encode.families.family import Drawn, Options
from dnnt_encode.families.sources.text import lines
from dnnt_encode.parsers.files import Source, source_name

OPERATIONS = ("+", "-", "*")
MAX_GATES = 10_000


@dataclass(frozen=True)
class Program:
    """Gates (operation, a, b): value k + 1 is value a combined with value b, and value 0 is 1. The last value is the
    result."""

    gates: tuple[tuple[str, int, int], ...]

    def __post_init__(self) -> None:
        if not 1 <= len(self.gates) <= MAX_GATES:
            raise InputError(f"found {len(self.gates)} gates; a program has 1 to {MAX_GATES}")
        for number, (operation, a, b) in enumerate(self.gates, start=1):
            if operation not in OPERATIONS or not (0 <= a < number and 0 <= b < number):
                raise InputError(
                    f"gate {number} is `{operation} {a} {b}`; + - or * of values 0 to {number - 1} is needed"
                )

    def needed(self) -> tuple[int, ...]:
        """The gates that the result depends on, from 1, in order."""
        found = {len(self.gates)}
        for number in range(len(self.gates), 0, -1):
            if number in found:
                found.update(k for k in self.gates[number - 1][1:] if k)
        return tuple(sorted(found))

    def json(self) -> dict[str, Any]:
        return {"gates": [list(gate) for gate in self.gates]}

    @staticmethod
    def of(value: Any) -> Program:
        return Program(tuple((str(op), int(a), int(b)) for op, a, b in value["gates"]))


def read_program(source: Source) -> Program:
    """One gate a line: ``+ A B``, ``- A B`` or ``* A B`` of the numbers of earlier values, 0 being the constant 1."""
    gates = []
    for line in lines(source):
        if len(line.words) != 3 or line.words[0] not in OPERATIONS:
            line.fail(f"found {' '.join(line.words)[:40]!r}; `+ A B`, `- A B` or `* A B` is needed")
        a, b = line.integers(1)
        gates.append((line.words[0], a, b))
    if not gates:
        raise InputError("found no gates; `+ A B`, `- A B` or `* A B` a line is needed", source_name(source))
    return Program(tuple(gates))


def squaring(times: int) -> Program:
    """2 squared ``times`` times: 2^(2^times)."""
    return Program((("+", 0, 0), *(("*", k, k) for k in range(1, times + 1))))


def draw(options: Options, rng: random.Random) -> Drawn[Program]:
    """A program of a file, repeated squaring, or random gates that use recent values."""
    if options["input"] is not None:
        return Drawn(read_program(options["input"]))
    if options["kind"] == "squaring":
        return Drawn(squaring(options["gates"]))
    gates = [("+", 0, 0)]
    for number in range(2, options["gates"] + 1):
        recent = max(0, number - 3)
        gates.append((rng.choice(OPERATIONS), rng.randint(recent, number - 1), rng.randint(recent, number - 1)))
    return Drawn(Program(tuple(gates)))
