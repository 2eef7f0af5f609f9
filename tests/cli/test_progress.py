"""The line of a terminal: there with rich and without, on terminals alone, and never in pipes."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.process import XOR, write

PLAIN = "import sys; sys.modules['rich'] = sys.modules['rich.progress'] = None\n"
MAIN = "import sys; from dnnt_encode.cli.main import main; sys.exit(main())"
COLOUR = {**os.environ, "FORCE_COLOR": "1", "TTY_COMPATIBLE": "1", "COLUMNS": "100", "TERM": "xterm"}

SOLVE = ["solve", "xor.json", "--minimize", "--backend", "cpsat", "--threads", "1"]
EXPORT = ["export", "xor.json", "--format", "mps", "--minimize", "-o", "m.mps"]


def run(folder: Path, words: list[str], rich: bool, terminal: bool) -> tuple[str, str]:
    """Standard output, which is a pipe, and standard error, a terminal or a pipe."""
    write(folder / "xor.json", XOR)
    code = [sys.executable, "-c", ("" if rich else PLAIN) + MAIN, *words]
    if not terminal:
        done = subprocess.run(code, cwd=folder, env=COLOUR, capture_output=True, text=True, timeout=60, check=False)
        return done.stdout, done.stderr
    ours, theirs = pty.openpty()
    with subprocess.Popen(code, cwd=folder, env=COLOUR, stdout=subprocess.PIPE, stderr=theirs) as process:
        os.close(theirs)
        shown = b""
        while True:
            try:
                part = os.read(ours, 4096)
            except OSError:
                break
            if not part:
                break
            shown += part
        assert process.stdout is not None
        printed = process.stdout.read().decode()
    os.close(ours)
    return printed, shown.decode()


@pytest.mark.parametrize("rich", [True, False])
@pytest.mark.parametrize(("words", "told"), [(SOLVE, "solve|encode|start"), (EXPORT, "encode and write m.mps")])
def test_on_a_terminal(words: list[str], told: str, rich: bool, tmp_path: Path) -> None:
    if rich:
        pytest.importorskip("rich")
    printed, shown = run(tmp_path, words, rich, terminal=True)
    assert re.search(told, shown)
    assert ("\x1b[" in shown) == rich
    # The cursor is there again in the end.
    assert shown.rfind("\x1b[?25h") >= shown.rfind("\x1b[?25l")
    assert "\x1b" not in printed
    assert "\r" not in printed
    assert "s OPTIMUM FOUND" in printed or "c m.mps" in printed


@pytest.mark.parametrize("words", [SOLVE, EXPORT])
def test_nothing_in_pipes(words: list[str], tmp_path: Path) -> None:
    printed, told = run(tmp_path, words, rich=True, terminal=False)
    assert told == ""
    assert "\x1b" not in printed


def test_quiet_is_quiet(tmp_path: Path) -> None:
    _, shown = run(tmp_path, [*SOLVE, "-q"], rich=True, terminal=True)
    assert shown == ""
