"""The network as ONNX: a standard operator set, numbers with a point that hold nothing but integers.

MatMul, Add and comparisons in float32 are exact while every number stays below 2^24, in float64 below 2^53, whatever
the order of the sums; the bounds choose the type, and a network that is beyond both is refused. ONNX's own Sign is 0 at
0 where ours is 1, so steps are made of comparisons.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

import numpy as np

from dnnt_encode._version import __version__
from dnnt_encode.errors import InputError, ModelTooLarge
from dnnt_encode.transfer.integer_network import IntegerLayer
from dnnt_encode.transfer.trained import Trained, Written

OPSET, IR_VERSION = 13, 8
"""Old enough for every runtime of the last years, and with all that is needed."""

EXACT = {"float32": 2**24, "float64": 2**53}
"""Integers below this are exact in the type."""


def write(trained: Trained, annotate: bool = False) -> Written:
    """The model; with ``annotate``, the range of every tensor as QONNX and FINN name it. Raises InputError where the
    package onnx is not installed, ModelTooLarge where no type holds the numbers."""
    try:
        import onnx
    except ImportError:
        raise InputError("ONNX files need the package onnx: pip install 'dnnt-encode[onnx]'") from None
    reach = trained.network.reach
    kind = next((kind for kind, limit in EXACT.items() if reach < limit), None)
    if kind is None:
        raise ModelTooLarge(
            f"the network computes with numbers of {reach.bit_length()} bits, and float64 holds 53: say between which "
            f"bounds the inputs lie with --range, give them fewer --decimals, or write C"
        )
    graph = _OnnxGraph(onnx, kind, annotate)
    signals = [graph.input(_named("inputs", trained.network.input_scale), trained)]
    for number, layer in enumerate(trained.network.layers, start=1):
        last = number == len(trained.network.layers)
        name = _named("outputs", trained.network.output_scale) if last else f"a{number}"
        signals.append(graph.layer(layer, f"{number}", [signals[source] for source in layer.sources], name))
    model = graph.model(trained, signals[-1])
    remarks = [f"{kind}: every number is an integer below 2^{EXACT[kind].bit_length() - 1}, so nothing is rounded"]
    remarks += [
        f"the tensor {what}_times_{scale} is {scale} times the {what}"
        for what, scale in (("inputs", trained.network.input_scale), ("outputs", trained.network.output_scale))
        if scale != 1
    ]
    return Written({".onnx": model.SerializeToString(deterministic=True)}, tuple(remarks))


def _named(what: str, scale: int) -> str:
    return what if scale == 1 else f"{what}_times_{scale}"


class _OnnxGraph:
    """The nodes, constants and annotations of a model, as they come."""

    def __init__(self, onnx: Any, kind: str, annotate: bool) -> None:
        self._onnx, self._kind, self._annotate = onnx, kind, annotate
        self._type = onnx.TensorProto.FLOAT if kind == "float32" else onnx.TensorProto.DOUBLE
        self._nodes: list[Any] = []
        self._constants: dict[str, Any] = {}
        self._notes: dict[str, str] = {}
        self._inputs: list[Any] = []

    def input(self, name: str, trained: Trained) -> str:
        network = trained.network
        self._inputs.append(self._onnx.helper.make_tensor_value_info(name, self._type, ["n", network.inputs]))
        signs = {column.encode for column in trained.rows.columns} == {"median"}
        self._note(name, network.lower, network.upper, (-1, 1) if signs else ())
        return name

    def layer(self, layer: IntegerLayer, number: str, sources: list[str], name: str) -> str:
        """The nodes of a layer; ``name`` is that of its outputs."""
        read = sources[0]
        if len(sources) > 1:
            read = self._node("Concat", sources, f"read{number}", axis=1)
        weights = self._constant(f"w{number}", layer.weights.T)
        self._note(weights, layer.weights, layer.weights, np.unique(layer.weights).tolist())
        product = self._node("MatMul", [read, weights], f"product{number}")
        function = layer.activation
        linear = (function.slopes, function.intercepts) == ((1,), (0,))
        biases = self._constant(f"b{number}", layer.biases)
        self._note(biases, layer.biases, layer.biases, np.unique(layer.biases).tolist())
        z = self._node("Add", [product, biases], name if linear else f"z{number}")
        if not linear:
            self._activation(layer, number, z, name)
        self._note(name, layer.out_lower, layer.out_upper, () if any(function.slopes) else function.intercepts)
        return name

    def _activation(self, layer: IntegerLayer, number: str, z: str, name: str) -> None:
        function = layer.activation
        if (function.starts, function.slopes, function.intercepts) == ((0,), (0, 1), (0, 0)):
            self._node("Relu", [z], name)
            return
        pieces = list(zip((None, *function.starts), function.slopes, function.intercepts, strict=True))
        value = self._piece(z, number, 0, *pieces[0][1:])
        if len(pieces) == 1:
            self._node("Identity", [value], name)
        for place, (start, slope, intercept) in enumerate(pieces[1:], start=1):
            last = place == len(pieces) - 1
            tag = f"{number}_{place}"
            above = self._node("GreaterOrEqual", [z, self._constant(f"start{tag}", start)], f"above{tag}")
            piece = self._piece(z, number, place, slope, intercept)
            value = self._node("Where", [above, piece, value], name if last else f"chosen{tag}")

    def _piece(self, z: str, number: str, place: int, slope: int, intercept: int) -> str:
        tag = f"{number}_{place}"
        if slope == 0 and place == 0:
            # A constant alone would lack the dimension of the samples.
            zeros = self._node("Mul", [z, self._constant("zero", 0)], f"zeros{tag}")
            return self._node("Add", [zeros, self._constant(f"intercept{tag}", intercept)], f"piece{tag}")
        if slope == 0:
            return self._constant(f"intercept{tag}", intercept)
        scaled = z if slope == 1 else self._node("Mul", [z, self._constant(f"slope{tag}", slope)], f"scaled{tag}")
        if intercept == 0:
            return scaled
        return self._node("Add", [scaled, self._constant(f"intercept{tag}", intercept)], f"piece{tag}")

    def model(self, trained: Trained, outputs: str) -> Any:
        """The whole: for classes, their index as a second output."""
        helper, proto = self._onnx.helper, self._onnx.TensorProto
        results = [helper.make_tensor_value_info(outputs, self._type, ["n", trained.network.outputs])]
        if trained.classes is not None:
            if trained.network.outputs == 1:
                positive = self._node("Greater", [outputs, self._constant("zero", 0)], "positive")
                flat = self._node("Squeeze", [positive, self._integers("axes", [1])], "positive_of_sample")
                self._node("Cast", [flat], "label", to=proto.INT64)
            else:
                self._node("ArgMax", [outputs], "label", axis=1, keepdims=0)
            results.append(helper.make_tensor_value_info("label", proto.INT64, ["n"]))
        graph = helper.make_graph(
            self._nodes, "network", self._inputs, results, list(self._constants.values()), trained.describe()
        )
        for name, kind in self._notes.items():
            pair = self._onnx.StringStringEntryProto(key="finn_datatype", value=kind)
            graph.quantization_annotation.append(
                self._onnx.TensorAnnotation(tensor_name=name, quant_parameter_tensor_names=[pair])
            )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION)
        model.producer_name, model.producer_version = "dnnt-encode", __version__
        helper.set_model_props(
            model,
            {
                "name": trained.name,
                "inputs": json.dumps(trained.rows.names),
                "input_scale": str(trained.network.input_scale),
                "input_range": json.dumps([min(trained.network.lower.tolist()), max(trained.network.upper.tolist())]),
                "output_scale": str(trained.network.output_scale),
                **({} if trained.classes is None else {"classes": json.dumps(trained.classes)}),
            },
        )
        self._onnx.checker.check_model(model, full_check=True)
        return model

    def _node(self, kind: str, inputs: list[str], name: str, **attributes: Any) -> str:
        self._nodes.append(self._onnx.helper.make_node(kind, inputs, [name], name=f"{kind}_{name}", **attributes))
        return name

    def _constant(self, name: str, values: Any) -> str:
        array = np.asarray(values).astype(self._kind)
        self._constants[name] = self._onnx.numpy_helper.from_array(np.ascontiguousarray(array), name)
        return name

    def _integers(self, name: str, values: list[int]) -> str:
        self._constants[name] = self._onnx.numpy_helper.from_array(np.array(values, dtype=np.int64), name)
        return name

    def _note(self, name: str, lower: np.ndarray, upper: np.ndarray, values: Collection[int]) -> None:
        if self._annotate:
            self._notes[name] = datatype(int(lower.min()), int(upper.max()), values)


def datatype(low: int, high: int, values: Collection[int] = ()) -> str:
    """The name that QONNX and FINN have for a type of integers from ``low`` to ``high``; ``values``: all that they may
    be, where that is known.

    >>> datatype(-1, 1, {-1, 0, 1}), datatype(-1, 1, {-1, 1}), datatype(0, 5), datatype(-9, 3)
    ('TERNARY', 'BIPOLAR', 'UINT3', 'INT5')
    """
    if (low, high) == (-1, 1):
        return "BIPOLAR" if set(values) == {-1, 1} else "TERNARY"
    if low >= 0:
        return "BINARY" if high <= 1 else f"UINT{high.bit_length()}"
    return f"INT{max((-low - 1).bit_length(), high.bit_length()) + 1}"
