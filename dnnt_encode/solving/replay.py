"""A certificate, checked apart from whatever made it.

Everything that can be made from the instance is made again: the reductions, the splits, the formula of every leaf. What
is left of a certificate are the weights, which are evaluated exactly, and the proofs, each of which is checked against
the formula made here. The manifest is compared with all that, so that whatever was changed in any of the files shows.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from fractions import Fraction

from dnnt_encode._version import __version__
from dnnt_encode.backends.protocol import Controls
from dnnt_encode.backends.sat.proving import examine
from dnnt_encode.backends.side_by_side import side_by_side
from dnnt_encode.errors import DnntError, InputError
from dnnt_encode.formats.streams import reading
from dnnt_encode.instance.behaviour import met
from dnnt_encode.instance.evaluate import evaluate
from dnnt_encode.instance.goal import Goal, Status
from dnnt_encode.instance.instance import Instance
from dnnt_encode.instance.weights import Weights, check_allowed
from dnnt_encode.models.cnf import CnfModel
from dnnt_encode.parsers.instance_json import load_instance
from dnnt_encode.parsers.places import Place
from dnnt_encode.parsers.weights_json import load_weights
from dnnt_encode.proofs.certificate import LeafProof
from dnnt_encode.proofs.cover import parts_of, uncovered
from dnnt_encode.proofs.drup import Proof
from dnnt_encode.proofs.manifest import (
    INSTANCE,
    WEIGHTS,
    Manifest,
    file_sha256,
    leaf_file,
    needs_proofs,
    read_manifest,
)
from dnnt_encode.reduce import STEPS
from dnnt_encode.reduce.reduced import chain
from dnnt_encode.solving.leaves import Target, steps_of, trusted_of
from dnnt_encode.solving.refute import formula_sha256
from dnnt_encode.solving.tree import Tree


@dataclass(frozen=True, eq=False)
class Replayed:
    """What a certificate shows, checked: ``weights`` of exactly ``loss``, and that none of less (or none within the
    threshold) exist, where the status says so, by proofs of so many ``leaves`` and ``lemmas``; ``trusted``: what the
    proofs do not cover."""

    status: Status
    loss: Fraction | None
    threshold: Fraction | None
    weights: Weights | None
    instance: Instance
    leaves: int
    lemmas: int
    trusted: tuple[str, ...]


def replay(
    path: str, cores: int = 1, instance: Instance | None = None, say: Callable[[str], object] = lambda text: None
) -> Replayed:
    """Check the certificate whose manifest is in a file, on so many ``cores``. ``instance``: the one that it has to be
    about, where that is known; ``say`` is told what was checked, line by line.

    Raises InputError where anything is missing, damaged or wrong, ModelTooLarge and BackendError where it cannot be
    checked here."""
    return _Replay(path, cores, instance, say).replayed()


class _Replay:
    def __init__(self, path: str, cores: int, wanted: Instance | None, say: Callable[[str], object]) -> None:
        self._place, self._folder = Place(path), os.path.dirname(path)
        self._cores, self._wanted, self._say = cores, wanted, say
        self._manifest: Manifest = read_manifest(path)

    def replayed(self) -> Replayed:
        manifest = self._manifest
        instance = self._instance()
        weights = self._weights(instance)
        if weights is not None:
            self._say(f"weights: verified, loss {manifest.loss}")
        self._question()
        tree = self._tree(instance)
        proofs = needs_proofs(manifest.status, manifest.loss, manifest.threshold)
        if not proofs and (manifest.leaves or manifest.splits):
            raise (self._place / "leaves").error("nothing is to be proved, and there are proofs")
        trusted = trusted_of(tree, manifest.splits) if proofs else ()
        if trusted != manifest.trusted:
            raise (self._place / "trusted").error(f"what has to be trusted is: {', '.join(trusted) or 'nothing'}")
        if proofs:
            self._leaves(tree)
        return Replayed(
            status=manifest.status,
            loss=manifest.loss,
            threshold=manifest.threshold,
            weights=weights,
            instance=instance,
            leaves=len(manifest.leaves),
            lemmas=sum(leaf.lemmas for leaf in manifest.leaves),
            trusted=trusted,
        )

    # -- the instance and the question -----------------------------------------------------------------------------

    def _file(self, name: str, sha256: str, place: Place) -> str:
        """The path of a file whose content is the one that the manifest is about."""
        path = os.path.join(self._folder, name)
        found = file_sha256(path)
        if found != sha256:
            raise (place / "sha256").error(f"this is not the sha256 of {path}: the file has {found}")
        return path

    def _instance(self) -> Instance:
        manifest, wanted = self._manifest, self._wanted
        instance = load_instance(self._file(INSTANCE, manifest.instance_file, self._place / "instance"))
        if instance.sha256 != manifest.instance_sha256:
            raise (self._place / "instance_sha256").error(f"the instance beside it has the hash {instance.sha256}")
        if wanted is not None and wanted.sha256 != instance.sha256:
            raise (self._place / "instance_sha256").error(
                f"this certificate is of another instance; the hash of this one ({wanted.name}) is {wanted.sha256}"
            )
        return instance

    def _weights(self, instance: Instance) -> Weights | None:
        manifest = self._manifest
        if manifest.weights_file is None:
            if manifest.loss is not None:
                raise (self._place / "loss").error("there is a loss, and there are no weights that have it")
            return None
        path = self._file(WEIGHTS, manifest.weights_file, self._place / "weights")
        weights = load_weights(path, instance)
        try:
            check_allowed(instance.network, weights)
        except InputError as error:
            raise InputError(str(error), path) from None
        loss = evaluate(instance, weights).loss
        if loss != manifest.loss:
            raise (self._place / "loss").error(f"the weights have the loss {loss}")
        if not met(instance, weights):
            raise InputError("the weights break a constraint of the instance", path)
        return weights

    def _question(self) -> None:
        """Whether the status says what weights and proofs, if they hold, show of the question."""
        manifest, place = self._manifest, self._place
        loss, threshold = manifest.loss, manifest.threshold
        if manifest.status == "UNSATISFIABLE":
            fits = threshold is not None and loss is None
        elif manifest.status == "OPTIMUM FOUND":
            fits = threshold is None and loss is not None
        else:
            fits = loss is not None and (threshold is None or loss <= threshold)
        if not fits:
            raise (place / "status").error(
                f"{manifest.status} does not go with the loss {loss} and the threshold {threshold}"
            )

    # -- the tree --------------------------------------------------------------------------------------------------

    def _tree(self, instance: Instance) -> Tree:
        """The tree of the manifest, made again from the instance, and whether its splits leave nothing out."""
        manifest = self._manifest
        root = chain(instance.with_threshold(manifest.threshold), STEPS if manifest.reductions else ())
        tree = Tree(root, Goal(manifest.threshold), merges=manifest.reductions)
        if steps_of(tree) != manifest.steps:
            raise (self._place / "steps").error(
                f"the reductions of this instance are: {', '.join(steps_of(tree)) or 'none'}{self._by_another()}"
            )
        for number, split in enumerate(manifest.splits):
            place = self._place / "splits" / number
            numbers = {tree.name(k): k for k, node in enumerate(tree.nodes) if not node.children}
            if split.node not in numbers:
                raise (place / "node").error("this is no leaf of what was split before")
            at = numbers[split.node]
            inner = tree.nodes[at].view.instance
            parts = parts_of(split.name, inner)
            if len(parts) != split.parts or not parts:
                raise place.error(f"the split {split.name} gives {len(parts) or 'no'} parts here{self._by_another()}")
            count, missing = uncovered(split.name, inner, parts)
            if missing:
                raise place.error(f"the parts of {split.name} leave out {missing} of {count} choices")
            tree.split(at, parts)
            self._say(f"cover: the {len(parts)} parts of {split.name} hold all {count} choices")
        return tree

    def _by_another(self) -> str:
        theirs = self._manifest.dnnt_version
        return "" if theirs == __version__ else f"; the certificate is by dnnt-encode {theirs}, this is {__version__}"

    # -- the leaves ------------------------------------------------------------------------------------------------

    def _leaves(self, tree: Tree) -> None:
        manifest, place = self._manifest, self._place / "leaves"
        numbers = {tree.name(k): k for k, node in enumerate(tree.nodes) if not node.children}
        names = [leaf.node for leaf in manifest.leaves]
        for number, name in enumerate(names):
            if name not in numbers:
                raise (place / number / "node").error("this is no leaf of the tree")
            if name in names[:number]:
                raise (place / number / "node").error("this leaf is there twice")
        missing = sorted(set(numbers) - set(names))
        if missing:
            raise place.error(f"there is no proof for the leaf {list(missing[0])}, one of {len(missing)} that are open")
        controls = Controls()
        width = min(self._cores, len(names))
        jobs = self._jobs(tree, [numbers[name] for name in names], max(1, self._cores // width), controls)
        with closing(side_by_side(jobs, width, lambda: None, controls.stop.set)) as done:
            for line in done:
                self._say(line)

    def _jobs(self, tree: Tree, nodes: list[int], share: int, controls: Controls) -> Iterator[Callable[[], str]]:
        manifest = self._manifest
        below = Fraction(0) if manifest.loss is None else manifest.loss
        target = Target(manifest.threshold, below, manifest.sum, manifest.reductions)
        for number, (leaf, at) in enumerate(zip(manifest.leaves, nodes, strict=True)):
            place = self._place / "leaves" / number
            model, refuted = target.formula(tree.nodes[at].view, tree.offset(at), self._cores)
            if refuted != leaf.refuted:
                raise (place / "refuted").error(f"the formula of this leaf refutes a loss of at most {refuted}")
            if formula_sha256(model) != leaf.formula:
                raise (place / "formula" / "sha256").error(
                    f"the formula of this leaf is another one, with the sha256 {formula_sha256(model)}"
                    f"{self._by_another()}"
                )
            if model.clauses != leaf.clauses:
                raise (place / "formula" / "clauses").error(f"the formula of this leaf has {model.clauses} clauses")

            def job(number: int = number, leaf: LeafProof = leaf, model: CnfModel = model) -> str:
                return self._leaf(number, leaf, model, Controls(threads=share, stop=controls.stop))

            yield job

    def _leaf(self, number: int, leaf: LeafProof, model: CnfModel, controls: Controls) -> str:
        place = self._place / "leaves" / number
        # Nothing here reads the file of the formula: it is for other programs, and has to be the right one.
        self._file(leaf_file(number, ".cnf"), leaf.formula, place / "formula")
        path = self._file(leaf_file(number, ".drup"), leaf.proof, place / "proof")
        with reading(path) as stream:
            proof = Proof.from_lines((line.decode("ascii", "replace") for line in stream), path)
        if proof.lemmas != leaf.lemmas:
            raise (place / "proof" / "lemmas").error(f"the proof has {proof.lemmas} lemmas")
        verdict = examine(model, proof, controls, lambda share: None)
        if verdict is None:
            raise DnntError("interrupted")
        if not verdict.accepted:
            raise (place / "proof").error(f"this is no proof: {verdict.reason}")
        return (
            f"leaf {number + 1} of {len(self._manifest.leaves)}: nothing in it has a loss of at most {leaf.refuted}; "
            f"accepted: a proof of {proof.lemmas} lemmas for {model.clauses} clauses"
        )
