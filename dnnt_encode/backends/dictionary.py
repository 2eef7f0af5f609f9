"""The backend ``dictionary``: exact fit by the behaviours of hidden units, in this process.

Complete where its estimate says that all combinations can be looked at, then also a proof that no weights have the loss
0; beyond that a search that gives up in the end.
"""

from __future__ import annotations

from collections.abc import Iterator

from dnnt_encode.algorithms.dictionary import MAX_BYTES, Dictionary, Found
from dnnt_encode.algorithms.local_search import LocalSearch
from dnnt_encode.algorithms.meet_in_the_middle import CompleteSearch
from dnnt_encode.algorithms.quotient import Quotient
from dnnt_encode.backends.in_process import InProcessBackend, followed
from dnnt_encode.backends.protocol import Bound, Candidate, Capabilities, Controls, Event, Finished, InstanceTask
from dnnt_encode.errors import ModelTooLarge
from dnnt_encode.instance.assignment import Assignment
from dnnt_encode.instance.evaluate import evaluate

LOCAL_FIRST = 3 * 10**8
"""Before a complete search of more sums than this comes a short local search, which finds most fits sooner."""

LOCAL_ROUNDS = 64
"""How many rounds that takes: some seconds where a dictionary has 10^5 terms."""

ROUNDS = 10**4
"""After so many rounds the incomplete search gives up."""


class DictionaryBackend(InProcessBackend):
    """Answers whether weights of loss 0 exist; about other losses it knows nothing."""

    name = "dictionary"
    capabilities = Capabilities(model="instance", minimises=False, threads=True, seed=True, certificate="exhaustive")

    def memory(self, model_bytes: int, threads: int) -> int:
        return 2 * MAX_BYTES

    def solve(self, task: InstanceTask, controls: Controls) -> Iterator[Event]:
        """The least values as a first candidate, then an exact fit, a proof that there is none, or neither; see
        InstanceTask. Raises ModelTooLarge."""
        dictionary = Dictionary(task.instance)
        first = Assignment.first(task.instance.network)
        yield Candidate(first, evaluate(task.instance, first.weights(task.instance)).loss)
        seed = controls.seed or 0
        quotient = Quotient.of(dictionary, seed)
        complete = complete_search(dictionary, quotient, controls)
        found: Found | None = None
        ended = True
        if complete is None or complete.sums > LOCAL_FIRST:
            rounds = ROUNDS if complete is None else LOCAL_ROUNDS
            ended, found = yield from followed(LocalSearch(dictionary, seed, quotient).run(rounds), controls)
        if ended and found is None and complete is not None:
            try:
                ended, found = yield from followed(complete.run(), controls)
            except ModelTooLarge as error:
                yield Finished("stopped", str(error), gave_up=True)
                return
        if not ended:
            yield Finished("stopped", "the search did not end")
            return
        if found is not None:
            fit = dictionary.assignment(*found)
            yield Candidate(fit, evaluate(task.instance, fit.weights(task.instance)).loss)
            yield Bound(0)
            yield Finished("optimal" if task.threshold is None else "satisfied")
        elif complete is None and dictionary.target is not None:
            yield Finished("stopped", "the incomplete search of the dictionary found nothing", gave_up=True)
        elif task.threshold is not None and task.threshold == 0:
            detail = "equal inputs have different targets, or a target is beyond the outputs"
            if complete is not None and dictionary.target is not None:
                detail = f"a complete search of the dictionaries of behaviours, {complete.sums} sums"
            yield Finished("infeasible", detail, exhaustive=True)
        else:
            yield Finished("stopped", "no weights have the loss 0; dictionary knows no more than that", gave_up=True)


def complete_search(dictionary: Dictionary, quotient: Quotient | None, controls: Controls) -> CompleteSearch | None:
    """The complete search, where it is short enough."""
    try:
        return CompleteSearch(dictionary, threads=controls.threads, seed=controls.seed or 0, quotient=quotient)
    except ModelTooLarge:
        return None
