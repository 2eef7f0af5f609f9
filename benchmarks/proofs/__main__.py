"""Each instance is solved by all sides, one after the other, in one run on one machine."""

import argparse
import json
import sys
import tempfile
from pathlib import Path

import dnnt_encode

from ..textbook.instances import DataMissing
from . import report
from .instances import chosen
from .sides import Outcome, sides


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.proofs", description=__doc__)
    parser.add_argument("--limit", type=float, default=60.0, metavar="S", help="seconds a run (default 60)")
    parser.add_argument("--threads", type=int, default=2, help="processor cores a run (default 2)")
    parser.add_argument("--only", metavar="WORDS", help="instances whose name contains one of these, with commas")
    parser.add_argument("--quick", action="store_true", help="three small instances")
    parser.add_argument("--sides", default="before,ours,textbook", help="which sides (default: before,ours,textbook)")
    parser.add_argument("--before", metavar="REV", help="the revision of this repository that `before` is")
    parser.add_argument("--rows", metavar="FILE", help="JSON lines: rows that are there already are not run again")
    parser.add_argument("--list", action="store_true", help="name the instances and stop")
    options = parser.parse_args(arguments)

    specs = list(chosen(options.only, options.quick))
    if options.list or not specs:
        print("\n".join(spec.name for spec in specs) or f"no instance is named like {options.only}")
        return 0 if specs else 2
    done = _read(options.rows)
    rows: dict[str, dict[str, Outcome]] = {}
    contradictions = []
    with sides(options.before, options.sides.split(",")) as running, tempfile.TemporaryDirectory() as folder:
        print(report.header([side.name for side in running]))
        for spec in specs:
            try:
                instance = spec.build()
            except DataMissing as missing:
                print(f"{spec.name:<34} skipped: {missing}", flush=True)
                continue
            file = str(Path(folder) / "instance.json")
            dnnt_encode.save(instance, file)
            outcomes = {}
            for side in running:
                outcome = done.get((spec.name, side.name, options.limit))
                if outcome is None:
                    outcome = side.run(spec.name, file, options.limit, options.threads)
                    _append(options.rows, outcome)
                outcomes[side.name] = outcome
            rows[spec.name] = outcomes
            print(report.line(spec.name, list(outcomes.values())), flush=True)
            if report.contradicts(list(outcomes.values())):
                contradictions.append(spec.name)
    print("\n".join(report.summary(rows)))
    if contradictions:
        print(f"CONTRADICTION: a bound of one side is above a loss of another: {' '.join(contradictions)}")
    return 1 if contradictions else 0


def _read(path: str | None) -> dict[tuple[str, str, float], Outcome]:
    if path is None or not Path(path).exists():
        return {}
    rows = [Outcome(**json.loads(line)) for line in Path(path).read_text("utf-8").splitlines() if line.strip()]
    return {(row.instance, row.side, row.limit): row for row in rows}


def _append(path: str | None, outcome: Outcome) -> None:
    if path is not None:
        with Path(path).open("a", encoding="utf-8") as file:
            file.write(json.dumps(outcome.row()) + "\n")


if __name__ == "__main__":
    sys.exit(main())
