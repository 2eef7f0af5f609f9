"""Every tunable of the search in one place: who enters a run, when, and with which share of the cores."""

from __future__ import annotations

from dataclasses import dataclass

from dnnt_encode.reduce.patterns import MOST


@dataclass(frozen=True)
class Policy:
    """``guesses``: constant outputs tried before anything starts, of ``guesses_work`` products of samples and
    parameters together.

    ``search``: local search runs beside every solver. On up to ``descent_work`` samples times parameters descent goes
    before it, and it begins after ``search_after`` seconds. It is in front for ``search_front`` seconds and then where
    solvers leave time. Where samples times parameters are more than ``search_large``, proofs are far: with ``auto`` it
    is the solvers that step back, and search has every core. On one core it comes before them, without descent where
    samples times parameters are more than ``search_large``, and gives up after a turn for every ``search_work`` of
    these, at least and at most ``search_turns``. Beside patterns it is in front until it is out of ``search_patience``:
    so many turns without anything new, and so many times as many as there were before.

    ``brute_operations``: enumerations of fewer array operations end before a solver has started. ``dynamic_...``: so do
    dynamic programs of at most so many transitions; with more samples than ``dynamic_samples`` none is small, and the
    estimate is not worth its time. ``dictionary_sums``: complete searches of at most so many sums for an exact fit beat
    a solver: they take a minute or two. ``one_layer_...``: networks without hidden layers are searched by branch and
    bound, which has so many seconds alone before a race begins; on one core it gives up after so many nodes, about
    three seconds, and solvers follow.

    ``join_...``: a SAT solver joins CP-SAT after so many seconds (most runs end before), unless samples times
    parameters are more than ``join_work`` (counting the clauses would take long already), less time is left than
    ``join_least_left``, or the formula has more than ``join_clauses`` (loading one takes longer than most runs); it has
    a core for every ``join_share``, at least one.

    ``patterns``: where there are at most so many, and the samples times parameters are at most ``patterns_work``, the
    SAT solver is first, and goes round them in ``slices`` of seconds, on a core for every ``patterns_share``, at
    least two at a time; CP-SAT joins after ``patterns_alone`` seconds, where it leaves time, and after
    ``patterns_idle`` where so few are open that a core is idle; on one core the SAT solver works on the whole for
    ``patterns_turns``, about seven thousand conflicts each, and CP-SAT follows. A pattern that was worked on for
    ``cubes_after`` seconds is split into cubes where so many places are idle (``cubes_idle``): together they take
    one to five times as long as the pattern, the longest of them mostly a third of it."""

    guesses: int = 64
    guesses_work: int = 10**8
    search: bool = True
    descent_work: int = 10**5
    search_after: float = 0.05
    search_front: float = 2.0
    search_large: int = 6 * 10**4
    search_work: int = 100
    search_turns: tuple[int, int] = (10, 2000)
    search_patience: tuple[int, int] = (40, 3)
    brute_operations: int = 2 * 10**7
    dynamic_transitions: int = 2 * 10**7
    dynamic_samples: int = 64
    dictionary_sums: int = 10**10
    one_layer_alone: float = 1.0
    one_layer_nodes: int = 10**6
    join_after: float = 3.0
    join_work: int = 10**6
    join_least_left: float = 3.0
    join_clauses: int = 3 * 10**6
    join_share: int = 4
    patterns: int = MOST
    patterns_work: int = 2 * 10**4
    patterns_share: int = 2
    patterns_alone: float = 60.0
    patterns_idle: float = 10.0
    patterns_turns: int = 100
    slices: tuple[float, ...] = (2.0, 4.0, 8.0)
    cubes_after: float = 20.0
    cubes_idle: int = 6


POLICY = Policy()
