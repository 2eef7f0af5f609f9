"""Solving an instance: reduce it, plan who takes part, run the plan, say what is known and what stands behind it."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from dnnt_encode.encoders.options import SumEncoding
from dnnt_encode.errors import InputError, ModelTooLarge
from dnnt_encode.instance.instance import Instance
from dnnt_encode.instance.strategies import EnsembleStrategy
from dnnt_encode.instance.weights import Weights
from dnnt_encode.parsers.outputs import new_folder
from dnnt_encode.reduce import STEPS, separate_outputs
from dnnt_encode.reduce.reduced import Chain, Contradiction
from dnnt_encode.reduce.reduced import chain as apply_steps
from dnnt_encode.solving.certify import certificate as certificate_of
from dnnt_encode.solving.clock import Clock, OutOfTime
from dnnt_encode.solving.delivery import delivered
from dnnt_encode.solving.evidence import Evidence
from dnnt_encode.solving.executors import Executor, Local
from dnnt_encode.solving.feasible import from_feasible
from dnnt_encode.solving.journal import Journal, Remembered, read_journal
from dnnt_encode.solving.ledger import Incumbent, Ledger, Progress
from dnnt_encode.solving.members import in_members
from dnnt_encode.solving.options import check_options
from dnnt_encode.solving.plan import Plan, planned, planned_stage
from dnnt_encode.solving.policy import POLICY, Policy
from dnnt_encode.solving.request import (
    UNSET,
    ExecutorName,
    Request,
    Unset,
    wanted_gap,
    wanted_objectives,
    wanted_seconds,
    wanted_strategy,
    wanted_threshold,
)
from dnnt_encode.solving.result import Result
from dnnt_encode.solving.run import Run
from dnnt_encode.solving.separate import Searched, Separately
from dnnt_encode.solving.stages import in_stages
from dnnt_encode.solving.start import first_guesses, start_weights
from dnnt_encode.solving.tree import Tree


def solve(
    instance: Instance,
    *,
    backend: str = "auto",
    threshold: Any = UNSET,
    objective: str | Sequence[str] | None = None,
    start: Weights | None = None,
    time_limit: float | None = None,
    gap: Any = None,
    threads: int | None = None,
    seed: int | None = None,
    certify: bool = False,
    sum: SumEncoding = "auto",
    reductions: bool = True,
    proof: str | None = None,
    certificate: str | None = None,
    journal: str | None = None,
    resume: str | None = None,
    executor: ExecutorName = "local",
    strategy: EnsembleStrategy | Unset | None = UNSET,
    on_incumbent: Callable[[Incumbent], object] | None = None,
    on_progress: Callable[[Progress], object] | None = None,
    log: Callable[[str], object] | None = None,
    stop: threading.Event | None = None,
) -> Result:
    """Find weights within the threshold, or of least loss where there is none, and verify them.

    ``threshold``: a number, None to minimise, by default the instance's own. ``objective``: what is optimised, one
    after the other, as "loss,nonzeros" (see ``instance.objectives``), by default the instance's own. ``start``: weights
    of the same shape; values that are not allowed are replaced by the nearest allowed ones. ``time_limit``: seconds of
    wall time for everything. ``gap``: be content with a loss that is so near to its bound, a number in the units of the
    loss, or "5%" of the loss. ``threads``: processor cores; one means one worker, and the same seed the same answer.
    ``certify``: back the proof of optimality or infeasibility by more than the solver's word; ``proof``: a file for the
    DRUP proof of it, with its formula in FILE.cnf; ``certificate``: a new folder for a certificate that `dnnt check`
    replays. ``sum`` ("auto", "order", "adder"): how sums become clauses. ``reductions`` False: no step is taken that a
    certificate would have to trust. ``journal``: a file that keeps what is found and proved as it comes; ``resume``:
    one from which an earlier run of the same question goes on, and that is kept further. ``executor``: "ray" has the
    work done on a ray cluster, with all its cores. ``strategy``: "one-vs-one" or "one-vs-rest" trains an ensemble of
    networks of one output, each by itself, and their weights vote (see ``instance.ensemble``); every argument but the
    time limit and the threads is then about each of them. None is for one network; by default it is the
    instance's own. ``on_incumbent`` is called with each better verified Incumbent, ``on_progress`` with a Progress a
    few times a second, ``log`` with the lines of the solvers' logs. Setting ``stop``, or Ctrl-C, ends the run with the
    best verified answer so far.

    Raises InputError, ModelTooLarge, BackendError, NotVerified (all DnntError).

    >>> xor = Instance.from_arrays([[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0], hidden=[2], margin="1/2")
    >>> solve(xor, threads=1).status
    'OPTIMUM FOUND'
    """
    if journal is not None and resume is not None:
        raise InputError("a run that resumes a journal keeps it; give one of the two")
    clock = Clock(wanted_seconds(time_limit))
    request = Request(
        instance=instance,
        backend=backend,
        threshold=wanted_threshold(instance, threshold),
        objectives=wanted_objectives(instance, objective),
        start=start,
        gap=wanted_gap(gap),
        threads=threads,
        seed=seed,
        certify=certify,
        sum=sum,
        reductions=reductions,
        proof=proof,
        certificate=certificate,
        journal=journal if resume is None else resume,
        resume=resume is not None,
        executor=executor,
        strategy=wanted_strategy(instance, strategy),
        on_incumbent=on_incumbent,
        on_progress=on_progress,
        on_log=log,
        stop=stop if stop is not None else threading.Event(),
    )
    return answer(request, clock)


def answer(
    request: Request,
    clock: Clock,
    policy: Policy = POLICY,
    executor: Executor | None = None,
    plan: Plan | None = None,
) -> Result:
    """``solve`` on a clock that may have started earlier; with another policy, executor or plan than the usual ones."""
    if executor is None and request.executor == "ray":
        from dnnt_encode.solving.remote import Remote
        from dnnt_encode.solving.with_ray import RayCluster

        with contextlib.closing(RayCluster()) as cluster:
            placed = replace(request, places=cluster.cores)
            return _divided(placed, clock, policy, lambda: Remote(cluster), plan)
    return _divided(request, clock, policy, lambda: executor, plan)


def _divided(
    request: Request, clock: Clock, policy: Policy, executor: Callable[[], Executor | None], plan: Plan | None
) -> Result:
    """Members and stages are runs of their own, each with an executor of its own."""
    if request.strategy is not None:
        return in_members(
            request, request.strategy, clock, lambda part, share: _divided(part, share, policy, executor, plan)
        )
    if len(request.objectives) > 1:
        return in_stages(request, clock, lambda part, share: _divided(part, share, policy, executor, plan))
    return from_feasible(request, clock, lambda part, share: _answered(part, share, policy, executor(), plan))


def _answered(request: Request, clock: Clock, policy: Policy, executor: Executor | None, plan: Plan | None) -> Result:
    """One run."""
    if request.instance.network.continuous:
        from dnnt_encode.encoders.continuous import check_continuous

        check_continuous(request.instance)
    if request.certificate is not None:
        new_folder(request.certificate)
    known = Remembered()
    if request.journal is not None and request.resume:
        known = read_journal(request.journal, request.instance, request.goal)
    kept = None
    if request.journal is not None:
        kept = Journal(request.journal, request.instance, request.goal, resumed=request.resume)
    with contextlib.ExitStack() as stack:
        if kept is not None:
            stack.enter_context(contextlib.closing(kept))
        found = _searched(request, clock, policy, executor, plan, known, kept)
        ledger = found.ledger
        certified = certificate_of(request, clock, ledger, found.used, found.tree)
        result = delivered(request, ledger, found.used, certified, found.sizes, found.stopped)
    if kept is not None and kept.failed is not None and request.on_log is not None:
        request.on_log(f"the journal could not be written further: {kept.failed}")
    return result


def _searched(
    request: Request,
    clock: Clock,
    policy: Policy,
    executor: Executor | None,
    plan: Plan | None,
    known: Remembered,
    journal: Journal | None,
) -> Searched:
    ledger = Ledger(
        request.instance, request.goal, clock, request.on_incumbent, request.on_progress, journal, request.gap
    )
    found = Searched(ledger)
    run: Run | Separately | None = None
    try:
        ledger.progress("start")
        with clock.alarm(), clock.stage("start"):
            chain = reduced(request)
            tree = Tree(chain, request.goal, merges=request.reductions, facts=known.facts)
            found.tree = tree
            view = tree.nodes[0].view
            if request.instance.stage is not None:
                chosen = planned_stage(request.backend, view, tree.goal(0), request.cores, policy)
            else:
                chosen = plan or planned(request.backend, view, tree.goal(0), request.cores, policy)
            check_options(request, chosen)
            _begin(request, ledger, chosen, policy, known)
            _recall(ledger, tree, chain.contradiction)
            # A certificate is of one formula, and a plan of one instance.
            apart = request.reductions and not request.certify and plan is None
            separation = separate_outputs(tree.nodes[0].view.instance) if apart else None
        if request.stop.is_set():
            found.stopped = "interrupted"
        elif separation is not None:

            def search(part: Request, clock: Clock) -> Searched:
                return _searched(part, clock, policy, executor, None, Remembered(), None)

            run = Separately(separation, tree, ledger, request, clock, search)
            run.go()
        else:
            run = Run(chosen, tree, ledger, executor or Local(), request, clock)
            run.go()
    except KeyboardInterrupt:
        found.stopped = "interrupted"
    except OutOfTime:
        found.stopped = "time limit"
    except MemoryError as error:
        raise ModelTooLarge("out of memory; use fewer samples, units or parameter values") from error
    if run is not None:
        # Where reductions have settled it, no part had a turn.
        found.used, found.sizes, found.stopped = run.used or [chosen.main], run.sizes, found.stopped or run.stopped
    return found


def reduced(request: Request) -> Chain:
    """The instance with its question, reduced by the steps that the request allows."""
    instance, steps = request.instance, STEPS if request.reductions else ()
    if instance.stage is not None:
        return apply_steps(instance, steps, instance.stage.objectives)
    return apply_steps(instance.with_threshold(request.threshold), steps)


def _begin(request: Request, ledger: Ledger, plan: Plan, policy: Policy, known: Remembered) -> None:
    """Offer the weights to start from, and the best of the first guesses, or, where time ends before, of those that
    were made."""
    if request.start is not None:
        ledger.offer(start_weights(request.instance, request.start))
    if known.weights is not None:
        ledger.offer(known.weights)
    if plan.main.capabilities.model == "instance" or request.instance.stage is not None:
        return
    guess: Weights | None = None
    try:
        size = request.instance.dataset.samples * request.instance.network.parameters
        for better in first_guesses(request.instance, min(policy.guesses, policy.guesses_work // size)):
            guess = better
    finally:
        if guess is not None:
            ledger.offer(guess)


def _recall(ledger: Ledger, tree: Tree, contradiction: Contradiction | None) -> None:
    """What reductions and a journal have shown of the tree holds for the run. Raises NotVerified where verified weights
    refute it."""
    if contradiction is not None:
        ledger.note(tree.refute(0, Evidence("counted", contradiction.note)))
    ledger.raise_bound(*tree.bound())
    refuted = tree.refutation()
    if refuted is not None:
        ledger.refute(refuted)
