"""A score card: what one output of a network without hidden layers says, in points that anybody can add up."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from dnnt_encode.parsers.encodings import feature_names
from dnnt_encode.parsers.numbers import fraction_text


@dataclass(frozen=True)
class CardLine:
    """``points`` where something holds, or, with ``each``, for each unit of a quantity, called ``name``."""

    points: Fraction
    name: str
    each: bool


@dataclass(frozen=True)
class ScoreCard:
    """``positive`` where the points are more than ``above``, else ``negative``; ``whole``: points add up to whole
    numbers whatever the features are; ``note``: how well that does."""

    lines: tuple[CardLine, ...]
    above: Fraction
    positive: str
    negative: str
    whole: bool
    note: str = ""

    def __str__(self) -> str:
        points = [("+" if line.points > 0 else "") + fraction_text(line.points) for line in self.lines]
        width = max(map(len, points), default=0)
        rows = [
            f"{number:>{width}}  {'for each unit of' if line.each else 'if'} {line.name}"
            for number, line in zip(points, self.lines, strict=True)
        ]
        total = f"{math.floor(self.above) + 1} or more" if self.whole else f"more than {fraction_text(self.above)}"
        rows.append(f"{self.positive} if the points add up to {total}, else {self.negative}")
        if self.note:
            rows.append(self.note)
        return "\n".join(rows)


def score_card(
    record: dict[str, Any], weights: Sequence[Fraction], bias: Fraction, names: tuple[str, str], note: str = ""
) -> ScoreCard:
    """The card of weights of the inputs that a record of features describes; ``names`` of the class for outputs of at
    most 0 and of the other one. Those of most points come first."""
    lines: list[CardLine] = []
    above, exact = -bias, False
    rest = iter(weights)
    for item in record["columns"]:
        each = item["encode"] in ("none", "quantile")
        for name in feature_names(item):
            weight = next(rest)
            if item["encode"] == "median":
                # The input is -1 or +1: nothing or twice the points, from a lower level.
                above, weight = above + weight, 2 * weight
            if weight:
                exact |= item["encode"] == "none"
                lines.append(CardLine(weight, _quantity(item, name), each))
    lines.sort(key=lambda line: -abs(line.points))
    whole = all(line.points.denominator == 1 for line in lines) and not exact
    return ScoreCard(tuple(lines), above, names[1], names[0], whole, note)


def _quantity(item: dict[str, Any], name: str) -> str:
    if item["encode"] != "quantile":
        return name
    cuts = ", ".join(fraction_text(Fraction(cut)) for cut in item["cuts"])
    return f"the cuts {cuts} that {name} is above" if len(item["cuts"]) > 1 else f"{name}>{cuts}"
