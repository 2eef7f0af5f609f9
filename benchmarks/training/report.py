"""What the runs came to: a table, JSON lines and curves."""

import json
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .baselines import Baseline
from .rows import Row
from .runner import Incumbent


@dataclass(frozen=True, eq=False)
class Measured:
    """One row: the incumbents of every seed, scikit-learn's results, and the test accuracies of the seeds' answers
    (None where there are no test rows). `wrong` counts incumbents whose loss is not the exact evaluator's."""

    row: Row
    marks: tuple[float, ...]
    runs: list[list[Incumbent]]
    baselines: dict[str, Baseline]
    accuracies: list[float] | None
    wrong: int

    def loss(self, mark: float) -> float:
        """The median over the seeds of the loss after some seconds; infinite where there is none yet."""
        return statistics.median(at(run, mark) for run in self.runs)

    @property
    def goals(self) -> dict[float, float]:
        """The loss to reach by mark: the row's own goals, and the linear model's from 10 seconds on."""
        result = {mark: goal for mark, goal in self.row.goals.items() if mark in self.marks}
        linear = self.baselines.get("linear")
        if self.row.beats is not None and linear is not None:
            for mark in self.marks:
                if mark >= 10:
                    result[mark] = min(result.get(mark, float("inf")), self.row.beats * linear.loss)
        return result

    @property
    def reached(self) -> dict[float, bool]:
        return {mark: self.loss(mark) <= goal for mark, goal in self.goals.items()}


def at(run: Sequence[Incumbent], mark: float) -> float:
    """The loss of a run after some seconds."""
    return min((float(incumbent.loss) for incumbent in run if incumbent.seconds <= mark), default=float("inf"))


def header(marks: Sequence[float]) -> str:
    cells = [f"{'row':<20}", *(f"{f'{mark:g} s':>10}" for mark in marks), f"{'goal':>10}", f"{'':<4}"]
    return "".join([*cells, *(f"{name:>10}" for name in ("linear", "network", "rounded")), f"{'test':>7}{'linear':>8}"])


def line(measured: Measured) -> str:
    """The median losses, the goal of the last mark that has one, and what scikit-learn reaches."""
    cells = [f"{measured.row.name:<20}", *(f"{_number(measured.loss(mark)):>10}" for mark in measured.marks)]
    goals, reached = measured.goals, measured.reached
    if goals:
        last = max(goals)
        cells += [f"{_number(goals[last]):>10}", f"{' ok' if all(reached.values()) else ' NO':<4}"]
    else:
        cells += [f"{'-':>10}", f"{'':<4}"]
    for name in ("linear", "network", "rounded"):
        found = measured.baselines.get(name)
        cells.append(f"{'-' if found is None else _number(found.loss):>10}")
    linear = measured.baselines.get("linear")
    tests = [
        None if measured.accuracies is None else statistics.median(measured.accuracies),
        None if linear is None else linear.accuracy,
    ]
    cells += [f"{'-' if test is None else f'{100 * test:.1f}':>{7 + k}}" for k, test in enumerate(tests)]
    return "".join(cells)


def record(measured: Measured) -> str:
    """One JSON line."""
    content: dict[str, Any] = {
        "row": measured.row.name,
        "losses": {f"{mark:g}": [at(run, mark) for run in measured.runs] for mark in measured.marks},
        "goals": {f"{mark:g}": goal for mark, goal in measured.goals.items()},
        "reached": {f"{mark:g}": reached for mark, reached in measured.reached.items()},
        "baselines": {name: vars(found) for name, found in measured.baselines.items()},
        "test": measured.accuracies,
        "incumbents": sum(map(len, measured.runs)),
        "wrong": measured.wrong,
        "curves": [[(round(i.seconds, 3), float(i.loss)) for i in run] for run in measured.runs],
    }
    return json.dumps(content)


def draw(measured: Measured, folder: Path) -> None:
    """A curve a seed, loss over seconds, with what scikit-learn reaches."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(6, 4))
    for number, run in enumerate(measured.runs):
        seconds = [max(incumbent.seconds, 0.01) for incumbent in run]
        axes.step([*seconds, measured.marks[-1]], [*(float(i.loss) for i in run), at(run, measured.marks[-1])],
                  where="post", label=f"seed {number}")  # fmt: skip
    for (name, found), style in zip(measured.baselines.items(), ("--", ":", "-."), strict=False):
        axes.axhline(found.loss, linestyle=style, color="grey", label=name)
    axes.set(xscale="log", xlabel="seconds", ylabel=measured.row.loss, title=measured.row.name)
    if all(i.loss > 0 for run in measured.runs for i in run):
        axes.set_yscale("log")
    axes.legend()
    figure.tight_layout()
    folder.mkdir(parents=True, exist_ok=True)
    figure.savefig(folder / f"{measured.row.name.replace(' ', '-')}.png", dpi=120)
    pyplot.close(figure)


def _number(value: float) -> str:
    return f"{value:.0f}" if value < 10**7 else f"{value:.3g}"
