"""Max-Cut as least loss, with two hidden units (R10).

Construction. Inputs are the vertices; w, w' in {-1, 1}^n, output weights 1, biases 0. With K = 2|E| + 1, the samples
are (K e_i, K) for each vertex and (e_u + e_v, 0) for each edge. Minimise, or ask for a cut of k edges by the threshold.

Proof. (K e_i, K) costs 0 iff w'_i = -w_i, and at least K otherwise, more than any cut can save. Tied units give
|w_u + w_v|, which is 2 where both ends lie on one side. So the least l1 loss is 2 (|E| - maxcut), the least l2 loss
4 (|E| - maxcut). Decode: the side of vertex i is w_i.

Source: this project.

>>> from dnnt_encode.families.sources.graphs import Graph
>>> generate(Graph(3, ((0, 1), (0, 2), (1, 2))), cut=2).threshold
Fraction(2, 1)
"""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np

from dnnt_encode.errors import InputError
from dnnt_encode.families.family import LOSS, Drawn, Family, FamilyParameter, Options, SourceSolution, check, kinds
from dnnt_encode.families.sources.graphs import (
    GRAPH,
    Graph,
    planted_colouring,
    possible_edges,
    random_graph,
    read_graph,
)
from dnnt_encode.instance.evaluate import evaluate
from dnnt_encode.instance.instance import Instance
from dnnt_encode.instance.weights import Weights


def generate(graph: Graph, *, cut: int | None = None, loss: str = "l1") -> Instance:
    """The instance whose least loss tells the largest cut; ``cut``: ask for one of so many edges. Raises InputError."""
    n, edges = graph.vertices, len(graph.edges)
    if cut is not None and not 0 <= cut <= edges:
        raise InputError(f"found a cut of {cut} edges; the graph has {edges}")
    x = np.zeros((n + edges, n), dtype=np.int64)
    x[np.arange(n), np.arange(n)] = 2 * edges + 1
    for row, edge in enumerate(graph.edges, start=n):
        x[row, list(edge)] = 1
    return Instance.from_arrays(
        x,
        [[2 * edges + 1]] * n + [[0]] * edges,
        hidden=[2],
        layer_weights=[(-1, 1), (1,)],
        layer_biases=[(0,), (0,)],
        loss=loss,
        threshold=None if cut is None else _price(loss) * (edges - cut),
        name="max-cut",
    )


def _price(loss: str) -> int:
    """What an edge outside the cut costs."""
    return 4 if loss == "l2" else 2


def decode(graph: Graph, weights: Weights, *, loss: str = "l1") -> tuple[int, ...]:
    """The side of each vertex, 0 or 1. Raises NotVerified where the cut is smaller than the weights' loss promises."""
    sides = tuple((weights.layers[0].weights.numerators[0] == 1).astype(int).tolist())
    promised = len(graph.edges) - evaluate(generate(graph, loss=loss), weights).loss / _price(loss)
    check(graph.cut(sides) >= promised, "a cut", sides)
    return sides


def draw(options: Options, rng: random.Random) -> Drawn[Graph]:
    """Random graphs of mean degree 4; planted: bipartite ones, all of whose edges can be cut."""
    if options["input"] is not None:
        return Drawn(read_graph(options["input"]))
    n = options["vertices"]
    edges = min(possible_edges(n), 2 * n) if options["edges"] is None else options["edges"]
    if options["kind"] == "planted":
        graph, sides = planted_colouring(n, edges, 2, rng)
        return Drawn(graph, "yes", list(sides))
    return Drawn(random_graph(n, edges, rng))


def _explain(graph: Graph, options: Options, weights: Weights) -> SourceSolution:
    sides = decode(graph, weights, loss=options["loss"])
    cut = graph.cut(sides)
    lines = [f"side {side}: {' '.join(str(v) for v, s in enumerate(sides) if s == side)}" for side in (0, 1)]
    return SourceSolution({"sides": list(sides), "cut": cut}, (f"a cut of {cut} of {len(graph.edges)} edges", *lines))


FAMILY = Family(
    name="max-cut",
    reduction="R10",
    summary="Max-Cut as least loss, two hidden units",
    fixes="2 hidden units, weights {-1, 1}",
    parameters=(
        *GRAPH,
        kinds("random", "planted"),
        FamilyParameter("cut", "Ask for a cut of so many edges; default: minimise the loss.", least=0),
        replace(LOSS, choices=("l1", "l2"), help="The loss: an edge that is not cut costs 2 (l1) or 4 (l2)."),
    ),
    draw=draw,
    build=lambda graph, options: generate(graph, cut=options["cut"], loss=options["loss"]),
    write=Graph.json,
    read=Graph.of,
    explain=_explain,
)
