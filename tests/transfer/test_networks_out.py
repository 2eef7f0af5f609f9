"""Every format is run, and gives the outputs of the exact evaluator, to the last bit."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from dnnt_encode.errors import InputError, ModelTooLarge
from dnnt_encode.instance import ExactArray, Instance, Weights
from dnnt_encode.transfer.columns import RowOptions
from dnnt_encode.transfer.kinds import write_network
from dnnt_encode.transfer.trained import Trained
from tests.transfer.networks import asked, exact_outputs, questions, random_ensemble, random_weights

STRICT = "-std=c99 -Wall -Wextra -Wconversion -Wsign-conversion -Werror -pedantic".split()
SANITIZED = "-g -fsanitize=address,undefined -fno-sanitize-recover=all".split()
SEEDS = [1, *(pytest.param(seed, marks=pytest.mark.nightly) for seed in range(100, 120))]
needs_gcc = pytest.mark.skipif(shutil.which("gcc") is None, reason="gcc is not installed")


@dataclass
class Case:
    weights: Weights
    asked: RowOptions
    trained: Trained
    x: np.ndarray
    f: np.ndarray


def cases(count: int, seed: int, **options: Any) -> list[Case]:
    rng = np.random.default_rng(seed)
    made: list[Case] = []
    while len(made) < count:
        weights = random_ensemble(rng) if len(made) % 4 == 3 and not options else random_weights(rng, **options)
        said = asked(rng)
        try:
            trained = Trained.of(weights, f"n{len(made)}", said)
        except ModelTooLarge:
            continue
        network = trained.network
        x = questions(rng, network.lower, network.upper)
        f = exact_outputs(weights, x, network.input_scale, network.output_scale)
        made.append(Case(weights, said, trained, x, f))
    return made


def load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("seed", SEEDS)
def test_python_modules(seed: int, tmp_path: Path) -> None:
    for number, case in enumerate(cases(60, seed)):
        write_network(case.weights, tmp_path / f"n{number}.py", options=case.asked)
        module = load(tmp_path / f"n{number}.py")
        found = module.outputs(case.x)
        assert found.dtype == np.int64
        assert np.array_equal(found, case.f)
        exact = case.weights.predict(ExactArray.from_scaled(case.x, module.INPUT_SCALE))
        predicted = module.predict(case.x)
        if case.weights.task == "vector" and case.f.shape[1] == 1:
            exact = [[value] for value in exact]
        assert np.array_equal(np.array(predicted, dtype=object), np.array(list(map(_listed, exact)), dtype=object))
        with pytest.raises(ValueError, match="out of its range"):
            module.outputs(np.array([module.UPPER + 1]))


def _listed(value: Any) -> Any:
    return list(value) if isinstance(value, np.ndarray) else value


@pytest.mark.parametrize("seed", SEEDS)
def test_arrays(seed: int, tmp_path: Path) -> None:
    for number, case in enumerate(cases(20, seed)):
        write_network(case.weights, tmp_path / f"n{number}.npz", options=case.asked)
        with np.load(tmp_path / f"n{number}.npz", allow_pickle=False) as arrays:
            for k, layer in enumerate(case.weights.layers, start=1):
                for key, exact in ((f"weights_{k}", layer.weights), (f"biases_{k}", layer.biases)):
                    assert np.array_equal(arrays[key].astype(object), exact.numerators.astype(object))
                    assert int(arrays[f"{key}_denominator"]) == exact.denominator
            assert arrays["inputs"].shape == (case.x.shape[1],)


@pytest.mark.parametrize("seed", SEEDS)
def test_onnx_models(seed: int, tmp_path: Path) -> None:
    pytest.importorskip("onnx")
    runtime = pytest.importorskip("onnxruntime")
    kinds = set()
    for number, case in enumerate(cases(60, seed)):
        path = tmp_path / f"n{number}.onnx"
        if case.trained.network.reach >= 2**53:
            with pytest.raises(ModelTooLarge, match="float64 holds 53"):
                write_network(case.weights, path, options=case.asked)
            assert not path.exists()
            continue
        write_network(case.weights, path, options=case.asked, annotate=bool(number % 2))
        session = runtime.InferenceSession(path, providers=["CPUExecutionProvider"])
        (given,) = session.get_inputs()
        kind = np.float32 if given.type == "tensor(float)" else np.float64
        kinds.add(kind)
        found = session.run(None, {given.name: case.x.astype(kind)})
        assert np.array_equal(found[0].astype(np.int64), case.f)
        if case.weights.task == "class":
            exact = case.weights.predict(ExactArray.from_scaled(case.x, case.trained.network.input_scale))
            assert found[1].dtype == np.int64
            assert np.array_equal(found[1], exact)
    assert kinds == {np.float32, np.float64}


@pytest.mark.parametrize("bits", [24, 53])
def test_the_last_integers_that_a_float_type_holds(bits: int, tmp_path: Path) -> None:
    pytest.importorskip("onnx")
    runtime = pytest.importorskip("onnxruntime")
    instance = Instance.from_arrays([[0], [1]], [0, 1], hidden=0, weights=(1,), biases=(0,), loss="l1")
    weights = Weights.nearest(instance, [([[1]], [0])])
    for top in (2**bits - 1, 2**bits):
        said = RowOptions(ranges={None: (Fraction(0), Fraction(top))})
        if top == 2**53:
            with pytest.raises(ModelTooLarge, match="numbers of 54 bits"):
                write_network(weights, tmp_path / "net.onnx", options=said)
            continue
        write_network(weights, tmp_path / "net.onnx", options=said)
        session = runtime.InferenceSession(tmp_path / "net.onnx", providers=["CPUExecutionProvider"])
        (given,) = session.get_inputs()
        assert given.type == ("tensor(float)" if top < 2**24 else "tensor(double)")
        x = np.array([[top], [top - 1]], dtype=np.float32 if top < 2**24 else np.float64)
        assert session.run(None, {given.name: x})[0].astype(np.int64).tolist() == [[top], [top - 1]]


@needs_gcc
@pytest.mark.parametrize("seed", SEEDS)
def test_c_headers(seed: int, tmp_path: Path) -> None:
    made = cases(40, seed)
    driver = ["#include <inttypes.h>", "#include <stdio.h>"]
    blocks = []
    for number, case in enumerate(made):
        write_network(case.weights, tmp_path / f"n{number}.h", options=case.asked)
        driver.append(f'#include "n{number}.h"')
        rows = ",\n".join("{" + ", ".join(_constant(v) for v in row) + "}" for row in case.x.tolist())
        label = f'printf(" %d", (int)n{number}_label(y));' if case.weights.task == "class" else ""
        blocks.append(
            f"{{ static const n{number}_input_t x[][N{number}_INPUTS] = {{\n{rows}}};\n"
            f"for (unsigned i = 0U; i < {len(case.x)}U; i++) {{ n{number}_output_t y[N{number}_OUTPUTS];\n"
            f"n{number}_outputs(x[i], y);\n"
            f'for (unsigned k = 0U; k < N{number}_OUTPUTS; k++) {{ printf(" %" PRId64, (int64_t)y[k]); }}\n'
            f'{label} printf("\\n"); }} }}'
        )
    text = "\n".join([*driver, "int main(void) {", *blocks, "return 0; }"])
    lines = iter(compiled_run(tmp_path, text).splitlines())
    for case in made:
        classes = case.weights.predict(ExactArray.from_scaled(case.x, case.trained.network.input_scale))
        for row, label in zip(case.f.tolist(), classes, strict=True):
            expected = [*row, label] if case.weights.task == "class" else row
            assert list(map(int, next(lines).split())) == expected


def _constant(value: int) -> str:
    return f"INT64_C({value})" if abs(value) >= 2**31 else str(value)


def compiled_run(folder: Path, text: str, stdin: str = "") -> str:
    """What a program prints; it is compiled with every warning an error, and run under the sanitizers."""
    (folder / "driver.c").write_text(text)
    subprocess.run(["gcc", *STRICT, *SANITIZED, "driver.c", "-o", "driver"], cwd=folder, check=True)
    done = subprocess.run([folder / "driver"], input=stdin, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


@needs_gcc
def test_a_source_with_its_header_and_program(tmp_path: Path) -> None:
    """Without preprocessing the cells are the inputs, in their order."""
    for number, case in enumerate(cases(6, 5)):
        folder = tmp_path / str(number)
        folder.mkdir()
        write_network(case.weights, folder / "net.c", options=case.asked, main=True)
        subprocess.run(["gcc", *STRICT, *SANITIZED, "net.c", "-o", "net"], cwd=folder, check=True)
        scale = case.trained.network.input_scale
        exact = ExactArray.from_scaled(case.x, scale)
        rows = [",".join(map(_decimal, row)) for row in exact.fractions()]
        done = subprocess.run(
            [folder / "net"], input="\n".join(rows) + "\n", capture_output=True, text=True, check=False
        )
        assert (done.returncode, done.stderr) == (0, "")
        if case.weights.task == "class":
            expected = [str(label) for label in case.weights.predict(exact)]
        else:
            outputs = case.weights.outputs(exact).fractions()
            expected = [" ".join(map(_decimal, row)) for row in outputs]
        assert done.stdout.splitlines() == expected


def _decimal(value: Any) -> str:
    from dnnt_encode.parsers.numbers import fraction_text

    return fraction_text(value)


def test_what_no_format_takes(tmp_path: Path) -> None:
    weights = random_weights(np.random.default_rng(0))
    with pytest.raises(InputError, match=r"known are \.c"):
        write_network(weights, tmp_path / "net.txt")
    with pytest.raises(InputError, match="main says nothing for ONNX"):
        write_network(weights, tmp_path / "net.onnx", main=True)
    with pytest.raises(InputError, match="carry no network"):
        write_network(Weights(weights.layers), tmp_path / "net.c")
    with pytest.raises(InputError, match="no column 'x9'"):
        write_network(weights, tmp_path / "net.c", options=RowOptions(decimals={"x9": 1}))
    assert not list(tmp_path.iterdir())
