"""Each model of each instance in each solver, one after the other, in one run on one machine."""

from __future__ import annotations

import argparse
import sys

from benchmarks.textbook import report
from benchmarks.textbook.instances import DataMissing, Spec, problem
from dnnt_encode.backends.milp.backend import MilpBackend

from .run import run

SOLVERS = ("scip", "highs")

SPECS = tuple(
    Spec(*row)
    for row in [
        ("breast", 5, 25, 2, 1),
        ("breast", 5, 30, 2, 1),
        ("breast", 5, 40, 2, 1),
        ("breast", 5, 60, 2, 1),
        ("breast", 6, 30, 2, 2),
        ("breast", 8, 30, 2, 1),
        ("breast", 8, 40, 3, 1),
        ("heart", 6, 30, 2, 7),
        ("heart", 8, 40, 2, 1),
        ("heart", 10, 30, 2, 7),
        ("digits", 10, 40, 2, 1),
        ("digits", 20, 50, 2, 5),
        ("breast", 10, 50, 2, 1),
        ("breast", 5, 30, 3, 1),
    ]
)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.milp", description=__doc__)
    parser.add_argument("--limit", type=float, default=60.0, metavar="S", help="seconds a run (default 60)")
    parser.add_argument("--only", metavar="PATTERN", help="instances whose name contains PATTERN")
    parser.add_argument("--solver", choices=SOLVERS, help="this solver only")
    options = parser.parse_args(arguments)

    rows: list[report.Row] = []
    print(report.HEADER)
    for spec in SPECS:
        if options.only is not None and options.only not in spec.name:
            continue
        try:
            instance = problem(spec)
        except DataMissing as missing:
            print(f"{spec.name:<20} skipped: {missing}", flush=True)
            continue
        for solver in SOLVERS:
            if options.solver not in (None, solver) or MilpBackend(solver).version() is None:
                continue
            textbook, ours = (run(instance, model, solver, options.limit) for model in ("textbook", "ours"))
            row = report.Row(f"{spec.name} {solver}", textbook, ours)
            rows.append(row)
            print(report.line(row), flush=True)
    print("\n".join(report.summary(rows)))
    worse = [row.name for row in rows if row.textbook.proved and not row.ours.proved]
    if worse:
        print(f"ours is open and textbook is not: {', '.join(worse)}")
    contradictions = [row.name for row in rows if row.contradiction]
    if contradictions:
        print(f"CONTRADICTION: a bound of one side is above a loss of the other: {', '.join(contradictions)}")
    return 1 if contradictions or worse else 0


if __name__ == "__main__":
    sys.exit(main())
