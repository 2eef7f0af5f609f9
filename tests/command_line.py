"""Run one command line inside the test's own process, which is quick."""

import io
import sys
from dataclasses import dataclass

import pytest

from dnnt_encode.cli.main import run


@dataclass(frozen=True)
class Run:
    """The exit code and what was printed."""

    code: int
    out: str
    err: str


def dnnt(capsys: pytest.CaptureFixture[str], *arguments: object, stdin: str | None = None) -> Run:
    """What ``dnnt`` with these arguments does; ``stdin`` is what it finds on standard input."""
    capsys.readouterr()
    with pytest.MonkeyPatch.context() as patch:
        if stdin is not None:
            patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin.encode())))
        code = run([str(argument) for argument in arguments])
    printed = capsys.readouterr()
    return Run(code, printed.out, printed.err)
