"""What stands behind a lower bound, as a record."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

EvidenceKind = Literal["trivial", "counted", "exhaustive", "exact", "floating"]

KINDS: tuple[EvidenceKind, ...] = ("floating", "exact", "counted", "trivial", "exhaustive")
"""From the one that asks for the most faith to the one that asks for none."""


@dataclass(frozen=True)
class Evidence:
    """``trivial``: no loss is below 0. ``counted``: equal inputs with different targets. ``exhaustive``: everything was
    looked at, as ``detail`` says. ``exact``: the word of a solver that computes with integers; ``floating``: of one
    that does not. ``by``: who says so; ``steps``: the notes of the reductions that are trusted beside it."""

    kind: EvidenceKind
    by: str = ""
    detail: str = ""
    steps: tuple[str, ...] = ()

    @property
    def strength(self) -> int:
        """The greater, the less has to be believed."""
        return KINDS.index(self.kind)


TRIVIAL = Evidence("trivial", "no loss is below 0")
COUNTED = "equal inputs with different targets"
"""Who proves a bound that no solver is needed for."""


def together(parts: list[Evidence]) -> Evidence:
    """What a claim is worth that needs all of several: the weakest of them, with the word of everybody whose word is no
    better, and the steps that any of them trusts."""
    least = min(parts, key=lambda part: part.strength)
    equals = [part for part in parts if part.strength == least.strength]
    by, detail = (dict.fromkeys(words) for words in zip(*((part.by, part.detail) for part in equals), strict=True))
    steps = dict.fromkeys(step for part in parts for step in part.steps)
    return Evidence(least.kind, " and ".join(by), "; ".join(filter(None, detail)), tuple(steps))
