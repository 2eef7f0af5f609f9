"""`dnnt to`: the formats by their suffix, what is told, and what is refused."""

from pathlib import Path

import numpy as np
import pytest

from dnnt_encode.instance import Instance, Weights
from dnnt_encode.parsers import save_instance, save_weights
from tests.command_line import dnnt


@pytest.fixture(name="folder")
def _folder(tmp_path: Path) -> Path:
    """Weights of a network with decimals, self-contained and not, and their instance."""
    instance = Instance.from_arrays([[0, 1], [1, 0]], [1, 2], hidden=[2], weights=("-1/2", 0, "1/3"), loss="l1")
    weights = Weights.nearest(instance, [([[1, -1], [0, 1]], [0, 1]), ([[1, 1]], [0])])
    save_instance(instance, tmp_path / "instance.json")
    save_weights(weights, tmp_path / "plain.json")
    save_weights(weights, tmp_path / "whole.json", self_contained=True)
    return tmp_path


@pytest.mark.parametrize(
    ("suffix", "files"), [(".c", [".c", ".h"]), (".h", [".h"]), (".npz", [".npz"]), (".py", [".py"])]
)
def test_what_is_told(folder: Path, capsys: pytest.CaptureFixture[str], suffix: str, files: list[str]) -> None:
    done = dnnt(capsys, "to", folder / "whole.json", "-o", folder / f"net{suffix}", "--range", "0..1")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith(f"c {folder}/net{suffix}: written\n")
    scaled = "denominators" if suffix == ".npz" else "c outputs are whole numbers of 1/18\n"
    assert scaled in done.out
    assert sorted(path.name for path in folder.glob("net.*")) == [f"net{suffix}" for suffix in files]


def test_onnx(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    onnx = pytest.importorskip("onnx")
    done = dnnt(capsys, "to", folder / "whole.json", "-o", folder / "net.onnx", "--range=0..1", "--qonnx")
    assert (done.code, done.err) == (0, "")
    assert "c float32: every number is an integer below 2^24" in done.out
    assert "c the tensor outputs_times_18 is 18 times the outputs" in done.out
    model = onnx.load(folder / "net.onnx")
    types = {
        note.tensor_name: note.quant_parameter_tensor_names[0].value for note in model.graph.quantization_annotation
    }
    assert types == {
        "inputs": "BINARY",
        "b1": "UINT2",
        "b2": "BINARY",
        "w1": "INT3",
        "a1": "UINT3",
        "w2": "BINARY",
        "outputs_times_18": "UINT3",
    }


def test_weights_with_their_instance(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    alone = dnnt(capsys, "to", folder / "plain.json", "-o", folder / "net.npz")
    assert alone.code == 1
    assert "carry no network" in alone.err
    done = dnnt(capsys, "to", folder / "plain.json", "--instance", folder / "instance.json", "-o", folder / "net.npz")
    assert done.code == 0
    with np.load(folder / "net.npz") as arrays:
        assert arrays["weights_1"].tolist() == [[2, -3], [0, 2]]
        assert int(arrays["weights_1_denominator"]) == 6


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["-o", "net.txt"], 2, "known are .c (C99 and its header)"),
        (["-o", "-"], 2, "tells no format"),
        (["-o", "whole.json"], 2, "tells no format"),
        (["-o", "net.py", "--main"], 1, "main says nothing for a Python module"),
        (["-o", "net.c", "--qonnx"], 1, "says nothing for C99"),
        (["-o", "net.c", "--range", "1"], 2, "two numbers are needed, as in -5..5"),
        (["-o", "net.c", "--range", "5..1"], 1, "between 5 and 1"),
        (["-o", "net.c", "--range", "0..1", "--range", "0..2"], 2, "given twice for all columns"),
        (["-o", "net.c", "--range", "x7=0..1"], 1, "no column 'x7'"),
        (["-o", "net.c", "--decimals", "-1"], 2, "a number of decimals is needed"),
        (["-o", "net.c", "--decimals", "30"], 1, "64 are at hand: say between which bounds"),
        (["-o", "nowhere/net.c"], 1, "there is no such folder"),
    ],
)
def test_refusals(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, arguments: list[str], code: int,
    words: str,
) -> None:  # fmt: skip
    monkeypatch.chdir(folder)
    done = dnnt(capsys, "to", "whole.json", *arguments)
    assert (done.code, done.out) == (code, "")
    assert words in done.err
    assert "Traceback" not in done.err
    assert not list(folder.glob("net*"))
