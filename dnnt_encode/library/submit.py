"""Results into the library: what is better than the record, once it was verified, takes its place.

Weights are evaluated exactly. A bound is taken with what stands behind it: a certificate is checked here, anything else
is recorded as the kind of evidence that its result names. What contradicts the record is an error: then one of the two
is wrong.
"""

from __future__ import annotations

import lzma
import os
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from io import BytesIO
from pathlib import Path
from typing import Any

from dnnt_encode.errors import InputError, InputErrors, NotVerified
from dnnt_encode.instance.evaluate import evaluate
from dnnt_encode.instance.instance import Instance
from dnnt_encode.instance.rationals import to_fraction
from dnnt_encode.instance.weights import Weights, check_allowed
from dnnt_encode.library.entry import EVIDENCE, Credit, LibraryEntry, Record
from dnnt_encode.library.folder import Library
from dnnt_encode.parsers.files import write_bytes
from dnnt_encode.parsers.json_text import read_json
from dnnt_encode.parsers.places import Place, take_string
from dnnt_encode.parsers.weights_json import save_weights, weights_of
from dnnt_encode.proofs.manifest import MANIFEST
from dnnt_encode.solving.replay import replay

SMALL = 100_000
"""Bytes of a packed certificate that the library stores."""


@dataclass(frozen=True)
class Claims:
    """What a file says of an instance: ``weights`` of a verified ``loss``; no loss is below ``bound``, and none at most
    ``excluded``; ``evidence`` stands behind the bounds."""

    weights: Weights | None = None
    loss: Fraction | None = None
    bound: Fraction = Fraction(0)
    excluded: Fraction | None = None
    evidence: str = "word"


def submit(
    library: Library, path: str, credit: Credit, certificate: str | None = None, cores: int = 1, auto: bool = False
) -> tuple[LibraryEntry, list[str]]:
    """Merge the result of `dnnt solve --json`, or weights, into the library; the entry, and what became better.
    ``certificate``: the folder of one, which is checked on so many ``cores``; ``auto``: the result is that of `auto` on
    one core. Raises InputError, NotVerified."""
    value, place = read_json(path)
    fields = value if isinstance(value, dict) else {}
    entry = library.of_hash(
        take_string(fields.get("instance_sha256"), place / "instance_sha256", "the instance's hash")
    )
    said = merge(library, entry, claims_of(fields, place, entry.make()), credit, certificate, cores, auto)
    return library.named(entry.name), said


def claims_of(fields: Mapping[str, Any], place: Place, instance: Instance) -> Claims:
    """What a result, or a file of weights, claims; its weights are evaluated. Raises InputError."""
    if fields.get("format") == "dnnt-weights":
        return _claims(weights_of(fields, place, instance), place, instance)
    given = fields.get("weights")
    weights = None if given is None else weights_of(given, place / "weights", instance)
    claims = _claims(weights, place, instance)
    with InputErrors(place):
        bound, threshold = (
            None if fields.get(key) is None else to_fraction(fields[key]) for key in ("bound", "threshold")
        )
    kind = (fields.get("certificate") or {}).get("kind", "none")
    return replace(
        claims,
        bound=bound or Fraction(0),
        excluded=threshold if fields.get("status") == "UNSATISFIABLE" else None,
        evidence=kind if kind in EVIDENCE else "word",
    )


def _claims(weights: Weights | None, place: Place, instance: Instance) -> Claims:
    if weights is None:
        return Claims()
    with InputErrors(place):
        check_allowed(instance.network, weights)
    return Claims(weights, evaluate(instance, weights).loss)


def merge(
    library: Library,
    entry: LibraryEntry,
    claims: Claims,
    credit: Credit,
    certificate: str | None = None,
    cores: int = 1,
    auto: bool = False,
) -> list[str]:
    """Merge claims about an entry into the library; what became better. Raises InputError, NotVerified."""
    record, said = entry.record, []
    packed = None
    if certificate is not None:
        claims, packed = _certified(claims, certificate, entry.make(), cores)
    _agree(entry, claims)
    if claims.loss is not None and (entry.loss is None or claims.loss < entry.loss):
        assert claims.weights is not None
        save_weights(claims.weights, str(library.solution(entry.name)))
        record = replace(record, loss=str(claims.loss), found=credit)
        said.append(f"loss {claims.loss}, before {entry.record.loss or 'none'}")
    record = _bounded(entry, record, claims, credit, said)
    after = replace(entry, record=record)
    if packed is not None and after.settled and record.evidence == "drup":
        small = len(packed) <= SMALL
        if small:
            write_bytes(library.certificate(entry.name), packed)
        if small and not record.stored:
            said.append(f"a certificate of {len(packed)} bytes")
        record = replace(record, stored=small or record.stored)
    if auto and _settles(entry, claims) and (record.auto is None or (credit.cpu or 0.0) < record.auto):
        record = replace(record, auto=credit.cpu)
        said.append(f"settled by auto in {credit.cpu} s")
    if record != entry.record:
        library.put(replace(entry, record=record))
    return said


def _agree(entry: LibraryEntry, claims: Claims) -> None:
    """Raises NotVerified where claims contradict the record, or what the construction tells."""
    losses = [loss for loss in (claims.loss, entry.loss) if loss is not None]
    least = min(losses, default=None)
    bound = max(claims.bound, Fraction(entry.record.bound))
    denied = [claims.excluded] if claims.excluded is not None else []
    if entry.record.infeasible and entry.threshold is not None:
        denied.append(entry.threshold)
    refuted = max(denied, default=None)
    wrong = least is not None and (least < bound or (refuted is not None and least <= refuted))
    answer = None if entry.known is None or entry.threshold is None else entry.known["answer"]
    wrong |= answer == "no" and least is not None and least <= (entry.threshold or 0)
    wrong |= answer == "yes" and refuted is not None and refuted >= (entry.threshold or 0)
    if wrong:
        raise NotVerified(
            f"{entry.name}: there is a loss of {least}, while no loss is said to be below {bound}"
            f"{'' if refuted is None else f', and none at most {refuted}'}"
            f"{'' if answer is None else f'; by its construction the answer is {answer}'}: one of these is wrong",
            {"instance_sha256": entry.sha256},
        )


def _settles(entry: LibraryEntry, claims: Claims) -> bool:
    """Whether claims settle the question without the record."""
    loss = None if claims.loss is None else str(claims.loss)
    alone = replace(entry, record=Record(loss, str(claims.bound), _excludes(entry, claims)))
    return alone.settled


def _excludes(entry: LibraryEntry, claims: Claims) -> bool:
    excluded, threshold = claims.excluded, entry.threshold
    return threshold is not None and (claims.bound > threshold or (excluded is not None and excluded >= threshold))


def _bounded(entry: LibraryEntry, record: Record, claims: Claims, credit: Credit, said: list[str]) -> Record:
    """The record with a better bound, or with stronger evidence for its answer."""
    better = claims.bound > Fraction(record.bound)
    infeasible = _excludes(entry, claims)
    after = replace(
        record,
        bound=str(max(claims.bound, Fraction(record.bound))),
        infeasible=record.infeasible or infeasible,
    )
    new = replace(entry, record=after)
    evidence = claims.evidence
    if new.settled and not after.infeasible and (entry.threshold is not None or new.loss == 0):
        evidence = "weights"
    answered = infeasible or (new.settled and not after.infeasible and (evidence == "weights" or _reaches(new, claims)))
    stronger = answered and _rank(evidence) < _rank(record.evidence if entry.settled else None)
    # Of a question that is settled nothing but stronger evidence is of use.
    if not (stronger or (better and not entry.settled)):
        return record
    if better:
        said.append(f"bound {claims.bound}, before {record.bound}")
    if infeasible and not record.infeasible:
        said.append("no loss is within the threshold")
    if entry.settled:
        said.append(f"evidence {evidence}, before {record.evidence}")
    return replace(after, evidence=evidence, proved=credit, command=command_of(entry.name, evidence, credit.solver))


def _reaches(entry: LibraryEntry, claims: Claims) -> bool:
    return entry.loss is not None and claims.bound >= entry.loss


def _rank(evidence: str | None) -> int:
    return len(EVIDENCE) if evidence is None else EVIDENCE.index(evidence)


def command_of(name: str, evidence: str, solver: str) -> str | None:
    """What makes the certificate of an entry again."""
    if evidence == "drup":
        return f"dnnt library make {name} -o {name}.json; dnnt solve {name}.json --certificate {name}.proof"
    if evidence == "exhaustive":
        return f"dnnt library make {name} -o {name}.json; dnnt solve {name}.json --backend {solver.split()[-1]}"
    return None


def _certified(claims: Claims, folder: str, instance: Instance, cores: int) -> tuple[Claims, bytes]:
    """The claims that a certificate shows, checked, and the certificate packed. Raises InputError."""
    found = replay(os.path.join(folder, MANIFEST), cores, instance)
    shown = Claims(found.weights, found.loss, evidence="drup")
    if found.status == "OPTIMUM FOUND" and found.loss is not None:
        shown = replace(shown, bound=found.loss)
    elif found.status == "UNSATISFIABLE":
        shown = replace(shown, excluded=found.threshold)
    better = claims.loss is not None and (shown.loss is None or claims.loss < shown.loss)
    if better:
        shown = replace(shown, weights=claims.weights, loss=claims.loss)
    return shown, pack_folder(folder)


def pack_folder(folder: str) -> bytes:
    """The files of a folder as a tar.xz, the same for the same files."""
    stream = BytesIO()
    with tarfile.open(fileobj=stream, mode="w:xz", format=tarfile.PAX_FORMAT) as archive:
        for path in sorted(Path(folder).iterdir()):
            data = path.read_bytes()
            member = tarfile.TarInfo(path.name)
            member.size = len(data)
            archive.addfile(member, BytesIO(data))
    return stream.getvalue()


def unpack_folder(path: Path, folder: str) -> None:
    """The inverse. Raises InputError for what is no certificate of the library."""
    try:
        with tarfile.open(path, mode="r:xz") as archive:
            for member in archive:
                stream = archive.extractfile(member)
                if stream is None or os.path.basename(member.name) != member.name:
                    raise InputError(f"found {member.name[:60]!r}; a certificate is a folder of files", str(path))
                Path(folder, member.name).write_bytes(stream.read())
    except (tarfile.TarError, lzma.LZMAError, OSError, EOFError) as error:
        raise InputError(f"this is no packed certificate: {error}", str(path)) from None
