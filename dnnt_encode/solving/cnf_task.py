"""The CNF of a question, encoded once it is known to fit."""

from __future__ import annotations

from fractions import Fraction

from dnnt_encode.backends.protocol import Backend, CnfTask
from dnnt_encode.encoders.cnf import CnfOptions, cnf_size, encode_cnf
from dnnt_encode.errors import ModelTooLarge, NotVerified
from dnnt_encode.instance.instance import Instance
from dnnt_encode.instance.weights import Weights
from dnnt_encode.models.cnf import CnfModel
from dnnt_encode.solving.memory import check_fits
from dnnt_encode.solving.request import Request
from dnnt_encode.solving.start import hint


def cnf_options(request: Request, minimise: bool) -> CnfOptions:
    """What a request tells the encoder. Whoever minimises also needs the loss as a sum that can be bounded."""
    return CnfOptions(sum=request.sum, reductions=request.reductions, objective="sum" if minimise else "soft")


def fitting_cnf(
    instance: Instance,
    threshold: Fraction | None,
    options: CnfOptions,
    factor: float = 1.0,
    most_clauses: int | None = None,
) -> CnfModel:
    """The formula of a question. ``factor``: bytes in use at once for each byte of the encoder's arrays.

    Raises ModelTooLarge with its size where it would not fit in memory or has more than ``most_clauses``, before any
    clause is built."""
    size = cnf_size(instance, threshold=threshold, options=options)
    if most_clauses is not None and size.clauses > most_clauses:
        raise ModelTooLarge(f"the formula would have {size.clauses} clauses; the limit is {most_clauses}")
    what = f"the formula ({size.variables} variables, {size.clauses} clauses, {size.literals} literals)"
    check_fits(int(size.bytes * factor), what)
    return encode_cnf(instance, threshold=threshold, options=options)


def cnf_task(
    request: Request,
    backend: Backend,
    threads: int,
    best: Weights | None,
    loss: Fraction | None,
    most_clauses: int | None = None,
) -> CnfTask:
    """The task of a request. ``best``: the best weights so far, of the given loss; solvers try their values first.
    Raises ModelTooLarge: see ``fitting_cnf``."""
    instance, threshold = request.instance, request.threshold
    factor = backend.memory(10**6, threads) / 10**6
    model = fitting_cnf(instance, threshold, cnf_options(request, threshold is None), factor, most_clauses)
    literals = None if best is None else hint(instance, model, best)
    if loss is None or threshold is not None:
        return CnfTask(model, literals)
    upper = loss / model.loss_unit
    if upper.denominator != 1:
        raise NotVerified(f"the loss {loss} is no multiple of the unit {model.loss_unit}", {})
    return CnfTask(model, literals, int(upper))


def describe_cnf(model: CnfModel) -> dict[str, object]:
    """Sizes for the result."""
    return {
        "kind": "cnf",
        "variables": model.variables,
        "clauses": model.clauses,
        "literals": model.literals,
        "bytes": model.bytes,
    }
