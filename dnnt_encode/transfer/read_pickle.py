"""The layers of a pickled ``MLPClassifier`` or ``MLPRegressor`` of scikit-learn.

Reading a pickle runs whatever code its author put into it: nobody does so without having said that they trust it.
"""

from __future__ import annotations

import io
import pickle

import numpy as np

from dnnt_encode.errors import InputError
from dnnt_encode.parsers.files import read_bytes
from dnnt_encode.transfer.float_model import FloatLayer, FloatModel


def read(path: str) -> FloatModel:
    """The model of a pickle, which is run. Raises InputError where it is none of a network."""
    data = read_bytes(path)
    try:
        found = pickle.load(io.BytesIO(data))
    except Exception as error:
        # Unpickling raises whatever its code raises.
        raise InputError(f"this pickle cannot be read: {type(error).__name__}: {error}", path) from None
    # The last step of a pipeline is the model.
    if isinstance(getattr(found, "steps", None), list) and found.steps:
        found = found.steps[-1][1]
    if not hasattr(found, "coefs_") or not hasattr(found, "intercepts_"):
        raise InputError(
            f"found a {type(found).__name__}; a trained MLPClassifier or MLPRegressor is needed, with coefs_", path
        )
    classes = getattr(found, "classes_", None)
    layers = [
        FloatLayer(np.asarray(weights).T, np.asarray(biases))
        for weights, biases in zip(found.coefs_, found.intercepts_, strict=True)
    ]
    return FloatModel(tuple(layers), None if classes is None else tuple(map(str, np.asarray(classes).tolist())))
