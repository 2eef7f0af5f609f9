"""The table: one line an instance, then how many optima each side proved and the geometric mean of the ratios."""

import math
from dataclasses import dataclass

from .run import Outcome

# Where both sides need less than this many seconds, the ratio is that of starting times.
TOO_SHORT = 2.0


@dataclass(frozen=True)
class Row:
    name: str
    textbook: Outcome
    ours: Outcome

    @property
    def counts(self) -> bool:
        """Whether the row says something about speed: one side has a proof, and one side took its time."""
        proved = self.textbook.proved or self.ours.proved
        return proved and max(self.textbook.seconds, self.ours.seconds) >= TOO_SHORT

    @property
    def ratio(self) -> float:
        return self.textbook.seconds / self.ours.seconds

    @property
    def contradiction(self) -> bool:
        """Whether one side's bound is above the other's loss: then one of them is wrong."""
        losses = [outcome.loss for outcome in (self.textbook, self.ours) if outcome.loss is not None]
        return bool(losses) and max(self.textbook.bound, self.ours.bound) > min(losses)


HEADER = (
    f"{'instance':<20}{'textbook s':>11}{'loss':>6}{'bound':>6}{'workers':>8}{'ours s':>9}{'loss':>6}{'bound':>6}"
    f"{'ratio':>8}"
)


def line(row: Row) -> str:
    textbook, ours = row.textbook, row.ours
    return (
        f"{row.name:<20}{_seconds(textbook):>11}{_loss(textbook):>6}{textbook.bound:>6}{textbook.workers or '-':>8}"
        f"{_seconds(ours):>9}{_loss(ours):>6}{ours.bound:>6}{_ratio(row):>8}"
    )


def summary(rows: list[Row]) -> list[str]:
    counted = [row for row in rows if row.counts]
    textbook, ours = sum(row.textbook.proved for row in rows), sum(row.ours.proved for row in rows)
    lines = [f"proved optimal: textbook {textbook}, ours {ours}, of {len(rows)}"]
    if counted:
        lines.append(f"geometric mean ratio over {len(counted)} instances: {geometric_mean(counted):.2f}")
    return [*lines, "open is counted as the limit; a row in brackets is left out of the mean"]


def geometric_mean(rows: list[Row]) -> float:
    return math.exp(math.fsum(math.log(row.ratio) for row in rows) / len(rows))


def _seconds(outcome: Outcome) -> str:
    return f"{outcome.seconds:.2f}" if outcome.proved else "open"


def _loss(outcome: Outcome) -> str:
    return "-" if outcome.loss is None else str(outcome.loss)


def _ratio(row: Row) -> str:
    return f"{row.ratio:.2f}" if row.counts else f"({row.ratio:.2f})"
