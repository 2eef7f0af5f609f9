"""Each instance is solved by both sides, one after the other, in one run on one machine."""

import argparse
import sys

from . import report
from .instances import DataMissing, chosen, problem
from .run import run_ours, run_textbook

WORKERS = (2, 8)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.textbook", description=__doc__)
    parser.add_argument("--limit", type=float, default=60.0, metavar="S", help="seconds a run (default 60)")
    parser.add_argument("--only", metavar="PATTERN", help="instances whose name contains PATTERN")
    parser.add_argument("--quick", action="store_true", help="three small instances")
    parser.add_argument("--backend", default="auto", help="our backend (default auto)")
    parser.add_argument("--list", action="store_true", help="name the instances and stop")
    options = parser.parse_args(arguments)

    specs = list(chosen(options.only, options.quick))
    if options.list or not specs:
        print("\n".join(spec.name for spec in specs) or f"no instance is named like {options.only}")
        return 0 if specs else 2

    rows: list[report.Row] = []
    print(report.HEADER)
    for spec in specs:
        try:
            instance = problem(spec)
        except DataMissing as missing:
            print(f"{spec.name:<20} skipped: {missing}", flush=True)
            continue
        textbook = min(
            (run_textbook(instance, options.limit, workers) for workers in WORKERS),
            key=lambda outcome: (outcome.seconds, outcome.loss if outcome.loss is not None else len(instance.x)),
        )
        row = report.Row(instance.name, textbook, run_ours(instance, options.limit, options.backend))
        rows.append(row)
        print(report.line(row), flush=True)
    print("\n".join(report.summary(rows)))
    contradictions = [row.name for row in rows if row.contradiction]
    if contradictions:
        print(f"CONTRADICTION: a bound of one side is above a loss of the other: {' '.join(contradictions)}")
    return 1 if contradictions else 0


if __name__ == "__main__":
    sys.exit(main())
