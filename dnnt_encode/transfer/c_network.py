"""The network as C99: integers of the smallest types that the bounds allow, no allocation, no library.

One function a layer. Weights of -1, 0 and +1 take two bits each and are added or subtracted; others are multiplied.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from dnnt_encode.instance.activations import ScaledActivation
from dnnt_encode.transfer.c_words import literal, rows_of, signed_type, storage_type
from dnnt_encode.transfer.integer_network import IntegerLayer, IntegerNetwork


class NetworkSource:
    """``prefix``: of every name; ``static``: what stands before functions, empty where others call them."""

    def __init__(self, network: IntegerNetwork, prefix: str, static: str, classes: tuple[str, ...] | None) -> None:
        self._network, self._prefix, self._static, self._classes = network, prefix, static, classes
        self._types = [storage_type(int(network.lower.min()), int(network.upper.max()))]
        self._types += [
            storage_type(int(layer.out_lower.min()), int(layer.out_upper.max())) for layer in network.layers
        ]
        self._index = "uint16_t" if max(network.widths()) < 2**16 else "uint32_t"

    @property
    def input_type(self) -> str:
        return self._types[0]

    @property
    def label_type(self) -> str:
        return "uint8_t" if self._classes is None or len(self._classes) <= 2**8 else "uint16_t"

    def types(self) -> Iterator[str]:
        """Sizes, scales and types."""
        upper = self._prefix.upper()
        sizes = {"INPUTS": self._network.inputs, "OUTPUTS": self._network.outputs}
        scales = {"INPUT_SCALE": self._network.input_scale, "OUTPUT_SCALE": self._network.output_scale}
        for key, value in {**sizes, **scales}.items():
            yield f"#define {upper}_{key} {literal(value)}"
        yield ""
        yield f"typedef {self._types[0]} {self._prefix}_input_t;"
        yield f"typedef {self._types[-1]} {self._prefix}_output_t;"
        yield ""

    def declarations(self) -> Iterator[str]:
        """The functions, for others to call."""
        low, high = int(self._network.lower.min()), int(self._network.upper.max())
        yield f"/* y: OUTPUT_SCALE times the outputs; x: INPUT_SCALE times the inputs, from {low} to {high}. */"
        yield f"{self._static}{self._outputs_head()};"
        yield ""
        if self._classes is not None:
            yield "/* The number of the class that the outputs y mean. */"
            yield f"{self._static}{self._label_head()};"
            yield ""

    def definitions(self) -> Iterator[str]:
        """Parameters and functions."""
        for number, layer in enumerate(self._network.layers, start=1):
            yield from self._arrays(number, layer)
        for number, layer in enumerate(self._network.layers, start=1):
            yield from self._layer(number, layer)
        yield from self._outputs()
        if self._classes is not None:
            yield from self._label()

    def _outputs_head(self) -> str:
        p, upper = self._prefix, self._prefix.upper()
        return f"void {p}_outputs(const {p}_input_t x[{upper}_INPUTS], {p}_output_t y[{upper}_OUTPUTS])"

    def _label_head(self) -> str:
        p = self._prefix
        return f"{self.label_type} {p}_label(const {p}_output_t y[{p.upper()}_OUTPUTS])"

    def _arrays(self, number: int, layer: IntegerLayer) -> Iterator[str]:
        for source, columns in self._network.parts(layer):
            name = f"{self._prefix}_w{number}_{source}"
            if _ternary(columns):
                packed = _packed(columns)
                yield "/* Two bits a weight, the lowest first: 1 is +1, 2 is -1. */"
                yield f"static const uint8_t {name}[{len(packed)}][{packed.shape[1]}] ="
                rows = [f"    {{{rows_of((f'{byte}U' for byte in row), '').strip()}}}" for row in packed.tolist()]
            else:
                kind = storage_type(min(0, int(columns.min())), max(0, int(columns.max())))
                yield f"static const {kind} {name}[{len(columns)}][{columns.shape[1]}] ="
                rows = [f"    {{{rows_of(map(literal, row), '').strip()}}}" for row in columns.tolist()]
            yield from ("{", ",\n".join(rows), "};", "")
        low, high = int(layer.biases.min()), int(layer.biases.max())
        if low or high:
            kind = signed_type(max(-low, high, 0))
            yield f"static const {kind} {self._prefix}_b{number}[{layer.units}] ="
            yield from ("{", rows_of(map(literal, layer.biases.tolist())), "};", "")

    def _layer(self, number: int, layer: IntegerLayer) -> Iterator[str]:
        parts, kind = self._network.parts(layer), signed_type(layer.magnitude)
        given = ", ".join(f"const {self._types[source]} a{source}[{part.shape[1]}]" for source, part in parts)
        yield f"static void {self._prefix}_layer{number}({given}, {self._types[number]} a{number}[{layer.units}])"
        yield "{"
        yield f"    {self._index} u;"
        yield f"    {self._index} i;"
        yield ""
        yield f"    for (u = 0U; u < {layer.units}U; u++)"
        yield "    {"
        start = f"({kind}){self._prefix}_b{number}[u]" if layer.biases.any() else "0"
        yield f"        {kind} z = {start};"
        yield ""
        for source, part in parts:
            yield f"        for (i = 0U; i < {part.shape[1]}U; i++)"
            yield "        {"
            yield from self._term(f"{self._prefix}_w{number}_{source}", f"a{source}[i]", kind, _ternary(part))
            yield "        }"
        yield from _activation(layer.activation, f"a{number}[u]", self._types[number], layer.reach)
        yield "    }"
        yield "}"
        yield ""

    @staticmethod
    def _term(weights: str, value: str, kind: str, ternary: bool) -> Iterator[str]:
        if not ternary:
            yield f"            z = ({kind})(z + ({kind})(({kind}){weights}[u][i] * ({kind}){value}));"
            return
        yield f"            const uint8_t code = (uint8_t)(((uint32_t){weights}[u][i / 4U] >> ((i % 4U) * 2U)) & 3U);"
        for code, sign in ((1, "+"), (2, "-")):
            yield f"            {'if' if code == 1 else 'else if'} (code == {code}U)"
            yield "            {"
            yield f"                z = ({kind})(z {sign} ({kind}){value});"
            yield "            }"
        yield "            else"
        yield "            {"
        yield "                /* The weight is 0. */"
        yield "            }"

    def _outputs(self) -> Iterator[str]:
        layers = self._network.layers
        yield f"{self._static}{self._outputs_head()}"
        yield "{"
        for number, layer in enumerate(layers[:-1], start=1):
            yield f"    {self._types[number]} a{number}[{layer.units}];"
        yield ""
        for number, layer in enumerate(layers, start=1):
            read = ", ".join("x" if source == 0 else f"a{source}" for source in layer.sources)
            yield f"    {self._prefix}_layer{number}({read}, {'y' if number == len(layers) else f'a{number}'});"
        yield "}"
        yield ""

    def _label(self) -> Iterator[str]:
        yield f"{self._static}{self._label_head()}"
        yield "{"
        kind = self.label_type
        if self._network.outputs == 1:
            yield f"    return ({kind})((y[0] > 0) ? 1U : 0U);"
        else:
            yield f"    {kind} best = 0U;"
            yield f"    {kind} k;"
            yield ""
            yield f"    for (k = 1U; k < {self._network.outputs}U; k++)"
            yield from (
                "    {",
                "        if (y[k] > y[best])",
                "        {",
                "            best = k;",
                "        }",
                "    }",
            )
            yield "    return best;"
        yield "}"
        yield ""


def _activation(function: ScaledActivation, target: str, kind: str, reach: int) -> Iterator[str]:
    """The assignment of the output; an output fits its type by the bounds, whichever piece it is on."""
    wide = signed_type(reach)
    values = []
    for slope, intercept in zip(function.slopes, function.intercepts, strict=True):
        value = literal(intercept)
        if slope:
            value = f"({wide})z" if slope == 1 else f"({wide})(({wide}){literal(slope)} * ({wide})z)"
            value = f"{value} + {literal(intercept)}" if intercept > 0 else value
            value = f"{value} - {literal(-intercept)}" if intercept < 0 else value
        plain = value == f"({wide})z"
        values.append(f"{target} = ({kind}){'z' if plain else f'({value})'};")
    if len(values) == 1:
        yield f"        {values[0]}"
        return
    for place, value in enumerate(values):
        if place < len(function.starts):
            yield f"        {'else ' if place else ''}if (z < {literal(function.starts[place])})"
        else:
            yield "        else"
        yield from ("        {", f"            {value}", "        }")


def _ternary(weights: np.ndarray) -> bool:
    return bool((abs(weights) <= 1).all())


def _packed(weights: np.ndarray) -> np.ndarray:
    """Four weights a byte, [units, bytes]."""
    codes = np.where(weights == -1, 2, weights.astype(np.int64)).astype(np.uint8)
    padded = np.pad(codes, ((0, 0), (0, -codes.shape[1] % 4))).reshape(len(codes), -1, 4)
    return np.asarray((padded << np.array([0, 2, 4, 6], dtype=np.uint8)).sum(axis=2), dtype=np.uint8)
