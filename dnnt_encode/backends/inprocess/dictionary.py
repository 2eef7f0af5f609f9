"""The backend ``dictionary``: exact fit by the behaviours of hidden units.

Complete where its estimate says that all combinations can be looked at, then also a proof that no weights have the loss
0; beyond that a search that gives up in the end.
"""

from __future__ import annotations

from dnnt_encode.algorithms.dictionary import MAX_BYTES, Dictionary, TermChoice
from dnnt_encode.algorithms.local_search import LocalSearch
from dnnt_encode.algorithms.meet_in_the_middle import CompleteSearch
from dnnt_encode.algorithms.quotient import Quotient
from dnnt_encode.backends.inprocess.common import InProcessBackend, finished, propose
from dnnt_encode.backends.protocol import Bound, Capabilities, Controls, Finished, InstanceTask, Say
from dnnt_encode.errors import ModelTooLarge
from dnnt_encode.instance.assignment import Assignment

LOCAL_FIRST = 3 * 10**8
"""Before a complete search of more sums than this comes a short local search, which finds most fits sooner."""

LOCAL_ROUNDS = 64
"""How many rounds that takes: some seconds where a dictionary has 10^5 terms."""

ROUNDS = 10**4
"""After so many rounds the incomplete search gives up."""


class DictionaryBackend(InProcessBackend):
    """Answers whether weights of loss 0 exist; about other losses it knows nothing."""

    name = "dictionary"
    capabilities = Capabilities(
        model="instance", minimises=False, threads=True, seed=True, certificate="exhaustive", light=True
    )

    def memory(self, model_bytes: int, threads: int) -> int:
        return 2 * MAX_BYTES

    def solve(self, task: InstanceTask, controls: Controls, say: Say) -> Finished:
        """The least values as a first candidate, then an exact fit, a proof that there is none, or neither. Raises
        ModelTooLarge."""
        dictionary = Dictionary(task.view)
        propose(task, Assignment.first(task.view.instance.network), say)
        seed = controls.seed or 0
        quotient = Quotient.of(dictionary, seed)
        complete = complete_search(dictionary, quotient, controls)
        found: TermChoice | None = None
        ended = True
        if complete is None or complete.sums > LOCAL_FIRST:
            rounds = ROUNDS if complete is None else LOCAL_ROUNDS
            ended, found = finished(LocalSearch(dictionary, seed, quotient).run(rounds), controls)
        if ended and found is None and complete is not None:
            try:
                ended, found = finished(complete.run(), controls)
            except ModelTooLarge as error:
                return Finished("gave_up", str(error))
        if not ended:
            return Finished("stopped", "the search did not end")
        if found is not None:
            propose(task, dictionary.assignment(*found), say)
            say(Bound(0))
            return Finished("exhausted" if task.goal.minimises else "answered")
        if complete is None and dictionary.target is not None:
            return Finished("gave_up", "the incomplete search of the dictionary found nothing")
        if task.goal.at_most == 0:
            detail = "equal inputs have different targets, or a target is beyond the outputs"
            if complete is not None and dictionary.target is not None:
                detail = f"a complete search of the dictionaries of behaviours, {complete.sums} sums"
            return Finished("exhausted", detail, exhaustive=True)
        return Finished("gave_up", "no weights have the loss 0; dictionary knows no more than that")


def complete_search(dictionary: Dictionary, quotient: Quotient | None, controls: Controls) -> CompleteSearch | None:
    """The complete search, where it is short enough."""
    try:
        return CompleteSearch(dictionary, threads=controls.threads, seed=controls.seed or 0, quotient=quotient)
    except ModelTooLarge:
        return None
