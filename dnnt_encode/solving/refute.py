"""The DRUP certificate of a claim: a fresh refutation of "the loss is at most g", proved by one solver and checked by
another.

For an infeasible threshold, g is that threshold; for an optimum, the next value below it. The claim of whoever found
the optimum plays no part: the verified weights bound the loss from above, the refuted formula from below.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from fractions import Fraction

import numpy as np

from dnnt_encode.backends.protocol import Controls
from dnnt_encode.backends.sat.backend import pysat_version
from dnnt_encode.backends.sat.proving import examine, proof_memory, prove
from dnnt_encode.backends.sat.solvers import CHECKER, PROVER
from dnnt_encode.decoder import decode_cnf, evidence_of
from dnnt_encode.encoders.cnf import CnfOptions
from dnnt_encode.encoders.fitting import fitting_cnf
from dnnt_encode.errors import BackendError, InputError, ModelTooLarge, NotVerified
from dnnt_encode.formats.dimacs import dimacs_text
from dnnt_encode.formats.streams import writing
from dnnt_encode.models.cnf import CnfModel
from dnnt_encode.proofs.certificate import Refutation
from dnnt_encode.proofs.drup import Proof
from dnnt_encode.solving.clock import Clock, OutOfTime
from dnnt_encode.solving.ledger import Ledger
from dnnt_encode.solving.request import Request
from dnnt_encode.solving.tree import Node

FORMULA_SUFFIX = ".cnf"
"""What the name of the proof file gets for the formula that it refutes."""


def refutation(request: Request, clock: Clock, ledger: Ledger, root: Node) -> Refutation | str:
    """A checked refutation of what would contradict the claim of a run, or why there is none. ``root``: the instance in
    the form that was solved.

    Raises NotVerified where the formula has a solution: then the claim is wrong."""
    if pysat_version() is None:
        return "a DRUP proof needs python-sat"
    controls = Controls(deadline=clock.search_deadline(), threads=request.cores)
    if request.stop.is_set() or controls.should_stop():
        return "there was no time for a DRUP proof"

    def progress(stage: str) -> None:
        if request.stop.is_set():
            controls.stop.set()
        ledger.progress(stage)

    try:
        with clock.alarm(), clock.stage("certify"):
            model = _formula(request, ledger, root)
            return _prove_and_check(request, ledger, root, controls, model, progress)
    except KeyboardInterrupt:
        return "interrupted before a DRUP proof was checked"
    except OutOfTime:
        return "there was no time to encode for a DRUP proof"
    except (BackendError, InputError, ModelTooLarge) as error:
        return f"no DRUP proof: {error}"


def _formula(request: Request, ledger: Ledger, root: Node) -> CnfModel:
    """The formula of the threshold, or of the greatest loss below the optimum."""
    options = CnfOptions(sum=request.sum, symmetry=request.reductions)
    factor = proof_memory(10**6, request.cores) / 10**6
    offset = root.reduced.offset
    if ledger.goal.at_most is not None:
        return fitting_cnf(root.view, ledger.goal.at_most - offset, options, factor)
    assert ledger.best is not None
    loss = ledger.best.loss - offset
    # Losses are multiples of the model's unit, which the first model tells where the guess was too small a step.
    model = fitting_cnf(root.view, loss - Fraction(1, loss.denominator), options, factor)
    if model.threshold is None or model.loss(model.threshold + 1) != loss:
        model = fitting_cnf(root.view, loss - model.loss_unit, options, factor)
    assert model.threshold is not None
    assert model.loss(model.threshold + 1) == loss
    return model


def _prove_and_check(
    request: Request,
    ledger: Ledger,
    root: Node,
    controls: Controls,
    model: CnfModel,
    progress: Callable[[str], object],
) -> Refutation | str:
    solved = prove(model, controls, lambda: progress("prove"))
    assert model.threshold is not None
    if solved.truth is not None:
        raise _contradiction(ledger, root, model, solved.truth)
    if solved.proof is None:
        return f"there was no time for {PROVER} to write a DRUP proof"
    proof = solved.proof
    if request.proof is not None:
        save_proof(request, model, proof)
    verdict = examine(model, proof, controls, lambda share: progress(f"check proof {10 * int(10 * share)}%"))
    if verdict is None:
        return f"there was no time to check the DRUP proof of {proof.lemmas} lemmas"
    if not verdict.accepted:
        return f"the DRUP proof by {PROVER} was not accepted by {CHECKER}: {verdict.reason}"
    refuted = ledger.goal.at_most
    return Refutation(
        refuted=refuted if refuted is not None else model.loss(model.threshold) + root.reduced.offset,
        sha256=formula_sha256(model),
        clauses=model.clauses,
        lemmas=proof.lemmas,
        prover=PROVER,
        checker=CHECKER,
        sorted_units=request.reductions,
        merged=root.view.merges,
        steps=(root.reduced.note,) if root.reduced.note else (),
    )


def formula_sha256(model: CnfModel) -> str:
    """The hash of the DIMACS file of a formula without comments."""
    digest = hashlib.sha256()
    for part in dimacs_text(model):
        digest.update(part)
    return digest.hexdigest()


def save_proof(request: Request, model: CnfModel, proof: Proof) -> None:
    """The proof, and beside it the formula that it refutes: ``drat-trim FILE.cnf FILE``."""
    assert request.proof is not None
    # Without comments: this is the file whose hash the certificate names.
    with writing(request.proof + FORMULA_SUFFIX) as stream:
        for part in dimacs_text(model):
            stream.write(part)
    with writing(request.proof) as stream:
        for part in proof.text():
            stream.write(part)


def _contradiction(ledger: Ledger, root: Node, model: CnfModel, truth: np.ndarray) -> NotVerified:
    found = root.reduced.lift(decode_cnf(root.reduced.instance, model, truth))
    evidence = evidence_of(ledger.instance, found.weights(ledger.instance))
    claim = "optimality" if ledger.goal.minimises else f"no loss is at most {ledger.goal.at_most}"
    return NotVerified(f"{ledger.proof.by} claims {claim}, but {PROVER} finds a solution", evidence)
