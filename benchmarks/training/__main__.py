"""Every row is trained with several seeds on all cores, one after the other, and scikit-learn beside it, in one run."""

import argparse
import sys
from pathlib import Path

from dnnt_encode.instance.evaluate import evaluate
from dnnt_encode.library.tables import DataMissing

from . import optima, report
from .baselines import baselines
from .rows import Row, accuracy, chosen
from .runner import train


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.training", description=__doc__)
    parser.add_argument("--only", metavar="PATTERN", help="rows whose name contains PATTERN")
    parser.add_argument("--seconds", default="2,10,60", metavar="S,...", help="when to look (default 2,10,60)")
    parser.add_argument("--seeds", type=int, default=3, help="runs a row (default 3)")
    parser.add_argument("--workers", type=int, default=2, help="processes a run (default 2)")
    parser.add_argument("--quick", action="store_true", help="two small rows, 2 seconds, one seed")
    parser.add_argument("--json", type=Path, metavar="FILE", help="add a JSON line a row to FILE")
    parser.add_argument("--curves", type=Path, metavar="FOLDER", help="draw a curve a row into FOLDER")
    parser.add_argument("--optima", action="store_true", help="how soon known least losses are found, within 8 seconds")
    parser.add_argument("--list", action="store_true", help="name the rows and stop")
    options = parser.parse_args(arguments)
    if options.optima:
        return optima.main(8.0, options.workers, seed=1)
    rows = list(chosen(options.only, options.quick))
    if options.list or not rows:
        print("\n".join(row.name for row in rows) or f"no row is named like {options.only}")
        return 0 if rows else 2
    marks = (2.0,) if options.quick else tuple(sorted(float(part) for part in options.seconds.split(",")))
    seeds = 1 if options.quick else options.seeds
    print(report.header(marks), flush=True)
    wrong = 0
    for row in rows:
        try:
            measured = measure(row, marks, seeds, options.workers)
        except DataMissing as missing:
            print(f"{row.name:<20} skipped: {missing}", flush=True)
            continue
        wrong += measured.wrong
        print(report.line(measured), flush=True)
        if options.json is not None:
            with options.json.open("a", encoding="utf-8") as file:
                file.write(report.record(measured) + "\n")
        if options.curves is not None:
            report.draw(measured, options.curves)
    print(f"incumbents whose loss is not the exact evaluator's: {wrong}")
    return 1 if wrong else 0


def measure(row: Row, marks: tuple[float, ...], seeds: int, workers: int) -> report.Measured:
    """Train, evaluate every incumbent exactly, and fit the baselines. Raises DataMissing."""
    instance = row.instance()
    runs = [train(instance, marks[-1], workers, seed) for seed in range(seeds)]
    wrong, accuracies = 0, []
    for run in runs:
        weights = [incumbent.assignment.weights(instance) for incumbent in run]
        wrong += sum(
            evaluate(instance, found).loss != incumbent.loss for found, incumbent in zip(weights, run, strict=True)
        )
        tested = accuracy(weights[-1], row) if run else None
        if tested is not None:
            accuracies.append(tested)
    return report.Measured(row, marks, runs, baselines(row, instance), accuracies or None, wrong)


if __name__ == "__main__":
    sys.exit(main())
