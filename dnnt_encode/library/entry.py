"""One line of the index: an instance, how it is made, what it is like, and the best that is known of it.

The status follows from the record alone. ``easy``: `auto` settled the question on one core within ``EASY`` seconds of
processor time; ``hard``: the question is settled, but not so quickly; ``open``: it is not settled.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from fractions import Fraction
from typing import Any, Literal, TypeAlias

from dnnt_encode.errors import InputError
from dnnt_encode.instance.goal import Status
from dnnt_encode.instance.instance import Instance
from dnnt_encode.instance.rationals import to_fraction
from dnnt_encode.library.recipe import made

EASY = 10.0
"""Seconds of processor time within which `auto` settles what is easy."""

LibraryStatus: TypeAlias = Literal["easy", "hard", "open"]

EVIDENCE = ("weights", "exhaustive", "drup", "construction", "second_solver", "word")
"""What may stand behind an answer, the strongest first: the weights themselves (a threshold is met, or the loss is 0);
every assignment covered; a checked proof of the formula; an argument about the problem that the instance was made of;
another solver that agrees; the word of a solver."""

CERTIFIED = EVIDENCE[:4]


@dataclass(frozen=True)
class Credit:
    """Who came to a result: ``solver``, of ``version``, ``by`` whom, on which day, in how many seconds of wall time and
    of processor time."""

    by: str
    solver: str
    version: str | None = None
    when: str | None = None
    seconds: float | None = None
    cpu: float | None = None


@dataclass(frozen=True)
class Record:
    """``loss``: of the best weights, in the library's file of solutions; ``bound``: no loss is below it;
    ``infeasible``: none is within the threshold. Losses are texts, exact. ``evidence``: what stands behind the answer;
    ``command``: what makes a certificate again; ``stored``: whether the library holds one. ``auto``: the processor
    seconds in which `auto` settles the question on one core, where it has."""

    loss: str | None = None
    bound: str = "0"
    infeasible: bool = False
    found: Credit | None = None
    proved: Credit | None = None
    evidence: str | None = None
    command: str | None = None
    stored: bool = False
    auto: float | None = None


@dataclass(frozen=True)
class LibraryEntry:
    """``recipe``: see ``recipe``; ``origin``: whose data, under which licence; ``facts``: shape, sets, question, size
    of the search space; ``sizes``: by format, what its file holds or why there is none. ``known``: the answer that the
    construction tells. ``solutions``: where all were enumerated, how many assignments and orbits have a loss of at most
    ``most``."""

    name: str
    group: str
    recipe: Mapping[str, Any]
    origin: str
    sha256: str
    facts: Mapping[str, Any]
    sizes: Mapping[str, Any]
    known: Mapping[str, Any] | None = None
    solutions: Mapping[str, Any] | None = None
    tags: tuple[str, ...] = ()
    subsets: tuple[str, ...] = ()
    record: Record = field(default_factory=Record)

    def make(self) -> Instance:
        """The instance. Raises DataMissing where its table is not here, InputError where it is another one than it
        was."""
        instance = made(self.recipe, self.name)
        if instance.sha256 != self.sha256:
            raise InputError(
                f"its recipe makes an instance with the hash {instance.sha256}, not {self.sha256}", self.name
            )
        return instance

    @property
    def threshold(self) -> Fraction | None:
        text = self.facts["threshold"]
        return None if text is None else Fraction(text)

    @property
    def loss(self) -> Fraction | None:
        return None if self.record.loss is None else Fraction(self.record.loss)

    @property
    def answer(self) -> Status:
        """What is known of the question."""
        if self.record.infeasible:
            return "UNSATISFIABLE"
        if self.loss is None:
            return "UNKNOWN"
        if self.threshold is not None:
            return "SATISFIABLE" if self.loss <= self.threshold else "UNKNOWN"
        return "OPTIMUM FOUND" if self.loss <= Fraction(self.record.bound) else "SATISFIABLE"

    @property
    def settled(self) -> bool:
        answer = self.answer
        return answer in ("UNSATISFIABLE", "OPTIMUM FOUND") or (answer == "SATISFIABLE" and self.threshold is not None)

    @property
    def status(self) -> LibraryStatus:
        if not self.settled:
            return "open"
        return "easy" if self.record.auto is not None and self.record.auto <= EASY else "hard"

    def line(self) -> str:
        """The entry as a line of JSON; the status is written for readers of the file alone."""
        return json.dumps({**asdict(self), "status": self.status}, ensure_ascii=False) + "\n"


def entry_of(value: Any) -> LibraryEntry:
    """The entry that a line holds. Raises ValueError, KeyError or TypeError for what is none."""
    facts = dict(value)
    status = facts.pop("status")
    record = dict(facts["record"])
    for key in ("found", "proved"):
        record[key] = None if record[key] is None else Credit(**record[key])
    facts["record"] = Record(**record)
    for key in ("tags", "subsets"):
        facts[key] = tuple(facts[key])
    entry = LibraryEntry(**facts)
    if any(not isinstance(getattr(entry, name), str) for name in ("name", "group", "sha256")):
        raise ValueError("name, group and sha256 are texts")
    for text in (entry.record.loss, entry.record.bound, entry.facts["threshold"]):
        if text is not None:
            to_fraction(text)
    if entry.record.evidence not in (None, *EVIDENCE):
        raise ValueError(f"found the evidence {entry.record.evidence!r}; known are {', '.join(EVIDENCE)}")
    if status != entry.status:
        raise ValueError(f"found the status {status!r}; by its record it is {entry.status}")
    return entry
