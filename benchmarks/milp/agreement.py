"""The same optimum from CP-SAT, SCIP, HiGHS, CBC and a MaxSAT solver: on xor, parity and the regression example, and on
twenty random small instances.

CBC reads an exported MPS file, the MaxSAT solver (RC2 of PySAT) an exported WCNF; what they answer is read back.
"""

from __future__ import annotations

import argparse
import dataclasses
import shutil
import sys
import tempfile
import time
from fractions import Fraction
from pathlib import Path

import numpy as np

import dnnt_encode
from dnnt_encode.backends.milp.backend import MilpBackend
from dnnt_encode.exchange.export import export
from dnnt_encode.exchange.question import Question
from dnnt_encode.instance import Instance
from dnnt_encode.solving.decoded import decode

EXAMPLES = Path(__file__).parents[2] / "examples"
CBC = "cmd:cbc {mps} solve solution {sol}"
RANDOM = 20


def random_instance(seed: int) -> Instance:
    """A two-layer ternary network on a few integer samples, with one of four losses."""
    rng = np.random.default_rng(seed)
    loss = ("misclassification", "l1", "hinge", "linf")[seed % 4]
    inputs, samples, hidden = int(rng.integers(2, 4)), int(rng.integers(4, 9)), int(rng.integers(1, 3))
    x = rng.integers(-2, 3, (samples, inputs))
    by_class = loss in ("misclassification", "hinge")
    y = rng.integers(0, 2, samples) if by_class else rng.integers(-2, 3, (samples, 1))
    return Instance.from_arrays(x, y, hidden=[hidden], loss=loss, name=f"random {seed}, {loss}")


def instances() -> list[Instance]:
    named = [dnnt_encode.load(str(EXAMPLES / f"{name}.json")) for name in ("xor", "parity4", "regression")]
    minimised = [dataclasses.replace(each, threshold=None) for each in named]
    return [*minimised, *map(random_instance, range(RANDOM))]


def maxsat(instance: Instance) -> Fraction | None:
    """The loss of RC2's optimum of the exported WCNF, read back."""
    from pysat.examples.rc2 import RC2Stratified
    from pysat.formula import WCNF

    from dnnt_encode.formats.wcnf import read_wcnf

    with tempfile.TemporaryDirectory() as folder:
        model, solution = Path(folder, "model.wcnf"), Path(folder, "solution")
        export(instance, Question("wcnf"), str(model))
        clauses, formula = read_wcnf(str(model)), WCNF()
        formula.extend(clauses.hard)
        for weight, clause in clauses.soft:
            formula.append(clause, weight=weight)
        formula.nv = clauses.variables
        with RC2Stratified(formula, solver="glucose4") as rc2:
            truth = set(rc2.compute() or [])
            bits = "".join("1" if variable in truth else "0" for variable in range(1, clauses.variables + 1))
            solution.write_text(f"s OPTIMUM FOUND\no {rc2.cost}\nv {bits}\n", encoding="ascii")
        return decode(instance, str(solution), str(model)).loss


def solvers() -> list[str]:
    names = ["cpsat", *(f"milp:{name}" for name in ("scip", "highs") if MilpBackend(name).version() is not None)]
    return [*names, *([CBC] if shutil.which("cbc") else []), "maxsat"]


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.milp.agreement", description=__doc__)
    parser.add_argument("--limit", type=float, default=300.0, metavar="S", help="seconds a run (default 300)")
    parser.add_argument("--only", metavar="PATTERN", help="instances whose name contains PATTERN")
    options = parser.parse_args(arguments)
    names, disagreements, undecided = solvers(), 0, 0
    print(f"{'instance':<42}{'loss':>8}   seconds of {', '.join(name.split()[0] for name in names)}")
    for instance in instances():
        if options.only is not None and options.only not in instance.name:
            continue
        losses: dict[str, Fraction | None] = {}
        seconds = []
        for name in names:
            start = time.monotonic()
            if name == "maxsat":
                losses[name] = maxsat(instance)
            else:
                result = dnnt_encode.solve(instance, backend=name, threshold=None, time_limit=options.limit, seed=1)
                losses[name] = result.loss if result.status == "OPTIMUM FOUND" else None
            seconds.append(time.monotonic() - start)
        known = {loss for loss in losses.values() if loss is not None}
        disagreements += len(known) > 1
        undecided += None in losses.values()
        shown = " ".join(str(loss) for loss in sorted(known)) or "?"
        times = " ".join(f"{t:7.2f}{'' if losses[n] is not None else '!'}" for n, t in zip(names, seconds, strict=True))
        print(f"{instance.name:<42}{shown:>8}   {times}", flush=True)
    print(f"disagreements: {disagreements}; instances that some solver left open (!): {undecided}")
    return 1 if disagreements else 0


if __name__ == "__main__":
    sys.exit(main())
