"""`python -m benchmarks.families.teachers`: exact fits of teachers of ten seeds, one column for each backend.

Inputs uniform in -2..2, ternary weights and biases, output weights that are not 0, zero_one with threshold 0. With
`--changed` one target is wrong: most such instances have no answer. Every time is that of a whole `solve`.
"""

from __future__ import annotations

import argparse
import time

import dnnt_encode
from dnnt_encode.errors import DnntError
from dnnt_encode.families.catalogue import family

BACKENDS = ("dictionary", "cpsat", "sat:cadical195")
ENDS = {"SATISFIABLE": "found", "UNSATISFIABLE": "refuted", "UNKNOWN": "open"}


def run(instance: dnnt_encode.Instance, backend: str, limit: float, threads: int | None) -> tuple[str, float]:
    """How a solve ended (found, refuted, open, refused) and its seconds."""
    start = time.monotonic()
    try:
        status = dnnt_encode.solve(instance, backend=backend, time_limit=limit, threads=threads).status
    except DnntError:
        return "refused", time.monotonic() - start
    return ENDS[status], time.monotonic() - start


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.families.teachers", description=__doc__.splitlines()[0])
    parser.add_argument("--samples", type=int, default=40)
    parser.add_argument("--inputs", type=int, default=10)
    parser.add_argument("--hidden", type=int, default=4)
    parser.add_argument("--changed", action="store_true", help="change one target, so that most have no answer")
    parser.add_argument("--seeds", type=int, default=10, help="how many seeds, from 0 on (default: 10)")
    parser.add_argument("--backends", default=",".join(BACKENDS), help="which backends, with commas between them")
    parser.add_argument("--limit", type=float, default=60, help="seconds a solve (default: 60)")
    parser.add_argument("--threads", type=int, help="cores for each backend (default: all)")
    options = parser.parse_args(arguments)
    backends = options.backends.split(",")
    print(" ".join(["seed", *(f"{name:>18}" for name in backends)]), flush=True)
    answered = dict.fromkeys(backends, 0)
    for seed in range(options.seeds):
        instance = family("teacher").generate(
            seed,
            samples=options.samples,
            inputs=options.inputs,
            hidden=options.hidden,
            noise=int(options.changed),
            threshold="0",
        )
        print(f"{seed:>4}", end="", flush=True)
        for name in backends:
            ended, seconds = run(instance, name, options.limit, options.threads)
            answered[name] += ended in ("found", "refuted")
            print(f" {f'{ended} {seconds:.1f} s':>18}", end="", flush=True)
        print(flush=True)
    print(" ".join([" all", *(f"{f'{count} of {options.seeds}':>18}" for count in answered.values())]))


if __name__ == "__main__":
    main()
