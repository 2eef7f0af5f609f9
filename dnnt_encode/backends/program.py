"""Any program that reads one of our model files as a solver: ``cmd:kissat -q {cnf}``, ``cmd:minisat {cnf} {out}``,
``cmd:cbc {mps} solve solution {sol}``, ``cmd:highs {mps} --solution_file {sol}``.

``{cnf}``, ``{wcnf}``, ``{opb}``, ``{mps}`` or ``{lp}`` is a temporary file with the model; ``{out}`` (or ``{sol}``) one
that the program writes its answer to, where it does not print it. No shell is involved. What it answers is weighed as
``dnnt decode`` does it. With ``{cnf}``, which cannot ask for the least loss, it is asked again for less than the best
answer so far, until there is none.
"""

from __future__ import annotations

import contextlib
import shlex
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from dnnt_encode.backends.protocol import (
    COMMAND_PREFIX,
    Bound,
    Candidate,
    Capabilities,
    CnfTask,
    Controls,
    Finished,
    LinearTask,
    Log,
    Say,
    Task,
)
from dnnt_encode.backends.sat.strategies import Knowledge, SatTask, decide, descend
from dnnt_encode.backends.scratch import Scratch
from dnnt_encode.errors import BackendError, InputError
from dnnt_encode.exchange.cnf_file import CnfFile
from dnnt_encode.exchange.encode import model_file
from dnnt_encode.exchange.kinds import KINDS, FileKind, kind_of_command
from dnnt_encode.exchange.model_file import ModelFile
from dnnt_encode.exchange.weigh import Verdict, weigh
from dnnt_encode.formats.solutions.solution import parse_solution
from dnnt_encode.instance.stage import EVERY
from dnnt_encode.models.cnf import CnfModel
from dnnt_encode.parsers.files import text_lines

ANSWERS = ("{out}", "{sol}")
"""Where a command wants the name of the file that it writes its answer to."""

MEMORY = {"cnf": 10, "linear": 12}
"""Bytes that solving takes, for each byte of a model's arrays."""


class ProgramBackend:
    """A command line as a solver. Raises BackendError where it is none."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.words = command_words(name)
        kind = kind_of_command(name.removeprefix(COMMAND_PREFIX))
        if kind is None:
            places = ", ".join(f"{{{kind.placeholder}}}" for kind in KINDS.values())
            raise BackendError(f"found {name!r}; the command needs one of {places} where the file's name goes")
        # By its name: the row itself holds functions and does not pickle.
        self._kind = kind.name
        self.writes = any(place in word for word in self.words for place in ANSWERS)
        again = not kind.minimises
        exact = kind.model == "cnf"
        self.capabilities = Capabilities(
            model=kind.model, incumbents=again, below=again, exact=exact, objectives=EVERY, constraints=True
        )

    @property
    def kind(self) -> FileKind:
        """What the program reads."""
        return KINDS[self._kind]

    def version(self) -> str | None:
        """The program's path: what it is, it may say itself."""
        return shutil.which(self.words[0])

    def memory(self, model_bytes: int, threads: int) -> int:
        return model_bytes * MEMORY[self.kind.model]

    def warm(self) -> None:
        """Nothing to import."""

    def run(self, task: Task, controls: Controls, say: Say) -> Finished:
        if not isinstance(task, CnfTask if self.kind.model == "cnf" else LinearTask):
            raise TypeError(f"this command takes {self.kind.model} models")
        if self.version() is None:
            raise BackendError(f"{self.words[0]}: there is no such program on the PATH")
        with Scratch(self.words[0]) as scratch:
            program = _CommandRuns(self, controls, scratch, say)
            if isinstance(task, CnfTask) and not self.kind.minimises:
                return self._asked(task, program, controls, say)
            model = model_file(self.kind, task.model)
            for warning in model.warnings:
                say(Log(f"warning: {warning}"))
            return self._concluded(program.call(model), task.goal.minimises, say)

    def _asked(self, task: CnfTask, program: _CommandRuns, controls: Controls, say: Say) -> Finished:
        """A formula, as often as the question needs."""

        def open_(units: Sequence[int]) -> _Calls:
            return _Calls(self.kind, program, task.model, units)

        question = SatTask(task, open_, incremental=False, budgets=False)
        if task.goal.minimises:
            return descend(question, Knowledge(question, controls.news, say))
        return decide(question, say)

    def _concluded(self, found: Verdict | None, minimise: bool, say: Say) -> Finished:
        if found is None:
            return Finished("stopped", "the command was ended")
        if found.answer is None:
            return Finished("exhausted") if found.infeasible else Finished("gave_up", found.detail or _UNDECIDED)
        say(Candidate(found.answer, found.objective if minimise else None, feasible=found.feasible))
        if found.lower is not None:
            say(Bound(found.lower))
        if found.feasible and not minimise and found.status != "UNKNOWN":
            return Finished("answered")
        if found.lower is not None and found.lower == found.objective:
            return Finished("exhausted")
        return Finished("gave_up", found.detail or f"{self.words[0]} did not prove its answer optimal")


_UNDECIDED = "the command did not decide"


class _CommandRuns:
    """Calls of one command, whose files lie in one folder."""

    def __init__(self, backend: ProgramBackend, controls: Controls, scratch: Scratch, say: Say) -> None:
        self._backend, self._controls, self._scratch, self._say = backend, controls, scratch, say

    def call(self, model: ModelFile) -> Verdict | None:
        """What the command says of a model; None where it was stopped. Raises BackendError."""
        backend, folder = self._backend, self._scratch.path
        path, out, printed = (folder / name for name in (f"model{model.kind.suffix}", "out", "printed"))
        with contextlib.suppress(FileNotFoundError):
            out.unlink()
        with path.open("wb") as stream:
            for part in model.write():
                stream.write(part)
                if self._controls.should_stop():
                    return None
        names = {f"{{{model.kind.placeholder}}}": str(path), **{place: str(out) for place in ANSWERS}}
        code = self._ended([_filled(word, names) for word in backend.words], printed)
        if code is None:
            return None
        # Solvers exit with 10, 20 and 30, so other codes are news where the output makes no sense.
        how = f" (exit code {code})" if code not in (0, 10, 20, 30) else ""
        said = _tail(printed.with_suffix(".err")) or _tail(printed)
        data = out.read_bytes() if out.exists() else printed.read_bytes()
        program = backend.words[0]
        try:
            return weigh(model, parse_solution(data, program, model.size.columns, model.kind.styles))
        except InputError as error:
            nothing = backend.writes and not out.exists()
            what = f"{program} wrote no solution" if nothing else str(error)
            raise BackendError(f"{what}{how}; it said: {said}") from None

    def _ended(self, words: list[str], printed: Path) -> int | None:
        """The exit code of a run of the words; None where the time was up."""
        work = self._scratch.run(words, printed, self._controls)
        logs = [_Follower(path) for path in (printed, printed.with_suffix(".err"))] if self._controls.log else []
        try:
            while True:
                next(work)
                self._tell(logs)
        except StopIteration as end:
            self._tell(logs)
            code: int | None = end.value
            return code

    def _tell(self, logs: Sequence[_Follower]) -> None:
        """Say what the program has printed in the meantime, but for the values of a solution."""
        for line in (line for log in logs for line in log.lines()):
            if not line.startswith(b"v "):
                self._say(Log(line.decode("utf-8", "replace").rstrip()))


class _Follower:
    """A file that a program writes, line by line as it comes."""

    def __init__(self, path: Path) -> None:
        self._path, self._read = path, 0
        path.unlink(missing_ok=True)

    def lines(self) -> list[bytes]:
        """The lines that were ended since the last call."""
        if not self._path.exists():
            return []
        with self._path.open("rb") as stream:
            stream.seek(self._read)
            ended, newline, _ = stream.read().rpartition(b"\n")
        self._read += len(ended) + len(newline)
        return ended.split(b"\n") if newline else []


class _Calls:
    """The command as a SAT solver that is made anew for every question."""

    def __init__(self, kind: FileKind, program: _CommandRuns, model: CnfModel, units: Sequence[int]) -> None:
        self._file, self._program = CnfFile(kind, model, units), program
        self._truth: np.ndarray | None = None

    def add(self, clauses: Iterable[list[int]]) -> None:
        raise AssertionError("a command takes no clauses between solves")

    def solve(self, assumptions: Sequence[int] = (), conflicts: int | None = None) -> bool | None:
        found = self._program.call(self._file)
        if found is None or (found.answer is None and not found.infeasible):
            return None
        self._truth = found.answer
        return found.answer is not None

    def truth(self) -> np.ndarray:
        assert self._truth is not None
        return self._truth

    def close(self) -> None:
        """Its processes are gone already."""


def command_words(name: str) -> list[str]:
    """The words of the command that a backend's name has. Raises BackendError."""
    try:
        words = shlex.split(name.removeprefix(COMMAND_PREFIX))
    except ValueError as error:
        raise BackendError(f"cannot read the command of {name!r}: {error}") from None
    if not words:
        raise BackendError(f"found {name!r}; a command is needed")
    return words


def _filled(word: str, names: dict[str, str]) -> str:
    """A word with its placeholders replaced."""
    for name, value in names.items():
        word = word.replace(name, value)
    return word


def _tail(path: Path) -> str:
    """The last lines of a file, in one."""
    text = path.read_bytes()[-300:].decode("utf-8", "replace")
    return " | ".join(line.strip() for line in text_lines(text)[-3:] if line.strip())
