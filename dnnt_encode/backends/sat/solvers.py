"""PySAT's solvers and what each can do, as declared by its own classes (python-sat 1.8.dev30 and later)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class SatSolver:
    """``incremental``: takes clauses and assumptions between solves; ``budgets``: stops after a number of conflicts;
    ``cores``: tells which assumptions fail; ``phases``: takes literals to try first; ``propagates``: offers unit
    propagation that is not ten times slower than that of others; ``proofs``: writes DRUP; ``counts``: tells how many
    conflicts it took; ``since``: the version of python-sat that has it."""

    name: str
    incremental: bool = True
    budgets: bool = True
    cores: bool = True
    phases: bool = True
    propagates: bool = True
    proofs: bool = False
    counts: bool = True
    since: tuple[int, int] = (1, 8)


_ALL = (
    SatSolver("cadical103", phases=False, propagates=False, proofs=True),
    SatSolver("cadical153", propagates=False, proofs=True),
    SatSolver("cadical195", propagates=False, proofs=True),
    SatSolver("cadical300", propagates=False, proofs=True, since=(1, 9)),
    SatSolver("ergo", proofs=True, since=(1, 9)),
    SatSolver("gluecard3", proofs=True),
    SatSolver("gluecard4", proofs=True),
    SatSolver("glucose3", proofs=True),
    SatSolver("glucose4", proofs=True),
    SatSolver("glucose42", proofs=True),
    SatSolver(
        "kissat404", incremental=False, budgets=False, cores=False, phases=False, propagates=False, counts=False
    ),  # aborts its process on incremental use
    SatSolver("lingeling", budgets=False, propagates=False, proofs=True),
    SatSolver("maplechrono", proofs=True),
    SatSolver("maplecm", proofs=True),
    SatSolver("maplesat", proofs=True),
    SatSolver("mergesat3"),
    SatSolver("minicard"),
    SatSolver("minisat22"),
    SatSolver("minisat-gh"),
    SatSolver("minisatep", since=(1, 9)),
)
SOLVERS = {solver.name: solver for solver in _ALL}

PROVER, CHECKER = "glucose42", "minisat22"
"""Who writes the proofs of ``--certify`` (shorter ones than CaDiCaL's), and whose unit propagation checks them."""
