"""Which backends there are, and which are installed.

Detection reads package metadata only: some solvers cannot be imported into one process, and imports are slow. For the
same reason a backend's module is imported when the backend is made.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from difflib import get_close_matches
from functools import partial
from importlib import import_module

from dnnt_encode.backends.milp.backend import ENGINES, MilpBackend, milp_backends
from dnnt_encode.backends.milp.backend import PREFIX as MILP_PREFIX
from dnnt_encode.backends.protocol import COMMAND_PREFIX, Backend
from dnnt_encode.backends.sat.backend import pysat_backends
from dnnt_encode.errors import BackendError, InputError
from dnnt_encode.instance.instance import Instance

AUTO = "auto"


def _same(chosen: Backend) -> Backend:
    return chosen


def _make(module: str, name: str, *arguments: object) -> Backend:
    """A backend of the class ``name`` in a module of this room."""
    made: Backend = getattr(import_module(f"dnnt_encode.backends.{module}"), name)(*arguments)
    return made


_BACKENDS: dict[str, Callable[[], Backend]] = {
    "brute": partial(_make, "inprocess.brute", "BruteBackend"),
    "dp": partial(_make, "inprocess.dp", "DynamicBackend"),
    "dictionary": partial(_make, "inprocess.dictionary", "DictionaryBackend"),
    "onelayer": partial(_make, "inprocess.one_layer", "OneLayerBackend"),
    "search": partial(_make, "inprocess.search", "SearchBackend"),
    "cpsat": partial(_make, "cpsat", "CpsatBackend"),
    **{name: partial(_same, backend) for name, backend in pysat_backends().items()},
    **{name: partial(_same, backend) for name, backend in milp_backends().items()},
}


def names() -> tuple[str, ...]:
    """All known backends, ``auto`` first."""
    return (AUTO, *_BACKENDS)


def known(name: str) -> bool:
    """Whether a name is one of a backend, or a command."""
    return name in names() or name.startswith(COMMAND_PREFIX)


_COMMANDS = {
    "kissat": "kissat -q {cnf}",
    "cadical": "cadical -q {cnf}",
    "minisat": "minisat {cnf} {out}",
    "clasp": "clasp {cnf}",
    "cryptominisat5": "cryptominisat5 {cnf}",
    "picosat": "picosat {cnf}",
    "cbc": "cbc {mps} solve solution {sol}",
    "glpsol": "glpsol --freemps {mps} -w {sol}",
    "lp_solve": "lp_solve -fmps {mps} -S3",
}
"""How the programs of other houses are called."""


def remedy(name: str) -> str:
    """What a name that is unknown should have been: the command that is called so, backends like it, or all of them."""
    program = {"glpk": "glpsol", "cryptominisat": "cryptominisat5"}.get(name.lower(), name.lower())
    if program in _COMMANDS:
        return f"found {name!r}; for the program of that name, give '{COMMAND_PREFIX}{_COMMANDS[program]}'"
    like = [known for known in names() if name.lower() in known.split(":")[-1]]
    like = like or get_close_matches(name.lower(), names(), n=3)
    if like:
        return f"found {name!r}; known are {', '.join(like)} and others, which `dnnt backends` lists"
    return f"found {name!r}; known are {', '.join(names())}, and {COMMAND_PREFIX}COMMAND"


def backends() -> list[Backend]:
    """All known backends, installed or not; commands (``cmd:``) have no end."""
    return [make() for make in _BACKENDS.values()]


def backend(name: str, instance: Instance | None = None) -> Backend:
    """The backend called ``name``; ``instance`` says whether parameters are real. Raises BackendError where it is
    unknown or not installed, InputError where it does not take such parameters."""
    if name.startswith(COMMAND_PREFIX):
        chosen = _make("program", "ProgramBackend", name)
        if chosen.version() is None:
            raise BackendError(f"{name}: there is no such program on the PATH")
    elif name not in _BACKENDS:
        raise BackendError(f"backend: {remedy(name)}")
    else:
        chosen = _BACKENDS[name]()
        if chosen.version() is None:
            raise BackendError(f"the backend {name} is not installed; `dnnt backends` tells what is")
    if instance is not None and instance.network.continuous:
        return _continuous(chosen)
    return chosen


def installed(name: str) -> Backend | None:
    """A backend, where it is installed."""
    chosen = _BACKENDS[name]()
    return None if chosen.version() is None else chosen


def descent() -> Backend:
    """The light beginning of local search."""
    return _make("inprocess.search", "DescentBackend")


def search(turns: int | None = None, patience: tuple[int, int] | None = None) -> Backend:
    """Local search, which gives up after so many turns, or where it is out of patience: it finds, and proves
    nothing."""
    return _make("inprocess.search", "SearchBackend", turns, patience)


def one_layer(most_nodes: int | None = None) -> Backend:
    """Branch and bound without hidden layers, which gives up after so many nodes."""
    return _make("inprocess.one_layer", "OneLayerBackend", most_nodes)


def sat(name: str, turns: int) -> Backend:
    """One of PySAT's solvers, which gives up after so many turns."""
    return replace(pysat_backends()[name], turns=turns)


def continuous() -> Backend:
    """The backend for parameters from intervals that ``auto`` takes. Raises BackendError where there is none."""
    for solver in ("highs", "scip"):
        chosen = MilpBackend(solver)
        if chosen.version() is not None:
            return _continuous(chosen)
    raise BackendError("continuous training needs a MILP solver: pip install highspy")


def _continuous(chosen: Backend) -> Backend:
    if not isinstance(chosen, MilpBackend):
        raise InputError(
            f"found intervals of parameters, and the backend {chosen.name} takes finite sets only; use "
            + ", ".join(f"{MILP_PREFIX}{solver}" for solver in ENGINES)
        )
    return _make("milp.continuous", "ContinuousBackend", chosen)
