"""`dnnt decode`: what a foreign solver found, verified."""

from __future__ import annotations

import os
import sys
from fractions import Fraction
from typing import TYPE_CHECKING

import click

from dnnt_encode.cli.delivery import deliver, write_evidence
from dnnt_encode.cli.files import check_files
from dnnt_encode.cli.model_options import (
    encoding_options,
    format_names,
    indicators_option,
    question_options,
    stage_options,
    wanted_stage,
    wanted_threshold,
)
from dnnt_encode.cli.options import InputName, OutputName
from dnnt_encode.cli.progress import Reporter
from dnnt_encode.errors import DnntError, NotVerified

if TYPE_CHECKING:
    from dnnt_encode.families.family import SourceSolution
    from dnnt_encode.instance.instance import Instance
    from dnnt_encode.solving.result import Result


@click.command()
@click.argument("instance", type=InputName())
@click.option(
    "--solution",
    type=InputName(),
    metavar="FILE",
    required=True,
    help="What the solver wrote, or a folder of such files.",
)
@click.option(
    "--model",
    type=InputName(),
    metavar="FILE",
    help="The exported model, or folder of cubes; without it the instance is encoded again.",
)
@click.option("-o", "--output", type=OutputName(), metavar="WEIGHTS", help="Write the weights to this file.")
@click.option("--self-contained", is_flag=True, help="Put into -o all that prediction needs.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON, and nothing else, on standard output.")
@click.option("--format", "kind", type=format_names(), help="Without --model: the format of the export.")
@click.option("--source", is_flag=True, help="Print what the weights of a generated instance stand for.")
@question_options
@stage_options
@encoding_options
@indicators_option
def decode(
    instance: str,
    solution: str,
    model: str | None,
    output: str | None,
    self_contained: bool,
    as_json: bool,
    kind: str | None,
    source: bool,
    threshold: Fraction | None,
    minimize: bool,
    objective: str | None,
    limits: tuple[str, ...],
    sums: str,
    indicators: bool,
    no_reductions: bool,
) -> int:
    """Read the answer of a solver back into weights of INSTANCE and verify it exactly.

    The model is made again and the solution checked against all of it: what is of another model is refused. Without
    --model, give the options of the export again: the same options make the same model. Exits with 10 SATISFIABLE, 20
    UNSATISFIABLE, 30 OPTIMUM FOUND, 0 UNKNOWN, by what the file proves, once verified.

    The answers to cubes are in a folder, cube-7.out to cube 7 and part-2.out to the iCNF file of part 2, and --model is
    the folder that `dnnt export --cubes` wrote.
    """
    folders = [os.path.isdir(solution), model is not None and os.path.isdir(model)]
    if any(folders) and not all(folders):
        raise click.UsageError(
            "the answers to cubes are in a folder, and --model is the folder of the cubes: give both"
        )
    if model is not None and (
        kind
        or threshold is not None
        or minimize
        or objective
        or limits
        or sums != "auto"
        or indicators
        or no_reductions
    ):
        raise click.UsageError("with --model, the question and its encoding are in the file")
    check_files(
        {"INSTANCE": instance} if all(folders) else {"INSTANCE": instance, "--solution": solution, "--model": model},
        {"-o": output, "--json" if as_json else "the weights": "-" if as_json or output is None else None},
    )
    from dnnt_encode.exchange.decode import read_bytes
    from dnnt_encode.exchange.kinds import kind_of_solution
    from dnnt_encode.exchange.question import Question
    from dnnt_encode.formats.streams import stream_name
    from dnnt_encode.parsers.instance_json import load_instance
    from dnnt_encode.solving.decoded import decoded, decoded_folder

    problem = load_instance(instance)
    found = b"" if all(folders) else read_bytes(solution)
    asked: Question | str
    if model is not None:
        asked = model
    else:
        wanted = wanted_threshold(problem, threshold, minimize)
        chosen = kind or kind_of_solution(found, wanted is None or objective is not None)
        stage = wanted_stage(problem, objective, limits)
        asked = Question(chosen, wanted, sums, not no_reductions, indicators, stage=stage)  # type: ignore[arg-type]
    try:
        if model is not None and all(folders):
            result = decoded_folder(problem, solution, model)
        else:
            result = decoded(problem, found, stream_name(solution), asked)
    except NotVerified as error:
        raise DnntError(f"{error}; evidence: {write_evidence(error, output)}") from error
    meaning = source_solution(problem, result) if source else None
    reporter = Reporter(sys.stderr if as_json or output == "-" else sys.stdout, silent=as_json)
    if meaning is not None:
        for line in meaning.lines:
            reporter.comment(line)
    more = {"source": meaning.value if meaning else None} if source else {}
    return deliver(result, reporter, output, self_contained, as_json, more)


def source_solution(problem: Instance, result: Result) -> SourceSolution | None:
    """What verified weights stand for in the source problem that the instance records; None without an answer."""
    from dnnt_encode.families.catalogue import solution_of

    if result.weights is None or (
        result.threshold is not None and result.loss is not None and result.loss > result.threshold
    ):
        return None
    return solution_of(problem, result.weights)
