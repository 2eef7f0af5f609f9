"""`dnnt plot`: every kind of file becomes a picture that shows what it should, or is refused in one line."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from dnnt_encode import Instance, save
from dnnt_encode.instance.weights import Weights
from dnnt_encode.plots.network import network_figure
from tests.cli.process import XOR, write
from tests.command_line import dnnt

pytest.importorskip("matplotlib")


@pytest.fixture
def xor(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    """A folder with xor.json, weights.json and result.json."""
    write(tmp_path / "xor.json", XOR)
    run = dnnt(capsys, "solve", tmp_path / "xor.json", "-o", tmp_path / "weights.json", "--json", "--threads", 1)
    write(tmp_path / "result.json", run.out)
    return tmp_path


def test_every_kind_of_file_becomes_a_picture(xor: Path, capsys: pytest.CaptureFixture[str]) -> None:
    instance = ("--instance", xor / "xor.json")
    shown = {"network": "relu", "regions": "output", "result": "bound", "sizes": "clauses"}
    for name, words in {
        "network": ("weights.json", *instance),
        "regions": ("weights.json", *instance, "--regions"),
        "result": ("result.json",),
        "sizes": ("xor.json",),
    }.items():
        for _ in range(2):
            picture = xor / f"{name}.svg"
            before = picture.read_bytes() if picture.exists() else None
            run = dnnt(capsys, "plot", xor / words[0], *words[1:], "-o", picture)
            assert run.code == 0, run.err
        assert picture.read_bytes() == before
        assert f">{shown[name]}<" in picture.read_text() or f"{shown[name]}<" in picture.read_text()
    assert dnnt(capsys, "plot", xor / "weights.json", "-o", xor / "plain.png").code == 0
    assert (xor / "plain.png").read_bytes().startswith(b"\x89PNG")


def test_rows_by_their_content(xor: Path, capsys: pytest.CaptureFixture[str]) -> None:
    row = {"instance": "xor.json", "side": "cpsat", "status": "OPTIMUM FOUND", "seconds": 1.0, "limit": 2.0}
    (xor / "rows").write_text(f"{json.dumps(row)}\n" * 2, encoding="utf-8")
    assert dnnt(capsys, "plot", xor / "rows", "-o", xor / "rows.svg").code == 0
    assert "cpsat" in (xor / "rows.svg").read_text()


def test_edges_are_the_weights_that_are_not_zero() -> None:
    instance = Instance.from_arrays([[0, 1, 2], [1, 0, 1]], [0, 1], hidden=[2])
    arrays = [([[1, 0, -1], [0, 0, 0]], [0, 1]), ([[1, -1]], [1])]
    axes = network_figure(Weights.nearest(instance, arrays)).axes[0]
    assert [line.get_linestyle() for line in axes.lines] == ["-", "--", "-", "--"]
    assert {text.get_text() for text in axes.texts} >= {"x0", "x2", "relu", "identity", "1"}


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["weights.json", "-o", "a.txt"], "ends with .svg"),
        (["weights.json", "-o", "a.svg", "--regions"], "--instance"),
        (["xor.json", "-o", "a.svg", "--instance", "xor.json"], "this file holds none"),
        (["odd.json", "-o", "a.svg"], "nothing here can be drawn"),
        (["empty.json", "-o", "a.svg"], "empty"),
        (["bad.json", "-o", "a.svg"], "bad.json"),
        (["wide.weights.json", "-o", "a.svg", "--instance", "wide.json", "--regions"], "of 2 inputs"),
    ],
)
def test_what_cannot_be_drawn(
    words: list[str], message: str, xor: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(xor)
    write(xor / "odd.json", {"a": 1})
    write(xor / "empty.json", {"trace": []})
    write(xor / "bad.json", {"trace": [[1, "x", 2]]})
    wide = Instance.from_arrays([[0, 1, 2], [1, 0, 1]], [0, 1], hidden=[])
    save(wide, xor / "wide.json")
    save(Weights.nearest(wide, [([[1, 0, 0]], [0])]), xor / "wide.weights.json")
    run = dnnt(capsys, "plot", *words)
    assert run.code in (1, 2)
    assert message in " ".join(run.err.split())
    assert not (xor / "a.svg").exists()


def test_without_matplotlib_the_error_tells_how_to_get_it(
    xor: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    for words in (["plot", xor / "weights.json", "-o", xor / "a.svg"], ["bench", xor / "xor.json", "--plot", xor]):
        run = dnnt(capsys, *words)
        assert run.code == 1
        assert "pip install 'dnnt-encode[plot]'" in run.err
    assert json.loads((xor / "xor.json").read_text()) == XOR
