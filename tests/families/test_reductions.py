"""Every construction, both ways: the source problem has a solution iff the instance has, and every answer decodes."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np
import pytest

import dnnt_encode
from dnnt_encode.algorithms.brute_force import Enumeration, enumerate_losses
from dnnt_encode.errors import InputError
from dnnt_encode.families import bias_robust, equalities
from dnnt_encode.families.catalogue import families, family, solution_of
from dnnt_encode.families.sources.cnf import FANO, Cnf, pigeonhole
from dnnt_encode.families.sources.graphs import Graph
from dnnt_encode.families.sources.numbers import SubsetSum
from dnnt_encode.families.vertex_cover_neuron import cover_size
from dnnt_encode.instance import Assignment, Instance, Weights, evaluate


def subsets(count: int) -> list[tuple[int, ...]]:
    return [tuple(k for k in range(count) if mask >> k & 1) for mask in range(2**count)]


def assignments(problem: Cnf, meaning: str) -> bool:
    return any(problem.satisfied_by(a, meaning) for a in product((False, True), repeat=problem.variables))  # type: ignore[arg-type]


Oracle = Callable[[Any, dict[str, Any]], bool]

ORACLES: dict[str, tuple[dict[str, Any], Oracle]] = {
    "subset-sum": ({"items": 6}, lambda p, o: any(p.solved_by(s) for s in subsets(len(p.items)))),
    "subset-sum-neuron": ({"items": 6}, lambda p, o: any(p.solved_by(s) for s in subsets(len(p.items)))),
    "subset-sum-set": ({"items": 3, "largest": 7}, lambda p, o: any(p.solved_by(s) for s in subsets(len(p.items)))),
    "k-sum": ({"lists": 3, "length": 4}, lambda p, o: any(p.solved_by(c) for c in product(*p.lists))),
    "exact-cover-neuron": ({"elements": 9, "sets": 9}, lambda p, o: any(p.covered_by(s) for s in subsets(len(p.sets)))),
    "one-in-three-neuron": ({"variables": 7}, lambda p, o: assignments(p, "one")),
    "sat-neuron": ({"variables": 3, "clauses": 4, "holes": 1}, lambda p, o: assignments(p, "sat")),
    "vertex-cover-neuron": (
        {"vertices": 6, "edges": 6},
        lambda p, o: any(p.covered_by(s) for s in subsets(p.vertices) if len(s) <= cover_size(p.vertices, o)),
    ),
    "colouring-neuron": (
        {"vertices": 4, "colours": 2, "edges": 3},
        lambda p, o: any(p.coloured_by(c) for c in product(range(2), repeat=p.vertices)),
    ),
    "exact-cover": ({"elements": 9, "sets": 9}, lambda p, o: any(p.covered_by(s) for s in subsets(len(p.sets)))),
    "sat-tied": ({"variables": 5, "holes": 1}, lambda p, o: assignments(p, "sat")),
    "nae-sat": ({"variables": 7}, lambda p, o: assignments(p, "nae")),
    "colouring": (
        {"vertices": 5, "colours": 3, "edges": 8},
        lambda p, o: any(p.coloured_by(c) for c in product(range(3), repeat=p.vertices)),
    ),
    "partition": (
        {"bins": 2, "load": 20, "per_bin": 3},
        lambda p, o: any(p.solved_by(b) for b in product(range(p.bins), repeat=len(p.items))),
    ),
    "sat-deep": ({"variables": 5, "holes": 2}, lambda p, o: assignments(p, "sat")),
}

VARIANTS = [
    *((name, {}) for name in ORACLES),
    ("nae-sat", {"ternary": True, "variables": 7}),
    ("nae-sat", {"ternary": True, "biases": "-1,0,1"}),
    ("colouring", {"ternary": True}),
    ("colouring", {"ternary": True, "biases": "-1,0,1"}),
    ("subset-sum", {"biases": "-1,0,2"}),
    ("k-sum", {"biases": "-1..1"}),
    ("exact-cover", {"biases": "-1,0,1", "elements": 9, "sets": 5}),
]


def test_every_reduction_is_tested() -> None:
    assert {name for name, each in families().items() if each.reduction} == {*ORACLES, "max-cut"}


@pytest.mark.parametrize(("name", "variant"), VARIANTS, ids=lambda value: str(value))
@pytest.mark.parametrize("kind", ["random", "planted", "unsatisfiable"])
def test_both_directions(name: str, variant: dict[str, Any], kind: str) -> None:
    chosen, (options, oracle) = family(name), ORACLES[name]
    for seed in range(3):
        instance = chosen.generate(seed, **{**options, **variant, "kind": kind})
        assert instance.source is not None
        problem = chosen.read(instance.source["problem"])
        expected = oracle(problem, chosen.options({**options, **variant}))
        assert expected == {"planted": True, "unsatisfiable": False}.get(kind, expected)
        result = dnnt_encode.solve(instance, threads=1, time_limit=60)
        assert result.status == ("SATISFIABLE" if expected else "UNSATISFIABLE")
        if result.weights is not None:
            assert solution_of(instance, result.weights).lines


@pytest.mark.parametrize("name", [*ORACLES, "max-cut"])
def test_two_backends_agree_and_decode(name: str) -> None:
    options = {**(ORACLES[name][0] if name in ORACLES else {"vertices": 6, "cut": 5}), "kind": "planted"}
    instance = family(name).generate(1, **options)
    first = "brute" if instance.network.search_space < 10**5 else "dictionary"
    if name in ("sat-tied", "max-cut"):
        first = "brute" if instance.network.search_space < 10**6 else "sat:cadical195"
    for backend in (first, "cpsat"):
        result = dnnt_encode.solve(instance, backend=backend, threads=1, time_limit=60)
        assert result.status == "SATISFIABLE", backend
        assert result.weights is not None
        assert solution_of(instance, result.weights).lines


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("subset-sum", {"items": 4}),
        ("subset-sum-neuron", {"items": 4}),
        ("subset-sum-set", {"items": 2, "largest": 5}),
        ("sat-tied", {"variables": 3, "clauses": 4}),
        ("nae-sat", {"variables": 3, "clauses": 2, "ternary": True}),
        ("colouring", {"vertices": 3, "colours": 2, "edges": 2}),
        ("partition", {"bins": 2, "load": 12}),
        ("sat-deep", {"variables": 4}),
    ],
)
def test_every_answer_decodes(name: str, options: dict[str, Any]) -> None:
    instance = family(name).generate(0, kind="planted", **options)
    losses = enumerate_losses(instance).fractions()
    answers = np.flatnonzero(losses <= instance.threshold)
    assert len(answers)
    enumeration = Enumeration(instance)
    for number in answers[:200].tolist():
        solution_of(instance, enumeration.assignment(number).weights(instance))
    other = int(np.argmax(losses))
    if losses[other] > instance.threshold:
        with pytest.raises(InputError, match="above the threshold"):
            solution_of(instance, enumeration.assignment(other).weights(instance))


SHAPES: list[tuple[str, dict[str, Any], tuple[int, ...], int]] = [
    ("subset-sum", {"items": 5}, (1, 5, 1), 1),
    ("subset-sum-neuron", {"items": 5}, (5, 1, 1), 2),
    ("subset-sum-set", {"items": 4}, (1, 4, 1), 1),
    ("k-sum", {"lists": 3}, (1, 3, 1), 1),
    ("exact-cover-neuron", {"elements": 6, "sets": 7}, (7, 1, 1), 7),
    ("one-in-three-neuron", {"variables": 6, "clauses": 4}, (6, 1, 1), 5),
    ("sat-neuron", {"variables": 5, "clauses": 6}, (22, 1, 1), 12),
    ("vertex-cover-neuron", {"vertices": 6, "edges": 7, "size": 3}, (16, 1, 1), 9),
    ("exact-cover", {"elements": 6, "sets": 7}, (1, 7, 6), 1),
    ("sat-tied", {"variables": 5, "clauses": 6}, (6, 2, 1), 11),
    ("nae-sat", {"variables": 5, "clauses": 6}, (5, 2, 1), 11),
    ("nae-sat", {"variables": 5, "clauses": 6, "ternary": True}, (5, 2, 1), 16),
    ("colouring", {"vertices": 5, "edges": 6, "colours": 4}, (6, 4, 1), 12),
    ("partition", {"bins": 3, "per_bin": 3}, (1, 9, 1), 3),
    ("max-cut", {"vertices": 5, "edges": 6}, (5, 2, 1), 11),
    ("sat-deep", {"variables": 5, "clauses": 6}, (1, 5, 6, 1), 1),
]


@pytest.mark.parametrize(("name", "options", "widths", "samples"), SHAPES)
def test_sizes(name: str, options: dict[str, Any], widths: tuple[int, ...], samples: int) -> None:
    kind = "planted" if name == "partition" else "random"
    instance = family(name).generate(0, kind=kind, **options)
    assert instance.network.widths == widths
    assert instance.dataset.samples == samples


@pytest.mark.parametrize("loss", ["l1", "l2"])
def test_max_cut_is_the_least_loss(loss: str) -> None:
    for seed in range(3):
        instance = family("max-cut").generate(seed, vertices=6, loss=loss)
        assert instance.source is not None
        graph = Graph.of(instance.source["problem"])
        best = max(graph.cut(sides) for sides in product((0, 1), repeat=graph.vertices))
        result = dnnt_encode.solve(instance, backend="brute")
        assert result.loss == (4 if loss == "l2" else 2) * (len(graph.edges) - best)
        assert result.weights is not None
        assert solution_of(instance, result.weights).value["cut"] == best
        limit = instance.source["parameters"] | {"cut": best + 1}
        if best < len(graph.edges):
            assert (
                dnnt_encode.solve(family("max-cut").of_problem(graph, **limit), backend="brute").status
                == "UNSATISFIABLE"
            )


def test_maxsat_is_the_least_loss() -> None:
    instance = family("sat-deep").generate(0, kind="unsatisfiable", holes=2, maxsat=True)
    result = dnnt_encode.solve(instance, threads=1)
    assert (result.status, result.loss) == ("OPTIMUM FOUND", 1)
    assert result.weights is not None
    assert solution_of(instance, result.weights).value["violated"] == 1


def test_known_unsatisfiable_sources() -> None:
    fano = Cnf(7, tuple(tuple(k + 1 for k in line) for line in FANO))
    assert not assignments(fano, "nae")
    assert not assignments(pigeonhole(2), "sat")
    k4 = Graph(4, tuple((u, v) for u in range(4) for v in range(u + 1, 4)))
    for ternary in (False, True):
        assert dnnt_encode.solve(family("colouring").of_problem(k4, ternary=ternary)).status == "UNSATISFIABLE"
        assert dnnt_encode.solve(family("nae-sat").of_problem(fano, ternary=ternary)).status == "UNSATISFIABLE"


def test_biases_alone_make_wrong_sums_right_without_scaling() -> None:
    problem = SubsetSum((4, 6), 5)
    loose = Instance.from_arrays(
        [[1]], [[5]], [2], layer_weights=[[[(0, 4)], [(0, 6)]], (1,)], biases=(-1, 0, 1), threshold=0
    )
    assert dnnt_encode.solve(loose).status == "SATISFIABLE"
    assert dnnt_encode.solve(family("subset-sum").of_problem(problem, biases="-1,0,1")).status == "UNSATISFIABLE"
    with pytest.raises(InputError, match="0 must be among them"):
        bias_robust.bias_robust(loose.with_threshold(None), (1, 2))


def test_what_constructions_refuse() -> None:
    with pytest.raises(InputError, match="the answer is no"):
        family("subset-sum-set").of_problem(SubsetSum((1, 2), 9))
    with pytest.raises(InputError, match="right side 0"):
        equalities.generate([[1]], [0])
    with pytest.raises(InputError, match="no negations"):
        family("one-in-three-neuron").of_problem(Cnf(3, ((1, -2, 3),)))
    with pytest.raises(InputError, match="takes three"):
        family("nae-sat").of_problem(Cnf(3, ((1, 2),)))
    with pytest.raises(InputError, match="empty clause"):
        family("sat-neuron").of_problem(Cnf(3, ((),)))
    with pytest.raises(InputError, match="no multiple of"):
        family("partition").read({"items": [1, 2, 4], "bins": 2})
    with pytest.raises(InputError, match="has no parameter 'colors'"):
        family("colouring").generate(0, colors=3)
    with pytest.raises(InputError, match="found the family 'sudoku'; known are subset-sum"):
        family("sudoku")
    instance = Instance.from_arrays([[1]], [[1]], [1], threshold=0)
    with pytest.raises(InputError, match="does not record a source problem"):
        solution_of(instance, Enumeration(instance).assignment(0).weights(instance))


def test_the_same_seed_gives_the_same_instance() -> None:
    for name in families():
        a, b = (family(name).generate(5) for _ in range(2))
        assert a.sha256 == b.sha256
        assert evaluate(a, _first(a)).loss == evaluate(b, _first(b)).loss


def _first(instance: Instance) -> Weights:
    return Assignment.first(instance.network).weights(instance)
