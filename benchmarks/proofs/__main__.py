"""Each instance is solved by all sides, one after the other, in one run on one machine."""

import sys

from ..side_by_side import chosen, compare, head, selection
from .instances import QUICK, SPECS
from .sides import sides


def main(arguments: list[str] | None = None) -> int:
    parser = selection(head("proofs", __doc__))
    parser.add_argument("--sides", default="ours,before,textbook", help="which sides (default: ours,before,textbook)")
    parser.add_argument("--before", metavar="REV", help="the revision of this repository that `before` is")
    options = parser.parse_args(arguments)
    specs = list(chosen(SPECS, options.only, QUICK if options.quick else None))
    with sides(options.before, options.sides.split(",")) as running:
        return compare(specs, running, options)


if __name__ == "__main__":
    sys.exit(main())
