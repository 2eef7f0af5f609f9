"""`python -m benchmarks.families`: seconds of each backend on each family as its size grows, as a table and a log plot.

A backend leaves a family at the first size it does not finish within the limit, or refuses; a second table shows the
largest size that each has finished.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from dataclasses import dataclass

import dnnt_encode
from dnnt_encode.errors import DnntError
from dnnt_encode.families.catalogue import family

LADDERS: dict[str, tuple[str, int, dict[str, object]]] = {
    "subset-sum": ("items", 8, {"largest": 10_000}),
    "subset-sum-neuron": ("items", 8, {"largest": 10_000}),
    "subset-sum-set": ("items", 3, {"largest": 10}),
    "k-sum": ("length", 8, {"lists": 4}),
    "exact-cover-neuron": ("elements", 9, {}),
    "one-in-three-neuron": ("variables", 8, {}),
    "sat-neuron": ("variables", 5, {}),
    "vertex-cover-neuron": ("vertices", 6, {}),
    "colouring-neuron": ("vertices", 4, {}),
    "exact-cover": ("elements", 9, {}),
    "sat-tied": ("variables", 5, {}),
    "nae-sat": ("variables", 6, {}),
    "colouring": ("vertices", 6, {}),
    "partition": ("bins", 2, {}),
    "max-cut": ("vertices", 6, {}),
    "sat-deep": ("variables", 8, {}),
    "parity": ("bits", 2, {"hidden": "2"}),
    "majority": ("bits", 2, {"hidden": "2"}),
    "threshold": ("bits", 2, {"hidden": "2"}),
    "multiplication": ("bits", 1, {"hidden": "3"}),
    "teacher": ("inputs", 3, {"hidden": 3}),
    "binarised": ("columns", 3, {"hidden": "2"}),
}
"""For each family the parameter that grows, where it begins, and fixed parameters."""

STEPS = 12
"""Sizes of a family at most."""


def sizes(name: str) -> Iterator[int]:
    """Every size is about half as much again as the one before; small ones grow by one. Covers by sets of three need
    elements in threes."""
    parameter, size, _ = LADDERS[name]
    for _ in range(STEPS):
        yield size
        size = size + 1 if size < 6 else size * 3 // 2
        if parameter == "elements":
            size -= size % 3


BACKENDS = ("brute", "dp", "dictionary", "cpsat", "sat:cadical195")


@dataclass(frozen=True)
class Run:
    """One solve; ``seconds`` is None where it was not finished or refused."""

    family: str
    size: int
    backend: str
    seconds: float | None
    status: str


def runs(name: str, backends: tuple[str, ...], limit: float, seed: int) -> Iterator[Run]:
    """All runs of one family, smallest size first."""
    parameter, _, fixed = LADDERS[name]
    left = list(backends)
    for size in sizes(name):
        if not left:
            return
        try:
            instance = family(name).generate(seed, **{parameter: size}, **fixed)
        except DnntError:
            return
        for backend in tuple(left):
            start = time.perf_counter()
            try:
                status = dnnt_encode.solve(instance, backend=backend, time_limit=limit, threads=1).status
            except DnntError:
                status = "refused"
            seconds = time.perf_counter() - start
            done = status in ("SATISFIABLE", "UNSATISFIABLE", "OPTIMUM FOUND")
            done = done and not (status == "SATISFIABLE" and instance.threshold is None)
            if not done:
                left.remove(backend)
            yield Run(name, size, backend, seconds if done else None, status)


def table(found: list[Run], backends: tuple[str, ...]) -> str:
    """One line for each family and size, one column for each backend."""
    lines = ["| family | size | " + " | ".join(backends) + " |", "|---" * (len(backends) + 2) + "|"]
    for name, size in dict.fromkeys((run.family, run.size) for run in found):
        cells = []
        for backend in backends:
            run = next((r for r in found if (r.family, r.size, r.backend) == (name, size, backend)), None)
            cells.append("" if run is None else f"{run.seconds:.2f}" if run.seconds is not None else run.status.lower())
        lines.append(f"| {name} | {LADDERS[name][0]} {size} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def reached(found: list[Run], backends: tuple[str, ...]) -> str:
    """One line for each family: the largest size that each backend finished; where it finished all, with a +."""
    lines = ["| family | grows | " + " | ".join(backends) + " |", "|---" * (len(backends) + 2) + "|"]
    for name in dict.fromkeys(run.family for run in found):
        cells = []
        for backend in backends:
            own = [run for run in found if (run.family, run.backend) == (name, backend)]
            done = [run.size for run in own if run.seconds is not None]
            cells.append(f"{max(done)}{'+' if len(done) == len(own) else ''}" if done else "-")
        lines.append(f"| {name} | {LADDERS[name][0]} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def plot(found: list[Run], backends: tuple[str, ...], path: str) -> None:
    """Seconds over size, one panel for each family, both on the scale that suits: seconds logarithmic."""
    from matplotlib.figure import Figure

    names = list(dict.fromkeys(run.family for run in found))
    rows = -(-len(names) // 4)
    figure = Figure(figsize=(14, 3.2 * rows), layout="constrained")
    for number, name in enumerate(names, start=1):
        axes = figure.add_subplot(rows, min(4, len(names)), number)
        for index, backend in enumerate(backends):
            points = [
                (run.size, run.seconds)
                for run in found
                if run.family == name and run.backend == backend and run.seconds is not None
            ]
            if points:
                axes.semilogy(*zip(*points, strict=True), marker="o", label=backend, color=f"C{index}")
        axes.set_title(name)
        axes.set_xlabel(LADDERS[name][0])
        axes.set_ylabel("seconds")
        axes.legend(fontsize="small")
    figure.savefig(path)


def main(arguments: list[str] | None = None) -> None:
    """Run, print the table, write the plot."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.families", description=__doc__.splitlines()[0])
    parser.add_argument("families", nargs="*", metavar="FAMILY", help="which families (default: all)")
    parser.add_argument("--backends", default=",".join(BACKENDS), help="which backends, with commas between them")
    parser.add_argument("--limit", type=float, default=10, help="seconds for one solve (default: 10)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--plot", metavar="FILE", help="write a log plot, as families.svg; needs matplotlib")
    options = parser.parse_args(arguments)
    backends = tuple(options.backends.split(","))
    unknown = [name for name in options.families if name not in LADDERS]
    if unknown:
        parser.error(f"found the family {unknown[0]}; known here are {', '.join(LADDERS)}")
    if options.plot:
        try:
            import matplotlib  # noqa: F401
        except ImportError:
            parser.error("--plot needs matplotlib; pip install matplotlib")
    found: list[Run] = []
    for name in options.families or LADDERS:
        for run in runs(name, backends, options.limit, options.seed):
            found.append(run)
            shown = "-" if run.seconds is None else f"{run.seconds:.2f} s"
            print(f"c {run.family} {LADDERS[name][0]} {run.size} {run.backend}: {run.status}, {shown}", flush=True)
    print(table(found, backends), reached(found, backends), sep="\n\n")
    if options.plot:
        plot(found, backends, options.plot)
        print(f"c plot: {options.plot}")


if __name__ == "__main__":
    main()
