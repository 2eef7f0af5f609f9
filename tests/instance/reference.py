"""The semantics once more, in the plainest Python there is: Fractions and loops, straight from their definition."""

from __future__ import annotations

from fractions import Fraction

from dnnt_encode.instance import ExactArray, Instance, Weights


def act(name: str, c: Fraction | None, z: Fraction) -> Fraction:
    if name == "relu":
        return max(Fraction(0), z)
    if name == "identity":
        return z
    if name == "sign":
        return Fraction(1 if z >= 0 else -1)
    if name == "step":
        return Fraction(1 if z >= 0 else 0)
    assert name == "clipped_relu"
    assert c is not None
    return min(c, max(Fraction(0), z))


def outputs(instance: Instance, weights: Weights, x: list[Fraction]) -> list[Fraction]:
    signals = [x]
    for layer, values in zip(instance.network.layers, weights.layers, strict=True):
        a = [value for source in layer.sources for value in signals[source]]
        w, b = values.weights.fractions(), values.biases.fractions()
        signals.append(
            [
                act(layer.activation.name, layer.activation.c, sum((p * q for p, q in zip(w[u], a, strict=True)), b[u]))
                for u in range(layer.units)
            ]
        )
    return signals[-1]


def loss_of(instance: Instance, f: list[Fraction], y: list[Fraction] | int) -> Fraction:
    name, m = instance.loss.name, instance.loss.margin
    if isinstance(y, list):
        r = [a - b for a, b in zip(f, y, strict=True)]
        return {
            "zero_one": Fraction(int(any(r))),
            "l1": sum(map(abs, r), Fraction(0)),
            "l2": sum((v * v for v in r), Fraction(0)),
            "linf": max(map(abs, r)),
        }[name]
    if len(f) == 1:
        r = [m - (f[0] if y == 1 else -f[0])]
    else:
        r = [m - (f[y] - f[k]) for k in range(len(f)) if k != y]
    positive = [max(Fraction(0), v) for v in r]
    return {
        "misclassification": Fraction(int(any(v > 0 for v in positive))),
        "hinge": sum(positive, Fraction(0)),
        "squared_hinge": sum((v * v for v in positive), Fraction(0)),
    }[name]


def total_loss(instance: Instance, weights: Weights) -> Fraction:
    data = instance.dataset
    x = data.x.fractions()
    y = data.y.fractions().tolist() if isinstance(data.y, ExactArray) else data.y.tolist()
    return sum(
        (
            int(count) * loss_of(instance, outputs(instance, weights, list(row)), target)
            for row, target, count in zip(x, y, data.multiplicity, strict=True)
        ),
        Fraction(0),
    )
