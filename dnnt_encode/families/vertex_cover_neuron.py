"""Vertex Cover with a single hidden unit and {0, 1} for every parameter (R4d).

Construction. Unknowns x_v for each vertex, s_e for each edge, t_i for i <= k. Equations of ``equalities``: x_u + x_v +
s_e = 2 for each edge; the sum of all x_v and t_i = k. n + |E| + k inputs, |E| + 2 samples.

Proof. An edge's equation holds for some s_e iff one of its ends is chosen; the last one for some t iff at most k
vertices are. Decode: the vertices with weight 1.

Source: this project.

>>> from dnnt_encode.families.sources.graphs import Graph
>>> instance = generate(Graph(3, ((0, 1), (1, 2))), 1)
>>> instance.network.inputs, instance.dataset.samples
(6, 4)
"""

from __future__ import annotations

import random

import numpy as np

from dnnt_encode.errors import InputError
from dnnt_encode.families import equalities
from dnnt_encode.families.family import LOSS, Drawn, Family, FamilyParameter, Options, SourceSolution, check, kinds
from dnnt_encode.families.sources.graphs import (
    GRAPH,
    Graph,
    planted_cover,
    possible_edges,
    random_graph,
    read_graph,
    with_matching,
)
from dnnt_encode.instance.instance import Instance
from dnnt_encode.instance.weights import Weights


def generate(graph: Graph, size: int, *, loss: str = "l1") -> Instance:
    """The instance that asks for a cover of at most ``size`` vertices."""
    if size < 0:
        raise InputError(f"found the size {size}; a cover has 0 vertices or more")
    n, edges = graph.vertices, len(graph.edges)
    matrix = np.zeros((edges + 1, n + edges + size), dtype=np.int64)
    for row, (u, v) in enumerate(graph.edges):
        matrix[row, [u, v, n + row]] = 1
    matrix[-1, :n] = matrix[-1, n + edges :] = 1
    return equalities.generate(matrix, [2] * edges + [size], loss=loss, name="vertex-cover-neuron")


def decode(graph: Graph, weights: Weights, size: int) -> tuple[int, ...]:
    """The vertices of the cover. Raises NotVerified."""
    chosen = tuple(equalities.decode(weights)[: graph.vertices].nonzero()[0].tolist())
    check(len(chosen) <= size and graph.covered_by(chosen), "a set of vertices", chosen)
    return chosen


def draw(options: Options, rng: random.Random) -> Drawn[Graph]:
    """Random graphs of mean degree 3; unsatisfiable: with more disjoint edges than the cover may have vertices."""
    if options["input"] is not None:
        return Drawn(read_graph(options["input"]))
    n = options["vertices"]
    edges = min(possible_edges(n), 3 * n // 2) if options["edges"] is None else options["edges"]
    k = cover_size(n, options)
    if options["kind"] == "planted":
        graph, cover = planted_cover(n, edges, k, rng)
        return Drawn(graph, "yes", cover)
    if options["kind"] == "unsatisfiable":
        graph = with_matching(random_graph(n, max(0, edges - k - 1), rng), k + 1, rng)
        return Drawn(graph, "no", because=f"{k + 1} of the edges are disjoint")
    return Drawn(random_graph(n, edges, rng))


def cover_size(vertices: int, options: Options) -> int:
    """The size that the options ask for: half of the vertices, less one, by default."""
    return max(1, vertices // 2 - 1) if options["size"] is None else int(options["size"])


def _explain(graph: Graph, options: Options, weights: Weights) -> SourceSolution:
    chosen = decode(graph, weights, cover_size(graph.vertices, options))
    return SourceSolution(list(chosen), (f"cover of {len(chosen)}: {' '.join(map(str, chosen))}",))


FAMILY = Family(
    name="vertex-cover-neuron",
    reduction="R4d",
    summary="Vertex Cover, one hidden unit and {0, 1} for every parameter",
    fixes="1 hidden unit, all sets {0, 1}",
    parameters=(
        *GRAPH,
        kinds("random", "planted", "unsatisfiable"),
        FamilyParameter("size", "At most so many vertices; default: half of them, less one.", least=0),
        LOSS,
    ),
    draw=draw,
    build=lambda graph, options: generate(graph, cover_size(graph.vertices, options), loss=options["loss"]),
    write=Graph.json,
    read=Graph.of,
    explain=_explain,
)
