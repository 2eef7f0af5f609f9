"""Run as `python -m benchmarks.sat`: breast cancer, 200 rows of three seeds, the 10 binarised columns of largest
variance, two hidden ReLU units, ternary parameters, misclassification. Every time is that of a whole `solve`."""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass
from fractions import Fraction

import dnnt_encode

from ..textbook.instances import TERNARY, Spec, problem

SEEDS = (1, 2, 3)


@dataclass(frozen=True)
class Row:
    """One run. ``proved``: seconds to the proof, None where the limit came first; ``certified``: seconds more."""

    loss: Fraction | None
    bound: Fraction | None
    proved: float | None
    certified: float
    certificate: str

    def text(self) -> str:
        seconds = "open" if self.proved is None else f"{self.proved:.1f}"
        return f"{seconds:>9} {self.loss!s:>5} {self.bound!s:>6}"


def run(instance: dnnt_encode.Instance, backend: str, limit: float, threads: int | None, certify: bool) -> Row:
    start = time.monotonic()
    result = dnnt_encode.solve(instance, backend=backend, time_limit=limit, threads=threads, seed=1, certify=certify)
    certified = result.seconds.get("certify", 0.0)
    seconds = time.monotonic() - start - certified
    proved = seconds if result.status == "OPTIMUM FOUND" else None
    return Row(result.loss, result.bound, proved, certified, result.certificate.kind)


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks.sat", description=__doc__)
    parser.add_argument("--limit", type=float, default=120, help="seconds a run (default 120)")
    parser.add_argument("--samples", type=int, default=200, help="rows (default 200)")
    parser.add_argument("--threads", type=int, help="cores for each side (default all)")
    parser.add_argument("--backends", default="sat:glucose42,cpsat", help="comma-separated")
    arguments = parser.parse_args()
    backends = arguments.backends.split(",")
    head = " ".join(f"{name:>9} {'loss':>5} {'bound':>6}" for name in (name.removeprefix("sat:") for name in backends))
    print(f"{'seed':>4} {head}   certificate", flush=True)
    for seed in SEEDS:
        data = problem(Spec("breast", 10, arguments.samples, 2, seed))
        instance = dnnt_encode.Instance.from_arrays(
            data.x, data.y, hidden=[2], weights=TERNARY, loss="misclassification", name=data.name
        )
        rows = [run(instance, name, arguments.limit, arguments.threads, name.startswith("sat:")) for name in backends]
        certificates = [f"{row.certificate} {row.certified:.1f} s" for row in rows if row.certified]
        print(f"{seed:>4} {' '.join(row.text() for row in rows)}   {', '.join(certificates)}", flush=True)


if __name__ == "__main__":
    main()
