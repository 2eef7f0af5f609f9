"""Each instance is solved by both sides, one after the other, in one run on one machine. The textbook model is given 2
workers and 8, and the better run counts."""

import sys

from dnnt_encode.bench.report import best_of
from dnnt_encode.bench.rows import Row
from dnnt_encode.bench.runs import SOLVE, Contender

from ..side_by_side import chosen, compare, head, selection
from .instances import QUICK, SPECS

WORKERS = (2, 8)


def main(arguments: list[str] | None = None) -> int:
    parser = selection(head("textbook", __doc__))
    parser.add_argument("--backend", default="auto", help="our backend (default auto)")
    options = parser.parse_args(arguments)
    ours = Contender("ours", (*SOLVE, "--backend", options.backend))
    textbook = [
        Contender(f"textbook {workers}", ("-m", "benchmarks.textbook.model", "--workers", str(workers)))
        for workers in WORKERS
    ]
    specs = list(chosen(SPECS, options.only, QUICK if options.quick else None))
    return compare(specs, [ours, *textbook], options, fold)


def fold(rows: list[Row]) -> list[Row]:
    return [rows[0], best_of("textbook", rows[1:])]


if __name__ == "__main__":
    sys.exit(main())
