"""Starts by straight-through gradient: real latent parameters, a forward pass with the nearest allowed values.

The gradient passes the rounding as if it were not there, and flat pieces of activations with a leak
(``PiecewiseLinear.slopes_at``); Adam moves the latent parameters within their sets, with a rate that falls along a
cosine. A count of errors has no gradient: cross-entropy with a learned scale stands for it with classes, and absolute
values are followed by a Huber penalty whose width shrinks. Everything here is approximate and only proposes: the exact
loss of what it comes to decides.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from dnnt_encode.training.buffers import Buffers
from dnnt_encode.training.effort import CALL, ELEMENT, PRODUCT
from dnnt_encode.training.problem import Keys, Problem
from dnnt_encode.training.state import State

MOMENTUM, VARIANCE = 0.9, 0.99
SCALE_RATE = 0.02
STRIDES = 32
"""Rates are shares of the spacing of a set, or of this part of its range where that is more."""

LAST_RATE = 0.02
"""The rate at the end, as a share of that at the beginning."""

f32 = np.float32


class StraightThrough:
    """Latent parameters of ``problem``, [units, fan_in + 1] a layer, drawn evenly over their sets (biases: the
    middle)."""

    def __init__(self, problem: Problem, rng: np.random.Generator, rate: float, batch: int) -> None:
        self._problem, self._rng, self._rate = problem, rng, rate
        self._batch = min(batch, problem.samples)
        self._buffers = Buffers()
        self._latent, self._lowest, self._highest, self._unit = [], [], [], []
        for layer in problem.layers:
            choices = layer.choices
            middle, half = (choices.low + choices.high) / 2, (choices.high - choices.low) / 2
            drawn = middle + half * rng.uniform(-1, 1, choices.shape)
            drawn[:, -1] = middle[:, -1]
            self._latent.append(drawn.astype(f32))
            self._lowest.append((choices.low - 0.49 * choices.spacing).astype(f32))
            self._highest.append((choices.high + 0.49 * choices.spacing).astype(f32))
            self._unit.append((np.maximum(choices.spacing, 2 * half / STRIDES) * choices.free).astype(f32))
        self._mean = [np.zeros_like(part) for part in self._latent]
        self._square = [np.zeros_like(part) for part in self._latent]
        self._steps = 0
        costs = problem.costs
        self._weights = (costs.counts / costs.counts.mean()).astype(f32)
        self._targets = costs.targets if costs.by_class else np.ascontiguousarray(costs.targets.T.astype(f32))
        self._spread = 1.0 if costs.by_class else max(1.0, 0.3 * float(self._targets.std()))
        first = self._forward(np.arange(min(problem.samples, 512)), self._values())[-1]
        self._scale = 1 / (float(first.std()) or float(np.abs(first).mean()) or 1.0)
        self._scale_mean = self._scale_square = 0.0
        parameters = sum(part.size for part in self._latent)
        self._effort = 4 * CALL + 30 * ELEMENT * parameters + 3 * PRODUCT * self._batch * parameters
        self._check = CALL + PRODUCT * problem.samples * parameters

    def run(self, steps: int) -> Iterator[tuple[float, tuple[int, float, Keys] | None]]:
        """Make some steps. Yields the effort of what was done, and now and then, after every other pass through the
        data and at the end, the loss, rank and keys of the nearest allowed values."""
        n, every = self._problem.samples, max(10, 2 * self._problem.samples // self._batch)
        order, at = self._rng.permutation(n), 0
        for step in range(steps):
            if at + self._batch > n:
                order, at = self._rng.permutation(n), 0
            done = step / steps
            self._step(order[at : at + self._batch], done)
            at += self._batch
            if (step + 1) % every == 0 or step == steps - 1:
                yield self._effort + self._check, self._found()
            else:
                yield self._effort, None

    def _found(self) -> tuple[int, float, Keys]:
        keys = self._keys()
        outputs = State(self._problem, keys).outputs
        costs = self._problem.costs
        return costs.exact(outputs), costs.rank(outputs), keys

    def _keys(self) -> Keys:
        return [layer.choices.nearest(held) for layer, held in zip(self._problem.layers, self._latent, strict=True)]

    def _values(self) -> list[np.ndarray]:
        pairs = zip(self._problem.layers, self._keys(), strict=True)
        return [layer.choices.values[keys].astype(f32) for layer, keys in pairs]

    def _forward(self, rows: np.ndarray, values: list[np.ndarray]) -> list[np.ndarray]:
        """Inputs and outputs of every layer [rows, units]; pre-activations are kept for the way back."""
        a = [self._problem.rows[rows].astype(f32, copy=False)]
        self._z = []
        for layer, w in zip(self._problem.layers, values, strict=True):
            z = np.repeat(w[None, :, -1], len(rows), axis=0)
            for source, columns in layer.reads:
                z += a[source] @ w[:, columns].T
            self._z.append(z)
            a.append(z if layer.activation.is_identity else layer.activation.apply(z.copy(), self._buffers))
        return a

    def _step(self, rows: np.ndarray, done: float) -> None:
        layers, values = self._problem.layers, self._values()
        a = self._forward(rows, values)
        back: list[np.ndarray | None] = [None] * len(a)
        back[-1] = self._gradient(a[-1], rows, done)
        gradients: list[np.ndarray] = [a[0]] * len(layers)
        for position in range(len(layers) - 1, -1, -1):
            flow, layer = back[position + 1], layers[position]
            assert flow is not None
            slopes = layer.activation.slopes_at(self._z[position])
            if slopes is not None:
                flow = flow * slopes
            gradient = np.empty_like(values[position])
            gradient[:, -1] = flow.sum(axis=0)
            for source, columns in layer.reads:
                gradient[:, columns] = flow.T @ a[source]
                if source:
                    part = flow @ values[position][:, columns]
                    held = back[source]
                    back[source] = part if held is None else held + part
            gradients[position] = gradient
        self._move(gradients, self._rate * (LAST_RATE + (1 - LAST_RATE) * 0.5 * (1 + np.cos(np.pi * done))))

    def _move(self, gradients: list[np.ndarray], rate: float) -> None:
        """A step of Adam."""
        self._steps += 1
        first = f32(rate / (1 - MOMENTUM**self._steps))
        second = f32((1 - VARIANCE**self._steps) ** -0.5)
        for k, gradient in enumerate(gradients):
            mean, square, latent = self._mean[k], self._square[k], self._latent[k]
            mean *= f32(MOMENTUM)
            mean += f32(1 - MOMENTUM) * gradient
            square *= f32(VARIANCE)
            square += f32(1 - VARIANCE) * gradient * gradient
            latent -= first * mean / (np.sqrt(square) * second + f32(1e-10)) * self._unit[k]
            np.clip(latent, self._lowest[k], self._highest[k], out=latent)

    def _gradient(self, f: np.ndarray, rows: np.ndarray, done: float) -> np.ndarray:
        """What stands for the derivative of the mean loss by the outputs f [rows, K]."""
        costs = self._problem.costs
        weights = (self._weights[rows] / f32(len(rows)))[:, None]
        targets, factor = self._targets[rows], np.asarray(f32(costs.factor))
        if not costs.by_class:
            return np.asarray(factor * self._slopes(f * factor - targets - f32(costs.free), done) * weights)
        if costs.outputs == 1:
            factor = np.where(targets == 1, -factor, factor)[:, None]
            r = f * factor - f32(costs.free)
            if costs.counting:
                return np.asarray(factor * self._one_entropy(r + f32(costs.free / 2), weights))
            return np.asarray(factor * self._slopes(r, done) * weights)
        own = np.arange(len(rows)), targets
        if costs.counting:
            return self._cross_entropy(f * factor, own, weights) * factor
        r = (f - f[own][:, None]) * factor - f32(costs.free)
        r[own] = 0
        slopes = self._slopes(r, done)
        slopes[own] = 0
        slopes[own] = -slopes.sum(axis=1)
        return np.asarray(slopes * factor * weights)

    def _slopes(self, r: np.ndarray, done: float) -> np.ndarray:
        """The derivative of the penalty by the residuals [rows, k]: the slope of the greatest line, less where the
        penalty is small, so that the kink of an absolute value is rounded, ever less."""
        costs = self._problem.costs
        lines = np.array(costs.lines, dtype=f32)
        values = r[..., None] * lines[:, 0] + lines[:, 1]
        greatest = values.argmax(axis=-1)
        linear, slopes = values.max(axis=-1), lines[greatest, 0]
        if costs.power == 2:
            return np.asarray(2 * slopes * linear)
        if not costs.by_class:
            slopes = slopes * np.minimum(linear / f32(max(1.0, self._spread * (1 - done))), 1)
        if costs.reduction == "max":
            slopes *= linear == linear.max(axis=1, keepdims=True)
        return np.asarray(slopes)

    def _one_entropy(self, r: np.ndarray, weights: np.ndarray) -> np.ndarray:
        """The derivative of cross-entropy by the residual r [rows, 1] of one output; it asks for half the margin."""
        slope = 1 / (1 + np.exp(np.clip(-r * f32(self._scale), -30, 30)))
        self._learn_scale(float((slope * r * weights).sum()))
        return np.asarray(slope * f32(self._scale) * weights)

    def _cross_entropy(self, f: np.ndarray, own: tuple[np.ndarray, np.ndarray], weights: np.ndarray) -> np.ndarray:
        """The same for the outputs of several classes f [rows, K]; ``own`` picks those of the targets."""
        scale = f32(self._scale)
        u = f * scale
        u[own] += scale * f32(self._problem.costs.free / 2)
        u -= u.max(axis=1, keepdims=True)
        share = np.exp(u)
        share /= share.sum(axis=1, keepdims=True)
        share[own] -= 1
        self._learn_scale(float((share * f * weights).sum()))
        return np.asarray(share * scale * weights)

    def _learn_scale(self, slope: float) -> None:
        """Follow the derivative of the cross-entropy by the scale of the outputs."""
        slope *= self._scale
        self._scale_mean = 0.9 * self._scale_mean + 0.1 * slope
        self._scale_square = 0.99 * self._scale_square + 0.01 * slope * slope
        step = SCALE_RATE * self._scale_mean / (self._scale_square**0.5 + 1e-12)
        self._scale *= float(np.exp(-np.clip(step, -0.1, 0.1)))
