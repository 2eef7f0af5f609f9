"""The semantics once more, in the plainest Python there is: Fractions and loops, straight from their definition."""

from __future__ import annotations

from collections.abc import Callable
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
    """By the definition of the loss's name; a loss of a test's own follows the lines of its penalty."""
    chosen, p = instance.loss, instance.loss.parameters
    m, e, q = p.get("margin", Fraction(1)), p.get("epsilon", Fraction(0)), p.get("quantile", Fraction(0))
    if isinstance(y, list):
        r = [a - b for a, b in zip(f, y, strict=True)]
    elif len(f) == 1:
        r = [-f[0] if y == 1 else f[0]]
    else:
        r = [f[k] - f[y] for k in range(len(f)) if k != y]
    zero = Fraction(0)
    known: dict[str, tuple[str, Callable[[Fraction], Fraction]]] = {
        "zero_one": ("any", abs),
        "l1": ("sum", abs),
        "l2": ("sum", lambda v: v * v),
        "linf": ("max", abs),
        "epsilon_insensitive": ("sum", lambda v: max(zero, abs(v) - e)),
        "pinball": ("sum", lambda v: -v * q if v < 0 else v * (1 - q)),
        "misclassification": ("any", lambda v: max(zero, m + v)),
        "hinge": ("sum", lambda v: max(zero, m + v)),
        "squared_hinge": ("sum", lambda v: max(zero, m + v) ** 2),
    }
    lines, power = chosen.penalty.lines, chosen.penalty.power
    plain = (chosen.reduction, lambda v: max(a * v + b for a, b in lines) ** power)
    reduction, penalty = known.get(chosen.name, plain)
    paid = [penalty(v) for v in r]
    if reduction == "any":
        return Fraction(int(any(v > 0 for v in paid)))
    return max(paid) if reduction == "max" else sum(paid, zero)


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
