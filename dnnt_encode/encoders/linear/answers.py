"""Constraints on behaviour in a linear model: a literal for an answer, and a row for every condition.

A literal implies that the output of its class beats each other one, equal outputs going to the lower class; with one
output class 1 is what is above 0. Of the classes of an input one is answered.
"""

from __future__ import annotations

from functools import partial

import numpy as np

from dnnt_encode.analysis.answers import Asked
from dnnt_encode.analysis.unrolled import LayerBounds
from dnnt_encode.encoders.linear.residuals import OutputSide
from dnnt_encode.encoders.linear.signals import Needs, Sum
from dnnt_encode.encoders.linear.sink import RowBlock, RowSink
from dnnt_encode.errors import ModelTooLarge
from dnnt_encode.instance.rationals import INT64_SAFE, max_abs
from dnnt_encode.models.linear import MINUS_INFINITY, PLUS_INFINITY

LABEL = "constraints"


def answer_needs(asked: Asked, needs: Needs) -> Needs:
    """What is needed of the outputs [inputs, outputs], both sides of those that conditions are about beside it."""
    read = np.zeros_like(needs.under)
    read[asked.inputs] = True
    return needs | Needs(read, read)


def encode_answers(sink: RowSink, asked: Asked, bounds: LayerBounds, output: OutputSide) -> None:
    """``bounds`` are those of the output layer on all inputs, ``output`` its expressions. Raises ModelTooLarge where a
    sum may pass 2^62."""
    u = np.arange(len(asked.inputs))
    columns = np.stack(
        [
            sink.columns("answer", np.column_stack([u, np.full_like(u, asked.first + k)]), 0, 1)
            for k in range(asked.width)
        ],
        axis=1,
    )
    outputs = bounds.out_lower.shape[1]
    for own in range(max(2, outputs)):
        literal = columns[:, own - asked.first] + 1 if own >= asked.first else -(columns[:, 0] + 1)
        if outputs == 1:
            _beats(sink, asked.inputs, literal, own, None, bounds, output)
            continue
        for other in range(outputs):
            if other != own:
                _beats(sink, asked.inputs, literal, own, other, bounds, output)
    if asked.width > 1:
        _rows(sink, columns, np.ones_like(columns), 1, 1)
    flat = columns.reshape(-1)
    for terms, coefficients, upper in asked.by_length():
        reach = np.abs(coefficients.astype(object)).sum(axis=1)
        if max(max_abs(reach), max_abs(upper)) >= INT64_SAFE:
            raise ModelTooLarge("a constraint: its sum passes 2^62, more than a linear model carries")
        _rows(sink, flat[terms], coefficients, MINUS_INFINITY, upper)


def _beats(
    sink: RowSink,
    inputs: np.ndarray,
    literal: np.ndarray,
    own: int,
    other: int | None,
    bounds: LayerBounds,
    output: OutputSide,
) -> None:
    """literal => the output of the class ``own`` exceeds that of the class ``other``, or equals it where that is the
    higher class; of one output (``other`` None) the same of it and 0, class 0."""
    low, high = bounds.out_lower[inputs], bounds.out_upper[inputs]
    if other is None:
        least = 1 if own else 0
        lower = low[:, 0] if own else -high[:, 0]
    else:
        least = int(other < own)
        lower = low[:, own] - high[:, other]
    open_ = np.flatnonzero(lower < least)
    rows = inputs[open_]
    total: Sum
    if other is None:
        total = output(0, rows, "under") if own else output(0, rows, "over").times(-1)
    else:
        total = output(own, rows, "under").minus(output(other, rows, "over"))
    block = RowBlock(total.columns, total.coefficients, least - total.constant, PLUS_INFINITY, literal[open_][:, None])
    sink.rows(LABEL, len(rows), total.width, partial(_same, block))


def _rows(sink: RowSink, columns: np.ndarray, coefficients: np.ndarray, lower: int, upper: int | np.ndarray) -> None:
    block = RowBlock(columns, coefficients, lower, upper)
    sink.rows(LABEL, len(columns), columns.shape[1], partial(_same, block))


def _same(block: RowBlock) -> RowBlock:
    return block
