"""The instances of the library, by group: names and recipes.

Families are drawn near their thresholds, planted and unsatisfiable, in sizes from what anybody solves to what nobody
does. Names tell the parameters; a seed is a number that says nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

Named = tuple[str, dict[str, Any]]
"""A name and its recipe."""

HARD: dict[str, tuple[str, str, tuple[int, ...], Mapping[str, Any]]] = {
    # Group, family, the parameter that grows, its sizes, fixed parameters.
    "r1": ("subset-sum", "items", (8, 12, 16, 20, 24), {}),
    "r2": ("subset-sum-neuron", "items", (8, 12, 16, 20), {}),
    "r3": ("subset-sum-set", "items", (3, 4, 5), {"largest": 10}),
    "r3k": ("k-sum", "length", (8, 16, 32), {"lists": 4}),
    "r4a": ("exact-cover-neuron", "elements", (9, 18, 30), {}),
    "r4b": ("one-in-three-neuron", "variables", (10, 20, 40), {}),
    "r4c": ("sat-neuron", "variables", (6, 10, 16), {}),
    "r4d": ("vertex-cover-neuron", "vertices", (8, 12, 16), {}),
    "r4e": ("colouring-neuron", "vertices", (6, 9, 12), {}),
    "r5": ("exact-cover", "elements", (12, 24, 45), {}),
    "r6": ("sat-tied", "variables", (8, 14, 20), {}),
    "r7": ("nae-sat", "variables", (10, 20, 30), {}),
    "r7t": ("nae-sat", "variables", (10, 20), {"ternary": True}),
    "r8": ("colouring", "vertices", (8, 12, 18), {}),
    "r8t": ("colouring", "vertices", (8, 12), {"ternary": True}),
    "r9": ("partition", "bins", (2, 4, 6), {}),
    "r11": ("sat-deep", "variables", (20, 50, 100), {}),
}

KINDS = ("random", "planted", "unsatisfiable")

HOLES = {6: 3, 8: 3, 10: 4, 14: 5, 16: 5, 20: 6, 50: 7, 100: 8}
"""The unsatisfiable formulas of the families of SAT are pigeonholes: holes in place of variables."""

# Kind, table, columns, samples, hidden units, seed.
TABLES = [
    ("breast", 10, 50, "2"), ("breast", 10, 100, "2"), ("breast", 10, 200, "2"), ("breast", 10, 400, "2"),
    ("breast", 30, 300, "2"), ("breast", 10, 60, "3"), ("breast", 10, 100, "3"), ("breast", 10, 300, "3"),
    ("breast", 20, 300, "3"), ("breast", 30, 569, "4"), ("digits", 10, 40, "2"), ("digits", 10, 100, "2"),
    ("digits", 20, 100, "3"), ("digits", 20, 200, "2"), ("digits", 64, 100, "2"), ("digits", 64, 400, "2"),
    ("digits", 64, 1000, "4"), ("heart", 10, 50, "2"), ("heart", 13, 80, "2"), ("heart", 13, 150, "3"),
]  # fmt: skip
CLASSES = [
    ("iris", 4, 50, "2"), ("iris", 4, 100, "2"), ("iris", 4, 150, "2"), ("iris", 4, 150, "3"), ("wine", 6, 60, "2"),
    ("wine", 13, 80, "2"), ("wine", 13, 178, "2"), ("wine", 13, 120, "3"), ("wine", 13, 178, "4"),
    ("digits3", 10, 60, "2"), ("digits3", 20, 60, "2"), ("digits3", 20, 150, "2"), ("digits3", 64, 80, "3"),
    ("digits3", 64, 300, "4"),
]  # fmt: skip
DEEP = [
    ("breast", 5, 40, "2,2"), ("breast", 10, 100, "2,2"), ("breast", 10, 100, "3,2"), ("breast", 30, 150, "4,3"),
    ("digits", 10, 40, "2,2"), ("digits", 20, 60, "2,2"), ("digits", 20, 80, "3,2"), ("digits", 64, 150, "4,4"),
    ("iris", 4, 80, "2,2"), ("iris", 4, 150, "3,2"), ("iris", 4, 150, "2,2,2"), ("wine", 13, 80, "2,2"),
    ("breast", 5, 40, "2,2,2"),
]  # fmt: skip
SIGN = [
    ("breast", 10, 80, "2"), ("breast", 10, 100, "3"), ("breast", 20, 100, "2"), ("breast", 30, 200, "3"),
    ("digits", 10, 60, "2"), ("digits", 20, 60, "2"), ("digits", 64, 80, "3"), ("heart", 13, 80, "2"),
]  # fmt: skip
STEP = [
    ("breast", 10, 80, "2"), ("breast", 20, 100, "3"), ("breast", 10, 60, "2,2"), ("digits", 10, 60, "2"),
    ("digits", 20, 80, "3"), ("digits", 64, 100, "4"), ("iris", 4, 100, "2"),
]  # fmt: skip
WIDE = [
    ("breast", 6, 40, "2", "-3..3"), ("breast", 10, 60, "2", "-3..3"), ("breast", 10, 100, "2", "-7..7"),
    ("breast", 20, 100, "3", "-7..7"), ("digits", 8, 40, "2", "-3..3"), ("digits", 20, 60, "2", "-3..3"),
    ("digits", 20, 100, "3", "-7..7"), ("digits", 64, 100, "2", "-15..15"), ("iris", 4, 100, "2", "-7..7"),
    ("wine", 13, 80, "2", "-3..3"), ("breast", 10, 60, "2", "-4,-2,-1,0,1,2,4"),
    ("digits", 20, 60, "2", "-4,-2,-1,0,1,2,4"),
]  # fmt: skip
BINARY = [
    ("breast", 10, 50, "3"), ("breast", 10, 100, "2"), ("breast", 20, 100, "3"), ("breast", 30, 200, "4"),
    ("digits", 10, 40, "3"), ("digits", 20, 60, "2"), ("digits", 20, 80, "4"), ("digits", 64, 100, "3"),
    ("iris", 4, 100, "2"), ("iris", 4, 150, "4"), ("wine", 13, 100, "3"),
]  # fmt: skip
POINTS = [
    ("breast", 5, 100, "-5..5"), ("breast", 10, 200, "-5..5"), ("breast", 10, 400, "-10..10"),
    ("breast", 30, 300, "-10..10"), ("breast", 30, 569, "-10..10"), ("digits", 10, 100, "-5..5"),
    ("digits", 20, 300, "-5..5"), ("digits", 64, 300, "-3..3"), ("digits", 64, 600, "-10..10"),
    ("wine", 13, 150, "-3..3"), ("heart", 13, 200, "-3..3"), ("iris", 4, 150, "-5..5"),
]  # fmt: skip
REGRESSION = [
    ("diabetes", 5, 30, "2", "l1"), ("diabetes", 6, 60, "2", "l1"), ("diabetes", 10, 40, "2", "l1"),
    ("diabetes", 10, 40, "2", "l2"), ("diabetes", 10, 100, "3", "l1"), ("diabetes", 10, 100, "2", "linf"),
    ("diabetes", 10, 200, "2", "linf"), ("diabetes", 6, 100, "2", "l2"), ("diabetes", 10, 200, "4", "l2"),
    ("diabetes", 10, 300, "3", "l1"), ("diabetes", 4, 40, "1", "l1"), ("diabetes", 4, 60, "1", "l2"),
]  # fmt: skip
MARGINS = [
    ("breast", 10, 60, "2", "hinge", "1"), ("breast", 10, 100, "2", "hinge", "2"),
    ("breast", 10, 60, "2", "squared_hinge", "2"), ("digits", 20, 50, "2", "hinge", "1"),
    ("digits", 20, 60, "2", "misclassification", "3"), ("iris", 4, 100, "2", "hinge", "1"),
    ("wine", 13, 80, "2", "hinge", "2"), ("breast", 30, 200, "4", "hinge", "2"),
]  # fmt: skip
CONTINUOUS = [
    ("breast", 4, 20, "1"), ("breast", 4, 30, "2"), ("breast", 6, 40, "2"), ("digits", 6, 30, "2"),
    ("digits", 10, 40, "2"), ("breast", 10, 100, "2"),
]  # fmt: skip
LARGE = [
    ("breast", 30, 569, "16", "-7..7"), ("breast", 30, 569, "8,8", "-7..7"), ("digits", 64, 1797, "8", "-1,0,1"),
    ("digits", 64, 1797, "16", "-1,0,1"), ("digits", 64, 1000, "8", "-7..7"), ("digits", 64, 1797, "8,8", "-1,0,1"),
    ("digits3", 64, 537, "16", "-3..3"), ("wine", 13, 178, "32,16", "-7..7"),
]  # fmt: skip
TEACHERS = [
    # Samples, inputs, hidden units, changed targets, loss, whether to minimise.
    (20, 4, 2, 0, "zero_one", False), (30, 6, 2, 0, "l1", True), (40, 8, 3, 0, "zero_one", False),
    (40, 8, 3, 0, "l1", True), (40, 10, 4, 0, "zero_one", False), (60, 12, 4, 0, "zero_one", True),
    (80, 12, 3, 0, "zero_one", True), (100, 16, 5, 0, "l1", True), (100, 20, 6, 0, "zero_one", False),
    (20, 4, 2, 2, "l1", True), (30, 5, 2, 3, "zero_one", True), (40, 8, 2, 4, "zero_one", True),
    (60, 6, 2, 6, "l1", True), (60, 10, 3, 3, "zero_one", True), (30, 10, 3, 3, "l1", True),
    (40, 6, 2, 4, "l2", True), (40, 6, 2, 4, "linf", True), (80, 12, 4, 8, "l1", True), (100, 16, 4, 5, "l2", True),
]  # fmt: skip
FUNCTIONS = [
    ("parity", 2, "2", "l1"), ("parity", 3, "2", "l1"), ("parity", 3, "3", "l1"), ("parity", 4, "2", "l1"),
    ("parity", 4, "4", "l1"), ("parity", 4, "4", "zero_one"), ("parity", 4, "3,2", "l1"), ("parity", 5, "5", "l1"),
    ("parity", 5, "3,3", "zero_one"), ("parity", 6, "6", "l1"), ("parity", 7, "7", "l2"), ("majority", 3, "1", "l1"),
    ("majority", 3, "2", "l1"), ("majority", 4, "2", "l1"), ("majority", 5, "2", "l1"), ("majority", 5, "4", "l1"),
    ("majority", 6, "2", "zero_one"), ("majority", 7, "2", "l1"), ("majority", 8, "4", "l1"),
    ("threshold", 3, "2", "l1"), ("threshold", 4, "2", "l1"), ("threshold", 5, "2", "l1"),
    ("threshold", 5, "4", "zero_one"), ("threshold", 6, "2", "l1"), ("threshold", 7, "3", "l1"),
    ("multiplication", 1, "1", "l1"), ("multiplication", 2, "2", "l1"), ("multiplication", 2, "3", "l1"),
    ("multiplication", 2, "4", "zero_one"), ("multiplication", 2, "3,3", "l1"), ("multiplication", 3, "4", "l1"),
    ("multiplication", 3, "8", "zero_one"), ("multiplication", 4, "12", "l1"),
]  # fmt: skip
RULES = [
    # Rows, columns, relevant columns, labels turned around, hidden units.
    (30, 4, 3, 0, "2"), (40, 6, 3, 2, "2"), (60, 8, 3, 4, "2"), (80, 8, 5, 6, "2"), (60, 10, 5, 3, "3"),
    (100, 12, 5, 8, "3"), (150, 16, 7, 10, "4"), (200, 20, 9, 0, "4"), (300, 30, 11, 20, "4"),
]  # fmt: skip
CUTS = [(6, "l1"), (8, "l1"), (12, "l1"), (16, "l1"), (20, "l1"), (12, "l2"), (30, "l1")]
MAXSAT = [(6, 40), (10, 80), (15, 120), (30, 200)]


def groups() -> Iterator[tuple[str, list[Named]]]:
    """All groups in order, with their instances."""
    yield "tables", [_table("table", *row, seed=101 + k) for k, row in enumerate(TABLES)]
    yield "classes", [_table("classes", *row, seed=201 + k) for k, row in enumerate(CLASSES)]
    yield "deep", [_table("deep", *row, seed=301 + k) for k, row in enumerate(DEEP)]
    yield "sign", [_table("sign", *row, seed=401 + k, activation="sign") for k, row in enumerate(SIGN)]
    yield "step", [_table("step", *row, seed=451 + k, activation="step") for k, row in enumerate(STEP)]
    yield "wide sets", [_table("wide", *row[:4], seed=501 + k, weights=row[4]) for k, row in enumerate(WIDE)]
    yield "two values", [_table("binary", *row, seed=601 + k, weights="-1,1") for k, row in enumerate(BINARY)]
    yield "one layer", [_table("points", *row[:3], "0", seed=701 + k, weights=row[3]) for k, row in enumerate(POINTS)]
    yield "regression", [_table("regression", *row[:4], seed=801 + k, loss=row[4]) for k, row in enumerate(REGRESSION)]
    yield (
        "margins",
        [_table("margin", *row[:4], seed=851 + k, loss=row[4], margin=row[5]) for k, row in enumerate(MARGINS)],
    )
    yield (
        "continuous",
        [
            _table("real", *row, seed=901 + k, weights="interval:-1..1", biases="interval:-1..1")
            for k, row in enumerate(CONTINUOUS)
        ],
    )
    yield "large", [_table("large", *row[:4], seed=951 + k, weights=row[4]) for k, row in enumerate(LARGE)]
    yield "teacher", [_teacher(*row, seed=k) for k, row in enumerate(TEACHERS)]
    for name in ("parity", "majority", "threshold", "multiplication"):
        yield name, [_function(*row, seed=1) for row in FUNCTIONS if row[0] == name]
    yield "hidden rule", [_rule(*row, seed=k) for k, row in enumerate(RULES)]
    for group, (family, parameter, sizes, fixed) in HARD.items():
        yield group, [_hard(group, family, parameter, size, kind, fixed) for size in sizes for kind in KINDS]
    yield "r10", [_cut(*row, kind) for row in CUTS for kind in ("random", "planted")]
    yield "r11m", [_maxsat(*row) for row in MAXSAT]


def _table(kind: str, table: str, columns: int, samples: int, hidden: str, *, seed: int, **network: str) -> Named:
    sets = network.get("weights", "-1,0,1")
    told = "" if sets in ("-1,0,1", "-1,1") or "interval" in sets else f"-w{sets.split('..')[-1].split(',')[-1]}"
    told += f"-{network['loss'].replace('_', '')}" if "loss" in network else ""
    told += f"-v{sets.count(',') + 1}" if sets.count(",") > 2 else ""
    shape = f"-h{hidden.replace(',', '.')}" if hidden != "0" else ""
    name = f"{kind}-{table}-d{columns}-n{samples}{shape}{told}"
    settings: dict[str, Any] = {"hidden": hidden, "weights": sets, **network}
    return name, {"table": table, "columns": columns, "samples": samples, "seed": seed, "network": settings}


def _family(name: str, family: str, seed: int, **parameters: Any) -> Named:
    return name, {"family": family, "seed": seed, "parameters": parameters}


def _teacher(samples: int, inputs: int, hidden: int, noise: int, loss: str, minimize: bool, *, seed: int) -> Named:
    name = f"teacher-{loss.replace('_', '')}-d{inputs}-n{samples}-h{hidden}-e{noise}{'' if minimize else '-fit'}"
    given: dict[str, Any] = {"samples": samples, "inputs": inputs, "hidden": hidden, "noise": noise, "loss": loss}
    return _family(name, "teacher", seed, **given, **({"minimize": True} if minimize else {}))


def _function(family: str, bits: int, hidden: str, loss: str, *, seed: int) -> Named:
    name = f"{family}-{bits}-h{hidden.replace(',', '.')}-{loss.replace('_', '')}"
    return _family(name, family, seed, bits=bits, hidden=hidden, loss=loss)


def _rule(rows: int, columns: int, relevant: int, noise: int, hidden: str, *, seed: int) -> Named:
    name = f"rule-d{columns}-n{rows}-r{relevant}-e{noise}-h{hidden}"
    return _family(name, "binarised", seed, rows=rows, columns=columns, relevant=relevant, noise=noise, hidden=hidden)


def _hard(group: str, family: str, parameter: str, size: int, kind: str, fixed: Mapping[str, Any]) -> Named:
    name, given = f"{group}-{family}-{size}-{kind}", {parameter: size, "kind": kind, **fixed}
    if kind == "unsatisfiable" and family.startswith("sat-"):
        given = {"holes": HOLES[size], "kind": kind, **fixed}
    elif kind == "unsatisfiable" and parameter == "elements":
        given[parameter] = size | 1
    return _family(name, family, size, **given)


def _cut(vertices: int, loss: str, kind: str) -> Named:
    return _family(
        f"r10-max-cut-{vertices}-{loss}-{kind}", "max-cut", vertices, vertices=vertices, loss=loss, kind=kind
    )


def _maxsat(variables: int, clauses: int) -> Named:
    name = f"r11m-max-sat-{variables}-{clauses}"
    return _family(name, "sat-deep", variables, variables=variables, clauses=clauses, maxsat=True)
