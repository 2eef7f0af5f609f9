"""Encoding speed against PySAT's lists, growth with the samples, and sharing on against sharing off."""

import argparse
import sys

from dnnt_encode.encoders.cnf import CnfOptions

from ..textbook.instances import Spec
from .measure import encode, in_child, refute, size, with_pysat

SPEED = (
    (Spec("breast", 30, 200, 2, 1), "order"),
    (Spec("digits", 64, 500, 2, 1), "auto"),
    (Spec("digits", 64, 500, 2, 1), "order"),
    (Spec("digits", 64, 1000, 2, 1), "adder"),
)
GROWTH = (100, 200, 500, 1000)
SHARING = (Spec("breast", 30, 200, 2, 1), Spec("digits", 64, 500, 2, 1))
# What is refuted: a data set (0 hidden units: the output reads the inputs), its weights, and a number of errors.
PROOFS = (
    (Spec("breast", 10, 200, 2, 2), (-1, 0, 1), 10),
    (Spec("breast", 30, 200, 0, 1), (-1, 0, 1), 0),
    (Spec("breast", 30, 200, 2, 1), (0, 1), 10),
    (Spec("digits", 64, 500, 0, 1), (0, 1), 0),
)


def speed() -> None:
    print("encoding and writing DIMACS: ours, and the same clauses as PySAT lists with CNF.to_file")
    print(
        f"{'instance':<20}{'sum':>6}{'clauses':>11}{'encode s':>10}{'M/s':>7}{'to file s':>11}{'M/s':>6}"
        f"{'B/clause':>10}{'pysat s':>9}{'to file s':>11}{'B/clause':>10}{'ratio':>7}"
    )
    for spec, encoding in SPEED:
        options = CnfOptions(sum=encoding)  # type: ignore[arg-type]
        ours, theirs = in_child(encode, spec, options), in_child(with_pysat, spec, options)
        assert ours is not None
        assert theirs is not None
        millions = ours["clauses"] / 1e6
        print(
            f"{spec.name:<20}{encoding:>6}{ours['clauses']:>11}{ours['encode']:>10.2f}{millions / ours['encode']:>7.1f}"
            f"{ours['file']:>11.2f}{millions / ours['file']:>6.1f}{ours['memory'] / ours['clauses']:>10.1f}"
            f"{theirs['encode']:>9.2f}{theirs['file']:>11.2f}{theirs['memory'] / theirs['clauses']:>10.1f}"
            f"{theirs['file'] / ours['file']:>7.1f}",
            flush=True,
        )


def growth() -> None:
    print("\ngrowth with the samples: digits, 64 columns, 2 hidden units")
    print(f"{'samples':>8}{'sum':>7}{'clauses':>11}{'encode s':>10}{'us/sample':>11}")
    for encoding in ("auto", "order", "adder"):
        for samples in GROWTH:
            facts = in_child(encode, Spec("digits", 64, samples, 2, 1), CnfOptions(sum=encoding))  # type: ignore[arg-type]
            assert facts is not None
            micro = 1e6 * facts["encode"] / samples
            print(f"{samples:>8}{encoding:>7}{facts['clauses']:>11}{facts['encode']:>10.2f}{micro:>11.0f}", flush=True)


def sharing() -> None:
    print("\nsharing partial sums: nodes of a hidden unit, clauses, variables")
    print(
        f"{'instance':<20}{'sum':>6}{'nodes':>8}{'off':>8}{'ratio':>7}{'clauses':>11}{'off':>11}{'variables':>11}{'off':>9}"
    )
    for spec in SHARING:
        for encoding in ("order", "adder", "auto"):
            on, off = (
                in_child(size, spec, CnfOptions(sum=encoding, sharing=shared))  # type: ignore[arg-type]
                for shared in (True, False)
            )
            assert on is not None
            assert off is not None
            print(
                f"{spec.name:<20}{encoding:>6}{on['nodes']:>8}{off['nodes']:>8}{off['nodes'] / on['nodes']:>7.1f}"
                f"{on['clauses']:>11}{off['clauses']:>11}{on['variables']:>11}{off['variables']:>9}",
                flush=True,
            )


def proofs(limit: float, solver: str) -> None:
    print(f"\nseconds of {solver} to refute a number of errors, limit {limit:g} s")
    print(f"{'instance':<20}{'weights':>12}{'errors':>7}{'sum':>7}{'sharing':>10}{'off':>10}")
    for spec, weights, errors in PROOFS:
        for encoding in ("order", "adder"):
            shown = []
            for shared in (True, False):
                options = CnfOptions(sum=encoding, sharing=shared)  # type: ignore[arg-type]
                facts = in_child(refute, spec, weights, options, errors, solver, limit=limit)
                shown.append(
                    "open" if facts is None else f"{facts['seconds']:.2f}{'' if not facts['answer'] else ' SAT'}"
                )
            print(f"{spec.name:<20}{weights!s:>12}{errors:>7}{encoding:>7}{shown[0]:>10}{shown[1]:>10}", flush=True)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.cnf_encode", description=__doc__)
    parser.add_argument("--limit", type=float, default=60.0, metavar="S", help="seconds a proof (default 60)")
    parser.add_argument("--solver", default="glucose42", help="the PySAT solver of the proofs (default glucose42)")
    parser.add_argument("--only", choices=("speed", "growth", "sharing", "proofs"), help="one part alone")
    options = parser.parse_args(arguments)
    parts = {
        "speed": speed,
        "growth": growth,
        "sharing": sharing,
        "proofs": lambda: proofs(options.limit, options.solver),
    }
    for name, part in parts.items():
        if options.only in (None, name):
            part()
    return 0


if __name__ == "__main__":
    sys.exit(main())
