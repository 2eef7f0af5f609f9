"""What a model file asks, and how it is encoded: the same question gives the same file."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from fractions import Fraction
from typing import Any

from dnnt_encode.encoders.options import SumEncoding
from dnnt_encode.errors import InputError, InputErrors
from dnnt_encode.exchange.kinds import KINDS, FileKind
from dnnt_encode.instance.instance import Instance
from dnnt_encode.instance.rationals import to_fraction
from dnnt_encode.instance.stage import Stage


@dataclass(frozen=True)
class Scope:
    """What a question is about: number ``part`` (from 0) of the ``split`` of that name of the reduced instance, the
    whole where that is None; of its formula what the literals of ``cube`` leave."""

    split: str | None = None
    part: int = 0
    cube: tuple[int, ...] = ()


@dataclass(frozen=True)
class Question:
    """``kind``: the format, ``dimacs``, ``wcnf``, ``opb``, ``mps`` or ``lp``. ``threshold``: a number in the instance's
    units, None to minimise. ``sum``: how sums become clauses. ``reductions`` False: no step that a certificate would
    have to trust. ``indicators``: conditional rows as such, not by big numbers. ``scope``: which part is asked about,
    None for the whole. ``stage``: what is optimised in place of the loss, which is at most the threshold then. Raises
    InputError for what the format cannot ask.

    >>> Question("dimacs", "1/2").threshold
    Fraction(1, 2)
    """

    kind: str
    threshold: Fraction | None = None
    sum: SumEncoding = "auto"
    reductions: bool = True
    indicators: bool = False
    scope: Scope | None = None
    stage: Stage | None = None

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise InputError(f"found the format {self.kind!r}; known are {', '.join(KINDS)}")
        if self.threshold is not None:
            with InputErrors("threshold"):
                object.__setattr__(self, "threshold", to_fraction(self.threshold))
        row = self.row
        if self.stage is not None and (not row.minimises or self.threshold is None):
            raise InputError(
                f"the objective {self.stage.objective} is asked for under a threshold of the loss, in a file that can "
                "ask for an optimum; give --threshold G, and --format wcnf, opb, mps or lp"
            )
        if not row.minimises and self.threshold is None:
            raise InputError(
                f"a {row.name} file asks for a loss of at most a threshold, and there is none: give --threshold G, or "
                "--format wcnf to minimise"
            )
        for option, is_set in (("sum", self.sum != "auto"), ("indicators", self.indicators)):
            if is_set and option not in row.options:
                heeded = ", ".join(kind.name for kind in KINDS.values() if option in kind.options)
                raise InputError(f"--{option} says nothing about a {row.name} file; it is about {heeded}")

    def of(self, scope: Scope) -> Question:
        """The same question about a part."""
        return replace(self, scope=scope)

    @property
    def at_most(self) -> Fraction | None:
        """The threshold of a question that asks for nothing beyond it."""
        return self.threshold if self.stage is None else None

    def about(self, instance: Instance) -> Instance:
        """The instance with what the question asks of it."""
        asked = instance.with_threshold(self.threshold)
        return asked if self.stage is None else replace(asked, stage=self.stage)

    @property
    def row(self) -> FileKind:
        """The row of the question's kind."""
        return KINDS[self.kind]

    @property
    def options(self) -> dict[str, Any]:
        """How the question is encoded, as plain values: those of its options that say something here."""
        chosen = {"reductions", *self.row.options}
        return {name: value for name, value in asdict(self).items() if name in chosen}
