"""Scratch arrays that are used again and again, so that the inner loops allocate nothing."""

from __future__ import annotations

import math
from typing import Any

import numpy as np


class Buffers:
    """Arrays by name; a larger request replaces the array. What a name held is lost when it is asked for again."""

    def __init__(self) -> None:
        self._held: dict[tuple[str, Any], np.ndarray] = {}
        self._constants: dict[tuple[float, Any], np.ndarray] = {}

    def get(self, name: str, shape: tuple[int, ...], dtype: Any) -> np.ndarray:
        """An array of that shape with whatever was in it."""
        size = math.prod(shape)
        held = self._held.get((name, dtype))
        if held is None or len(held) < size:
            held = self._held[name, dtype] = np.empty(size, dtype=dtype)
        return held[:size].reshape(shape)

    def full(self, value: float, shape: tuple[int, ...], dtype: Any) -> np.ndarray:
        """A constant array, not to be written. (numpy takes the maximum of two arrays several times as fast as that of
        an array and a number.)"""
        size = math.prod(shape)
        held = self._constants.get((value, dtype))
        if held is None or len(held) < size:
            held = self._constants[value, dtype] = np.full(size, value, dtype=dtype)
        return held[:size].reshape(shape)

    def zeros(self, shape: tuple[int, ...], dtype: Any) -> np.ndarray:
        return self.full(0.0, shape, dtype)
