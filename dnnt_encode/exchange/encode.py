"""From a question about an instance to the model of a file, with its header."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from dnnt_encode._version import __version__
from dnnt_encode.analysis.view import View
from dnnt_encode.encoders.cnf import CnfOptions
from dnnt_encode.encoders.continuous import encode_continuous
from dnnt_encode.encoders.fitting import fitting_cnf, fitting_linear
from dnnt_encode.encoders.options import LinearOptions
from dnnt_encode.errors import InputError, InputErrors
from dnnt_encode.exchange.cnf_file import CnfFile
from dnnt_encode.exchange.continuous_file import ContinuousFile
from dnnt_encode.exchange.header import Header, comment_lines
from dnnt_encode.exchange.kinds import FileKind
from dnnt_encode.exchange.linear_file import LinearFile
from dnnt_encode.exchange.model_file import ModelFile
from dnnt_encode.exchange.question import Question, Scope
from dnnt_encode.instance.behaviour import check_constraints
from dnnt_encode.instance.instance import Instance
from dnnt_encode.models.cnf import CnfModel
from dnnt_encode.models.linear import LinearModel
from dnnt_encode.proofs.cover import parts_of
from dnnt_encode.reduce import STEPS
from dnnt_encode.reduce.reduced import Chain, Step, chain

FACTOR = {"cnf": 1.5, "linear": 4.0}
"""Bytes in use while a file is made, for each byte of the encoder's arrays."""


@dataclass(frozen=True, eq=False)
class Encoded:
    """The model of a question: of the instance at the end of ``chain``, which stands for the one that was asked
    about."""

    header: Header
    model: ModelFile
    chain: Chain

    def loss(self, objective: int) -> Fraction:
        """The loss of the instance that an objective of the encoder's model means."""
        return self.model.unit * objective + self.chain.offset

    def comments(self) -> Iterator[str]:
        """All comments of the file; where nothing was sorted or dropped also what a model counter counts."""
        yield from comment_lines(self.header, self.model)
        if self.header.kind == "dimacs" and not self.header.options["reductions"]:
            assert isinstance(self.model, CnfFile)
            yield from self.model.shown()

    def text(self) -> Iterator[bytes]:
        """The file, in pieces."""
        return self.model.write(self.comments())

    def cut(self, cube: Sequence[int]) -> Encoded:
        """The same formula with the literals of a cube. Raises TypeError for what is no formula."""
        if not cube:
            return self
        if not isinstance(self.model, CnfFile):
            raise TypeError("cubes are of formulas")
        scope = replace(self.header.scope or Scope(), cube=tuple(cube))
        model = CnfFile(self.model.kind, self.model.model, cube)
        header = replace(self.header, rows=model.size.rows, model_sha256=model.digest(), scope=scope)
        return replace(self, header=header, model=model)


def encode(instance: Instance, question: Question, steps: Sequence[Step] = STEPS) -> Encoded:
    """The model of a question, the same for the same question.

    Raises ModelTooLarge, before it is built where it would not fit in memory, and where a number is too large."""
    reduced = reduction(instance, question, steps)
    inner, kind = reduced.instance, question.row
    view = reduced.view if question.reductions else View(inner, merges=False)
    model: CnfModel | LinearModel
    file: ModelFile
    with InputErrors("constraints"):
        check_constraints(instance)
    if inner.network.continuous:
        if question.indicators:
            raise InputError("continuous training has no conditional rows that could be written as indicators")
        file = ContinuousFile(kind, encode_continuous(inner, inner.threshold), inner.threshold is None)
    elif kind.model == "cnf":
        model = fitting_cnf(view, inner.threshold, cnf_options(question), FACTOR["cnf"])
        file = model_file(kind, model)
    else:
        model = fitting_linear(view, inner.threshold, linear_options(question), FACTOR["linear"])
        file = model_file(kind, model, question.indicators)
    header = Header(
        kind=kind.name,
        name=instance.name,
        instance_sha256=instance.sha256,
        # As it was asked: the model knows it only rounded to its unit.
        threshold=question.threshold,
        loss_unit=file.unit,
        loss_offset=file.unit * file.offset + reduced.offset,
        columns=file.size.columns,
        rows=file.size.rows,
        options=question.options,
        reductions=reduced.notes,
        model_sha256=file.digest(),
        dnnt_version=__version__,
        scope=question.scope,
        stage=question.stage,
        constraints=tuple(map(str, instance.constraints)),
    )
    return Encoded(header, file, reduced).cut(() if question.scope is None else question.scope.cube)


def reduction(given: Instance | View, question: Question, steps: Sequence[Step] = STEPS) -> Chain:
    """The instance that is encoded in place of another one; its threshold is what the question asks of it. Raises
    InputError where it has no such part as the question is about."""
    view, scope = View.of(given).with_threshold(question.threshold), question.scope
    if question.stage is not None:
        view = View(question.about(view.instance))
    kept = frozenset() if question.stage is None else question.stage.objectives
    reduced = chain(view, steps if question.reductions else (), kept)
    if scope is None or scope.split is None:
        return reduced
    parts = parts_of(scope.split, reduced.instance)
    if scope.part >= len(parts):
        raise InputError(f"the split {scope.split} of this instance has {len(parts)} parts, and no number {scope.part}")
    return Chain(view, (*reduced.steps, parts[scope.part]))


def cnf_options(question: Question) -> CnfOptions:
    """What a question tells the encoder of formulas."""
    return CnfOptions(sum=question.sum, symmetry="all" if question.reductions else "none")


def linear_options(question: Question) -> LinearOptions:
    """What a question tells the encoder of linear models."""
    return LinearOptions(symmetry="all" if question.reductions else "none")


def model_file(kind: FileKind, model: CnfModel | LinearModel, indicators: bool = False) -> ModelFile:
    """A model as a file of some kind holds it. Raises ModelTooLarge where a number is too large for it."""
    return CnfFile(kind, model) if isinstance(model, CnfModel) else LinearFile(kind, model, indicators)
