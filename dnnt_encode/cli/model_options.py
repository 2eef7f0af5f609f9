"""The options that say which question a model file asks and how it is encoded."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import TYPE_CHECKING, Any, TypeVar

import click

from dnnt_encode.cli.options import Rational
from dnnt_encode.errors import InputErrors

if TYPE_CHECKING:
    from dnnt_encode.instance.instance import Instance
    from dnnt_encode.instance.stage import Stage

Command = TypeVar("Command", bound=Callable[..., Any])


def format_names() -> click.Choice[str]:
    """The formats of models, as a type of options."""
    from dnnt_encode.exchange.kinds import KINDS

    return click.Choice(list(KINDS))


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
        help="In CNF: how sums become clauses; auto chooses by size.",
    )(command)


def indicators_option(command: Command) -> Command:
    """--indicators."""
    text = "In MPS and LP: conditional rows as such, not by big numbers."
    return click.option("--indicators", is_flag=True, help=text)(command)


def objective_option(command: Command) -> Command:
    """--objective."""
    text = (
        "What is optimised, one after the other, as loss,nonzeros: loss first, then nonzeros, weight (both also with "
        "+biases), units, margin, margins."
    )
    return click.option("--objective", metavar="NAMES", help=text)(command)


def stage_options(command: Command) -> Command:
    """--objective and --limit, of a model for the last of several objectives."""
    text = "With --objective: the value that an objective between the loss and the last one must keep."
    return objective_option(click.option("--limit", "limits", metavar="NAME=VALUE", multiple=True, help=text)(command))


def wanted_stage(problem: Instance, objective: str | None, limits: tuple[str, ...]) -> Stage | None:
    """The stage that the options ask for; None where it is the loss alone. The list of an instance's own objectives
    says nothing here: one file asks for one of them."""
    from dnnt_encode.analysis.top import last_stage
    from dnnt_encode.instance.rationals import to_fraction
    from dnnt_encode.instance.stage import objectives_of

    pairs = [limit.partition("=")[::2] for limit in limits]
    with InputErrors("--objective"):
        objectives = objectives_of(["loss"] if objective is None else objective.split(","))
        return last_stage(problem, objectives, {name: to_fraction(value) for name, value in pairs})


def question_options(command: Command) -> Command:
    """--threshold and --minimize."""
    command = click.option("--minimize", is_flag=True, help="Minimise, whatever threshold the instance has.")(command)
    return click.option("--threshold", type=Rational(), help="Ask for a loss of at most this.")(command)


def wanted_threshold(problem: Instance, threshold: Fraction | None, minimize: bool) -> Fraction | None:
    """The threshold that the options ask for, None to minimise."""
    if threshold is not None and minimize:
        raise click.UsageError("--threshold and --minimize exclude each other")
    return threshold if threshold is not None or minimize else problem.threshold
