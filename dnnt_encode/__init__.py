"""dnnt-encode: discrete neural network training by MILP and SAT, with exactly verified answers.

>>> import dnnt_encode as dnnt
>>> xor = dnnt.Instance.from_arrays([[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0], hidden=[2], margin="1/2")
>>> result = dnnt.solve(xor, threads=1)
>>> result.weights.predict([[0, 1]])
array([1])

Names are imported when they are first used, so that `import dnnt_encode` and `dnnt --help` are quick.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from dnnt_encode._version import __version__
from dnnt_encode.errors import BackendError, DnntError, InputError, ModelTooLarge, NotVerified

if TYPE_CHECKING:
    from dnnt_encode.instance.dataset import Dataset
    from dnnt_encode.instance.evaluate import Evaluation, evaluate
    from dnnt_encode.instance.instance import Instance
    from dnnt_encode.instance.network import Network
    from dnnt_encode.instance.weights import Weights
    from dnnt_encode.parsers.files import Source
    from dnnt_encode.solving.ledger import Incumbent, Progress
    from dnnt_encode.solving.result import Certificate, Result
    from dnnt_encode.solving.solve import solve
    from dnnt_encode.transfer.kinds import read_network, write_network

__all__ = [
    "BackendError",
    "Certificate",
    "Dataset",
    "DnntError",
    "Evaluation",
    "Incumbent",
    "InputError",
    "Instance",
    "ModelTooLarge",
    "Network",
    "NotVerified",
    "Progress",
    "Result",
    "Weights",
    "__version__",
    "evaluate",
    "load",
    "read_network",
    "save",
    "solve",
    "write_network",
]

_LAZY = {
    "Certificate": "solving.result",
    "Dataset": "instance.dataset",
    "Evaluation": "instance.evaluate",
    "Incumbent": "solving.ledger",
    "Instance": "instance.instance",
    "Network": "instance.network",
    "Progress": "solving.ledger",
    "Result": "solving.result",
    "Weights": "instance.weights",
    "evaluate": "instance.evaluate",
    "read_network": "transfer.kinds",
    "solve": "solving.solve",
    "write_network": "transfer.kinds",
}


def load(source: Source) -> Instance | Weights:
    """What a JSON file holds, by its ``format``: an instance or weights. ``source``: a path, ``-`` or an open file.

    Raises InputError."""
    from dnnt_encode.parsers.instance_json import instance_of
    from dnnt_encode.parsers.json_text import read_json
    from dnnt_encode.parsers.weights_json import weights_of

    value, place = read_json(source)
    if isinstance(value, dict) and value.get("format") == "dnnt-weights":
        return weights_of(value, place)
    return instance_of(value, place, source)


def save(item: Instance | Weights, target: Source, *, self_contained: bool = False) -> None:
    """Write an instance or weights as JSON, whole or not at all. ``self_contained``: weights with their network and
    preprocessing, so that they predict without the instance. Raises InputError."""
    from dnnt_encode.instance.instance import Instance
    from dnnt_encode.parsers.instance_json import save_instance
    from dnnt_encode.parsers.weights_json import save_weights

    if isinstance(item, Instance):
        save_instance(item, target)
    else:
        save_weights(item, target, self_contained)


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_LAZY[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
