"""How soon the least loss is found where it is known: twelve small instances of `benchmarks.proofs`, proved there.

`trainer` and `descent` run alone; `solve` is the whole of `dnnt solve`, solvers included, on as many cores as asked.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import dnnt_encode
from benchmarks.proofs.instances import SPECS
from dnnt_encode.algorithms.descent import descend
from dnnt_encode.instance.evaluate import evaluate
from dnnt_encode.library.tables import DataMissing

from .runner import train

OPTIMA = {
    "table-breast-d10-n100-h2": 3,
    "table-breast-d10-n100-h3": 7,
    "table-digits-d20-n60-h2": 0,
    "table-heart-d10-n80-h2": 5,
    "table-diabetes-d6-n60-h2": 53,
    "teacher-zero_one-d8-n40-h3-e0": 0,
    "teacher-zero_one-d8-n40-h2-e4": 4,
    "teacher-l1-d6-n60-h2-e6": 14,
    "deep-digits-d20-n60-h2.2": 0,
    "deep-breast-d10-n100-h3.2": 4,
    "classes-wine-d6-n150-h2": 19,
    "sign-breast-d10-n100-h3": 1,
}
"""The proved least losses."""


@dataclass(frozen=True)
class Finding:
    """The best loss of a side, and the seconds after which it had it."""

    loss: float
    seconds: float

    def __str__(self) -> str:
        return f"{self.loss:g} in {self.seconds:.2f}"


def main(seconds: float, workers: int, seed: int) -> int:
    """Print a line an instance, and how many optima each side has found."""
    print(f"{'instance':<32} {'optimum':>7} {'trainer':>12} {'descent':>12} {'solve':>12}")
    reached = dict.fromkeys(("trainer", "descent", "solve"), 0)
    for name, optimum in OPTIMA.items():
        try:
            instance = next(spec for spec in SPECS if spec.name == name).build()
        except DataMissing as missing:
            print(f"{name:<32} skipped: {missing}", flush=True)
            continue
        found = {
            "trainer": _trainer(instance, seconds, workers, seed),
            "descent": _descent(instance, seconds, seed),
            "solve": _solve(instance, seconds, workers, seed),
        }
        for side, finding in found.items():
            reached[side] += finding.loss == optimum
            assert finding.loss >= optimum, f"{name}: {side} has {finding.loss}, below the proved {optimum}"
        print(f"{name:<32} {optimum:>7} " + " ".join(f"{found[side]!s:>12}" for side in reached), flush=True)
    print("least losses found: " + ", ".join(f"{side} {count} of {len(OPTIMA)}" for side, count in reached.items()))
    return 0 if reached["solve"] == len(OPTIMA) else 1


def _last(losses: Iterator[tuple[float, Fraction]]) -> Finding:
    best = Finding(float("inf"), 0.0)
    for spent, loss in losses:
        if loss < best.loss:
            best = Finding(float(loss), spent)
    return best


def _trainer(instance: dnnt_encode.Instance, seconds: float, workers: int, seed: int) -> Finding:
    return _last((found.seconds, found.loss) for found in train(instance, seconds, workers, seed))


def _descent(instance: dnnt_encode.Instance, seconds: float, seed: int) -> Finding:
    start = time.process_time()

    def late() -> bool:
        return time.process_time() - start > seconds

    found = descend(instance, seed, stop=late)
    return _last((time.process_time() - start, evaluate(instance, one.weights(instance)).loss) for one in found)


def _solve(instance: dnnt_encode.Instance, seconds: float, workers: int, seed: int) -> Finding:
    found: list[tuple[float, Fraction]] = []
    start = time.monotonic()
    dnnt_encode.solve(
        instance, time_limit=seconds, threads=workers, seed=seed,
        on_incumbent=lambda incumbent: found.append((time.monotonic() - start, incumbent.loss)),
    )  # fmt: skip
    return _last(iter(found))
