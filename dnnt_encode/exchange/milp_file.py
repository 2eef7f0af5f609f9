"""A mixed-integer program in an MPS, LP or OPB file: what is the same whether its columns are integers or reals."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from dnnt_encode.errors import InputError
from dnnt_encode.exchange.model_file import ModelFile
from dnnt_encode.models.milp import AT_LEAST, AT_MOST, MilpModel, row_sums

INTEGER_TOLERANCE, ROW_TOLERANCE = 1e-5, 1e-6
"""What solvers let pass: on an integer column, and on a row (or bound) in proportion to its right-hand side."""


class MilpFile(ModelFile):
    """``milp``: the program in the file."""

    milp: MilpModel

    def write(self, comments: Iterable[str] = ()) -> Iterator[bytes]:
        return self.kind.write(self.milp, comments)

    def names(self) -> list[str]:
        return self.milp.names()

    def objective(self, values: np.ndarray) -> float:
        if not (values != np.rint(values)).any():
            return int(self.milp.cost @ values.astype(np.int64))
        return float(self.milp.cost @ values)

    def objective_slack(self, printed: np.ndarray) -> float:
        return float(np.abs(self.milp.cost) @ (printed + INTEGER_TOLERANCE))

    def bound(self, claimed: float, exact: bool) -> int:
        return int(claimed) + self.offset if exact else self.milp.bound(claimed)

    def check_bounds(self, values: np.ndarray, printed: np.ndarray) -> None:
        """Raises InputError for values outside their bounds, tolerances allowed for."""
        model = self.milp
        ends = np.maximum(np.abs(model.lower), np.abs(model.upper))
        slack = printed + INTEGER_TOLERANCE + ROW_TOLERANCE * ends
        wrong = np.flatnonzero((values < model.lower - slack) | (values > model.upper + slack))
        if len(wrong):
            column = int(wrong[0])
            raise InputError(
                f"found {values[column]:.15g} for the column {self.names()[column]}, which lies between "
                f"{model.lower[column]} and {model.upper[column]}"
            )

    def check_rows(self, values: np.ndarray, printed: np.ndarray) -> None:
        """Raises InputError for values that break a row, tolerances allowed for."""
        model = self.milp
        terms = model.row_coefficients.astype(np.float64)
        activity = row_sums(terms * values[model.row_columns], model.row_start)
        slack = row_sums(np.abs(terms) * (printed + INTEGER_TOLERANCE)[model.row_columns], model.row_start)
        rhs = model.row_rhs.astype(np.float64)
        slack = slack + ROW_TOLERANCE * np.maximum(1.0, np.abs(rhs))
        wrong = ((model.row_sense != AT_MOST) & (activity < rhs - slack)) | (
            (model.row_sense != AT_LEAST) & (activity > rhs + slack)
        )
        bound = np.flatnonzero(model.indicator)
        literal = model.indicator[bound]
        wrong[bound] &= np.rint(values[np.abs(literal) - 1]) == (literal > 0)
        rows = np.flatnonzero(wrong)
        if len(rows):
            row = int(rows[0])
            sense = {AT_LEAST: "at least", AT_MOST: "at most"}.get(int(model.row_sense[row]), "exactly")
            raise InputError(
                f"found values at which the row r{row + 1} is {activity[row]:.15g}; it has to be {sense} "
                f"{model.row_rhs[row]}"
            )

    def _arrays(self) -> Iterator[np.ndarray]:
        model = self.milp
        yield from (model.lower, model.upper, model.integer, model.cost, model.row_start, model.row_columns)
        yield from (model.row_coefficients, model.row_sense, model.row_rhs, model.indicator)
        yield from (np.array([group.prefix.encode(), str(group.start).encode()]) for group in model.column_groups)
        yield from (group.labels.astype(np.int64) for group in model.column_groups)
