"""Any program that reads DIMACS CNF, or WCNF, as a solver: ``cmd:kissat -q {cnf}``, ``cmd:minisat {cnf} {out}``.

``{cnf}`` (or ``{wcnf}``) is a temporary file with the formula; ``{out}`` one that the program writes its answer to,
where it does not print it. No shell is involved. With ``{cnf}``, minimising means asking again for less than the best
answer so far until there is none.
"""

from __future__ import annotations

import contextlib
import shlex
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

from dnnt_encode.backends.protocol import (
    Bound,
    Candidate,
    Capabilities,
    CnfTask,
    Controls,
    Event,
    Finished,
    Say,
    Task,
)
from dnnt_encode.backends.scratch import Scratch
from dnnt_encode.errors import BackendError, InputError
from dnnt_encode.formats.dimacs import dimacs_text
from dnnt_encode.formats.solutions import Solution, parse_solution
from dnnt_encode.formats.wcnf import wcnf_text
from dnnt_encode.instance.goal import Goal
from dnnt_encode.models.cnf import FALSE, TRUE, CnfModel
from dnnt_encode.parsers.files import text_lines

PREFIX = "cmd:"


class CommandBackend:
    """A command line as a solver. Raises BackendError where it is none."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.words = command_words(name)
        self.weighted = any("{wcnf}" in word for word in self.words)
        if not self.weighted and not any("{cnf}" in word for word in self.words):
            raise BackendError(
                f"found {name!r}; the command needs {{cnf}} (or {{wcnf}}, {{mps}}, {{lp}}, {{opb}}) where the file's "
                "name goes"
            )
        self.capabilities = Capabilities(model="cnf", incumbents=not self.weighted, below=not self.weighted)

    def version(self) -> str | None:
        """The program's path: what it is, it may say itself."""
        return shutil.which(self.words[0])

    def memory(self, model_bytes: int, threads: int) -> int:
        return model_bytes * 10

    def warm(self) -> None:
        """Nothing to import."""

    def run(self, task: Task, controls: Controls, say: Say) -> Finished:
        if not isinstance(task, CnfTask):
            raise TypeError("commands take CNF models")
        if self.version() is None:
            raise BackendError(f"{self.words[0]}: there is no such program on the PATH")
        with Scratch(self.words[0]) as scratch:
            return heard(CommandSession(self, controls, scratch).run(task), say)


class CommandSession:
    """Runs the command as often as the question needs; its files lie in a folder of their own."""

    def __init__(self, backend: CommandBackend, controls: Controls, scratch: Scratch) -> None:
        self._backend, self._controls, self._scratch = backend, controls, scratch
        self._answer: Solution | None = None

    def run(self, task: CnfTask) -> Iterator[Event | Finished | None]:
        if self._backend.weighted:
            yield from self._weigh(task.model, task.goal)
        elif not task.goal.minimises:
            yield from self._decide(task.model)
        else:
            yield from self._descend(task.model, task.below)

    def _decide(self, model: CnfModel) -> Iterator[Event | Finished | None]:
        yield from self._call(model)
        if self._answer is None or self._answer.claim == "UNKNOWN":
            yield Finished("gave_up", "the command did not decide")
        elif self._answer.truth is None:
            yield Finished("exhausted")
        else:
            yield Candidate(self._answer.truth, None)
            yield Finished("answered")

    def _descend(self, model: CnfModel, best: int | None) -> Iterator[Event | Finished | None]:
        while best is None or best > model.objective_lower:
            units = [] if best is None else self._less_than(model, best)
            if FALSE in units:
                break
            yield from self._call(model, units)
            answer = self._answer
            if answer is None or answer.claim == "UNKNOWN":
                yield Finished("gave_up", "the command did not decide")
                return
            if answer.truth is None:
                break
            cost = model.cost(answer.truth)
            if best is not None and cost >= best:
                raise BackendError(f"asked for a cost below {best}, {self._backend.words[0]} gave one of {cost}")
            best = cost
            yield Candidate(answer.truth, best)
        if best is None:
            raise BackendError(f"{self._backend.words[0]} says that there is no solution, but everything is one")
        yield Bound(best)
        yield Finished("exhausted")

    def _weigh(self, model: CnfModel, goal: Goal) -> Iterator[Event | Finished | None]:
        yield from self._call(model)
        answer = self._answer
        if answer is None or answer.claim == "UNKNOWN" or (answer.truth is None and goal.minimises):
            yield Finished("gave_up", "the command did not decide")
            return
        if answer.truth is None:
            yield Finished("exhausted")
            return
        cost = model.cost(answer.truth)
        if answer.cost is not None and answer.cost + model.objective_constant < cost:
            raise BackendError(f"{self._backend.words[0]} claims the cost {answer.cost}, but its values do not have it")
        yield Candidate(answer.truth, cost if goal.minimises else None)
        if not goal.minimises:
            yield Finished("answered")
        elif answer.claim == "OPTIMUM FOUND":
            yield Bound(cost)
            yield Finished("exhausted")
        else:
            yield Finished("gave_up", "the command did not prove its answer optimal")

    def _less_than(self, model: CnfModel, best: int) -> list[int]:
        assert model.objective is not None, "minimising needs the loss as a sum"
        return [literal for literal in model.objective.at_most(best - 1) if literal != TRUE]

    def _call(self, model: CnfModel, units: Sequence[int] = ()) -> Iterator[Event | Finished | None]:
        """One run of the command: ticks while it goes on, then ``_answer``, None where it was stopped."""
        self._answer = None
        formula, out, printed = (self._scratch.path / name for name in ("formula", "out", "printed"))
        formula = formula.with_suffix(".wcnf" if self._backend.weighted else ".cnf")
        with contextlib.suppress(FileNotFoundError):
            out.unlink()
        with formula.open("wb") as stream:
            for part in wcnf_text(model) if self._backend.weighted else dimacs_text(model, units=units):
                stream.write(part)
                if self._controls.should_stop():
                    return
        names = {"{cnf}": str(formula), "{wcnf}": str(formula), "{out}": str(out)}
        words = [fill(word, names) for word in self._backend.words]
        code = yield from self._scratch.run(words, printed, self._controls)
        if code is None:
            return
        data = out.read_bytes() if out.exists() else printed.read_bytes()
        try:
            self._answer = parse_solution(data, model.variables, self._backend.words[0])
        except InputError as error:
            # SAT solvers exit with 10 and 20, so other codes are news where the output makes no sense.
            how = f" (exit code {code})" if code not in (0, 10, 20, 30) else ""
            said = tail(printed.with_suffix(".err")) or tail(printed)
            raise BackendError(f"{error}{how}; it said: {said}") from None


def heard(events: Iterator[Event | Finished | None], say: Say) -> Finished:
    """Say all events, and return the end."""
    for event in events:
        if isinstance(event, Finished):
            return event
        if event is not None:
            say(event)
    return Finished("stopped")


def command_words(name: str) -> list[str]:
    """The words of the command that a backend's name has. Raises BackendError."""
    try:
        words = shlex.split(name.removeprefix(PREFIX))
    except ValueError as error:
        raise BackendError(f"cannot read the command of {name!r}: {error}") from None
    if not words:
        raise BackendError(f"found {name!r}; a command is needed")
    return words


def fill(word: str, names: dict[str, str]) -> str:
    """A word with its placeholders replaced."""
    for name, value in names.items():
        word = word.replace(name, value)
    return word


def tail(path: Path) -> str:
    """The last lines of a file, in one."""
    text = path.read_bytes()[-300:].decode("utf-8", "replace")
    return " | ".join(line.strip() for line in text_lines(text)[-3:] if line.strip())
