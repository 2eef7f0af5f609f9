"""The DRUP certificate of a claim: fresh refutations of "the loss is at most g", proved by one solver and checked by
another, one for every leaf of the tree.

For an infeasible threshold, g is that threshold; for an optimum, the next value below it. The claim of whoever found
the optimum plays no part: the verified weights bound the loss from above, the refuted formulas from below.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from fractions import Fraction

import numpy as np

from dnnt_encode.backends.protocol import Controls
from dnnt_encode.backends.sat.backend import pysat_version
from dnnt_encode.backends.sat.proving import examine, prove
from dnnt_encode.backends.sat.solvers import CHECKER, PROVER
from dnnt_encode.backends.side_by_side import side_by_side
from dnnt_encode.decoder import decode_cnf, evidence_of
from dnnt_encode.errors import BackendError, InputError, ModelTooLarge, NotVerified
from dnnt_encode.formats.dimacs import dimacs_text
from dnnt_encode.models.cnf import CnfModel
from dnnt_encode.proofs.certificate import LeafProof, Refutation, SplitNode
from dnnt_encode.proofs.cover import uncovered
from dnnt_encode.proofs.manifest import leaf_file, write_file
from dnnt_encode.solving.clock import Clock, OutOfTime
from dnnt_encode.solving.leaves import Target, named_splits, trusted_of
from dnnt_encode.solving.ledger import Ledger
from dnnt_encode.solving.request import Request
from dnnt_encode.solving.tree import Tree

AT_ONCE = 3.0
"""Seconds for a proof of the whole in one piece, before one of every part: where it is easy nothing is quicker."""

FORMULA_SUFFIX = ".cnf"
"""What the name of the proof file gets for the formula that it refutes."""


def refutation(request: Request, clock: Clock, ledger: Ledger, tree: Tree) -> Refutation | str:
    """A checked refutation of what would contradict the claim of a run, or why there is none. ``tree``: the instance in
    the form that was solved.

    Raises NotVerified where a formula has a solution: then the claim is wrong."""
    if pysat_version() is None:
        return "a DRUP proof needs python-sat"
    controls = Controls(deadline=clock.search_deadline(), threads=request.own_cores)
    if request.stop.is_set() or controls.should_stop():
        return "there was no time for a DRUP proof"
    try:
        with clock.alarm(), clock.stage("certify"):
            return _Refuting(request, ledger, tree, controls).refuted()
    except KeyboardInterrupt:
        return "interrupted before a DRUP proof was checked"
    except OutOfTime:
        return "there was no time to encode for a DRUP proof"
    except (BackendError, InputError, ModelTooLarge) as error:
        return f"no DRUP proof: {error}"


class _Refuting:
    """Leaf by leaf: the formulas are made here, one after another, and proved and checked in processes side by side."""

    def __init__(self, request: Request, ledger: Ledger, tree: Tree, controls: Controls) -> None:
        self._request, self._ledger, self._tree, self._controls = request, ledger, tree, controls
        below = Fraction(0) if ledger.best is None else ledger.best.loss
        self._target = Target(ledger.goal.at_most, below, request.sum, request.reductions)
        # One file takes one proof.
        splits = named_splits(tree) if request.proof is None else None
        self._splits = splits or ()
        whole = splits is None
        self._leaves = [0] if whole else [k for k, node in enumerate(tree.nodes) if not node.children]
        self._shown = ""

    def refuted(self) -> Refutation | str:
        self._check_cover()
        if len(self._leaves) > 1:
            # The whole may be too large where its parts are not.
            with contextlib.suppress(ModelTooLarge):
                quick = self._proofs([0], AT_ONCE)
                if not isinstance(quick, str):
                    return self._refutation((), quick)
        proofs = self._proofs(self._leaves)
        return proofs if isinstance(proofs, str) else self._refutation(self._splits, proofs)

    def _proofs(self, nodes: list[int], seconds: float | None = None) -> tuple[LeafProof, ...] | str:
        """Checked proofs for some nodes, in so many ``seconds`` each, or why there are none."""
        found: dict[int, LeafProof] = {}
        width = min(self._request.own_cores, len(nodes))
        jobs = self._jobs(nodes, max(1, self._request.own_cores // width), seconds)
        with closing(side_by_side(jobs, width, self._tick, self._controls.stop.set)) as outcomes:
            for number, proof in outcomes:
                if isinstance(proof, str):
                    return proof
                found[number] = proof
                self._shown = "prove" if len(nodes) == 1 else f"prove {len(nodes)} parts, {len(found)} done"
                self._tick()
        if len(found) < len(nodes):
            return "there was no time for a DRUP proof"
        return tuple(found[number] for number in range(len(nodes)))

    def _refutation(self, splits: tuple[SplitNode, ...], leaves: tuple[LeafProof, ...]) -> Refutation:
        at_most = self._target.at_most
        return Refutation(
            at_most=at_most,
            below=self._target.below if at_most is None else None,
            splits=splits,
            leaves=leaves,
            prover=PROVER,
            checker=CHECKER,
            trusted=trusted_of(self._tree, splits),
        )

    def _check_cover(self) -> None:
        numbers = {self._tree.name(k): k for k in range(len(self._tree.nodes))}
        for split in self._splits:
            node = self._tree.nodes[numbers[split.node]]
            parts = [self._tree.nodes[child].reduced for child in node.children]
            count, missing = uncovered(split.name, node.view.instance, parts)
            if missing:
                raise NotVerified(
                    f"the parts of {split.name} leave out {missing} of {count} choices",
                    evidence_of(self._ledger.instance),
                )

    def _jobs(
        self, nodes: list[int], cores: int, seconds: float | None
    ) -> Iterator[Callable[[], tuple[int, LeafProof | str]]]:
        for number, node in enumerate(nodes):
            if self._controls.should_stop() or self._request.stop.is_set():
                return
            view, offset = self._tree.nodes[node].view, self._tree.offset(node)
            model, refuted = self._target.formula(view, offset, self._request.own_cores)

            def job(
                number: int = number, node: int = node, model: CnfModel = model, refuted: Fraction = refuted
            ) -> tuple[int, LeafProof | str]:
                limits = [self._controls.deadline, None if seconds is None else time.monotonic() + seconds]
                controls = Controls(min((each for each in limits if each is not None), default=None), cores)
                self._controls.stop.call(controls.stop.set)
                return number, self._leaf(number, node, model, refuted, controls)

            yield job

    def _leaf(self, number: int, node: int, model: CnfModel, refuted: Fraction, controls: Controls) -> LeafProof | str:
        solved = prove(model, controls, lambda: None)
        if solved.truth is not None:
            raise self._contradiction(node, model, solved.truth)
        if solved.proof is None:
            return f"there was no time for {PROVER} to write a DRUP proof"
        proof = solved.proof
        formula, file = self._files(number)
        sha256 = formula_sha256(model) if formula is None else write_file(formula, dimacs_text(model))
        kept = "" if file is None else write_file(file, proof.text())
        verdict = examine(model, proof, controls, self._check)
        if verdict is None:
            return f"there was no time to check the DRUP proof of {proof.lemmas} lemmas"
        if not verdict.accepted:
            return f"the DRUP proof by {PROVER} was not accepted by {CHECKER}: {verdict.reason}"
        return LeafProof(self._tree.name(node), refuted, sha256, model.clauses, proof.lemmas, kept)

    def _files(self, number: int) -> tuple[str | None, str | None]:
        """Where the formula, without comments, and its proof go: ``drat-trim FORMULA PROOF``."""
        proof, folder = self._request.proof, self._request.certificate
        if proof is not None:
            return proof + FORMULA_SUFFIX, proof
        if folder is None:
            return None, None
        return os.path.join(folder, leaf_file(number, ".cnf")), os.path.join(folder, leaf_file(number, ".drup"))

    def _check(self, share: float) -> None:
        """Called in the threads of the leaves."""
        if len(self._leaves) == 1:
            self._shown = f"check proof {10 * int(10 * share)}%"

    def _tick(self) -> None:
        if self._request.stop.is_set():
            self._controls.stop.set()
        self._ledger.progress(self._shown or "prove")

    def _contradiction(self, node: int, model: CnfModel, truth: np.ndarray) -> NotVerified:
        ledger, tree = self._ledger, self._tree
        found = tree.lift(node, decode_cnf(tree.nodes[node].view.instance, model, truth))
        evidence = evidence_of(ledger.instance, found.weights(ledger.instance))
        claim = "optimality" if ledger.goal.minimises else f"no loss is at most {ledger.goal.at_most}"
        return NotVerified(f"{ledger.proof.by} claims {claim}, but {PROVER} finds a solution", evidence)


def formula_sha256(model: CnfModel) -> str:
    """The hash of the DIMACS file of a formula without comments."""
    digest = hashlib.sha256()
    for part in dimacs_text(model):
        digest.update(part)
    return digest.hexdigest()
