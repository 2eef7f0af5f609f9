"""Graphs: DIMACS ``.col`` files and edge lists, random graphs, planted colourings and covers, cliques."""

from __future__ import annotations

import math
import random
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from dnnt_encode.errors import InputError
from dnnt_encode.families.family import INPUT, FamilyParameter
from dnnt_encode.families.sources.text import SourceLine, lines, refuse_counts
from dnnt_encode.parsers.files import Source, source_name

MAX_VERTICES = 10**6

COLOURING_DEGREES = {2: 1.0, 3: 4.7, 4: 8.9, 5: 13.7}
"""Mean degrees near which random graphs stop being k-colourable."""

GRAPH = (
    INPUT,
    FamilyParameter("vertices", "Vertices of a drawn graph.", default=10, least=1),
    FamilyParameter("edges", "Edges of a drawn graph; default: near the threshold.", least=0),
)


@dataclass(frozen=True)
class Graph:
    """A simple graph on the vertices 0 to ``vertices`` - 1; edges are distinct pairs u < v, sorted."""

    vertices: int
    edges: tuple[tuple[int, int], ...]

    def __post_init__(self) -> None:
        if not 1 <= self.vertices <= MAX_VERTICES:
            raise InputError(f"found {self.vertices} vertices; a graph has at least one, here at most {MAX_VERTICES}")
        for u, v in self.edges:
            if not 0 <= u < v < self.vertices:
                raise InputError(f"found the edge {u}-{v}; the vertices are 0 to {self.vertices - 1}, without loops")

    @staticmethod
    def from_edges(vertices: int, edges: Iterable[tuple[int, int]]) -> Graph:
        """With edges in any order, direction and number."""
        return Graph(vertices, tuple(sorted({(min(u, v), max(u, v)) for u, v in edges})))

    def coloured_by(self, colours: tuple[int, ...]) -> bool:
        return len(colours) == self.vertices and all(colours[u] != colours[v] for u, v in self.edges)

    def covered_by(self, cover: tuple[int, ...]) -> bool:
        chosen = set(cover)
        return all(u in chosen or v in chosen for u, v in self.edges)

    def cut(self, sides: tuple[int, ...]) -> int:
        """How many edges lead from one side to the other."""
        return sum(sides[u] != sides[v] for u, v in self.edges)

    def json(self) -> dict[str, Any]:
        return {"vertices": self.vertices, "edges": [list(edge) for edge in self.edges]}

    @staticmethod
    def of(value: Any) -> Graph:
        return Graph.from_edges(int(value["vertices"]), [(int(u), int(v)) for u, v in value["edges"]])


def read_graph(source: Source) -> Graph:
    """A graph from DIMACS (``p edge N M``, ``e U V`` from 1) or from an edge list (two vertices from 0 a line, with no
    line of counts before them). Raises InputError naming the line."""
    name = source_name(source)
    rows = list(lines(source, ("#", "c")))
    if not rows:
        raise InputError("found no graph; DIMACS lines `p edge N M` and `e U V`, or an edge list, are needed", name)
    if rows[0].words[0] != "p":
        return _read_edge_list(rows)
    head = rows[0]
    if len(head.words) != 4 or head.words[1] not in ("edge", "edges", "col"):
        head.fail("`p edge VERTICES EDGES` is needed")
    vertices, count = head.integers(2)
    edges = []
    for row in rows[1:]:
        if row.words[0] in ("n", "d", "v", "x"):
            continue
        if row.words[0] != "e" or len(row.words) != 3:
            row.fail(f"found {' '.join(row.words)[:40]!r}; `e U V` is needed")
        u, v = row.integers(1)
        if not (1 <= u <= vertices and 1 <= v <= vertices) or u == v:
            row.fail(f"found the edge {u} {v}; two different vertices from 1 to {vertices} are needed")
        edges.append((u - 1, v - 1))
    if len(edges) not in (count, 2 * count) and len(set(edges)) != count:
        head.fail(f"the header says {count} edges; found {len(edges)}: is the file cut off?")
    return Graph.from_edges(vertices, edges)


def _read_edge_list(rows: list[SourceLine]) -> Graph:
    for row in rows:
        if len(row.words) != 2:
            row.fail(f"found {len(row.words)} words; an edge list has two vertices a line")
    largest = max((max(row.integers()) for row in rows[1:]), default=0)
    refuse_counts(rows, largest, "the numbers of vertices and edges", "an edge")
    edges = []
    for row in rows:
        u, v = row.integers()
        if min(u, v) < 0 or u == v:
            row.fail(f"found the edge {u} {v}; two different vertices from 0 on are needed")
        edges.append((u, v))
    return Graph.from_edges(1 + max(max(edge) for edge in edges), edges)


def possible_edges(vertices: int) -> int:
    return vertices * (vertices - 1) // 2


def threshold_edges(vertices: int, colours: int) -> int:
    """About how many edges make a random graph's colourability uncertain."""
    degree = COLOURING_DEGREES.get(colours, 2 * colours * math.log(max(colours, 2)) - math.log(max(colours, 2)))
    return min(possible_edges(vertices), max(1, round(degree * vertices / 2)) if vertices > 1 else 0)


def random_graph(vertices: int, edges: int, rng: random.Random) -> Graph:
    """Uniform among the graphs with so many edges. Raises InputError where there are none."""
    if edges > possible_edges(vertices):
        raise InputError(f"found {edges} edges; {vertices} vertices have at most {possible_edges(vertices)}", "edges")
    chosen: set[tuple[int, int]] = set()
    if 2 * edges > possible_edges(vertices):
        every = [(u, v) for u in range(vertices) for v in range(u + 1, vertices)]
        return Graph.from_edges(vertices, rng.sample(every, edges))
    while len(chosen) < edges:
        u, v = rng.sample(range(vertices), 2)
        chosen.add((min(u, v), max(u, v)))
    return Graph.from_edges(vertices, chosen)


def planted_colouring(vertices: int, edges: int, colours: int, rng: random.Random) -> tuple[Graph, tuple[int, ...]]:
    """A graph all of whose edges lead between colour classes of nearly equal size, and its colouring. Where the classes
    have fewer edges between them than asked for, it has them all."""
    colouring = [vertex % colours for vertex in range(vertices)]
    rng.shuffle(colouring)
    between = [(u, v) for u in range(vertices) for v in range(u + 1, vertices) if colouring[u] != colouring[v]]
    return Graph.from_edges(vertices, rng.sample(between, min(edges, len(between)))), tuple(colouring)


def with_clique(graph: Graph, size: int, rng: random.Random) -> tuple[Graph, list[int]]:
    """The graph with a complete graph on ``size`` of its vertices put in. Raises InputError where it has fewer."""
    if size > graph.vertices:
        raise InputError(f"found {graph.vertices} vertices; a clique of {size} is put in", "vertices")
    members = sorted(rng.sample(range(graph.vertices), size))
    clique = [(u, v) for k, u in enumerate(members) for v in members[k + 1 :]]
    return Graph.from_edges(graph.vertices, [*graph.edges, *clique]), members


def planted_cover(vertices: int, edges: int, size: int, rng: random.Random) -> tuple[Graph, list[int]]:
    """A graph all of whose edges touch one of ``size`` vertices, and these."""
    cover = sorted(rng.sample(range(vertices), min(size, vertices)))
    touching = [(u, v) for u in range(vertices) for v in range(u + 1, vertices) if u in cover or v in cover]
    return Graph.from_edges(vertices, rng.sample(touching, min(edges, len(touching)))), cover


def with_matching(graph: Graph, size: int, rng: random.Random) -> Graph:
    """The graph with ``size`` disjoint edges put in, which no cover of fewer vertices covers. Raises InputError."""
    if 2 * size > graph.vertices:
        raise InputError(f"found {graph.vertices} vertices; {size} disjoint edges need {2 * size}", "vertices")
    ends = rng.sample(range(graph.vertices), 2 * size)
    return Graph.from_edges(graph.vertices, [*graph.edges, *zip(ends[::2], ends[1::2], strict=True)])
