"""Which backends there are, which are installed, and which one ``auto`` chooses.

Detection reads package metadata only: some solvers cannot be imported into one process, and imports are slow.
"""

from __future__ import annotations

from collections.abc import Callable

from dnnt_encode.algorithms.brute_force import DEFAULT_LIMIT, estimated_operations
from dnnt_encode.algorithms.dictionary import MAX_BYTES as DICTIONARY_BYTES
from dnnt_encode.algorithms.dictionary import bytes_needed as dictionary_bytes
from dnnt_encode.algorithms.dynamic_program import DEFAULT_BYTES
from dnnt_encode.algorithms.dynamic_program import estimated as estimated_states
from dnnt_encode.algorithms.meet_in_the_middle import estimated_sums
from dnnt_encode.backends.command import PREFIX as COMMAND_PREFIX
from dnnt_encode.backends.command import CommandBackend
from dnnt_encode.backends.cpsat import CpsatBackend
from dnnt_encode.backends.dictionary import DictionaryBackend
from dnnt_encode.backends.dynamic import DynamicBackend
from dnnt_encode.backends.exact import BruteBackend
from dnnt_encode.backends.milp import milp_backends
from dnnt_encode.backends.milp_command import MilpCommandBackend, takes_linear
from dnnt_encode.backends.protocol import Backend
from dnnt_encode.backends.pysat import PysatBackend, pysat_backends
from dnnt_encode.backends.pysat_solvers import SOLVERS
from dnnt_encode.errors import BackendError, ModelTooLarge
from dnnt_encode.instance.instance import Instance

AUTO = "auto"

_BACKENDS: dict[str, Callable[[], Backend]] = {
    BruteBackend.name: BruteBackend,
    DynamicBackend.name: DynamicBackend,
    DictionaryBackend.name: DictionaryBackend,
    CpsatBackend.name: CpsatBackend,
    **pysat_backends(),
    **milp_backends(),
}

BRUTE_OPERATIONS = 2 * 10**7
"""Enumerations of fewer array operations end before a solver has started."""

DYNAMIC_TRANSITIONS = 2 * 10**7
"""Dynamic programs of at most so many transitions end before a solver has started, or soon after."""

DICTIONARY_SUMS = 10**10
"""Complete searches of at most so many sums for an exact fit beat a solver: they take a minute or two."""

DYNAMIC_SAMPLES = 64
"""With more samples than this no dynamic program is small, and the estimate is not worth its time."""


def names() -> tuple[str, ...]:
    """All known backends, ``auto`` first."""
    return (AUTO, *_BACKENDS)


def known(name: str) -> bool:
    """Whether a name is one of a backend, or a command."""
    return name in names() or name.startswith(COMMAND_PREFIX)


def backends() -> list[Backend]:
    """All known backends, installed or not; commands (``cmd:``) have no end."""
    return [make() for make in _BACKENDS.values()]


def backend(name: str, instance: Instance) -> Backend:
    """The backend called ``name``, or the one that ``auto`` chooses for an instance. Raises BackendError where it is
    unknown or not installed."""
    if name == AUTO:
        return _choose(instance)
    if name.startswith(COMMAND_PREFIX):
        chosen: Backend = MilpCommandBackend(name) if takes_linear(name) else CommandBackend(name)
        if chosen.version() is None:
            raise BackendError(f"{name}: there is no such program on the PATH")
        return chosen
    if name not in _BACKENDS:
        raise BackendError(f"found the backend {name!r}; known are {', '.join(names())}, {COMMAND_PREFIX}COMMAND")
    chosen = _BACKENDS[name]()
    if chosen.version() is None:
        raise BackendError(f"the backend {name} is not installed; `dnnt backends` tells what is")
    return chosen


def solver() -> Backend:
    """The solver that ``auto`` trusts with whatever nothing else suits. Raises BackendError where it is not
    installed."""
    chosen = CpsatBackend()
    if chosen.version() is None:
        raise BackendError("no installed backend can solve this instance; pip install 'ortools>=9.14,<9.16'")
    return chosen


def second() -> Backend:
    """What joins CP-SAT where ``auto`` chose that and it takes long: it descends from the best weights so far, while
    CP-SAT works on the bound. Raises BackendError where it is not installed."""
    chosen = PysatBackend(SOLVERS["glucose42"], single="descend")
    if chosen.version() is None:
        raise BackendError(f"the backend {chosen.name} is not installed")
    return chosen


def _choose(instance: Instance) -> Backend:
    """Brute force where it is certainly faster than starting a solver, else the strongest solver there is."""
    brute = BruteBackend()
    if estimated_operations(instance) <= BRUTE_OPERATIONS:
        return brute
    if _dynamic_wins(instance):
        return DynamicBackend()
    if _dictionary_wins(instance):
        return DictionaryBackend()
    try:
        return solver()
    except BackendError:
        if instance.network.search_space <= DEFAULT_LIMIT:
            return brute
        raise


def _dynamic_wins(instance: Instance) -> bool:
    if len(instance.network.layers) > 2 or instance.dataset.samples > DYNAMIC_SAMPLES:
        return False
    try:
        needed = estimated_states(instance)
    except ModelTooLarge:
        return False
    return needed.transitions <= DYNAMIC_TRANSITIONS and needed.bytes <= DEFAULT_BYTES


def _dictionary_wins(instance: Instance) -> bool:
    if instance.threshold != 0:
        return False
    try:
        return estimated_sums(instance) <= DICTIONARY_SUMS and dictionary_bytes(instance) <= DICTIONARY_BYTES
    except ModelTooLarge:
        return False
