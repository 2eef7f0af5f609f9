"""The nodes of a search over the weights of some inputs, expanded and bounded many at a time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dnnt_encode.algorithms.one_layer.relaxation import Level
from dnnt_encode.algorithms.one_layer.unit import Unit


@dataclass(frozen=True, eq=False)
class Nodes:
    """Nodes of one depth: partial sums [N, m], positions of what was chosen [N, depth], its price [N], for each limit
    how many inputs are used [N, limits]; ``bound`` [N] on the objective, in the end that of the bias at ``bias``."""

    sums: np.ndarray
    chosen: np.ndarray
    price: np.ndarray
    used: np.ndarray
    bound: np.ndarray
    bias: np.ndarray

    def __len__(self) -> int:
        return len(self.bound)

    @property
    def depth(self) -> int:
        return int(self.chosen.shape[1])

    def take(self, which: np.ndarray | slice) -> Nodes:
        return Nodes(
            self.sums[which],
            self.chosen[which],
            self.price[which],
            self.used[which],
            self.bound[which],
            self.bias[which],
        )

    def sorted_below(self, cutoff: int) -> Nodes:
        """Those whose bound is below ``cutoff``, least first."""
        kept = np.flatnonzero(self.bound < cutoff)
        return self.take(kept[np.argsort(self.bound[kept], kind="stable")])


class Subspace:
    """The weights of ``features``, in an order of its own (``order`` grows with the depth), while the others are 0 or
    fixed. ``zeros``: whether a weight may be 0 where its table allows that; ``limits`` are then minded. ``base``: what
    the fixed weights add to every input [n], ``base_price`` to the objective."""

    def __init__(self, unit: Unit, features: list[int], base: np.ndarray, base_price: int, zeros: bool) -> None:
        self._unit, self.features = unit, features
        self._rows = unit.loss.on(unit.x[:, features], base, unit.biases)
        kept = [np.flatnonzero((unit.tables[k] != 0) | zeros | ~unit.optional[k]) for k in features]
        self._positions = kept
        self._values = [unit.tables[k][chosen] for k, chosen in zip(features, kept, strict=True)]
        self._prices = [unit.prices[k][chosen] for k, chosen in zip(features, kept, strict=True)]
        self._cheapest = [int(prices.min()) for prices in self._prices]
        ends = [(int(values[0]), int(values[-1])) for values in self._values]
        columns = self._rows.columns
        corners = [columns * np.array([end[side] for end in ends], dtype=columns.dtype) for side in (0, 1)]
        self._low, self._high = np.minimum(*corners), np.maximum(*corners)
        self._base_price = base_price
        # Which limits each input counts for; supports keep within them from the beginning.
        masks = [mask[features] for mask, _ in unit.limits] if zeros else []
        self._counts = np.array(masks, dtype=np.int64).reshape(len(masks), len(features))
        self._most = unit.room if zeros else np.zeros(0, dtype=np.int64)
        self.order: list[int] = []
        self._levels: list[Level] = []

    @property
    def depth(self) -> int:
        """The depth at which everything is chosen."""
        return len(self.features)

    def root(self) -> Nodes:
        """The node where nothing is chosen."""
        sums = self._rows.base[None, :]
        loss, bias = self._level([]).least(sums)
        price = np.array([self._base_price], dtype=np.int64)
        return Nodes(
            sums,
            np.zeros((1, 0), dtype=np.int32),
            price,
            np.zeros((1, len(self._most)), dtype=np.int64),
            self._unit.loss_price * loss + price + sum(self._cheapest),
            bias,
        )

    def room(self, depth: int, elements: int) -> int:
        """How many nodes of a depth are expanded at once, so that about so many array elements are computed."""
        level = self._levels[depth]
        return max(1, elements // (len(self._values[self.order[depth]]) * (len(self._rows.base) + level.width)))

    def extend(self, nodes: Nodes, cutoff: int, tried: int) -> int:
        """Choose the input of the next depth by trying all on up to ``tried`` of these nodes; returns how many nodes
        that took."""
        rest = [k for k in range(self.depth) if k not in self.order]
        sample = nodes.take(np.linspace(0, len(nodes) - 1, min(len(nodes), tried)).astype(np.int64))
        best: tuple[tuple[int, int], int, Level] | None = None
        spent = 0
        for k in rest:
            level = self._level([*self.order, k])
            rank = (0, 0)
            if len(rest) > 1:
                bound = self._children(sample, k, level).bound
                spent += len(bound)
                rank = int((bound < cutoff).sum()), -int(np.minimum(bound, cutoff).sum())
            if best is None or rank < best[0]:
                best = rank, k, level
        assert best is not None
        self.order.append(best[1])
        self._levels.append(best[2])
        return spent

    def children(self, nodes: Nodes) -> Nodes:
        """All children of some nodes, with their bounds; without those that a limit forbids."""
        return self._children(nodes, self.order[nodes.depth], self._levels[nodes.depth])

    def weights(self, chosen: np.ndarray) -> np.ndarray:
        """The positions of all weights [d] in their tables where everything is chosen."""
        result = self._unit.resting.copy()
        for k, choice in zip(self.order, chosen.tolist(), strict=True):
            result[self.features[k]] = self._positions[k][choice]
        return result

    def _level(self, order: list[int]) -> Level:
        rest = [k for k in range(self.depth) if k not in order]
        low, high = (ends[:, rest].sum(axis=1, dtype=ends.dtype) for ends in (self._low, self._high))
        return self._rows.level(rest, low, high)

    def _children(self, nodes: Nodes, k: int, level: Level) -> Nodes:
        values, prices = self._values[k], self._prices[k]
        parent, choice = np.divmod(np.arange(len(nodes) * len(values)), len(values))
        used = nodes.used[parent]
        if len(self._most):
            used = used + (values[choice] != 0)[:, None] * self._counts[:, k]
            allowed = np.flatnonzero((used <= self._most).all(axis=1))
            parent, choice, used = parent[allowed], choice[allowed], used[allowed]
        sums = nodes.sums[parent] + values[choice][:, None] * self._rows.columns[:, k]
        price = nodes.price[parent] + prices[choice]
        loss, bias = level.least(sums)
        order = [*self.order[: nodes.depth], k]
        rest = sum(price for column, price in enumerate(self._cheapest) if column not in order)
        chosen = np.column_stack([nodes.chosen[parent], choice.astype(np.int32)])
        return Nodes(sums, chosen, price, used, self._unit.loss_price * loss + price + rest, bias)
