"""Proofs from one solver, checked by another: each in child processes that obey the deadline."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import cast

import numpy as np

from dnnt_encode.backends.process import TICK, followed
from dnnt_encode.backends.protocol import Candidate, Controls, Stop
from dnnt_encode.backends.sat.solvers import CHECKER, PROVER
from dnnt_encode.models.cnf import CnfModel
from dnnt_encode.proofs.drup import Proof, ProofCheck

_MODULE = "dnnt_encode.backends.sat.proof_worker"


@dataclass(frozen=True, eq=False)
class Solved:
    """What the prover said: a ``proof`` that the formula has no solution, or the ``truth`` of one; neither where it was
    stopped first."""

    proof: Proof | None = None
    truth: np.ndarray | None = None


def prove(model: CnfModel, controls: Controls, progress: Callable[[], object], prover: str = PROVER) -> Solved:
    """Solve the hard clauses of a model in one fresh run that writes a proof. Raises BackendError."""
    solved = Solved()
    payload = {"solver": prover, "model": model}
    for message in followed(prover, _MODULE, "prove", payload, controls, patient=False):
        if isinstance(message, Proof):
            solved = Solved(proof=message)
        elif isinstance(message, Candidate):
            solved = Solved(truth=cast(np.ndarray, message.answer))
        progress()
    return solved


def examine(
    model: CnfModel, proof: Proof, controls: Controls, progress: Callable[[float], object], checker: str = CHECKER
) -> ProofCheck | None:
    """Check a proof that the hard clauses of a model have no solution, by one checker a core; None where time ran out.

    ``progress`` is called with the share of the steps that are done. Raises BackendError."""
    parts = max(1, min(controls.threads, proof.lemmas // 1000))
    steps = [0] * parts
    verdicts: list[ProofCheck | None] = [None] * parts
    failures: list[BaseException] = []

    ours = replace(controls, stop=Stop())
    controls.stop.call(ours.stop.set)

    def follow(part: int) -> None:
        payload = {"blocks": model.blocks, "proof": proof, "checker": checker, "part": (part, parts)}
        try:
            for message in followed(checker, _MODULE, "examine", payload, ours, patient=False):
                if isinstance(message, ProofCheck):
                    verdicts[part] = message
                steps[part] = getattr(message, "steps", steps[part])
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=follow, args=(part,), daemon=True) for part in range(parts)]
    for thread in threads:
        thread.start()
    try:
        while any(thread.is_alive() for thread in threads):
            time.sleep(TICK / 4)
            progress(sum(steps) / max(1, parts * len(proof.deletes)))
            if failures or any(verdict is not None and not verdict.accepted for verdict in verdicts):
                break
    finally:
        ours.stop.set()
        for thread in threads:
            thread.join(timeout=2)
    if failures:
        raise failures[0]
    given = [verdict for verdict in verdicts if verdict is not None]
    refused = next((verdict for verdict in given if not verdict.accepted), None)
    if refused is not None:
        return refused
    return ProofCheck(True, sum(verdict.checked for verdict in given)) if len(given) == parts else None


def proof_memory(model_bytes: int, threads: int) -> int:
    """Bytes that proving and then checking take: our arrays and their pickled copy, then a solver a core."""
    return model_bytes * (3 + 6 * max(1, threads))
