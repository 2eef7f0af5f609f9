"""Options that nobody heeds are refused: who gives one believes that it does something.

What the user chose is looked at, a backend or a network with intervals; where the choice is left to us, an option is
for those who may heed it.
"""

from __future__ import annotations

from dnnt_encode.errors import InputError
from dnnt_encode.solving.plan import Plan
from dnnt_encode.solving.request import Request


def check_options(request: Request, plan: Plan) -> None:
    """Raises InputError for an option of the request that nothing in its plan heeds."""
    entrants = [entrant.backend.capabilities for race in plan.rounds for entrant in race.entrants]
    forms = {each.model for each in entrants}
    if request.automatic and forms != {"continuous"}:
        return
    name = plan.main.name
    if request.certify and not any(each.proves for each in entrants):
        raise InputError(f"found a wish for a certificate; the backend {name} proves nothing that could be certified")
    if request.sum != "auto" and "cnf" not in forms and (not request.certify or forms == {"continuous"}):
        raise InputError(f"found a way of writing sums, which is about formulas; the backend {name} takes none")
    if request.seed is not None and not any(each.seed for each in entrants):
        raise InputError(f"found a seed; the backend {name} draws nothing at random")
    if not request.reductions and forms == {"continuous"}:
        raise InputError("continuous training has no reductions that could be left out")
    if request.files and forms == {"continuous"}:
        raise InputError("found a wish to keep proofs; no formula is about parameters from intervals")
