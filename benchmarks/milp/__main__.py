"""Each model of each instance in each solver, one after the other, in one run on one machine."""

from __future__ import annotations

import sys

from benchmarks.side_by_side import chosen, conclude, head
from benchmarks.textbook.instances import Spec
from dnnt_encode.backends.milp.backend import MilpBackend
from dnnt_encode.bench import report
from dnnt_encode.bench.rows import Row
from dnnt_encode.library.tables import DataMissing

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
    parser = head("milp", __doc__)
    parser.add_argument("--solver", choices=SOLVERS, help="this solver only")
    options = parser.parse_args(arguments)

    rows: list[Row] = []
    print(report.header(["ours", "textbook"]))
    for spec in chosen(SPECS, options.only):
        try:
            instance = spec.build()
        except DataMissing as missing:
            print(f"{spec.name:<34} skipped: {missing}", flush=True)
            continue
        for solver in SOLVERS:
            if options.solver not in (None, solver) or MilpBackend(solver).version() is None:
                continue
            both = [run(instance, model, solver, options.limit) for model in ("ours", "textbook")]
            rows += both
            print(report.line(both[0].instance, both), flush=True)
    worse = report.versus(report.table_of(rows), "ours", "textbook").lost if rows else ()
    return 1 if conclude(rows) or worse else 0


if __name__ == "__main__":
    sys.exit(main())
