"""The least weight of ternary networks that fit the first images of each digit; what is printed as a loss is the
weight. Both sides run one after the other, on one machine."""

import sys

from dnnt_encode.bench.runs import Contender

from ..side_by_side import chosen, compare, head, selection
from .instances import QUICK, SPECS


def main(arguments: list[str] | None = None) -> int:
    options = selection(head("objectives", __doc__)).parse_args(arguments)
    sides = [Contender(side, ("-m", "benchmarks.objectives.run", side)) for side in ("ours", "plain")]
    return compare(list(chosen(SPECS, options.only, QUICK if options.quick else None)), sides, options)


if __name__ == "__main__":
    sys.exit(main())
