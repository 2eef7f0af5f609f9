"""Train each row on images drawn by several seeds, and count what is right among all other images."""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

import dnnt_encode

from ..side_by_side import DataMissing
from .rows import ROWS, Row, drawn, images, published_vote

PUBLISHED = {10: 68.4, 40: 81.8}
"""Accuracy in per cent of BeMi (arXiv 2212.03659) by the number of images of each digit."""


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ensembles", description=__doc__)
    parser.add_argument("--only", metavar="WORD", default="", help="rows whose name contains WORD")
    parser.add_argument("--images", type=int, default=10, metavar="K", help="of each digit (default 10)")
    parser.add_argument("--seeds", type=int, default=5, help="draws of the images (default 5)")
    parser.add_argument("--limit", type=float, default=8.0, metavar="S", help="seconds a member (default 8)")
    parser.add_argument("--threads", type=int, default=2, help="members side by side (default 2)")
    parser.add_argument("--rows", type=Path, metavar="FILE", help="JSON lines: what is there already is not run again")
    parser.add_argument("--draw", type=Path, metavar="FILE", help="draw the accuracies")
    options = parser.parse_args(arguments)
    known = read(options.rows)
    shown = []
    for row in (row for row in ROWS if options.only in row.name):
        found = []
        for seed in range(options.seeds):
            key = {"row": row.name, "images": options.images, "seed": seed, "limit": options.limit}
            done = next((each for each in known if key.items() <= each.items()), None)
            if done is None:
                try:
                    done = {**key, **measure(row, options.images, seed, options.limit, options.threads)}
                except DataMissing as missing:
                    print(f"skipped: {missing}")
                    return 0
                if options.rows is not None:
                    with options.rows.open("a", encoding="utf-8") as file:
                        file.write(json.dumps(done) + "\n")
            found.append(done)
        print(line(row.name, found), flush=True)
        shown.append((row.name, found))
    print(f"published {options.images} images: {PUBLISHED.get(options.images, '-')} %")
    if options.draw is not None:
        draw(shown, options.images, options.draw)
    return 0


def read(path: Path | None) -> list[dict[str, Any]]:
    if path is None or not path.exists():
        return []
    return [json.loads(text) for text in path.read_text(encoding="utf-8").splitlines()]


def measure(row: Row, each: int, seed: int, limit: float, threads: int) -> dict[str, Any]:
    """Train one row on one draw; a single network has the time of eight members. Raises DataMissing."""
    (x, y), (train, test) = images(), drawn(each, seed)
    instance = row.instance(x[train], y[train])
    begin = time.monotonic()
    result = dnnt_encode.solve(
        instance,
        strategy=row.strategy,
        objective=row.objective,
        time_limit=limit * -(-max(row.members, 8) // threads),
        threads=threads,
        seed=seed,
    )
    seconds, weights = time.monotonic() - begin, result.weights
    assert weights is not None
    runs = [member.result for member in result.members] or [result]
    right = weights.predict(x[test]) == y[test]
    content: dict[str, Any] = {
        "accuracy": float(right.mean()),
        "loss": str(result.loss),
        "proved": sum(run.status == "OPTIMUM FOUND" for run in runs),
        "fitted": sum(run.loss == 0 for run in runs),
        "member_seconds": max(run.seconds["total"] for run in runs),
        "seconds": seconds,
        "stages": [[[stage.objective, str(stage.value), str(stage.bound)] for stage in run.stages] for run in runs],
    }
    if weights.ensemble is not None and row.strategy == "one-vs-one":
        outputs = np.hstack([member.outputs(x[test]).numerators for member in weights.ensemble.members])
        chosen = published_vote(outputs)
        content["published_vote"] = float((chosen == y[test]).mean())
        content["without_class"] = float((chosen == -1).mean())
    return content


def line(name: str, found: Sequence[dict[str, Any]]) -> str:
    """One row of the table."""
    cells = [f"{name:<22}", _spread([each["accuracy"] for each in found])]
    votes = [each["published_vote"] for each in found if "published_vote" in each]
    cells.append(_spread(votes) if votes else f"{'-':>19}")
    cells.append(f"{statistics.mean(each['fitted'] for each in found):6.1f}")
    nonzeros = [float(run[-1][1]) for each in found for run in each["stages"] if run and run[-1][0] == "nonzeros"]
    cells.append(f"{statistics.mean(nonzeros):8.0f}" if nonzeros else f"{'-':>8}")
    cells.append(f"{max(each['member_seconds'] for each in found):7.1f}")
    return " ".join(cells)


def _spread(values: Sequence[float]) -> str:
    low, mean, high = (100 * each for each in (min(values), statistics.mean(values), max(values)))
    return f"{mean:5.1f} ({low:.1f}-{high:.1f})"


def draw(shown: Sequence[tuple[str, Sequence[dict[str, Any]]]], each: int, path: Path) -> None:
    """A point a draw, row by row, and what was published."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(6.4, 2.6))
    for position, (_, found) in enumerate(shown):
        values = [100 * one["accuracy"] for one in found]
        axes.plot(values, [position] * len(values), "o", color="tab:blue", alpha=0.6)
        axes.plot(statistics.mean(values), position, "|", color="black", markersize=22)
    if each in PUBLISHED:
        axes.axvline(PUBLISHED[each], linestyle="--", color="grey", label=f"published, {PUBLISHED[each]} %")
        axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), frameon=False)
    axes.set(xlabel=f"accuracy on the other images in per cent, {each} images of each digit")
    axes.set_yticks(range(len(shown)), [name for name, _ in shown])
    axes.invert_yaxis()
    axes.margins(y=0.2)
    figure.tight_layout()
    figure.savefig(path)
    pyplot.close(figure)


if __name__ == "__main__":
    sys.exit(main())
