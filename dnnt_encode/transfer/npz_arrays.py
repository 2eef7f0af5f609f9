"""The parameters as numpy arrays, exact: integers, with the denominator that they stand over where that is not 1.

Layer k has ``weights_k`` [units, fan_in] and ``biases_k`` [units] with their ``weights_k_denominator`` and
``biases_k_denominator``, ``sources_k`` (0 is the input) and ``activation_k`` (a name, with its cap after a colon).
``inputs`` are the names of the inputs, ``classes`` those of the classes where there are some.
"""

from __future__ import annotations

import numpy as np

from dnnt_encode.errors import ModelTooLarge
from dnnt_encode.instance.activations import Activation
from dnnt_encode.instance.rationals import ExactArray, max_abs
from dnnt_encode.parsers.npz import narrowest, npz_bytes
from dnnt_encode.transfer.integer_network import network_of
from dnnt_encode.transfer.trained import Trained, Written


def write(trained: Trained) -> Written:
    """The file. Raises ModelTooLarge for parameters of more than 64 bits."""
    arrays: dict[str, np.ndarray] = {}
    denominators: set[int] = set()
    layers = network_of(trained.weights).layers
    for number, (layer, values) in enumerate(zip(layers, trained.weights.layers, strict=True), start=1):
        for key, exact in ((f"weights_{number}", values.weights), (f"biases_{number}", values.biases)):
            arrays[key] = _numerators(exact, key)
            arrays[f"{key}_denominator"] = np.array(exact.denominator, dtype=np.int64)
            denominators.add(exact.denominator)
        arrays[f"sources_{number}"] = np.array(layer.sources, dtype=np.int64)
        arrays[f"activation_{number}"] = np.array(activation_text(layer.activation))
    arrays["inputs"] = np.array(trained.rows.names)
    if trained.classes is not None:
        arrays["classes"] = np.array(trained.classes)
    scaled = () if denominators == {1} else ("some arrays are numerators: their denominators are beside them",)
    return Written({".npz": npz_bytes(arrays)}, scaled)


def activation_text(activation: Activation) -> str:
    """The name, and the cap where there is one, as ``option_texts.parse_activation`` reads them."""
    return activation.name if activation.c is None else f"{activation.name}:{activation.c}"


def _numerators(values: ExactArray, key: str) -> np.ndarray:
    if max(max_abs(values.numerators), values.denominator) >= 2**63:
        raise ModelTooLarge(f"{key} holds numbers, or a denominator, of more than 64 bits")
    return narrowest(values.numerators)
