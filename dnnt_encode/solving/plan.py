"""Who takes part in a run: the backends that race, when each enters, and what comes where one has nothing to say."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from dnnt_encode.algorithms.brute_force import DEFAULT_LIMIT, estimated_operations
from dnnt_encode.algorithms.dynamic_program import DEFAULT_BYTES
from dnnt_encode.algorithms.dynamic_program import estimated as estimated_states
from dnnt_encode.algorithms.one_layer.engine import takes
from dnnt_encode.algorithms.one_layer.lightest import takes_stage
from dnnt_encode.analysis.view import View
from dnnt_encode.backends import registry
from dnnt_encode.backends.protocol import Backend, Team
from dnnt_encode.errors import BackendError, InputError, ModelTooLarge
from dnnt_encode.instance.goal import Goal
from dnnt_encode.instance.stage import LOSS, Objective
from dnnt_encode.reduce.cubes import cubes
from dnnt_encode.reduce.patterns import output_patterns
from dnnt_encode.reduce.reduced import Split
from dnnt_encode.reduce.truth_tables import truth_tables
from dnnt_encode.solving.policy import Policy
from dnnt_encode.solving.rotation import Deeper, Rotation
from dnnt_encode.solving.schedule import Entrant, Race, Scheduler, Together

RIVAL = "sat:glucose42"
"""What joins CP-SAT: it descends from the best weights so far, while CP-SAT works on the bound."""


@dataclass(frozen=True, eq=False)
class Plan:
    """``rounds``: each begins where the one before has ended without an answer. ``fallback``: what is tried where every
    model was too large."""

    rounds: tuple[Scheduler, ...]
    fallback: Callable[[], Backend | None] = field(default=lambda: None)

    @property
    def main(self) -> Backend:
        """Who speaks for the run where nobody has found anything."""
        return next(entrant.backend for race in self.rounds for entrant in race.entrants if not entrant.helper)


def planned(name: str, view: View, goal: Goal, threads: int, policy: Policy) -> Plan:
    """The plan for a backend's name. Raises BackendError where it is unknown or not installed."""
    if view.instance.constraints:
        return planned_stage(name, view, goal, threads, policy)
    if name == registry.AUTO:
        return _automatic(view, goal, threads, policy)
    return Plan(_helped(_team(registry.backend(name, view.instance), goal, threads), view, goal, threads, policy))


def check_stages(name: str, objectives: Sequence[Objective], constrained: bool = False) -> None:
    """Raises BackendError where a backend is unknown or not installed, InputError where it does not know objectives,
    or constraints."""
    if name == registry.AUTO:
        return
    can = registry.backend(name).capabilities
    wrong = next((each for each in objectives if each.name not in can.objectives), None)
    if wrong is not None:
        names = ", ".join(sorted(can.objectives))
        raise InputError(
            f"the backend {name} does not know the objective {wrong}; it knows {names}; solvers and brute know all"
        )
    if constrained and not can.constraints:
        raise InputError(f"the backend {name} does not know constraints; solvers and brute do")


def planned_stage(name: str, view: View, goal: Goal, threads: int, policy: Policy) -> Plan:
    """The plan for a later stage, or for an instance that has constraints. Raises as above."""
    small, stage = view.instance.network.search_space <= DEFAULT_LIMIT, view.instance.stage
    objectives, constrained = (LOSS,) if stage is None else stage.all, bool(view.instance.constraints)
    if name != registry.AUTO:
        check_stages(name, objectives, constrained)
        return Plan((Race(*_team(registry.backend(name), goal, threads)),))
    solver, light = registry.installed("cpsat"), takes_stage(view.instance)
    if solver is None and not small and not light:
        raise BackendError("later objectives and constraints need a solver; pip install 'ortools>=9.14,<9.16'")
    if 16 * estimated_operations(view.instance) <= policy.brute_operations or (solver is None and not light):
        return Plan((Race(Entrant(registry.backend("brute"), 1)),))
    if solver is None:
        return Plan(_with_one_layer(None, threads, policy))
    if stage is None:
        return Plan(_solvers(view, goal, threads, policy) or (), lambda: registry.backend("brute") if small else None)
    entrants = [Entrant(solver, threads)]
    rival = registry.installed(RIVAL)
    if rival is not None and threads > 1:
        entrants.append(_joining(rival, policy))
    rounds: tuple[Scheduler, ...] = (Race(*entrants),)
    if stage.objective.maximises:
        rounds = _helped(tuple(entrants), view, goal, threads, policy)
    if light:
        rounds = _with_one_layer(rounds, threads, policy)
    return Plan(rounds, lambda: registry.backend("brute") if small else None)


def _team(backend: Backend, goal: Goal, threads: int) -> tuple[Entrant, ...]:
    """A backend on so many cores, as one piece of work or as several side by side."""
    if not isinstance(backend, Team):
        return (Entrant(backend, threads),)
    return tuple(Entrant(member, 1) for member in backend.team(goal, threads))


def _work(view: View) -> int:
    """How large an instance is: samples times parameters."""
    return view.instance.dataset.samples * view.instance.network.free_parameters


def _helped(
    entrants: tuple[Entrant, ...],
    view: View,
    goal: Goal,
    threads: int,
    policy: Policy,
    *,
    automatic: bool = False,
    patience: tuple[int, int] | None = None,
) -> tuple[Scheduler, ...]:
    """Local search goes with a solver: before it on a single core, so that the same seed gives the same answer. Where
    nobody will prove anything soon, and nobody has asked for a certain solver, it has the cores. ``patience``: it is in
    front as long as it has some. It knows no constraints."""
    can = entrants[0].backend.capabilities
    alone = can.proves and (can.model in ("instance", "continuous") or not policy.search)
    if alone or view.instance.constraints:
        return (Race(*entrants),)
    work = _work(view)
    descends = work <= policy.descent_work and view.instance.stage is None
    first = (Entrant(registry.descent(), 1, helper=True),) if descends else ()
    if not can.proves:
        return (Race(*first), Race(*entrants)) if threads == 1 and first else (Race(*first, *entrants),)
    if threads == 1:
        least, most = policy.search_turns
        turns = min(most, max(least, work // policy.search_work))
        search = Entrant(registry.search(turns), 1, helper=True)
        # Where descent takes longer than the start of a process, the trainer finds more in that time.
        before = first if work <= policy.search_large else ()
        return (*(Race(entrant) for entrant in before), Race(search), Race(*entrants))
    # What descent settles in a moment needs no process.
    after = policy.search_after if first else 0.0
    front = policy.search_front if patience is None else None
    search = Entrant(registry.search(patience=patience), 1, after, helper=True, front=front)
    if automatic and work > policy.search_large:
        searches = _team(search.backend, goal, threads)
        behind = (replace(entrant, front=entrant.after) for entrant in entrants)
        return (Race(*first, *(replace(each, helper=True) for each in searches), *behind),)
    return (Race(*first, search, *entrants),)


def _automatic(view: View, goal: Goal, threads: int, policy: Policy) -> Plan:
    """Brute force where it is certainly faster than starting a solver, an algorithm of ours where it is certainly
    faster than a solver, else a race of the strongest solvers there are."""
    if view.instance.network.continuous:
        return Plan(_helped(_team(registry.continuous(), goal, threads), view, goal, threads, policy))
    if estimated_operations(view.instance) <= policy.brute_operations:
        return Plan((Race(Entrant(registry.backend("brute"), 1)),))
    solvers = _solvers(view, goal, threads, policy)
    small = view.instance.network.search_space <= DEFAULT_LIMIT
    if takes(view.instance) is None:
        solvers = _with_one_layer(solvers, threads, policy)
    elif solvers is None:
        if not small:
            raise BackendError("no installed backend can solve this instance; pip install 'ortools>=9.14,<9.16'")
        return Plan((Race(Entrant(registry.backend("brute"), 1)),))
    if _dynamic_wins(view, policy):
        solvers = (Race(Entrant(registry.backend("dp"), 1)), *solvers)
    elif _dictionary_wins(view, goal, policy):
        solvers = (Race(Entrant(registry.backend("dictionary"), threads)), *solvers)
    return Plan(solvers, lambda: registry.backend("brute") if small else None)


def _with_one_layer(solvers: tuple[Scheduler, ...] | None, threads: int, policy: Policy) -> tuple[Scheduler, ...]:
    """Branch and bound without hidden layers ends before a solver has started, or often before it ends: it is first,
    and goes on beside them where there are cores."""
    if solvers is None:
        return (Race(Entrant(registry.one_layer(), 1)),)
    if threads == 1:
        return (Race(Entrant(registry.one_layer(policy.one_layer_nodes), 1)), *solvers)
    later = (replace(each, after=each.after + policy.one_layer_alone) for each in solvers[0].entrants)
    return (Race(Entrant(registry.one_layer(), 1), *later), *solvers[1:])


def _solvers(view: View, goal: Goal, threads: int, policy: Policy) -> tuple[Scheduler, ...] | None:
    first = registry.installed("cpsat")
    if first is None:
        return None
    entrants: tuple[Entrant, ...] = (Entrant(first, threads),)
    rival = registry.installed(RIVAL)
    if rival is None or _work(view) > policy.join_work:
        return _helped(entrants, view, goal, threads, policy, automatic=True)
    share = max(1, threads // policy.join_share)
    joining = _joining(rival, policy)
    split = _split(view, policy)
    if threads == 1:
        rounds = _helped(entrants, view, goal, threads, policy, automatic=True)
        if split is None:
            return rounds
        # One solver that turns to another part of the instance now and then is no better than on the whole of it.
        proving = Entrant(registry.sat(RIVAL, policy.patterns_turns), 1, most_clauses=policy.join_clauses)
        return (*rounds[:-1], Race(proving), rounds[-1])
    if split is not None:
        proving, places = Entrant(rival, 1, most_clauses=policy.join_clauses), max(2, threads // policy.patterns_share)
        after, idle = policy.patterns_alone, policy.patterns_idle
        later = replace(entrants[0], after=after, idle=idle, front=idle)
        race = _helped((later,), view, goal, threads, policy, automatic=True, patience=policy.search_patience)
        deeper = Deeper(cubes, policy.cubes_after, policy.cubes_idle)
        # First, so that nobody takes the moment between two of its pieces for the time to enter.
        return (Together(Rotation((proving,), split, policy.slices, places, deeper), *race),)
    members = _team(rival, goal, share) if share > 1 else (joining,)
    entrants += tuple(replace(joining, backend=member.backend) for member in members)
    return _helped(entrants, view, goal, threads, policy, automatic=True)


def _joining(rival: Backend, policy: Policy) -> Entrant:
    """Who enters beside CP-SAT where a run takes longer."""
    after, left, clauses = policy.join_after, policy.join_least_left, policy.join_clauses
    return Entrant(rival, 1, after=after, least_left=left, most_clauses=clauses, rival=True)


def _split(view: View, policy: Policy) -> Split | None:
    """What a rotation goes round: truth tables, or output patterns; None where neither are few, or proofs are far."""
    if _work(view) > min(policy.patterns_work, policy.search_large):
        return None
    known = (output_patterns,) if view.instance.constraints else (truth_tables, output_patterns)
    splits = (partial(split, most=policy.patterns) for split in known)
    return next((split for split in splits if split(view.instance)), None)


def _dynamic_wins(view: View, policy: Policy) -> bool:
    if len(view.instance.network.layers) > 2 or view.instance.dataset.samples > policy.dynamic_samples:
        return False
    try:
        needed = estimated_states(view)
    except ModelTooLarge:
        return False
    return needed.transitions <= policy.dynamic_transitions and needed.bytes <= DEFAULT_BYTES


def _dictionary_wins(view: View, goal: Goal, policy: Policy) -> bool:
    if goal.at_most != 0:
        return False
    from dnnt_encode.algorithms.dictionary import MAX_BYTES, bytes_needed
    from dnnt_encode.algorithms.meet_in_the_middle import estimated_sums

    try:
        return estimated_sums(view) <= policy.dictionary_sums and bytes_needed(view) <= MAX_BYTES
    except ModelTooLarge:
        return False
