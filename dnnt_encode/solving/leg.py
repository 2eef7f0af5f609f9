"""One solver at work in a run: its backend, the model it was given, and what its answers mean for the instance."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np

from dnnt_encode.backends.protocol import Backend, Bound, Candidate, Finished
from dnnt_encode.decoder import decode_cnf, decode_linear
from dnnt_encode.instance.assignment import Assignment
from dnnt_encode.instance.instance import Instance
from dnnt_encode.instance.weights import Weights
from dnnt_encode.models.cnf import CnfModel
from dnnt_encode.models.linear import LinearModel
from dnnt_encode.solving.search import Search


@dataclass(eq=False)
class Leg:
    """``model``: None for a backend that takes the instance itself, and before anything is encoded. ``claims``: the
    losses that the backend claimed for its solutions."""

    instance: Instance
    backend: Backend
    model: LinearModel | CnfModel | None = None
    claims: list[Fraction] = field(default_factory=list)

    def candidate(self, event: Candidate, search: Search) -> None:
        """Decode a solution and offer it. Raises NotVerified."""
        weights, values, claimed = self._decoded(event, search)
        loss = search.offer(weights, claimed, values)
        self.claims.append(loss if claimed is None else claimed)

    def _decoded(self, event: Candidate, search: Search) -> tuple[Weights, np.ndarray | None, Fraction | None]:
        if isinstance(event.answer, Assignment):
            return (
                event.answer.weights(self.instance),
                None,
                Fraction(event.objective) if event.objective is not None else search.threshold,
            )
        assert self.model is not None
        values = event.answer
        if isinstance(self.model, CnfModel):
            weights = decode_cnf(self.instance, self.model, values)
        else:
            weights = decode_linear(self.instance, self.model, values)
        claimed = search.threshold if event.objective is None else self.model.loss_unit * event.objective
        return weights, values, claimed if event.exact else None

    def bound(self, event: Bound, search: Search) -> None:
        """Take a bound. Raises NotVerified where it contradicts verified weights."""
        unit = Fraction(1) if self.model is None else self.model.loss_unit
        search.raise_bound(event.objective * unit, self.backend.name, self.backend.capabilities.exact)

    def finished(self, event: Finished, search: Search) -> None:
        """What the end of the backend proves. Raises NotVerified."""
        if event.outcome == "optimal":
            search.claim_optimal(min(self.claims) if self.claims else Fraction(0), self.backend.name)
        elif event.outcome == "infeasible":
            search.claim_infeasible(self.backend.name)
