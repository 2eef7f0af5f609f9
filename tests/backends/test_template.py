"""The backend of the documentation works as it says."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import numpy as np

from dnnt_encode import Instance
from tests.solving.scripted import race

TEMPLATE = Path(__file__).parents[2] / "docs" / "backend_template.py"


def template() -> Any:
    spec = importlib.util.spec_from_file_location("backend_template", TEMPLATE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.RandomBackend()


def test_the_template_is_a_backend() -> None:
    rng = np.random.default_rng(0)
    instance = Instance.from_arrays(rng.integers(0, 2, (10, 3)), rng.integers(0, 2, 10), hidden=[1])
    first, again = (race(instance, template(), seed=4) for _ in range(2))
    assert first.stopped == "10,000 draws were made"
    assert first.loss == again.loss
    assert race(instance, template(), seed=4, threshold=first.loss).status == "SATISFIABLE"
