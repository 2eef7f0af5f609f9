"""A Python module that needs numpy alone: the network in int64, and the cells of rows as its inputs."""

from __future__ import annotations

from typing import Any

import numpy as np

from dnnt_encode._version import __version__
from dnnt_encode.parsers.notation import MISSING
from dnnt_encode.transfer.trained import Trained, Written

_HEAD = '''\
"""{title}: a trained network, {shape}, in exact integer arithmetic. Needs numpy alone.

    outputs(x)      OUTPUT_SCALE times the outputs [n, m], for x [n, d]: INPUT_SCALE times the inputs INPUTS
    predict(x)      {predict}
{encode}
Written by dnnt-encode {version}.
"""
'''

_ENCODE_LINE = """\
    encode(rows)    such an x [n, d] for rows, each one a mapping from the names in COLUMNS to cells: numbers (a float
                    means the decimal that it shows), texts, None where a value is missing
"""

_NETWORK = '''

def outputs(x):
    """OUTPUT_SCALE times the outputs (int64 [n, m]) for integers x [n, d] from LOWER to UPPER. Raises ValueError."""
    x = np.asarray(x)
    if x.ndim != 2 or x.shape[1] != len(INPUTS) or x.dtype.kind not in "iu":
        raise ValueError(f"found {x.dtype} of shape {x.shape}; integers of shape [n, {len(INPUTS)}] are needed")
    if ((x < LOWER) | (x > UPPER)).any():
        raise ValueError("an input is out of its range, LOWER to UPPER")
    signals = [x.astype(np.int64)]
    for layer in LAYERS:
        z = np.concatenate([signals[source] for source in layer["sources"]], axis=1) @ layer["weights"].T
        z = z + layer["biases"]
        a = z * layer["slopes"][0] + layer["intercepts"][0]
        for start, slope, intercept in zip(layer["starts"], layer["slopes"][1:], layer["intercepts"][1:]):
            a = np.where(z >= start, z * slope + intercept, a)
        signals.append(a)
    return signals[-1]
'''

_CLASSES = '''

def predict(x):
    """The class of every row, as an index of CLASSES (int64 [n])."""
    f = outputs(x)
    return (f[:, 0] > 0).astype(np.int64) if f.shape[1] == 1 else f.argmax(axis=1)
'''

_NUMBERS = '''

def predict(x):
    """The exact outputs, as lists [n][m] of Fraction."""
    return [[Fraction(value, OUTPUT_SCALE) for value in row] for row in outputs(x).tolist()]
'''

_ENCODING = '''

def encode(rows):
    """The inputs (int64 [n, d]) of the cells of some rows. Raises ValueError for a cell that cannot be one."""
    return np.array([_inputs(row) for row in rows], dtype=np.int64).reshape(-1, len(INPUTS))


def _inputs(row):
    inputs = []
    for column in COLUMNS:
        try:
            inputs += _features(column, row[column["name"]])
        except ValueError as error:
            raise ValueError(f"column {column['name']!r}: {error}") from None
    return inputs


def _features(column, cell):
    gap = cell is None or cell != cell or (isinstance(cell, str) and cell.strip().lower() in MISSING)
    return _encoded(column, cell, gap) + ([INPUT_SCALE * int(gap)] if column["indicator"] else [])


def _encoded(column, cell, gap):
    encode = column["encode"]
    if encode == "dropped":
        return []
    if gap:
        if column["fill"] is None:
            raise ValueError("a value is missing")
        value = column["fill"]
    elif encode == "onehot":
        value = _code(column, cell)
    else:
        value = _number(cell) * column["unit"]
    if encode == "onehot":
        return [column["factor"] * int(code + 1 == value) for code in range(len(column["categories"]))]
    if encode == "none":
        if value != int(value):
            raise ValueError(f"found {cell!r}; whole numbers of 1/{column['unit']} are needed")
        return [column["factor"] * int(value)]
    above = [int(value > cut) for cut in column["cuts"]]
    if encode == "median":
        above = [2 * above[0] - 1]
    elif encode == "quantile":
        above = [sum(above)]
    elif encode == "bits":
        above = [sum(above) >> bit & 1 for bit in reversed(range(len(above).bit_length()))]
    return [column["factor"] * value for value in above]


def _number(cell):
    if isinstance(cell, str):
        text = cell.strip()
        number = Fraction(text.rstrip("% "))
        return number / 100 if text.endswith("%") else number
    return Fraction(repr(float(cell))) if isinstance(cell, (float, np.floating)) else Fraction(cell)


def _code(column, cell):
    text = cell.strip() if isinstance(cell, str) else None
    if text in column["categories"]:
        return column["categories"].index(text) + 1
    # Other ways to write a number are the same category; 007 and 5 % are texts, unless the column is one of numbers.
    if column["numeric"] or text is None or (len(text) <= 40 and _PLAIN.fullmatch(text)):
        number = _number(cell) * column["unit"]
        return column["values"].index(number) + 1 if number in column["values"] else 0
    return 0


_PLAIN = re.compile(r"[+-]?(?:(?:0|[1-9][0-9]*)(?:\\.[0-9]*)?|\\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?")
'''


def write(trained: Trained) -> Written:
    """The module."""
    network, rows = trained.network, trained.rows
    classes = trained.classes is not None
    encodes = rows.record is not None
    title = trained.name.replace("\\", "\\\\").replace('"', "'")
    parts = [
        _HEAD.format(
            title=" ".join(title.split()),
            shape=trained.describe(),
            predict="the index in CLASSES of the class of every row" if classes else "the exact outputs, as fractions",
            encode=_ENCODE_LINE if encodes else "",
            version=__version__,
        ),
        *(["import re"] if encodes else []),
        *(["from fractions import Fraction", ""] if encodes or not classes else []),
        "import numpy as np",
        "",
        f"INPUTS = {_tuple(rows.names)}",
        f"INPUT_SCALE = {network.input_scale}",
        f"OUTPUT_SCALE = {network.output_scale}",
        *([f"CLASSES = {_tuple(trained.classes)}"] if trained.classes is not None else []),
        f"LOWER = {_array(network.lower)}",
        f"UPPER = {_array(network.upper)}",
        "LAYERS = (",
        *(_layer(layer) for layer in network.layers),
        ")",
    ]
    if encodes:
        parts += [f"MISSING = {sorted({*MISSING, *_more_missing(trained)})}", "COLUMNS = ("]
        parts += [f"    {_column(trained, number)}," for number in range(len(rows.columns))]
        parts += [")"]
    text = "\n".join(parts) + "\n" + _NETWORK + (_CLASSES if classes else _NUMBERS) + (_ENCODING if encodes else "")
    return Written({".py": text.encode("utf-8", "backslashreplace")}, tuple(trained.scales()))


def _layer(layer: Any) -> str:
    function = layer.activation
    pieces = ", ".join(f'"{key}": {getattr(function, key)}' for key in ("starts", "slopes", "intercepts"))
    return (
        f'    {{"sources": {layer.sources}, {pieces},\n'
        f'     "weights": {_array(layer.weights)},\n     "biases": {_array(layer.biases)}}},'
    )


def _array(values: np.ndarray) -> str:
    return f"np.array({values.tolist()}, dtype=np.int64)"


def _tuple(texts: tuple[str, ...]) -> str:
    return "(" + "".join(f"{text!r}, " for text in texts).rstrip() + ")"


def _more_missing(trained: Trained) -> list[str]:
    record = trained.rows.record or {}
    return [str(text).strip().lower() for text in record.get("notation", {}).get("missing", [])]


def _column(trained: Trained, number: int) -> dict[str, Any]:
    plan = trained.rows.columns[number]
    entry: dict[str, Any] = {"name": plan.name, "encode": plan.encode, "fill": plan.fill, "unit": plan.unit}
    if plan.encode == "onehot":
        entry |= {"numeric": plan.numeric, "categories": plan.categories, "values": plan.values}
    elif plan.encode != "none":
        entry["cuts"] = plan.cuts
    return {**entry, "factor": trained.rows.factor(plan), "indicator": plan.indicator}
