"""The sizes of the files that ``export`` would write, for all formats at once: counted as they would be built, up to a
budget. Past that the answer is how much there is at least."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache

from dnnt_encode.analysis.view import View
from dnnt_encode.encoders.cnf import CnfSize, cnf_size
from dnnt_encode.encoders.continuous import ContinuousModel, encode_continuous
from dnnt_encode.encoders.linear import begin_linear
from dnnt_encode.encoders.options import SumEncoding
from dnnt_encode.errors import DnntError, InputError
from dnnt_encode.exchange.continuous_file import ContinuousFile
from dnnt_encode.exchange.encode import cnf_options, linear_options, reduction
from dnnt_encode.exchange.kinds import KINDS, FileKind
from dnnt_encode.exchange.linear_file import LinearFile
from dnnt_encode.exchange.model_file import FileSize, describe_size
from dnnt_encode.exchange.question import Question
from dnnt_encode.instance.instance import Instance
from dnnt_encode.models.linear import LinearModel

MOST_BYTES = 10**8
"""Formulas are counted up to this size in memory: some five million clauses, or a second or two."""

MOST_TERMS = 10**6
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
    if view.instance.network.continuous:
        return Sizes(_continuous_sizes(view.instance, threshold), ())
    asked = Question("wcnf", threshold, sum, reductions)
    reduced = reduction(view, asked)
    inner = reduced.view if reductions else View(reduced.instance, merges=False)
    wanted = reduced.instance.threshold

    def formula(kind: FileKind) -> FileSize:
        if threshold is None and not kind.minimises:
            raise InputError("it asks for a loss of at most a threshold, and there is none")
        size = counted()
        soft = size.soft if kind.minimises else 0
        return FileSize(size.variables, size.clauses, size.literals, soft, size.partly)

    def program(kind: FileKind) -> FileSize:
        model, whole = begun()
        chosen = indicators and "indicators" in kind.options
        return replace(LinearFile(kind, model, chosen).size, partly=not whole)

    # Formats of the same model share it.
    @cache
    def counted() -> CnfSize:
        return cnf_size(inner, threshold=wanted, options=cnf_options(asked), most_bytes=MOST_BYTES, folded=True)

    @cache
    def begun() -> tuple[LinearModel, bool]:
        return begin_linear(inner, MOST_TERMS, threshold=wanted, options=linear_options(asked))

    sizes: dict[str, FileSize | str] = {}
    for kind in KINDS.values():
        try:
            sizes[kind.name] = formula(kind) if kind.model == "cnf" else program(kind)
        except DnntError as error:
            sizes[kind.name] = str(error)
    return Sizes(sizes, reduced.notes)


def _continuous_sizes(instance: Instance, threshold: Fraction | None) -> dict[str, FileSize | str]:
    """The sizes of the files of continuous training, counted whole."""

    @cache
    def encoded() -> ContinuousModel:
        return encode_continuous(instance, threshold)

    sizes: dict[str, FileSize | str] = {}
    for kind in KINDS.values():
        try:
            sizes[kind.name] = ContinuousFile(kind, encoded(), threshold is None).size
        except DnntError as error:
            sizes[kind.name] = str(error)
    return sizes
