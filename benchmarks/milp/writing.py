"""Writing MPS: the vectorised writer beside one formatted line a term, on the same models.

    python -m benchmarks.milp.writing

Prints terms a second of processor time for both, and the ratio.
"""

import time
from collections.abc import Callable, Iterable

import numpy as np

from dnnt_encode import Instance
from dnnt_encode.encoders.linear import encode_linear
from dnnt_encode.formats.mps import mps_text
from dnnt_encode.models.lowering import lower_model
from dnnt_encode.models.milp import MilpModel

SAMPLES = (1000, 4000, 16000)


def plain_text(model: MilpModel) -> Iterable[bytes]:
    """The columns section as anybody would write it first: names joined and formatted term by term."""
    names = model.names()
    rows = np.repeat(np.arange(model.rows), np.diff(model.row_start)).tolist()
    order = np.argsort(model.row_columns, kind="stable").tolist()
    columns, coefficients = model.row_columns.tolist(), model.row_coefficients.tolist()
    for term in order:
        yield f" {names[columns[term]]} r{rows[term] + 1} {coefficients[term]}\n".encode()


def rate(write: Callable[[MilpModel], Iterable[bytes]], model: MilpModel) -> float:
    """Terms a second of processor time, the best of three."""
    best = 0.0
    for _ in range(3):
        start = time.process_time()
        for _ in write(model):
            pass
        best = max(best, model.terms / (time.process_time() - start))
    return best


def main() -> None:
    print(f"{'terms':>10} {'ours, terms/s':>14} {'plain, terms/s':>15} {'ratio':>6}")
    for samples in SAMPLES:
        rng = np.random.default_rng(0)
        instance = Instance.from_arrays(rng.integers(-3, 4, (samples, 40)), rng.integers(0, 2, samples), hidden=[4])
        model = lower_model(encode_linear(instance))
        ours, plain = rate(mps_text, model), rate(plain_text, model)
        print(f"{model.terms:>10} {ours:>14.2e} {plain:>15.2e} {ours / plain:>6.1f}")


if __name__ == "__main__":
    main()
