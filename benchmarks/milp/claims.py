"""What solvers claim about models with small and with huge numbers, and what of it is believed.

    python -m benchmarks.milp.claims --count 500

Random instances of one to three units with targets, multiplicities or weights from 1 to 10^10. Every installed solver
solves the exported file of each; CBC and GLPK run as commands too, and SCIP, HiGHS and Gurobi as backends. The least
loss of each instance is known by enumeration, so that a claimed optimum, bound or impossibility that is wrong is found.
It prints how often each claim was believed, and how many of these were wrong: that column has to be 0.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path

import numpy as np

import dnnt_encode
from benchmarks.milp.foreign import installed, run_all
from dnnt_encode.algorithms.brute_force import Enumeration
from dnnt_encode.backends.registry import backend
from dnnt_encode.errors import BackendError, DnntError, NotVerified
from dnnt_encode.exchange.encode import encode
from dnnt_encode.exchange.question import Question
from dnnt_encode.instance import Instance
from dnnt_encode.solving.decoded import decoded
from dnnt_encode.solving.result import Result

LARGEST = 10
"""The greatest power of ten among the numbers."""

FILES = (
    ("cbc", "mps"), ("cbc", "lp"), ("glpk-w", "mps"), ("glpk-o", "lp"), ("highs", "mps"), ("highs-pretty", "lp"),
    ("highs-sparse", "mps"), ("highs-glpk-w", "mps"), ("highs-glpk-o", "lp"), ("scip", "mps"), ("scip", "opb"),
    ("gurobi", "mps"), ("gurobi-json", "lp"), ("lp_solve", "mps"), ("clasp", "opb"),
)  # fmt: skip
"""Solver and format."""

BACKENDS = (
    "milp:scip",
    "milp:highs",
    "milp:gurobi",
    "cmd:cbc {mps} solve solution {sol}",
    "cmd:glpsol --freemps {mps} -w {sol}",
)


def random_instance(seed: int) -> Instance:
    """A network of at most three units and a few samples; numbers up to a random power of ten, where they matter."""
    rng = np.random.default_rng(seed)
    size = 10 ** int(rng.integers(0, LARGEST + 1))
    large = rng.choice(["targets", "multiplicity", "weights", "nothing"], p=[0.55, 0.15, 0.15, 0.15])
    losses = ["l1", "l1", "l1", "linf", "zero_one", *(["l2"] if size <= 10**4 or large != "targets" else [])]
    loss = str(rng.choice(losses))
    inputs, samples, hidden = int(rng.integers(1, 3)), int(rng.integers(2, 6)), int(rng.integers(0, 3))
    x = rng.integers(-3, 4, (samples, inputs))
    y = rng.integers(-3, 4, (samples, 1))
    if large == "targets":
        chosen = rng.random(samples) < 0.5
        y[chosen] += rng.choice([-1, 1], (int(chosen.sum()), 1)) * size
    weights = [-1, 0, 1] if large != "weights" else sorted({0, 1, size if loss != "l2" else min(size, 10**4)})
    instance = Instance.from_arrays(
        x,
        y,
        hidden=[hidden] if hidden else [],
        weights=[-1, 0, 1],
        layer_weights=[*([[-1, 0, 1]] if hidden else []), weights],
        biases=[-1, 0, 1],
        activation=str(rng.choice(["relu", "identity"])),
        loss=loss,
        name=f"{seed}: {loss}, {large} up to 10^{len(str(size)) - 1}",
    )
    if large == "multiplicity":
        counts = rng.integers(1, 4, samples)
        counts[0] = min(size, 10**9)
        instance = replace(instance, dataset=replace(instance.dataset, multiplicity=counts.astype(np.int64)))
    return instance


def least_loss(instance: Instance) -> Fraction:
    """By enumeration."""
    enumeration = Enumeration(instance)
    return min(int(block.min()) for _, block in enumeration.blocks()) * enumeration.unit


@dataclass
class Tally:
    """What one way of asking has answered."""

    statuses: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    def add(self, instance: Instance, threshold: Fraction | None, least: Fraction, result: Result | DnntError) -> None:
        """Take an answer, and see whether what it claims can be."""
        if isinstance(result, NotVerified):
            # A contradiction is told, not believed; it says that the solver is wrong.
            self.statuses["contradiction"] += 1
            self.refused.append(f"{instance.name}: {result}")
            return
        if isinstance(result, DnntError):
            self.statuses["refused"] += 1
            self.refused.append(f"{instance.name}: {result}")
            return
        self.statuses[result.status] += 1
        bound = result.bound if result.bound is not None else Fraction(0)
        wrong = {
            "OPTIMUM FOUND": result.loss != least,
            "UNSATISFIABLE": threshold is not None and least <= threshold,
            "SATISFIABLE": threshold is not None and least > threshold,
        }.get(result.status, False)
        if wrong or bound > least:
            self.wrong.append(f"{instance.name}: {result.status} {result.loss}, bound {bound}, truth {least}")


def files(tallies: dict[str, Tally], chosen: list[tuple[Instance, Fraction]], less: Fraction | None) -> None:
    """All installed solvers on the files of all instances; ``less``: ask for so much less than the least loss, None:
    for the least loss."""
    for solver, kind in FILES:
        if not installed(solver):
            continue
        tally = tallies.setdefault(f"{solver} ({kind})", Tally())
        with tempfile.TemporaryDirectory() as folder:
            asked: list[tuple[Instance, Fraction, Question, Path]] = []
            for number, (instance, least) in enumerate(chosen):
                question = Question(kind, None if less is None else least - less)
                model = Path(folder, f"{number}.{kind}")
                try:
                    model.write_bytes(b"".join(encode(instance, question).text()))
                except DnntError as error:
                    tally.add(instance, None, least, error)
                    continue
                asked.append((instance, least, question, model))
            run_all(solver, [(model, model.with_suffix(".sol")) for *_, model in asked])
            for instance, least, question, model in asked:
                solution = model.with_suffix(".sol")
                if not solution.exists():
                    tally.statuses["no file"] += 1
                    continue
                answer: Result | DnntError
                try:
                    answer = decoded(instance, solution.read_bytes(), solver, question)
                except DnntError as error:
                    answer = error
                tally.add(instance, question.threshold, least, answer)


def runs(tallies: dict[str, Tally], chosen: list[tuple[Instance, Fraction]], limit: float) -> None:
    """All installed backends on all instances."""
    for name in BACKENDS:
        try:
            backend(name, chosen[0][0])
        except BackendError:
            continue
        tally = tallies.setdefault(name.partition(" ")[0], Tally())
        for instance, least in chosen:
            try:
                answer: Result | DnntError = dnnt_encode.solve(
                    instance, backend=name, threshold=None, time_limit=limit, seed=1, threads=1
                )
            except DnntError as error:
                answer = error
            tally.add(instance, None, least, answer)


COLUMNS = ("OPTIMUM FOUND", "SATISFIABLE", "UNSATISFIABLE", "UNKNOWN", "no file", "refused", "contradiction")


def report(title: str, tallies: dict[str, Tally]) -> int:
    """Print a table; the number of wrong claims."""
    print(f"{title:<28}{''.join(f'{column:>16}' for column in COLUMNS)}{'wrong':>8}")
    for name, tally in tallies.items():
        counts = "".join(f"{tally.statuses[column]:>16}" for column in COLUMNS)
        print(f"{name:<28}{counts}{len(tally.wrong):>8}", flush=True)
    for name, tally in tallies.items():
        print("".join(f"  {name}: {line}\n" for line in tally.refused), end="")
        print("".join(f"WRONG {name}: {line}\n" for line in tally.wrong), end="")
    return sum(len(tally.wrong) for tally in tallies.values())


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.milp.claims", description=__doc__)
    parser.add_argument("--count", type=int, default=500, metavar="N", help="instances (default 500)")
    parser.add_argument("--first", type=int, default=0, metavar="SEED", help="seed of the first one (default 0)")
    parser.add_argument(
        "--limit", type=float, default=20.0, metavar="S", help="seconds a run of a backend (default 20)"
    )
    parser.add_argument("--files-only", action="store_true", help="no backends")
    parser.add_argument("--backends-only", action="store_true", help="no files")
    options = parser.parse_args(arguments)
    instances = [random_instance(seed) for seed in range(options.first, options.first + options.count)]
    chosen = [(instance, least_loss(instance)) for instance in instances]
    wrong = 0
    for title, less in (
        ("files, least loss", None),
        ("files, at most that", Fraction(0)),
        ("files, less than that", Fraction(1, 1000)),
    ):
        if options.backends_only:
            break
        tallies: dict[str, Tally] = {}
        files(tallies, chosen, less)
        wrong += report(title, tallies)
    if not options.files_only:
        tallies = {}
        runs(tallies, chosen, options.limit)
        wrong += report("backends, least loss", tallies)
    print(f"{len(chosen)} instances; wrong claims: {wrong}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
