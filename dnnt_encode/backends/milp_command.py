"""Any program that reads MPS, LP or OPB files as a solver: ``cmd:cbc {mps} solve solution {sol}``,
``cmd:glpsol --freemps {mps} -w {sol}``, ``cmd:highs {mps} --solution_file {sol}``.

``{mps}``, ``{lp}`` or ``{opb}`` is a temporary file with the model; ``{sol}`` (or ``{out}``) one that the program
writes its solution to, where it does not print it. What it writes is recognised as ``dnnt decode`` does it.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator

import numpy as np

from dnnt_encode.backends.command import PREFIX, command_words, fill, heard, tail
from dnnt_encode.backends.protocol import (
    Bound,
    Candidate,
    Capabilities,
    Controls,
    Event,
    Finished,
    LinearTask,
    Log,
    Say,
    Task,
)
from dnnt_encode.backends.scratch import Scratch
from dnnt_encode.errors import BackendError, InputError
from dnnt_encode.formats.lp import lp_text
from dnnt_encode.formats.mip_solutions import MipSolution, parse_mip_solution
from dnnt_encode.formats.mps import mps_text
from dnnt_encode.formats.opb import opb_text
from dnnt_encode.models.bits import Bits, split_bits
from dnnt_encode.models.lowering import lower_model
from dnnt_encode.models.milp import MilpModel

_WRITERS = {"mps": mps_text, "lp": lp_text, "opb": opb_text}


def takes_linear(command: str) -> bool:
    """Whether a command wants one of the files of a linear model."""
    return re.search(r"\{(mps|lp|opb)\}", command) is not None


class MilpCommandBackend:
    """A command line as a MILP solver. Raises BackendError where it is none."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.words = command_words(name)
        kinds = sorted(set(re.findall(r"\{(mps|lp|opb)\}", name.removeprefix(PREFIX))))
        if len(kinds) != 1:
            raise BackendError(f"found {name!r}; the command needs one of {{mps}}, {{lp}} and {{opb}}")
        self.kind = kinds[0]
        self.capabilities = Capabilities(model="linear", exact=False)

    def version(self) -> str | None:
        """The program's path: what it is, it may say itself."""
        return shutil.which(self.words[0])

    def memory(self, model_bytes: int, threads: int) -> int:
        return model_bytes * 12

    def warm(self) -> None:
        """Nothing to import."""

    def run(self, task: Task, controls: Controls, say: Say) -> Finished:
        if not isinstance(task, LinearTask):
            raise TypeError("this command takes linear models")
        if self.version() is None:
            raise BackendError(f"{self.words[0]}: there is no such program on the PATH")
        with Scratch(self.words[0]) as scratch:
            return heard(MilpCommandSession(self, controls, scratch).run(task), say)


class MilpCommandSession:
    """Runs the command once; its files lie in a folder of their own."""

    def __init__(self, backend: MilpCommandBackend, controls: Controls, scratch: Scratch) -> None:
        self._backend, self._controls, self._scratch = backend, controls, scratch

    def run(self, task: LinearTask) -> Iterator[Event | Finished | None]:
        kind, words = self._backend.kind, self._backend.words
        model, bits = lower_model(task.model), None
        for warning in model.warnings:
            yield Log(f"warning: {warning}")
        split = model
        if kind == "opb":
            split, bits = split_bits(model)
        path, out, printed = (self._scratch.path / name for name in (f"model.{kind}", "out", "printed"))
        with path.open("wb") as stream:
            stream.writelines(_WRITERS[kind](split))
        names = {f"{{{kind}}}": str(path), "{sol}": str(out), "{out}": str(out)}
        code = yield from self._scratch.run([fill(word, names) for word in words], printed, self._controls)
        if code is None:
            yield Finished("stopped", "the command was ended")
            return
        said = tail(printed.with_suffix(".err")) or tail(printed)
        if not out.exists() and any("{sol}" in word or "{out}" in word for word in words):
            raise BackendError(f"{words[0]} wrote no solution (exit code {code}); it said: {said}")
        data = out.read_bytes() if out.exists() else printed.read_bytes()
        try:
            found = parse_mip_solution(data, words[0])
            yield from self._events(task, model, bits, found)
        except InputError as error:
            raise BackendError(f"{error} (exit code {code}); it said: {said}") from None

    def _events(
        self, task: LinearTask, model: MilpModel, bits: Bits | None, found: MipSolution
    ) -> Iterator[Event | Finished | None]:
        minimise, program = task.goal.minimises, self._backend.words[0]
        if not found.has_values:
            wrong = found.claim == "UNSATISFIABLE" and minimise
            ended = found.claim == "UNSATISFIABLE" and not minimise
            detail = f"{program} claims that there is no solution, but everything is one" if wrong else "no answer"
            yield Finished("exhausted") if ended else Finished("gave_up", f"{program}: {detail}")
            return
        values = self._values(model, bits, found)
        objective = int(model.cost @ values)
        answer = values[: task.model.columns]
        if not model.allows(values):
            yield Candidate(answer, None, exact=False)
            yield Finished("gave_up", f"what {program} found does not hold when rounded")
            return
        yield Candidate(answer, objective if minimise else None)
        if not minimise:
            yield Finished("answered")
        elif found.claim == "OPTIMUM FOUND" and found.objective is not None and round(found.objective) == objective:
            yield Bound(objective)
            yield Finished("exhausted")
        else:
            yield Finished("gave_up", f"{program} did not prove its answer optimal")

    def _values(self, model: MilpModel, bits: Bits | None, found: MipSolution) -> np.ndarray:
        """The values of all columns of the lowered model."""
        place = self._backend.words[0]
        if found.by_number is not None and self._backend.kind == "lp":
            raise InputError("its solution numbers the columns of an LP file in an order of its own; use {mps}", place)
        if bits is None:
            names = model.names()
            whole = [found.integer(number, name, place) for number, name in enumerate(names, start=1)]
            return np.array(whole, dtype=np.int64)
        count = len(bits.columns)
        chosen = [found.integer(number, f"x{number}", place) for number in range(1, count + 1)]
        sums = np.concatenate([[0], np.cumsum(np.array(chosen, dtype=np.int64) * bits.weights)])
        return np.asarray(bits.constant + sums[bits.start[1:]] - sums[bits.start[:-1]])
