"""Graph k-colouring with as many hidden units as colours: small weights, no biases (R8, R8t).

Principle. A hidden unit is a colour; its weight on a vertex says whether the vertex has that colour.

Construction. Inputs are the vertices and a dummy coordinate 0. All weights come from {-1, 1} (``ternary``: {-1, 0, 1}),
biases are {0}. Samples: (e_v, 1) for each vertex; (e_u + e_v, 0) for each edge; (e_0, k).

Proof. The dummy sample asks for k ReLUs of values in {0, 1}, with signs, to add up to k, so every output weight is 1.
(e_v, 1): exactly one unit has weight 1 on v, the colour of v. An edge's output, the sum of ReLU(w_u + w_v), is at least
2 where both ends have one colour; otherwise it is 0 once the weights beside the 1s are -1. Conversely a colouring
gives such weights. Decode: the colour of v is the unit with weight 1 on it.

Hard for k >= 3, with numbers of constant size; the k! orders of the units make it a test of symmetry breaking. With
biases other than {0} the data are scaled (see ``bias_robust``): then one set may serve all weights and biases.

Source: this project.

>>> from dnnt_encode.families.sources.graphs import Graph
>>> triangle = Graph(3, ((0, 1), (0, 2), (1, 2)))
>>> instance = generate(triangle, 3)
>>> instance.network.widths, instance.dataset.samples
((4, 3, 1), 7)
"""

from __future__ import annotations

import random

import numpy as np

from dnnt_encode.families.bias_robust import BIASES, BiasSet, bias_robust, option_biases
from dnnt_encode.families.family import LOSS, Drawn, Family, FamilyParameter, Options, SourceSolution, check, kinds
from dnnt_encode.families.sources.graphs import (
    GRAPH,
    Graph,
    planted_colouring,
    random_graph,
    read_graph,
    threshold_edges,
    with_clique,
)
from dnnt_encode.instance.instance import Instance
from dnnt_encode.instance.weights import Weights


def generate(
    graph: Graph, colours: int = 3, *, ternary: bool = False, loss: str = "l1", biases: BiasSet = (0,)
) -> Instance:
    """The instance that asks for a colouring with ``colours`` colours."""
    n = graph.vertices
    x = np.zeros((n + len(graph.edges) + 1, n + 1), dtype=np.int64)
    x[np.arange(n), np.arange(1, n + 1)] = 1
    for row, edge in enumerate(graph.edges, start=n):
        x[row, [edge[0] + 1, edge[1] + 1]] = 1
    x[-1, 0] = 1
    instance = Instance.from_arrays(
        x,
        [[1]] * n + [[0]] * len(graph.edges) + [[colours]],
        hidden=[colours],
        weights=(-1, 0, 1) if ternary else (-1, 1),
        biases=(0,),
        loss=loss,
        threshold=0,
        name="colouring",
    )
    return bias_robust(instance, biases)


def decode(graph: Graph, weights: Weights) -> tuple[int, ...]:
    """The colour of each vertex. Raises NotVerified where two neighbours share one."""
    by_unit = weights.layers[0].weights.numerators[:, 1:] == 1
    colours = tuple(by_unit.argmax(axis=0).tolist())
    check(bool((by_unit.sum(axis=0) == 1).all()) and graph.coloured_by(colours), "a colouring", colours)
    return colours


def draw(options: Options, rng: random.Random) -> Drawn[Graph]:
    """Random graphs at the mean degree where colourability becomes uncertain; unsatisfiable: one clique too large."""
    if options["input"] is not None:
        return Drawn(read_graph(options["input"]))
    n, k = options["vertices"], options["colours"]
    edges = threshold_edges(n, k) if options["edges"] is None else options["edges"]
    if options["kind"] == "planted":
        graph, colouring = planted_colouring(n, edges, k, rng)
        return Drawn(graph, "yes", list(colouring))
    if options["kind"] == "unsatisfiable":
        around = random_graph(n, max(0, min(edges, n * (n - 1) // 2) - k * (k + 1) // 2), rng)
        graph, members = with_clique(around, k + 1, rng)
        return Drawn(graph, "no", because=f"the vertices {' '.join(map(str, members))} are a clique")
    return Drawn(random_graph(n, edges, rng))


def explained(colours: tuple[int, ...]) -> SourceSolution:
    """A colouring for people, class by class."""
    classes = [
        f"colour {colour}: {' '.join(str(v) for v, c in enumerate(colours) if c == colour)}"
        for colour in sorted(set(colours))
    ]
    return SourceSolution(list(colours), tuple(classes))


def _build(graph: Graph, options: Options) -> Instance:
    return generate(
        graph, options["colours"], ternary=options["ternary"], loss=options["loss"], biases=option_biases(options)
    )


COLOURS = FamilyParameter("colours", "The number of colours k.", default=3, least=1)

FAMILY = Family(
    name="colouring",
    reduction="R8, R8t",
    summary="graph k-colouring, a hidden unit for each colour",
    fixes="k hidden units, weights {-1, 1} or {-1, 0, 1}",
    parameters=(
        *GRAPH,
        kinds("random", "planted", "unsatisfiable"),
        COLOURS,
        FamilyParameter("ternary", "Weights from {-1, 0, 1} instead of {-1, 1}.", "flag", False),
        LOSS,
        BIASES,
    ),
    draw=draw,
    build=_build,
    write=Graph.json,
    read=Graph.of,
    explain=lambda graph, options, weights: explained(decode(graph, weights)),
)
