"""Models of a question, encoded once their size is known to fit."""

from __future__ import annotations

from fractions import Fraction

from dnnt_encode.analysis.view import View
from dnnt_encode.encoders.cnf import CnfOptions, cnf_size, encode_cnf
from dnnt_encode.encoders.linear import LinearOptions, encode_linear, linear_size
from dnnt_encode.errors import ModelTooLarge
from dnnt_encode.instance.instance import Instance
from dnnt_encode.models.cnf import CnfModel
from dnnt_encode.models.linear import LinearModel
from dnnt_encode.models.memory import check_fits, largest_fitting


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
    # Counting takes memory too: it ends where the formula is known not to fit.
    size = cnf_size(view, threshold=threshold, options=options, most_bytes=largest_fitting(factor))
    if most_clauses is not None and size.clauses > most_clauses:
        raise ModelTooLarge(f"the formula would have {size.clauses} clauses; the limit is {most_clauses}")
    more = "more than " if size.partly else ""
    what = f"the formula ({more}{size.variables} variables, {size.clauses} clauses, {size.literals} literals)"
    check_fits(int(size.bytes * factor), what, at_least=size.partly)
    return encode_cnf(view, threshold=threshold, options=options)


def fitting_linear(
    given: Instance | View, threshold: Fraction | None, options: LinearOptions, factor: float = 1.0
) -> LinearModel:
    """The linear model of a question. ``factor``: as above. Raises ModelTooLarge in the same way."""
    view = View.of(given)
    size = linear_size(view, threshold=threshold, options=options)
    about = "about " if size.estimated else ""
    what = f"the model ({about}{size.columns} columns, {size.rows} rows, {size.terms} terms)"
    check_fits(int(size.bytes * factor), what)
    return encode_linear(view, threshold=threshold, options=options)
