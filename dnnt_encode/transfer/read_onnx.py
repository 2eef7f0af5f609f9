"""The layers of a model from ONNX: every Gemm, and every MatMul with the Add that follows it, in the order of the
graph, where the weights are constants."""

from __future__ import annotations

from typing import Any

import numpy as np

from dnnt_encode.errors import InputError
from dnnt_encode.parsers.files import read_bytes
from dnnt_encode.transfer.float_model import FloatLayer, FloatModel


def read(path: str) -> FloatModel:
    """The model of an ONNX file. Raises InputError where it is none, or has no such layers."""
    try:
        import onnx
    except ImportError:
        raise InputError("ONNX files need the package onnx: pip install 'dnnt-encode[onnx]'") from None
    try:
        graph = onnx.load_model_from_string(read_bytes(path)).graph
        to_array = onnx.numpy_helper.to_array
        constants = {item.name: np.asarray(to_array(item)) for item in graph.initializer}
        for node in graph.node:
            if node.op_type == "Constant":
                values = [attribute.t for attribute in node.attribute if attribute.name == "value"]
                constants |= dict.fromkeys(node.output, *(np.asarray(to_array(value)) for value in values[:1]))
    except InputError:
        raise
    except Exception as error:
        # protobuf and onnx have no error of their own in common.
        raise InputError(f"this is no ONNX model: {error}", path) from None
    layers: list[FloatLayer] = []
    # The product whose biases may still come, by the name of its tensor.
    waiting = ""
    for node in graph.node:
        known = [constants.get(name) for name in node.input]
        if node.op_type == "Gemm" and known[1] is not None:
            layers.append(_gemm(node, known, path))
        elif node.op_type == "MatMul" and any(_is_matrix(array) for array in known):
            # Constants on the left are W x, on the right x W.
            weights = known[0] if _is_matrix(known[0]) else None if known[1] is None else known[1].T
            assert weights is not None
            layers.append(FloatLayer(weights, None))
            waiting = node.output[0]
        elif node.op_type == "Add" and waiting in node.input:
            biases = next((array for array in known if array is not None), None)
            if biases is not None:
                layers[-1] = FloatLayer(layers[-1].weights, biases.reshape(-1))
            waiting = ""
    if not layers:
        raise InputError("found no Gemm or MatMul with constant weights", path)
    return FloatModel(tuple(layers))


def _is_matrix(array: np.ndarray | None) -> bool:
    return array is not None and array.ndim == 2


def _gemm(node: Any, known: list[np.ndarray | None], path: str) -> FloatLayer:
    options = {attribute.name: attribute for attribute in node.attribute}
    plain = all(options[name].f == 1.0 for name in ("alpha", "beta") if name in options)
    if not plain or ("transA" in options and options["transA"].i):
        raise InputError(f"the node {node.name!r} has alpha, beta or transA other than a layer has", path)
    matrix = known[1]
    assert matrix is not None
    by_rows = "transB" in options and options["transB"].i
    biases = known[2].reshape(-1) if len(known) > 2 and known[2] is not None else None
    return FloatLayer(matrix if by_rows else matrix.T, biases)
