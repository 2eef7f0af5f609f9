"""Graph k-colouring with a single hidden unit and {0, 1} for every parameter (R4e).

Construction. Unknowns x_vc for each vertex and colour and s_ec for each edge and colour. Equations of ``equalities``:
the sum over c of x_vc = 1; x_uc + x_vc + s_ec = 1.

Proof. Every vertex has one colour, and no colour stands at both ends of an edge. Decode: the colour c with x_vc = 1.

Source: this project.

>>> from dnnt_encode.families.sources.graphs import Graph
>>> instance = generate(Graph(2, ((0, 1),)), 2)
>>> instance.network.inputs, instance.dataset.samples
(6, 5)
"""

from __future__ import annotations

import numpy as np

from dnnt_encode.families import equalities
from dnnt_encode.families.colouring import COLOURS, draw, explained
from dnnt_encode.families.family import LOSS, Family, check, kinds
from dnnt_encode.families.sources.graphs import GRAPH, Graph
from dnnt_encode.instance.instance import Instance
from dnnt_encode.instance.weights import Weights


def generate(graph: Graph, colours: int = 3, *, loss: str = "l1") -> Instance:
    """The instance that asks for a colouring with ``colours`` colours."""
    n, k, edges = graph.vertices, colours, len(graph.edges)
    matrix = np.zeros((n + edges * k, (n + edges) * k), dtype=np.int64)
    for v in range(n):
        matrix[v, v * k : (v + 1) * k] = 1
    for number, (u, v) in enumerate(graph.edges):
        for c in range(k):
            matrix[n + number * k + c, [u * k + c, v * k + c, (n + number) * k + c]] = 1
    return equalities.generate(matrix, [1] * len(matrix), loss=loss, name="colouring-neuron")


def decode(graph: Graph, weights: Weights, colours: int) -> tuple[int, ...]:
    """The colour of each vertex. Raises NotVerified."""
    chosen = equalities.decode(weights)[: graph.vertices * colours].reshape(graph.vertices, colours)
    found = tuple(chosen.argmax(axis=1).tolist())
    check(bool((chosen.sum(axis=1) == 1).all()) and graph.coloured_by(found), "a colouring", found)
    return found


FAMILY = Family(
    name="colouring-neuron",
    reduction="R4e",
    summary="graph k-colouring, one hidden unit and {0, 1} for every parameter",
    fixes="1 hidden unit, all sets {0, 1}",
    parameters=(*GRAPH, kinds("random", "planted", "unsatisfiable"), COLOURS, LOSS),
    draw=draw,
    build=lambda graph, options: generate(graph, options["colours"], loss=options["loss"]),
    write=Graph.json,
    read=Graph.of,
    explain=lambda graph, options, weights: explained(decode(graph, weights, options["colours"])),
)
