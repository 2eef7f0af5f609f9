"""Any program that reads one of our model files as a solver: ``cmd:kissat -q {cnf}``, ``cmd:minisat {cnf} {out}``,
``cmd:cbc {mps} solve solution {sol}``, ``cmd:highs {mps} --solution_file {sol}``.

``{cnf}``, ``{wcnf}``, ``{opb}``, ``{mps}`` or ``{lp}`` is a temporary file with the model; ``{out}`` (or ``{sol}``) one
that the program writes its answer to, where it does not print it. No shell is involved. What it answers is weighed as
``dnnt decode`` does it. A file that cannot ask for the least loss is asked again for less than the best answer so far,
until there is none.
"""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from dnnt_encode.backends.command import PREFIX, command_words, fill, heard, run_program, tail
from dnnt_encode.backends.protocol import (
    Bound,
    Candidate,
    Capabilities,
    CnfTask,
    Controls,
    Event,
    Finished,
    LinearTask,
    Log,
    Say,
    Task,
)
from dnnt_encode.errors import BackendError, InputError
from dnnt_encode.exchange.cnf_file import CnfFile
from dnnt_encode.exchange.encode import model_file
from dnnt_encode.exchange.kinds import KINDS, FileKind, kind_of_command
from dnnt_encode.exchange.model_file import ModelFile
from dnnt_encode.exchange.weigh import Verdict, weigh
from dnnt_encode.formats.solutions.solution import parse_solution
from dnnt_encode.models.cnf import FALSE, TRUE, CnfModel

ANSWERS = ("{out}", "{sol}")
"""Where a command wants the name of the file that it writes its answer to."""

MEMORY = {"cnf": 10, "linear": 12}
"""Bytes that solving takes, for each byte of a model's arrays."""


class ProgramBackend:
    """A command line as a solver. Raises BackendError where it is none."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.words = command_words(name)
        kind = kind_of_command(name.removeprefix(PREFIX))
        if kind is None:
            places = ", ".join(f"{{{kind.placeholder}}}" for kind in KINDS.values())
            raise BackendError(f"found {name!r}; the command needs one of {places} where the file's name goes")
        # By its name: the row itself holds functions and does not pickle.
        self._kind = kind.name
        self.writes = any(place in word for word in self.words for place in ANSWERS)
        again = not kind.minimises
        self.capabilities = Capabilities(model=kind.model, incumbents=again, below=again, exact=kind.model == "cnf")

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
        with tempfile.TemporaryDirectory(prefix="dnnt-") as folder:
            return heard(ProgramSession(self, controls, Path(folder)).run(task), say)


class ProgramSession:
    """Runs the command as often as the question needs; its files live in a folder that goes with the session."""

    def __init__(self, backend: ProgramBackend, controls: Controls, folder: Path) -> None:
        self._backend, self._controls, self._folder = backend, controls, folder
        self._program = backend.words[0]
        self._found: Verdict | None = None

    def run(self, task: CnfTask | LinearTask) -> Iterator[Event | Finished | None]:
        minimise = task.goal.minimises
        if isinstance(task, CnfTask) and minimise and not self._backend.kind.minimises:
            yield from self._descend(task.model, task.below)
            return
        model = model_file(self._backend.kind, task.model)
        for warning in model.warnings:
            yield Log(f"warning: {warning}")
        yield from self._call(model)
        if self._found is None:
            yield Finished("stopped", "the command was ended")
        else:
            yield from self._events(self._found, minimise)

    def _events(self, found: Verdict, minimise: bool) -> Iterator[Event | Finished | None]:
        if found.answer is None:
            decided = Finished("exhausted") if found.infeasible else None
            yield decided or Finished("gave_up", found.detail or "the command did not decide")
            return
        yield Candidate(found.answer, found.objective if minimise else None, exact=found.exact)
        if found.lower is not None:
            yield Bound(found.lower)
        if found.exact and not minimise and found.claim != "UNKNOWN":
            yield Finished("answered")
        elif found.lower is not None and found.lower == found.objective:
            yield Finished("exhausted")
        else:
            yield Finished("gave_up", found.detail or f"{self._program} did not prove its answer optimal")

    def _descend(self, model: CnfModel, best: int | None) -> Iterator[Event | Finished | None]:
        while best is None or best > model.objective_lower:
            units = [] if best is None else self._less_than(model, best)
            if FALSE in units:
                break
            yield from self._call(CnfFile(self._backend.kind, model, units))
            found = self._found
            if found is None or (found.answer is None and not found.infeasible):
                yield Finished("gave_up", "the command did not decide")
                return
            if found.answer is None:
                break
            cost = model.cost(found.answer)
            if best is not None and cost >= best:
                raise BackendError(f"asked for a cost below {best}, {self._program} gave one of {cost}")
            best = cost
            yield Candidate(found.answer, best)
        if best is None:
            raise BackendError(f"{self._program} says that there is no solution, but everything is one")
        yield Bound(best)
        yield Finished("exhausted")

    def _less_than(self, model: CnfModel, best: int) -> list[int]:
        assert model.objective is not None, "minimising needs the loss as a sum"
        return [literal for literal in model.objective.at_most(best - 1) if literal != TRUE]

    def _call(self, model: ModelFile) -> Iterator[None]:
        """One run of the command: ticks while it goes on, then ``_found``, None where it was stopped."""
        self._found = None
        path, out, printed = (self._folder / name for name in (f"model{model.kind.suffix}", "out", "printed"))
        with contextlib.suppress(FileNotFoundError):
            out.unlink()
        with path.open("wb") as stream:
            for part in model.write():
                stream.write(part)
                if self._controls.should_stop():
                    return
        names = {f"{{{model.kind.placeholder}}}": str(path), **{place: str(out) for place in ANSWERS}}
        code = yield from run_program([fill(word, names) for word in self._backend.words], printed, self._controls)
        if code is None:
            return
        # Solvers exit with 10, 20 and 30, so other codes are news where the output makes no sense.
        how = f" (exit code {code})" if code not in (0, 10, 20, 30) else ""
        said = tail(printed.with_suffix(".err")) or tail(printed)
        data = out.read_bytes() if out.exists() else printed.read_bytes()
        try:
            self._found = weigh(model, parse_solution(data, self._program, model.size.columns, model.kind.styles))
        except InputError as error:
            nothing = self._backend.writes and not out.exists()
            raise BackendError(
                f"{f'{self._program} wrote no solution' if nothing else error}{how}; it said: {said}"
            ) from None
