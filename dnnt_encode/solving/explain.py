"""Why no network fits: samples that already cannot be fitted together within the threshold.

Losses are never negative, so what some samples cost at least, all cost. Beginning with none, samples are added that the
weights of the last run get most wrong, until nothing fits those that there are: a core. It is made irreducible by
deletion: a sample without which the others still cannot be fitted goes, and each that stays has weights that show why.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np

from dnnt_encode.errors import InputError
from dnnt_encode.instance.evaluate import evaluate
from dnnt_encode.instance.instance import Instance
from dnnt_encode.instance.stage import ONLY_LOSS
from dnnt_encode.solving.clock import Clock
from dnnt_encode.solving.request import UNSET, Request, wanted_seconds, wanted_threshold
from dnnt_encode.solving.result import Result
from dnnt_encode.solving.solve import answer


@dataclass(frozen=True, eq=False)
class Explanation:
    """``rows``: the samples of a core, from 0, in order; None where there is none (``fits``: the weights of ``result``
    fit all samples within the threshold), or none was found. ``minimal``: whether each sample was shown to be needed.
    ``result``: that of the run on the core, else of the last run. ``instance``: the core as an instance of its own."""

    rows: tuple[int, ...] | None
    minimal: bool
    fits: bool
    result: Result
    instance: Instance | None

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        rows = None if self.rows is None else list(self.rows)
        return {"rows": rows, "minimal": self.minimal, "fits": self.fits, "result": self.result.to_dict()}


def explain(
    instance: Instance,
    *,
    threshold: Any = UNSET,
    minimal: bool = False,
    backend: str = "auto",
    time_limit: float | None = None,
    threads: int | None = None,
    seed: int | None = None,
    certify: bool = False,
) -> Explanation:
    """A core of the samples that no weights fit within the threshold, by default the instance's own; where all can be
    fitted, the weights. ``minimal``: an irreducible one; where time ends before, the smallest so far, and ``minimal``
    is False. ``certify``: back the proof of the core. Else as in ``solve``.

    Raises InputError where there is no threshold, or there are constraints, and as ``solve`` does.

    >>> line = Instance.from_arrays([[0], [1], [2], [3]], [0, 1, 0, 0], hidden=[], threshold=0)
    >>> explain(line, minimal=True).rows
    (0, 1)
    """
    clock, most = Clock(wanted_seconds(time_limit)), wanted_threshold(instance, threshold)
    if most is None:
        raise InputError("what is explained is that nothing fits within a threshold, and there is none: give one")

    if instance.constraints:
        raise InputError("a core is of samples alone; this instance has constraints, which are about other inputs too")

    def run(rows: np.ndarray, certify: bool = False) -> Result:
        part = _part(instance, rows, most)
        asked = Request(part, backend, most, ONLY_LOSS, threads=threads, seed=seed, certify=certify)
        return answer(asked, Clock(clock.limit, clock.started))

    inside = np.arange(instance.dataset.samples) == 0
    result = run(np.flatnonzero(inside))
    while result.status != "UNSATISFIABLE":
        evaluated = None if result.weights is None else evaluate(instance, result.weights)
        if evaluated is None or result.status != "SATISFIABLE" or evaluated.loss <= most:
            fits = evaluated is not None and evaluated.loss <= most
            return Explanation(None, False, fits, result, None)
        wrong = evaluated.sample_losses.numerators.astype(object) * instance.dataset.multiplicity
        inside[int(np.where(inside, -1, wrong).argmax())] = True
        result = run(np.flatnonzero(inside))
    rows, shown = np.flatnonzero(inside), False
    if minimal:
        rows, shown, result = _irreducible(rows, result, run)
    if certify:
        backed = run(rows, certify=True)
        result = backed if backed.status == "UNSATISFIABLE" else result
    return Explanation(tuple(rows.tolist()), shown, False, result, _part(instance, rows, most))


def _irreducible(
    rows: np.ndarray, result: Result, run: Callable[[np.ndarray], Result]
) -> tuple[np.ndarray, bool, Result]:
    """What is left after all samples that are not needed are gone, whether that was shown of all, and the run on it."""
    for row in rows.tolist() if len(rows) > 1 else ():
        rest = rows[rows != row]
        found = run(rest) if len(rest) else None
        if found is not None and found.status == "UNSATISFIABLE":
            rows, result = rest, found
        elif found is not None and found.status != "SATISFIABLE":
            return rows, False, result
    return rows, True, result


def _part(instance: Instance, rows: np.ndarray, most: Fraction) -> Instance:
    return replace(instance, dataset=instance.dataset.take(rows), threshold=most, source=None)
