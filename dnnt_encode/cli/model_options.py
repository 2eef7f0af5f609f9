"""The options that say which question a model file asks and how it is encoded."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import TYPE_CHECKING, Any, TypeVar

import click

from dnnt_encode.cli.options import Rational

if TYPE_CHECKING:
    from dnnt_encode.instance.instance import Instance
    from dnnt_encode.solving.exchange import Question
    from dnnt_encode.solving.linear_exchange import LinearQuestion

FORMATS = ("dimacs", "wcnf", "opb", "mps", "lp")
LINEAR = FORMATS[2:]

Command = TypeVar("Command", bound=Callable[..., Any])


def encoding_options(command: Command) -> Command:
    """--sum and --no-reductions."""
    command = click.option(
        "--no-reductions",
        is_flag=True,
        help="Encode without the steps that a certificate would have to trust, such as sorting equal units.",
    )(command)
    return click.option(
        "--sum",
        "sums",
        type=click.Choice(["auto", "order", "adder"]),
        default="auto",
        show_default=True,
        help="How sums become clauses; auto chooses by size.",
    )(command)


def question_options(command: Command) -> Command:
    """--threshold and --minimize."""
    command = click.option("--minimize", is_flag=True, help="Minimise, whatever threshold the instance has.")(command)
    return click.option("--threshold", type=Rational(), help="Ask for a loss of at most this.")(command)


def question(
    problem: Instance,
    kind: str | None,
    threshold: Fraction | None,
    minimize: bool,
    sums: str,
    no_reductions: bool,
    indicators: bool = False,
) -> Question | LinearQuestion:
    """What the options ask. Without a format: DIMACS where there is a threshold, WCNF where there is none."""
    from dnnt_encode.encoders.cnf import CnfOptions
    from dnnt_encode.solving.exchange import Question
    from dnnt_encode.solving.linear_exchange import LinearQuestion

    if threshold is not None and minimize:
        raise click.UsageError("--threshold and --minimize exclude each other")
    wanted = threshold if threshold is not None or minimize else problem.threshold
    chosen = kind or ("wcnf" if wanted is None else "dimacs")
    if chosen in LINEAR:
        if sums != "auto" or no_reductions:
            raise click.UsageError("--sum and --no-reductions are about CNF; this is a linear model")
        return LinearQuestion(chosen, wanted, indicators)  # type: ignore[arg-type]
    if indicators:
        raise click.UsageError("--indicators is about MPS and LP files")
    options = CnfOptions(sum=sums, reductions=not no_reductions)  # type: ignore[arg-type]
    return Question(chosen, wanted, options)  # type: ignore[arg-type]
