"""The table: what each side proved and what it cost, then how the others compare with `ours`."""

import math
from collections.abc import Sequence

from .sides import Outcome, number

TOO_SHORT = 1.0
"""CPU seconds below which both sides are starting times, and say nothing."""


def header(names: Sequence[str]) -> str:
    return f"{'instance':<34}" + "".join(f"{name + ' s':>12}{'cpu':>8}{'loss':>7}{'bound':>7}" for name in names)


def line(instance: str, outcomes: Sequence[Outcome]) -> str:
    cells = "".join(
        f"{f'{each.seconds:.1f}' if each.proved else 'open':>12}{each.cpu:>8.1f}"
        f"{each.loss or '-':>7}{each.bound or '-':>7}"
        for each in outcomes
    )
    failed = [each.status for each in outcomes if each.status.startswith("FAILED")]
    return f"{instance:<34}{cells}{'  ' + '; '.join(failed) if failed else ''}"


def contradicts(outcomes: Sequence[Outcome]) -> bool:
    """Whether the bound of one side is above the loss of another."""
    losses = [loss for each in outcomes if (loss := number(each.loss)) is not None]
    bounds = [bound for each in outcomes if (bound := number(each.bound)) is not None]
    return bool(losses) and bool(bounds) and max(bounds) > min(losses)


def ratio(pairs: Sequence[tuple[Outcome, Outcome]]) -> float | None:
    """The geometric mean of our CPU seconds over those of another, where either takes its time."""
    counted = [(ours.cpu, other.cpu) for ours, other in pairs if max(ours.cpu, other.cpu) >= TOO_SHORT]
    logs = [math.log(max(ours, 0.1) / max(other, 0.1)) for ours, other in counted]
    return math.exp(math.fsum(logs) / len(logs)) if logs else None


def summary(rows: dict[str, dict[str, Outcome]]) -> list[str]:
    """`rows`: by instance, by side."""
    names = list(dict.fromkeys(side for outcomes in rows.values() for side in outcomes))
    lines = []
    for name in names:
        there = [outcomes[name] for outcomes in rows.values() if name in outcomes]
        lines.append(f"{name}: {sum(each.proved for each in there)} of {len(there)} proved")
    for name in (name for name in names if name != "ours" and "ours" in names):
        pairs = [(row["ours"], row[name]) for row in rows.values() if "ours" in row and name in row]
        both = ratio([pair for pair in pairs if pair[0].proved and pair[1].proved])
        lost = [ours.instance for ours, other in pairs if other.proved and not ours.proved]
        mean = "-" if both is None else f"{both:.2f}"
        lines.append(f"ours / {name}: mean CPU ratio where both prove {mean}; lost: {', '.join(lost) or 'none'}")
    return lines
