"""`dnnt solve`: find weights and verify them."""

from __future__ import annotations

import os
import sys
import threading
from fractions import Fraction
from typing import TYPE_CHECKING

import click

from dnnt_encode.cli import signals
from dnnt_encode.cli.delivery import deliver, write_evidence
from dnnt_encode.cli.files import check_files
from dnnt_encode.cli.main import STARTED
from dnnt_encode.cli.model_options import encoding_options, objective_option
from dnnt_encode.cli.options import BackendName, GapSize, InputName, OutputName, Rational, Seconds, Whole
from dnnt_encode.cli.progress import Reporter
from dnnt_encode.cli.standard_streams import tell
from dnnt_encode.errors import DnntError, NotVerified

if TYPE_CHECKING:
    from dnnt_encode.instance.goal import Gap
    from dnnt_encode.instance.instance import Instance
    from dnnt_encode.instance.strategies import EnsembleStrategy
    from dnnt_encode.solving.clock import Clock
    from dnnt_encode.solving.ledger import Progress
    from dnnt_encode.solving.result import Result


@click.command()
@click.argument("instance", type=InputName())
@click.option(
    "--backend", type=BackendName(), default="auto", show_default=True, help="The solver; `dnnt backends` lists them."
)
@click.option("--threshold", type=Rational(), help="Decide whether a loss of at most this exists.")
@click.option("--minimize", is_flag=True, help="Find the least loss, whatever threshold the instance has.")
@objective_option
@click.option("--start", type=InputName(), metavar="WEIGHTS", help="Weights to start from, of the same shape.")
@click.option("--gap", type=GapSize(), metavar="G", help="End with a loss at most G, or G% of it, above its bound.")
@click.option("--time-limit", type=Seconds(), help="Seconds of wall time, reading and encoding included.")
@click.option("--threads", type=Whole(1), help="Processor cores to use; all by default.")
@click.option("--seed", type=Whole(0), help="With one thread, the same seed gives the same answer.")
@click.option("--certify", is_flag=True, help="Back the proof of optimality or infeasibility by more than the solver.")
@click.option(
    "--proof", type=OutputName(), metavar="FILE", help="Write the proof of --certify here, and its formula to FILE.cnf."
)
@click.option(
    "--certificate",
    type=OutputName(),
    metavar="FOLDER",
    help="Write instance, weights, formulas and proofs into a new folder, for `dnnt check`.",
)
@click.option(
    "--journal", type=OutputName(), metavar="FILE", help="Keep what is found and proved in this file, as it comes."
)
@click.option(
    "--resume", type=OutputName(), metavar="FILE", help="Go on from the journal of an earlier run, and keep it further."
)
@click.option(
    "--executor",
    type=click.Choice(["local", "ray"]),
    default="local",
    show_default=True,
    help="Where solvers run: here, or on the ray cluster of RAY_ADDRESS.",
)
@click.option(
    "--strategy",
    type=click.Choice(["one-vs-one", "one-vs-rest", "none"]),
    help="Train an ensemble that votes: a network of one output for each pair of classes, or for each class; none is "
    "one network, whatever the instance says.",
)
@encoding_options
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON, and nothing else, on standard output.")
@click.option("-o", "--output", type=OutputName(), metavar="WEIGHTS", help="Write the weights to this file.")
@click.option("--self-contained", is_flag=True, help="Put into -o all that prediction needs.")
@click.option("-v", "--verbose", count=True, help="Tell the stages and their seconds; -vv also the solver's log.")
@click.option("-q", "--quiet", is_flag=True, help="No comments and no progress line.")
def solve(
    instance: str,
    backend: str,
    threshold: Fraction | None,
    minimize: bool,
    objective: str | None,
    start: str | None,
    gap: Gap | None,
    time_limit: float | None,
    threads: int | None,
    seed: int | None,
    certify: bool,
    proof: str | None,
    certificate: str | None,
    journal: str | None,
    resume: str | None,
    executor: str,
    strategy: str | None,
    sums: str,
    no_reductions: bool,
    as_json: bool,
    output: str | None,
    self_contained: bool,
    verbose: int,
    quiet: bool,
) -> int:
    """Find weights of least loss, or within a threshold, and verify them exactly.

    Exits with 30 OPTIMUM FOUND, 10 SATISFIABLE, 20 UNSATISFIABLE, 0 UNKNOWN. Ctrl-C, SIGTERM and SIGHUP deliver
    the best verified weights so far.
    """
    if threshold is not None and minimize:
        raise click.UsageError("--threshold and --minimize exclude each other")
    if self_contained and output is None:
        raise click.UsageError("--self-contained is about the file of -o; give one")
    if journal is not None and resume is not None:
        raise click.UsageError("a run that resumes a journal keeps it: --journal and --resume exclude each other")
    if quiet and verbose:
        raise click.UsageError("--quiet and --verbose exclude each other")
    if proof is not None and certificate is not None:
        raise click.UsageError("--certificate holds proofs already: --proof and --certificate exclude each other")
    if "-" in (proof, certificate, journal, resume):
        raise click.UsageError(
            "--proof, --certificate, --journal and --resume are about files, not about standard output"
        )
    check_files(
        {"INSTANCE": instance, "--start": start},
        {
            "-o": output,
            "--json" if as_json else "the weights": "-" if as_json or output is None else None,
            "--proof": proof,
            "the formula of --proof": None if proof is None else f"{proof}.cnf",
            "--journal": journal,
            "--resume": resume,
        },
    )

    if certificate is not None:
        folder = os.path.realpath(certificate)
        for label, path in {"-o": output, "--journal": journal, "--resume": resume}.items():
            if path is not None and os.path.dirname(os.path.realpath(path)) == folder:
                raise click.UsageError(f"--certificate is a folder of its own: put the file of {label} elsewhere")

    from dnnt_encode.parsers.instance_json import load_instance
    from dnnt_encode.parsers.weights_json import load_weights
    from dnnt_encode.solving.clock import Clock, OutOfTime
    from dnnt_encode.solving.request import UNSET, Request, wanted_objectives, wanted_strategy
    from dnnt_encode.solving.solve import answer

    to_stderr = as_json or output == "-"
    reporter = Reporter(sys.stderr if to_stderr else sys.stdout, quiet, silent=as_json and not verbose, verbose=verbose)
    clock = Clock(time_limit, STARTED)
    clock.stages["import"] = clock.seconds()
    problem: Instance | None = None
    try:
        with clock.alarm(), clock.stage("parse"):
            problem = load_instance(instance)
            first = None if start is None else load_weights(start)
    except (KeyboardInterrupt, OutOfTime) as reason:
        ended = "time limit" if isinstance(reason, OutOfTime) else "interrupted"
        result = nothing_found(problem, threshold, clock, backend, seed, ended)
    else:
        stop = threading.Event()

        def on_progress(progress: Progress) -> None:
            signals.polling = progress.stage in ("encode", "solve")
            reporter.progress(progress)

        request = Request(
            instance=problem,
            objectives=wanted_objectives(problem, objective),
            backend=backend,
            threshold=threshold if threshold is not None or minimize else problem.threshold,
            start=first,
            gap=gap,
            threads=threads,
            seed=seed,
            certify=certify,
            sum=sums,  # type: ignore[arg-type]  # one of the choices
            reductions=not no_reductions,
            proof=proof,
            certificate=certificate,
            journal=journal if resume is None else resume,
            resume=resume is not None,
            executor=executor,  # type: ignore[arg-type]  # one of the choices
            strategy=wanted_strategy(problem, UNSET if strategy is None else None if strategy == "none" else strategy),
            on_incumbent=reporter.incumbent,
            on_progress=on_progress,
            on_log=reporter.comment if verbose > 1 else None,
            stop=stop,
        )
        reporter.comment(describe(problem, request.strategy))
        try:
            with signals.graceful(stop):
                result = answer(request, clock)
        except NotVerified as error:
            raise DnntError(f"{error}; evidence: {write_evidence(error, output)}") from error
        finally:
            reporter.clear()
    if result.stopped is not None and result.stopped not in ("time limit", "interrupted", "gap"):
        tell(f"dnnt: warning: {result.stopped}; this is what was verified before")
    return deliver(result, reporter, output, self_contained, as_json)


def describe(problem: Instance, strategy: EnsembleStrategy | None = None) -> str:
    """One line on the instance."""
    from dnnt_encode.algorithms.brute_force import describe_count
    from dnnt_encode.instance.ensemble import class_names, member_network
    from dnnt_encode.instance.strategies import sides

    network = problem.network
    if strategy is not None:
        members, network = len(sides(strategy, class_names(problem))), member_network(network)
        what = f"{problem.name}: {strategy}, {members} members {network}, {problem.dataset.total} samples"
        return f"{what}, {problem.loss.name}, {network.free_parameters} free parameters each"
    what = f"{problem.name}: {network}, {problem.dataset.total} samples, {problem.loss.name}"
    if network.continuous:
        return f"{what}, {network.parameters} parameters in intervals"
    return f"{what}, {network.free_parameters} free parameters, {describe_count(network.search_space)} assignments"


def nothing_found(
    problem: Instance | None, threshold: Fraction | None, clock: Clock, backend: str, seed: int | None, ended: str
) -> Result:
    """The result of a run that ended while its files were read."""
    from dnnt_encode.solving.result import Certificate, Result

    return Result(
        status="UNKNOWN",
        loss=None,
        bound=None,
        threshold=threshold,
        weights=None,
        certificate=Certificate("none", "nothing was decided"),
        backend=backend,
        backend_version=None,
        encoding=None,
        seconds={**clock.stages, "total": clock.seconds()},
        trace=(),
        instance_sha256=None if problem is None else problem.sha256,
        seed=seed,
        stopped=ended,
    )
