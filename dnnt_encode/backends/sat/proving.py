"""Proofs from one solver, checked by another: each in child processes that obey the deadline."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from typing import cast

import numpy as np

from dnnt_encode.backends.process import followed
from dnnt_encode.backends.protocol import Candidate, Controls, Stop
from dnnt_encode.backends.sat.solvers import CHECKER, PROVER
from dnnt_encode.backends.side_by_side import side_by_side
from dnnt_encode.models.cnf import CnfModel
from dnnt_encode.proofs.drup import Proof, ProofCheck

_MODULE = "dnnt_encode.backends.sat.proof_worker"


@dataclass(frozen=True, eq=False)
class Solved:
    """What the prover said: a ``proof`` that the formula has no solution, or the ``truth`` of one; neither where it was
    stopped first."""

    proof: Proof | None = None
    truth: np.ndarray | None = None


def prove(model: CnfModel, controls: Controls, progress: Callable[[], object]) -> Solved:
    """Solve the hard clauses of a model in one fresh run that writes a proof. Raises BackendError."""
    solved = Solved()
    payload = {"solver": PROVER, "model": model}
    for message in followed(PROVER, _MODULE, "prove", payload, controls, patient=False):
        if isinstance(message, Proof):
            solved = Solved(proof=message)
        elif isinstance(message, Candidate):
            solved = Solved(truth=cast(np.ndarray, message.answer))
        progress()
    return solved


def examine(
    model: CnfModel, proof: Proof, controls: Controls, progress: Callable[[float], object]
) -> ProofCheck | None:
    """Check a proof that the hard clauses of a model have no solution, by one checker a core; None where time ran out.

    ``progress`` is called with the share of the steps that are done. Raises BackendError."""
    parts = max(1, min(controls.threads, proof.lemmas // 1000))
    steps = [0] * parts
    ours = replace(controls, stop=Stop())
    controls.stop.call(ours.stop.set)

    def follow(part: int) -> ProofCheck | None:
        payload = {"blocks": model.blocks, "proof": proof, "checker": CHECKER, "part": (part, parts)}
        verdict: ProofCheck | None = None
        for message in followed(CHECKER, _MODULE, "examine", payload, ours, patient=False):
            if isinstance(message, ProofCheck):
                verdict = message
            steps[part] = getattr(message, "steps", steps[part])
        return verdict

    def tick() -> None:
        progress(sum(steps) / max(1, parts * len(proof.deletes)))

    checked = 0
    jobs = (partial(follow, part) for part in range(parts))
    with closing(side_by_side(jobs, parts, tick, ours.stop.set)) as verdicts:
        for verdict in verdicts:
            if verdict is None or not verdict.accepted:
                return verdict
            checked += verdict.checked
    return ProofCheck(True, checked)


def proof_memory(model_bytes: int, threads: int) -> int:
    """Bytes that proving and then checking take: our arrays and their pickled copy, then a solver a core."""
    return model_bytes * (3 + 6 * max(1, threads))
