"""What rows say: for each side how much it solved and how quickly, how sides compare, and where they contradict."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from dnnt_encode.bench.rows import FAILED, NOBODY, Row

TOO_SHORT = 1.0
"""Seconds below which both runs of a pair are starting times, and say nothing of their ratio."""

Standings = dict[str, dict[tuple[str, "int | None"], Row]]
"""By side, by instance and seed."""


def table_of(rows: Iterable[Row]) -> Standings:
    """The rows by side; a side's name tells its limit and threads where the rows have several. A side that heeds no
    seed has its one row for every seed of the others."""
    rows = [row for row in rows if row.side != NOBODY]
    limits, threads = ({getattr(row, name) for row in rows} for name in ("limit", "threads"))
    result: Standings = {}
    for row in rows:
        name = row.side
        name += f" {row.limit:g} s" if len(limits) > 1 else ""
        name += f" {row.threads} threads" if len(threads) > 1 else ""
        result.setdefault(name, {})[row.task, row.seed] = row
    seeds = {pair for found in result.values() for pair in found if pair[1] is not None}
    for found in result.values():
        for task in [task for task, seed in found if seed is None]:
            drawn = [pair for pair in seeds if pair[0] == task]
            if drawn:
                row = found.pop((task, None))
                found.update(dict.fromkeys(drawn, row))
    return result


def compared(first: Iterable[Row], second: Iterable[Row], names: tuple[str, str]) -> Standings:
    """The table of the same sides in two files of rows, each with its file's name."""
    return {
        f"{side} {name}": found
        for name, rows in zip(names, (first, second), strict=True)
        for side, found in table_of(rows).items()
    }


@dataclass(frozen=True)
class Versus:
    """A side beside another one, on what both ran. ``cpu``: the geometric mean of its CPU seconds over the other's,
    where both solve; ``seconds``: likewise of wall time, where either solves, an open run counted as its limit; both
    leave out what either does at once, None where nothing is left. ``gained``, ``lost``: instances that one solves."""

    cpu: float | None
    seconds: float | None
    gained: tuple[str, ...]
    lost: tuple[str, ...]


def versus(table: Standings, side: str, other: str) -> Versus:
    pairs = [(row, table[other][task]) for task, row in table[side].items() if task in table[other]]
    both = [(a.cpu, b.cpu) for a, b in pairs if a.solved and b.solved]
    either = [(a.counted, b.counted) for a, b in pairs if a.solved or b.solved]
    return Versus(
        _mean_ratio(both),
        _mean_ratio(either),
        tuple(a.instance for a, b in pairs if a.solved and not b.solved),
        tuple(b.instance for a, b in pairs if b.solved and not a.solved),
    )


def _mean_ratio(pairs: Sequence[tuple[float, float]]) -> float | None:
    logs = [math.log(max(a, 0.1) / max(b, 0.1)) for a, b in pairs if max(a, b) >= TOO_SHORT]
    return math.exp(math.fsum(logs) / len(logs)) if logs else None


def wins(table: Standings) -> dict[str, int]:
    """How often each side is alone the best: it solves in the fewest seconds, or, where nobody solves, has the least
    loss."""
    result = dict.fromkeys(table, 0)
    for task in dict.fromkeys(task for found in table.values() for task in found):
        ranks = {side: _rank(found[task]) for side, found in table.items() if task in found}
        best = min(ranks.values())
        first = [side for side, rank in ranks.items() if rank == best]
        if len(first) == 1 and len(ranks) > 1:
            result[first[0]] += 1
    return result


def _rank(row: Row) -> tuple[int, Fraction, float]:
    loss = row.number("loss")
    if row.solved:
        return 0, Fraction(0), row.seconds
    return (2, Fraction(0), 0.0) if loss is None else (1, loss, 0.0)


def contradictions(rows: Iterable[Row]) -> list[str]:
    """The instances where what one run proves excludes what another one found: then one of them is wrong."""
    tasks: dict[str, list[Row]] = {}
    for row in rows:
        tasks.setdefault(row.task, []).append(row)
    return [found[0].instance for found in tasks.values() if _contradicts(found)]


def _contradicts(rows: Sequence[Row]) -> bool:
    losses = [loss for row in rows if (loss := row.number("loss")) is not None]
    bounds = [bound for row in rows if (bound := row.number("bound")) is not None]
    denied = [most for row in rows if row.status == "UNSATISFIABLE" and (most := row.number("threshold")) is not None]
    if not losses:
        return False
    return max(bounds, default=min(losses)) > min(losses) or max(denied, default=min(losses) - 1) >= min(losses)


def summary(table: Standings) -> list[str]:
    """One line a side; ratios are to the first one."""
    if not table:
        return ["no runs"]
    first, won = next(iter(table)), wins(table)
    lines = [("side", "runs", "solved", "proved", "failed", "PAR-2 s", "CPU s", "CPU ratio", "s ratio", "wins")]
    for side, found in table.items():
        rows, against = list(found.values()), versus(table, side, first)
        lines.append(
            (
                side,
                str(len(rows)),
                str(sum(row.solved for row in rows)),
                str(sum(row.proved for row in rows)),
                str(sum(row.status == FAILED for row in rows)),
                f"{math.fsum(row.par2 for row in rows) / len(rows):.1f}",
                f"{math.fsum(row.cpu for row in rows):.1f}",
                "" if side == first else _ratio(against.cpu),
                "" if side == first else _ratio(against.seconds),
                str(won[side]),
            )
        )
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return [
        "  ".join(
            [line[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(line[1:], widths[1:], strict=True))]
        )
        for line in lines
    ]


def differences(table: Standings, pairs: Iterable[tuple[str, str]]) -> list[str]:
    """One line for each pair of sides: the ratios, and which instances one of them alone solves."""
    lines = []
    for side, other in pairs:
        found = versus(table, side, other)
        lines.append(
            f"{side} / {other}: mean CPU ratio where both solve {_ratio(found.cpu)}; of seconds where either does "
            f"(open: the limit) {_ratio(found.seconds)}; gained: {', '.join(found.gained) or 'none'}; "
            f"lost: {', '.join(found.lost) or 'none'}"
        )
    return lines


def _ratio(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def header(names: Sequence[str]) -> str:
    """The head of ``line``."""
    return f"{'instance':<34}" + "".join(f"{name + ' s':>12}{'cpu':>8}{'loss':>8}{'bound':>8}" for name in names)


def line(instance: str, rows: Sequence[Row]) -> str:
    """One instance, all sides beside each other."""
    cells = "".join(
        f"{f'{row.seconds:.1f}' if row.solved else 'open':>12}{row.cpu:>8.1f}{row.loss or '-':>8}{row.bound or '-':>8}"
        for row in rows
    )
    failed = [f"{row.side}: {row.error}" for row in rows if row.error is not None]
    return f"{instance:<34}{cells}{'  ' + '; '.join(failed) if failed else ''}"


def best_of(name: str, rows: Sequence[Row]) -> Row:
    """The best of several runs, as the row of one side."""
    return replace(min(rows, key=_rank), side=name)
