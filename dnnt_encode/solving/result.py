"""The result of a run, as Python and as JSON (``result.schema.json`` describes the latter)."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from importlib import resources
from typing import Any

from dnnt_encode._version import __version__
from dnnt_encode.instance.goal import Status
from dnnt_encode.instance.rationals import number_json
from dnnt_encode.instance.weights import Weights
from dnnt_encode.parsers.weights_json import weights_json
from dnnt_encode.proofs.certificate import CertificateKind

NO_BACKEND = "none"
"""In place of the backend of a run that had no turn."""

EXIT_CODES: dict[Status, int] = {"OPTIMUM FOUND": 30, "SATISFIABLE": 10, "UNSATISFIABLE": 20, "UNKNOWN": 0}


@dataclass(frozen=True)
class Certificate:
    """What stands behind a claim of optimality or infeasibility: ``drup`` (a checked proof of the CNF), ``exhaustive``
    (enumeration, a complete dynamic program, or a complete search of dictionaries), ``second_solver`` (an independent
    backend agrees; not a certificate), ``none``. ``detail`` says which, or why there is none."""

    kind: CertificateKind
    detail: str


@dataclass(frozen=True)
class TracePoint:
    """When the best loss or the bound changed, in seconds from the start."""

    seconds: float
    loss: Fraction | None
    bound: Fraction | None


@dataclass(frozen=True)
class StageResult:
    """How far one of several objectives was optimised. ``value``: that of the best weights when its stage ended, None
    where there were none; ``bound``: no weights that meet the stages before have a better one. ``status``: OPTIMUM
    FOUND where the two are equal, else as of a run; of a loss with a threshold, whether that is met."""

    objective: str
    value: Fraction | None
    bound: Fraction | None
    status: Status
    backend: str
    seconds: float

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "objective": self.objective,
            "value": _number(self.value),
            "bound": _number(self.bound),
            "status": self.status,
            "backend": self.backend,
            "seconds": round(self.seconds, 6),
        }


@dataclass(frozen=True, eq=False)
class Member:
    """One network of an ensemble: the names of the two ``classes`` it tells apart, and what its own run found."""

    classes: tuple[str, str]
    result: Result

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values; the weights are with those of the whole."""
        own = self.result.to_dict()
        return {"classes": list(self.classes), **{key: own[key] for key in own if key not in ("weights", "trace")}}


@dataclass(frozen=True, eq=False)
class Result:
    """What a run found. Losses, bound and threshold are in the instance's own units.

    ``status``: OPTIMUM FOUND where no threshold was asked and the bound equals the loss; SATISFIABLE where verified
    weights lie within the threshold, or, without one, where their optimality is not proved; UNSATISFIABLE where no loss
    lies within the threshold; UNKNOWN otherwise. ``weights`` are always verified. ``stopped`` says why the run ended
    before its end, None where it did not. ``seconds`` is by stage, with ``total``. ``stages``: where more than the loss
    was optimised, how far each objective; OPTIMUM FOUND then says that all are proved, and loss and bound are those of
    the loss. ``members``: of an ensemble, each of its networks; loss and bound are the sums of theirs, the threshold is
    asked of each, and the status is that of all: whatever is not proved of one is not proved. ``right``: how many
    samples, with multiplicities, the vote of the weights gives their own class.
    """

    status: Status
    loss: Fraction | None
    bound: Fraction | None
    threshold: Fraction | None
    weights: Weights | None
    certificate: Certificate
    backend: str
    backend_version: str | None
    encoding: dict[str, Any] | None
    seconds: dict[str, float]
    trace: tuple[TracePoint, ...]
    instance_sha256: str | None
    seed: int | None
    stopped: str | None = None
    stages: tuple[StageResult, ...] = ()
    members: tuple[Member, ...] = ()
    right: int | None = None
    dnnt_version: str = field(default=__version__)

    def __repr__(self) -> str:
        facts = {"loss": self.loss, "bound": self.bound, "threshold": self.threshold, "stopped": self.stopped}
        told = "".join(f", {name} {value}" for name, value in facts.items() if value is not None)
        return f"Result({self.status}{told}, {self.backend})"

    @property
    def verified(self) -> bool:
        """True where weights are given: nothing else is ever given."""
        return self.weights is not None

    @property
    def exit_code(self) -> int:
        """What the command line exits with."""
        return EXIT_CODES[self.status]

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values, as ``dnnt solve --json`` prints them."""
        return {
            "status": self.status,
            "loss": _number(self.loss),
            "bound": _number(self.bound),
            "threshold": _number(self.threshold),
            "verified": self.verified,
            "weights": None if self.weights is None else weights_json(self.weights),
            "certificate": {"kind": self.certificate.kind, "detail": self.certificate.detail},
            "backend": {"name": self.backend, "version": self.backend_version},
            "encoding": self.encoding,
            "seconds": {stage: round(seconds, 6) for stage, seconds in self.seconds.items()},
            "trace": [[round(p.seconds, 6), _number(p.loss), _number(p.bound)] for p in self.trace],
            "instance_sha256": self.instance_sha256,
            "seed": self.seed,
            "stopped": self.stopped,
            "dnnt_version": self.dnnt_version,
            **({"stages": [stage.to_dict() for stage in self.stages]} if self.stages else {}),
            **({"members": [each.to_dict() for each in self.members], "right": self.right} if self.members else {}),
        }


def result_schema() -> dict[str, Any]:
    """The JSON Schema of ``Result.to_dict()``."""
    text = resources.files("dnnt_encode.solving").joinpath("result.schema.json").read_text(encoding="utf-8")
    schema: dict[str, Any] = json.loads(text)
    return schema


def _number(value: Fraction | None) -> int | str | None:
    return None if value is None else number_json(value)


def together(results: Sequence[Result], seconds: float) -> dict[str, Any]:
    """What runs that make one answer took and used, as fields of its result; it took so many ``seconds`` in all."""
    stages = Counter[str]()
    for result in results:
        stages.update({name: spent for name, spent in result.seconds.items() if name != "total"})
    used = dict.fromkeys(name for result in results for name in result.backend.split("+") if name != NO_BACKEND)
    versions = dict.fromkeys(v for result in results for v in (result.backend_version or "").split("+") if v)
    return {
        "backend": "+".join(used) or NO_BACKEND,
        "backend_version": "+".join(versions) or None,
        "seconds": {**stages, "total": seconds},
    }
