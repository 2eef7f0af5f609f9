"""The folder of a certificate: instance, weights, formulas and proofs, and the manifest that holds them together.

The manifest is written last: a folder without one is no certificate.
"""

from __future__ import annotations

import os

from dnnt_encode.errors import DnntError
from dnnt_encode.parsers.instance_json import instance_text, whole_text
from dnnt_encode.parsers.weights_json import save_weights
from dnnt_encode.proofs.certificate import Refutation
from dnnt_encode.proofs.manifest import INSTANCE, WEIGHTS, Manifest, file_sha256, write_file, write_manifest
from dnnt_encode.solving.leaves import steps_of, trusted_of
from dnnt_encode.solving.ledger import Ledger
from dnnt_encode.solving.request import Request
from dnnt_encode.solving.tree import Tree


def package(request: Request, ledger: Ledger, tree: Tree, proofs: Refutation | None) -> str:
    """Write what goes beside the proofs (None: none are needed); where the certificate is, or why there is none, in
    words."""
    folder = request.certificate
    assert folder is not None
    status = ledger.status()
    assert status != "UNKNOWN"
    best = None if status == "UNSATISFIABLE" or ledger.best is None else ledger.best
    try:
        text = whole_text(instance_text(request.instance))
        instance_file = write_file(os.path.join(folder, INSTANCE), [text.encode()])
        weights_file = None
        if best is not None:
            path = os.path.join(folder, WEIGHTS)
            save_weights(best.weights, path)
            weights_file = file_sha256(path)
        manifest = Manifest(
            status=status,
            loss=None if best is None else best.loss,
            threshold=ledger.goal.at_most,
            instance_sha256=request.instance.sha256,
            instance_file=instance_file,
            weights_file=weights_file,
            sum=request.sum,
            reductions=request.reductions,
            steps=steps_of(tree),
            splits=() if proofs is None else proofs.splits,
            leaves=() if proofs is None else proofs.leaves,
            prover="" if proofs is None else proofs.prover,
            trusted=() if proofs is None else trusted_of(tree, proofs.splits),
        )
        return f"{write_manifest(manifest, folder)} can be checked with dnnt check"
    except DnntError as error:
        return f"there is no manifest: {error}"
