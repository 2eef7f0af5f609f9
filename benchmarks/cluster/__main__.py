"""``python -m benchmarks.cluster INSTANCE --threshold G``: how long a refutation takes on 1, 8, 64 and 1,000 cores.

The pieces are those of ``dnnt export --cubes``. Each is solved once on one core, with the solver of proofs, and its
processor time (loading the formula included) goes to a file of JSON lines, from which a run that was cut off goes on.
What so many cores take follows by list scheduling: a core that is free takes the next piece. Beside it stands the
time of the whole formula in one piece, where that is measured too (``--whole``).
"""

from __future__ import annotations

import argparse
import heapq
import json
import sys
import time
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path

from dnnt_encode import load
from dnnt_encode.backends.sat.solver import PysatSolver
from dnnt_encode.backends.sat.solvers import PROVER, SOLVERS
from dnnt_encode.exchange.cnf_file import CnfFile
from dnnt_encode.exchange.cubes import Cube, literal_cubes
from dnnt_encode.exchange.encode import encode, reduction
from dnnt_encode.exchange.question import Question, Scope
from dnnt_encode.instance import Instance
from dnnt_encode.models.cnf import CnfModel
from dnnt_encode.proofs.cover import any_split

CORES = (1, 2, 8, 64, 1000)


def makespan(seconds: Sequence[float], cores: int) -> float:
    """When the last piece ends, where each core that is free takes the next one.

    >>> makespan([3, 1, 1, 1], 2)
    3
    """
    ends = [0] * cores
    for each in seconds:
        heapq.heapreplace(ends, ends[0] + each)  # type: ignore[arg-type]
    return max(ends)


def formula(instance: Instance, question: Question) -> CnfModel:
    """The formula of a question."""
    model = encode(instance, question).model
    assert isinstance(model, CnfFile)
    return model.model


def pieces(instance: Instance, question: Question, wanted: int) -> Iterator[tuple[CnfModel, Cube]]:
    """The formula and the literals of every cube."""
    split, count = any_split(reduction(instance, question).instance)
    for part in range(count):
        model = formula(instance, question.of(Scope(split, part)))
        for cube in literal_cubes(model, -(-wanted // count)):
            yield model, cube


def measured(model: CnfModel, cube: Cube) -> tuple[float, bool]:
    """Processor seconds that a piece takes, and whether it has a solution."""
    begin = time.process_time()
    solver = PysatSolver(SOLVERS[PROVER], model, cube)
    answer = bool(solver.solve())
    solver.close()
    return time.process_time() - begin, answer


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.cluster")
    parser.add_argument("instance")
    parser.add_argument("--threshold", type=Fraction, required=True)
    parser.add_argument("--number", type=int, default=1, help="at least so many cubes")
    parser.add_argument("--rows", type=Path, help="measured pieces, as JSON lines")
    parser.add_argument("--whole", action="store_true", help="also solve the whole formula in one piece")
    chosen = parser.parse_args(arguments)
    instance = load(chosen.instance)
    question = Question("dimacs", chosen.threshold)
    key = [instance.sha256, str(chosen.threshold), chosen.number]
    rows = [json.loads(line) for line in chosen.rows.read_text().splitlines()] if _there(chosen.rows) else []
    known = {row["piece"]: row for row in rows if row["key"] == key}
    seconds, found = [], 0
    for number, (model, cube) in enumerate(pieces(instance, question, chosen.number)):
        if number not in known:
            spent, answer = measured(model, cube)
            known[number] = {"key": key, "piece": number, "seconds": round(spent, 4), "answer": answer}
            if chosen.rows is not None:
                with chosen.rows.open("a") as file:
                    file.write(json.dumps(known[number]) + "\n")
        seconds.append(known[number]["seconds"])
        found += known[number]["answer"]
    print(f"{instance.name}, at most {chosen.threshold}: {len(seconds)} cubes, {found} with a solution")
    print(f"sum {sum(seconds):.2f} s, longest {max(seconds):.2f} s")
    if chosen.whole:
        print(f"in one piece {measured(formula(instance, question), ())[0]:.2f} s")
    for cores in CORES:
        wall = makespan(seconds, cores)
        print(f"{cores:5} cores: {wall:8.2f} s, {sum(seconds) / wall if wall else 1:6.1f} times as fast as one")
    return 0


def _there(path: Path | None) -> bool:
    return path is not None and path.exists()


if __name__ == "__main__":
    sys.exit(main())
