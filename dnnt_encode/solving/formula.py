"""The CNF of a question, encoded once it is known to fit."""

from __future__ import annotations

from fractions import Fraction

from dnnt_encode.analysis.view import View
from dnnt_encode.encoders.cnf import CnfOptions, cnf_size, encode_cnf
from dnnt_encode.errors import ModelTooLarge
from dnnt_encode.instance.instance import Instance
from dnnt_encode.models.cnf import CnfModel
from dnnt_encode.solving.memory import check_fits


def fitting_cnf(
    given: Instance | View,
    threshold: Fraction | None,
    options: CnfOptions,
    factor: float = 1.0,
    most_clauses: int | None = None,
) -> CnfModel:
    """The formula of a question. ``factor``: bytes in use at once for each byte of the encoder's arrays.

    Raises ModelTooLarge with its size where it would not fit in memory or has more than ``most_clauses``, before any
    clause is built."""
    view = View.of(given)
    size = cnf_size(view, threshold=threshold, options=options)
    if most_clauses is not None and size.clauses > most_clauses:
        raise ModelTooLarge(f"the formula would have {size.clauses} clauses; the limit is {most_clauses}")
    what = f"the formula ({size.variables} variables, {size.clauses} clauses, {size.literals} literals)"
    check_fits(int(size.bytes * factor), what)
    return encode_cnf(view, threshold=threshold, options=options)
