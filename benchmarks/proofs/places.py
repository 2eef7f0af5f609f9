"""``python -m benchmarks.proofs.places``: the proof of an instance in parts, on one core and on two.

A run of ``auto`` finds the weights first (``--limit`` seconds at most). From these the SAT solver of proofs goes round
the parts, once with one place and once with two, three times in turns; what is told are wall seconds, the least of
each, and their ratio. Instances of fewer than four parts have too little for two.
"""

import sys
import time

import dnnt_encode
from dnnt_encode.backends import registry
from dnnt_encode.instance import Instance, Weights
from dnnt_encode.library.tables import DataMissing
from dnnt_encode.reduce import SPLITS, Split
from dnnt_encode.solving.clock import Clock
from dnnt_encode.solving.plan import Plan
from dnnt_encode.solving.policy import POLICY
from dnnt_encode.solving.request import Request
from dnnt_encode.solving.result import Result
from dnnt_encode.solving.rotation import Rotation
from dnnt_encode.solving.schedule import Entrant
from dnnt_encode.solving.solve import answer

from ..side_by_side import chosen, head
from .instances import SPECS

LEAST_PARTS = 4

TURNS = 3

ROWS = "sign-heart"


def proved(instance: Instance, weights: Weights | None, split: Split, places: int) -> tuple[float, Result]:
    """Seconds that the rotation takes, and its answer."""
    rotation = Rotation((Entrant(registry.backend("sat:glucose42"), 1),), split, POLICY.slices, places)
    begin = time.monotonic()
    result = answer(
        Request(instance=instance, threads=2, start=weights, seed=1), Clock(None), POLICY, plan=Plan((rotation,))
    )
    return time.monotonic() - begin, result


def main(arguments: list[str] | None = None) -> int:
    options = head("proofs.places", __doc__).parse_args(arguments)
    print(f"{'instance':<32}{'parts':>6}{'loss':>6}{'one s':>9}{'two s':>9}{'ratio':>7}")
    for spec in chosen(SPECS, options.only or ROWS):
        try:
            instance = spec.build()
        except DataMissing as missing:
            print(f"{spec.name:<32} skipped: {missing}", flush=True)
            continue
        split = next((each for each in SPLITS if each(instance)), None)
        parts = 0 if split is None else len(split(instance))
        if split is None or parts < LEAST_PARTS:
            print(f"{spec.name:<32}{parts:6}  too few parts", flush=True)
            continue
        best = dnnt_encode.solve(instance, time_limit=options.limit, threads=2, seed=1)
        runs = [(places, *proved(instance, best.weights, split, places)) for _ in range(TURNS) for places in (1, 2)]
        if {(result.status, result.loss) for _, _, result in runs} != {("OPTIMUM FOUND", best.loss)}:
            print(f"{spec.name:<32}{parts:6}  the runs do not agree: {[str(result.loss) for _, _, result in runs]}")
            return 1
        one, two = (min(seconds for places, seconds, _ in runs if places == wanted) for wanted in (1, 2))
        print(f"{spec.name:<32}{parts:6}{best.loss!s:>6}{one:9.2f}{two:9.2f}{one / two:7.2f}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
