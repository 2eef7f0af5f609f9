"""What a family is: a source of problems, a construction, and the way back, with its parameters declared as data.

Whoever offers families to people (a command line, a page of documentation) reads the declarations; a family knows
nothing of who asks.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Generic, Literal, TypeVar

from dnnt_encode.errors import InputError, InputErrors, NotVerified
from dnnt_encode.instance.arguments import whole_number
from dnnt_encode.instance.instance import Instance
from dnnt_encode.instance.rationals import to_fraction
from dnnt_encode.instance.weights import Weights
from dnnt_encode.parsers.files import readable_name
from dnnt_encode.parsers.option_texts import parse_set, parse_widths

P = TypeVar("P")
Options = Mapping[str, Any]
ParameterKind = Literal["integer", "number", "choice", "flag", "set", "widths", "file", "text"]


@dataclass(frozen=True)
class FamilyParameter:
    """One parameter of a family. ``default`` None: the family chooses, as ``help`` says. ``set`` and ``widths`` are
    texts such as ``-1,0,1`` and ``4,3``; ``file`` is a path or ``-``."""

    name: str
    help: str
    kind: ParameterKind = "integer"
    default: Any = None
    choices: tuple[str, ...] = ()
    least: int | None = None

    def checked(self, value: Any) -> Any:
        """The value of an option as the family takes it. Raises InputError."""
        if value is None:
            return None
        if self.kind == "integer":
            with InputErrors(self.name):
                value = whole_number(value)
            if self.least is not None and value < self.least:
                raise InputError(f"found {value}; at least {self.least} is needed", self.name)
        elif self.kind == "choice" and value not in self.choices:
            raise InputError(f"found {value!r}; known are {', '.join(self.choices)}", self.name)
        elif self.kind in ("set", "widths", "number"):
            self._parsed(value)
        elif self.kind == "flag" and not isinstance(value, bool):
            raise InputError(f"found {value!r}; true or false is needed", self.name)
        return value

    def _parsed(self, value: Any) -> None:
        try:
            if self.kind == "number":
                to_fraction(value)
            elif self.kind == "set":
                parse_set(value)
            else:
                parse_widths(value)
        except (ValueError, TypeError, AttributeError) as error:
            raise InputError(str(error), self.name) from None


@dataclass(frozen=True)
class Drawn(Generic[P]):
    """A source problem, and what is known about it beforehand: ``answer`` "yes" with a ``solution``, or "no" with the
    reason ``because``; None where nothing is known. ``facts`` are worth recording besides."""

    problem: P
    answer: Literal["yes", "no"] | None = None
    solution: Any = None
    because: str | None = None

    def known(self) -> dict[str, Any] | None:
        """Plain JSON values for the record."""
        if self.answer is None:
            return None
        return {"answer": "yes", "solution": self.solution} if self.answer == "yes" else {
            "answer": "no",
            "because": self.because,
        }  # fmt: skip


@dataclass(frozen=True)
class SourceSolution:
    """A verified solution of the source problem: plain JSON values, and lines for people."""

    value: Any
    lines: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Family(Generic[P]):
    """One family. ``draw`` finds a problem by the options and a random source, ``build`` makes its instance, ``read``
    reads a recorded problem back, ``write`` is its inverse, ``explain`` decodes weights (None: the weights themselves
    are the solution). ``reduction`` is the construction's short name, ``fixes`` says what stays constant."""

    name: str
    summary: str
    parameters: tuple[FamilyParameter, ...]
    draw: Callable[[Options, random.Random], Drawn[P]]
    build: Callable[[P, Options], Instance]
    write: Callable[[P], Any]
    read: Callable[[Any], P]
    explain: Callable[[P, Options, Weights], SourceSolution] | None = None
    reduction: str = ""
    fixes: str = ""

    def options(self, given: Options) -> dict[str, Any]:
        """All parameters, checked, defaults filled in. Raises InputError for unknown ones."""
        known = {parameter.name: parameter for parameter in self.parameters}
        for name in given:
            if name not in known:
                raise InputError(f"the family {self.name} has no parameter {name!r}; it has {', '.join(known)}")
        return {
            name: parameter.checked(given[name]) if given.get(name) is not None else parameter.default
            for name, parameter in known.items()
        }

    def generate(self, seed: int = 0, **given: Any) -> Instance:
        """An instance that records how it was made. Raises InputError."""
        options = self.options(given)
        return self.recorded(self.draw(options, random.Random(seed)), options, seed)

    def of_problem(self, problem: P, **given: Any) -> Instance:
        """The instance of a given problem. Raises InputError."""
        return self.recorded(Drawn(problem), self.options(given), None)

    def recorded(self, drawn: Drawn[P], options: Options, seed: int | None) -> Instance:
        """The instance of a drawn problem, with its record."""
        files = {parameter.name for parameter in self.parameters if parameter.kind == "file"}
        record: dict[str, Any] = {
            "family": self.name,
            "parameters": {
                key: readable_name(value) if key in files else value
                for key, value in options.items()
                if value is not None
            },
        }
        if seed is not None:
            record["seed"] = seed
        record["problem"] = self.write(drawn.problem)
        known = drawn.known()
        if known is not None:
            record["known"] = known
        with InputErrors():
            instance = self.build(drawn.problem, options)
        name = f"{self.name}-{seed}" if seed is not None else self.name
        return replace(instance, name=name, source={**record, **(instance.source or {})})

    def solution(self, record: dict[str, Any], weights: Weights) -> SourceSolution:
        """What weights of a recorded instance stand for. Raises InputError for a damaged record, NotVerified where the
        construction itself failed."""
        if self.explain is None:
            raise InputError(f"the family {self.name} has no source problem: the weights themselves are the solution")
        try:
            problem = self.read(record["problem"])
            options = self.options(record.get("parameters", {}))
        except InputError:
            raise
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise InputError(f"the record of the source problem is damaged ({error!r})", "source") from error
        return self.explain(problem, options, weights)


def check(holds: bool, what: str, solution: Any) -> None:
    """Raises NotVerified where a decoded solution is none: the construction or its decoder would be wrong."""
    if not holds:
        raise NotVerified(f"the weights decode to {what} that does not solve the source problem", {"decoded": solution})


LOSS = FamilyParameter("loss", "Any loss that is 0 only where outputs and targets agree.", "choice", "l1",
                 ("l1", "l2", "linf", "zero_one"))  # fmt: skip
INPUT = FamilyParameter(
    "input", "Read the source problem from this file instead of drawing it; - is standard input.", "file"
)


def kinds(*choices: str) -> FamilyParameter:
    """The parameter that says how a problem is drawn."""
    meanings = {
        "random": "random (near the threshold)",
        "planted": "planted (it has a solution)",
        "unsatisfiable": "unsatisfiable (provably none)",
    }
    text = ", ".join(meanings.get(choice, choice) for choice in choices)
    return FamilyParameter("kind", f"How the problem is drawn: {text}.", "choice", choices[0], choices)
