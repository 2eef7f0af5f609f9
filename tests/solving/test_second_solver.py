"""What the result of a solver with tolerances says about its proof, and the second solver that confirms it."""

from __future__ import annotations

from fractions import Fraction

import pytest

from dnnt_encode.backends.milp.backend import MilpBackend
from dnnt_encode.errors import NotVerified
from dnnt_encode.instance import Instance
from dnnt_encode.reduce.reduced import Chain
from dnnt_encode.solving.clock import Clock
from dnnt_encode.solving.ledger import Ledger
from dnnt_encode.solving.request import Request
from dnnt_encode.solving.second_solver import second_opinion
from dnnt_encode.solving.solve import solve
from dnnt_encode.solving.tree import Node, Tree

XOR = Instance.from_arrays([[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0], hidden=[2])

milp = pytest.mark.skipif(MilpBackend("highs").version() is None, reason="no HiGHS")


@milp
def test_a_proof_in_floating_point_is_called_so() -> None:
    result = solve(XOR, backend="milp:highs")
    assert result.status == "OPTIMUM FOUND"
    assert result.certificate.kind == "none"
    assert "the floating-point claim of milp:highs" in result.certificate.detail
    assert solve(XOR, backend="milp:highs", certify=True).certificate.kind == "exhaustive"


def searched(threshold: Fraction | None) -> tuple[Request, Ledger, Node]:
    result = solve(XOR, backend="brute", threshold=None)
    assert result.weights is not None
    request = Request(XOR, threshold=threshold, threads=1)
    ledger = Ledger(XOR, request.goal, Clock())
    ledger.offer(result.weights)
    return request, ledger, Tree(Chain(XOR), request.goal).nodes[0]


def test_the_second_solver_agrees_or_refutes() -> None:
    request, ledger, root = searched(None)
    assert ledger.best is not None
    least = ledger.best.loss
    agrees, how = second_opinion(request, Clock(), ledger, root)
    assert agrees
    assert how.startswith("cpsat")
    assert second_opinion(request, Clock(), *searched(least - 1)[1:])[0]
    request, ledger, root = searched(least)
    ledger.best = None
    with pytest.raises(NotVerified, match="a second solver found the loss"):
        second_opinion(request, Clock(), ledger, root)
