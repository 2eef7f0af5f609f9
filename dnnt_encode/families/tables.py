"""Boolean functions and multiplication as complete tables: parity, majority, weighted thresholds, products.

Every input of the function is one sample, so that a network of loss 0 computes the function. Parity and majority are
the textbook cases of what few units with small weights can and cannot do; a random threshold function is computed by
one unit with weights of its own size; a product of two numbers given by their bits asks for every bit of the result.

>>> parity(2)[1]
[[0], [1], [1], [0]]
>>> multiplication(2)[1][-1]
[1, 0, 0, 1]
"""

from __future__ import annotations

import random
from collections.abc import Callable
from itertools import product
from typing import Any

from dnnt_encode.errors import InputError
from dnnt_encode.families.family import LOSS, Drawn, Family, FamilyParameter, Options
from dnnt_encode.instance.instance import Instance
from dnnt_encode.parsers.option_texts import parse_number, parse_set, parse_widths

MAX_BITS = 16
IntegerSamples = tuple[list[list[int]], list[list[int]]]

TRAINING = (
    FamilyParameter("hidden", "Units of each hidden layer, as 4 or 4,3.", "widths", "4"),
    FamilyParameter("weights", "Allowed weights, as -1,0,1 or -7..7.", "set", "-1,0,1"),
    FamilyParameter("biases", "Allowed biases; default: as the weights.", "set"),
    FamilyParameter("threshold", "Ask for this loss or less; default: minimise.", "number"),
    LOSS,
)


def inputs(bits: int) -> list[list[int]]:
    """All 0/1 vectors, the last bit fastest. Raises InputError for too many."""
    if bits > MAX_BITS:
        raise InputError(f"found {bits} bits; a table has at most 2^{MAX_BITS} rows", "bits")
    return [list(row) for row in product((0, 1), repeat=bits)]


def parity(bits: int) -> IntegerSamples:
    """1 where the number of ones is odd."""
    x = inputs(bits)
    return x, [[sum(row) % 2] for row in x]


def majority(bits: int) -> IntegerSamples:
    """1 where more than half of the inputs are ones."""
    x = inputs(bits)
    return x, [[int(2 * sum(row) > bits)] for row in x]


def threshold_function(coefficients: list[int], least: int) -> IntegerSamples:
    """1 where the weighted sum of the inputs is at least ``least``."""
    x = inputs(len(coefficients))
    return x, [[int(sum(a * b for a, b in zip(coefficients, row, strict=True)) >= least)] for row in x]


def multiplication(bits: int) -> IntegerSamples:
    """The bits of the product of two numbers of ``bits`` bits, the highest first."""
    x = inputs(2 * bits)

    def number(digits: list[int]) -> int:
        return int("".join(map(str, digits)), 2)

    products = [number(row[:bits]) * number(row[bits:]) for row in x]
    return x, [[int(digit) for digit in format(value, f"0{2 * bits}b")] for value in products]


def instance_of(table: IntegerSamples, options: Options, name: str) -> Instance:
    """The instance that asks for a network of the options' shape."""
    x, y = table
    return Instance.from_arrays(
        x,
        y,
        hidden=parse_widths(options["hidden"]),
        weights=parse_set(options["weights"]),
        biases=None if options["biases"] is None else parse_set(options["biases"]),
        loss=options["loss"],
        threshold=None if options["threshold"] is None else parse_number(str(options["threshold"])),
        name=name,
    )


def _family(
    name: str, summary: str, bits: int, table: Callable[[Any], IntegerSamples], draw: Any = None
) -> Family[Any]:
    """A family of tables whose problem is the number of bits, or what ``draw`` finds."""
    return Family(
        name=name,
        summary=summary,
        fixes="all inputs of a Boolean function are samples",
        parameters=(
            FamilyParameter("bits", "Bits of a number, or inputs of the function.", default=bits, least=1),
            *TRAINING,
        ),
        draw=draw or (lambda options, rng: Drawn(options["bits"])),
        build=lambda problem, options: instance_of(table(problem), options, name),
        write=lambda problem: problem if isinstance(problem, dict) else {"bits": problem},
        read=lambda value: value if set(value) != {"bits"} else value["bits"],
    )


def _draw_threshold(options: Options, rng: random.Random) -> Drawn[dict[str, Any]]:
    coefficients = [rng.randint(-options["bits"], options["bits"]) for _ in range(options["bits"])]
    least = sum(coefficients) // 2 + rng.randint(-1, 1)
    return Drawn({"coefficients": coefficients, "least": least})


FAMILIES = (
    _family("parity", "parity of n bits", 4, parity),
    _family("majority", "majority of n bits", 5, majority),
    _family(
        "threshold",
        "a random weighted threshold function of n bits",
        5,
        lambda problem: threshold_function(problem["coefficients"], problem["least"]),
        _draw_threshold,
    ),
    _family("multiplication", "the bits of the product of two n-bit numbers", 2, multiplication),
)
