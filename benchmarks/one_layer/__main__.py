"""Each instance is solved by all sides, one after the other, in one run on one machine. Brackets: the ratio to a side
that had no proof at the limit is at least that."""

import sys
from fractions import Fraction

from dnnt_encode.library.tables import DataMissing

from ..side_by_side import chosen, head
from .instances import SPECS, problem
from .run import SIDES, Outcome


def main(arguments: list[str] | None = None) -> int:
    options = head("one_layer", __doc__).parse_args(arguments)

    wrong = []
    print(f"{'instance':<20}" + "".join(f"{name + ' s':>12}{'found':>10}{'bound':>10}{'ratio':>9}" for name in SIDES))
    for spec in chosen(SPECS, options.only):
        try:
            data = problem(spec)
        except DataMissing as missing:
            print(f"{spec.name:<20} skipped: {missing}", flush=True)
            continue
        outcomes = {name: side(data, options.limit) for name, side in SIDES.items()}
        print(f"{spec.name:<20}" + "".join(_text(each, outcomes["onelayer"]) for each in outcomes.values()), flush=True)
        known = [each for each in outcomes.values() if each is not None]
        losses = [each.objective for each in known if each.objective is not None]
        if losses and max(each.bound for each in known) > min(losses):
            wrong.append(spec.name)
    if wrong:
        print(f"CONTRADICTION: a bound of one side is above what another has found: {' '.join(wrong)}")
    return 1 if wrong else 0


def _text(outcome: Outcome | None, ours: Outcome | None) -> str:
    if outcome is None or ours is None:
        return f"{'-':>12}{'-':>10}{'-':>10}{'-':>9}"
    seconds = f"{outcome.seconds:.2f}" if outcome.proved else "open"
    ratio = f"{outcome.seconds / ours.seconds:.1f}"
    return (
        f"{seconds:>12}{_number(outcome.objective):>10}{_number(outcome.bound):>10}"
        f"{ratio if outcome.proved else f'({ratio})':>9}"
    )


def _number(value: Fraction | None) -> str:
    return "-" if value is None else f"{float(value):.7g}"


if __name__ == "__main__":
    sys.exit(main())
