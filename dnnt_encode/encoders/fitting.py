"""Models of a question, encoded where they are known to fit.

Small models are built at once, within a budget. Whoever passes it is counted first: so no memory is spent on a model
that would not fit, and none that is small is walked twice. An encoder is imported when it is used, as
hardly anybody needs both.
"""

from __future__ import annotations

import contextlib
from fractions import Fraction
from typing import TYPE_CHECKING

from dnnt_encode.analysis.view import View
from dnnt_encode.encoders.budget import Enough
from dnnt_encode.encoders.options import CnfOptions, LinearOptions
from dnnt_encode.errors import ModelTooLarge
from dnnt_encode.instance.instance import Instance
from dnnt_encode.models.memory import check_fits, largest_fitting

if TYPE_CHECKING:
    from dnnt_encode.models.cnf import CnfModel
    from dnnt_encode.models.linear import LinearModel

SMALL_BYTES = 2**26
"""Formulas of at most so many bytes, and linear models of about as many, are built without being counted."""

_TERM_BYTES = 48
"""Of a linear model, rows and columns included."""


def fitting_cnf(
    given: Instance | View,
    threshold: Fraction | None,
    options: CnfOptions,
    factor: float = 1.0,
    most_clauses: int | None = None,
) -> CnfModel:
    """The formula of a question. ``factor``: bytes in use at once for each byte of the encoder's arrays.

    Raises ModelTooLarge with its size where it would not fit in memory or has more than ``most_clauses``, before much
    of it is built."""
    from dnnt_encode.encoders.cnf import cnf_size, encode_cnf

    view, room = View.of(given), largest_fitting(factor)
    with contextlib.suppress(Enough):
        model = encode_cnf(view, threshold=threshold, options=options, most_bytes=_small(room))
        _check_clauses(model.clauses, most_clauses)
        return model
    # Counting takes memory too: it ends where the formula is known not to fit.
    size = cnf_size(view, threshold=threshold, options=options, most_bytes=room)
    _check_clauses(size.clauses, most_clauses)
    more = "more than " if size.partly else ""
    what = f"the formula ({more}{size.variables} variables, {size.clauses} clauses, {size.literals} literals)"
    check_fits(int(size.bytes * factor), what, at_least=size.partly)
    return encode_cnf(view, threshold=threshold, options=options)


def fitting_linear(
    given: Instance | View, threshold: Fraction | None, options: LinearOptions, factor: float = 1.0
) -> LinearModel:
    """The linear model of a question. ``factor``: as above. Raises ModelTooLarge in the same way."""
    from dnnt_encode.encoders.linear import begin_linear, encode_linear, linear_size

    view = View.of(given)
    most = _small(largest_fitting(factor)) // _TERM_BYTES
    model, whole = begin_linear(view, most, threshold=threshold, options=options)
    if whole:
        return model
    del model
    size = linear_size(view, threshold=threshold, options=options)
    about = "about " if size.estimated else ""
    what = f"the model ({about}{size.columns} columns, {size.rows} rows, {size.terms} terms)"
    check_fits(int(size.bytes * factor), what)
    return encode_linear(view, threshold=threshold, options=options)


def _small(room: int | None) -> int:
    return SMALL_BYTES if room is None else min(SMALL_BYTES, room)


def _check_clauses(clauses: int, most: int | None) -> None:
    if most is not None and clauses > most:
        raise ModelTooLarge(f"the formula would have {clauses} clauses; the limit is {most}")
