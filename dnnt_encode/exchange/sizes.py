"""The sizes of the files that ``export`` would write, for all formats at once: counted as they would be built, up to a
budget. Past that the answer is how much there is at least."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction

from dnnt_encode.analysis.view import View
from dnnt_encode.encoders.cnf import cnf_size
from dnnt_encode.encoders.cnf.options import SumEncoding
from dnnt_encode.encoders.linear import begin_linear
from dnnt_encode.errors import DnntError
from dnnt_encode.exchange.encode import cnf_options, linear_options, reduction
from dnnt_encode.exchange.kinds import KINDS, FileKind
from dnnt_encode.exchange.linear_file import LinearFile
from dnnt_encode.exchange.model_file import FileSize, describe_size
from dnnt_encode.exchange.question import Question

MOST_BYTES = 2 * 10**8
"""Formulas are counted up to this size in memory: some ten million clauses, or a second or two."""

MOST_TERMS = 2 * 10**6
"""Linear models are counted up to so many terms."""


@dataclass(frozen=True)
class Sizes:
    """For every format what its file would hold, or why there is none; ``reductions``: what is done before."""

    of: dict[str, FileSize | str]
    reductions: tuple[str, ...]

    def describe(self, name: str) -> str:
        """In the words of ``export``."""
        size = self.of[name]
        if isinstance(size, str):
            return f"refused: {size}"
        return ("more than " if size.partly else "") + describe_size(KINDS[name], size)


def exported_sizes(
    view: View,
    threshold: Fraction | None,
    sum: SumEncoding = "auto",
    reductions: bool = True,
    indicators: bool = False,
) -> Sizes:
    """The sizes for one question in every format, with the options that say something there. ``view``: of the instance;
    it serves where nothing is reduced."""
    asked = Question("wcnf", threshold, sum, reductions)
    reduced = reduction(view.instance, asked)
    inner = View(reduced.instance) if reduced.steps else view
    counts = (_formula, _linear(KINDS["mps"], indicators), _linear(KINDS["opb"]))
    formula, program, bits = (_of(count, inner, asked, reduced.instance.threshold) for count in counts)
    sizes: dict[str, FileSize | str] = {}
    for kind in KINDS.values():
        if kind.model == "linear":
            sizes[kind.name] = bits if kind.bits else program
        elif threshold is None and not kind.minimises:
            sizes[kind.name] = "it asks for a loss of at most a threshold, and there is none"
        else:
            sizes[kind.name] = formula if kind.minimises or isinstance(formula, str) else replace(formula, soft=0)
    return Sizes(sizes, reduced.notes)


_Count = Callable[[View, Question, "Fraction | None"], FileSize]


def _of(count: _Count, view: View, asked: Question, threshold: Fraction | None) -> FileSize | str:
    try:
        return count(view, asked, threshold)
    except DnntError as error:
        return str(error)


def _formula(view: View, asked: Question, threshold: Fraction | None) -> FileSize:
    size = cnf_size(view, threshold=threshold, options=cnf_options(asked), most_bytes=MOST_BYTES, exact=True)
    return FileSize(size.variables, size.clauses, size.literals, size.soft, size.partly)


def _linear(kind: FileKind, indicators: bool = False) -> _Count:
    def count(view: View, asked: Question, threshold: Fraction | None) -> FileSize:
        model, whole = begin_linear(view, MOST_TERMS, threshold=threshold, options=linear_options(asked))
        return replace(LinearFile(kind, model, indicators).size, partly=not whole)

    return count
