"""C99 files: a source with its header, or a header alone whose functions are ``static inline``."""

from __future__ import annotations

from collections.abc import Iterator

from dnnt_encode._version import __version__
from dnnt_encode.transfer.c_main import MainSource
from dnnt_encode.transfer.c_network import NetworkSource
from dnnt_encode.transfer.c_rows import RowsSource
from dnnt_encode.transfer.c_words import comment, identifier
from dnnt_encode.transfer.trained import Trained, Written


def write_source(trained: Trained, file: str, main: bool = False) -> Written:
    """A source and its header, called ``file`` without suffix; with ``main``, a program that reads rows is in it."""
    unit = _ProgramText(trained, "", main)
    header = unit.guarded([*unit.types(), *unit.exported()])
    source = [*unit.head(), f'#include "{file}.h"', "", *unit.definitions()]
    files = {".c": _text(source), ".h": _text(header)}
    return Written(files, (f"the functions are declared in {file}.h", *trained.scales()))


def write_header(trained: Trained, main: bool = False) -> Written:
    """A header that is all there is."""
    unit = _ProgramText(trained, "static inline ", main)
    text = _text(unit.guarded([*unit.types(), *unit.declarations(), *unit.definitions()]))
    return Written({".h": text}, tuple(trained.scales()))


def _text(lines: list[str]) -> bytes:
    return ("\n".join(lines) + "\n").encode("ascii")


class _ProgramText:
    """The parts of a program; ``static`` stands before the functions that are called from outside."""

    def __init__(self, trained: Trained, static: str, main: bool) -> None:
        self._trained, self._main = trained, main
        self._prefix = identifier(trained.name)
        self._network = NetworkSource(trained.network, self._prefix, static, trained.classes)
        self._rows = None if trained.rows.record is None else RowsSource(trained.rows, self._prefix, static)

    def head(self) -> Iterator[str]:
        yield f"/* {comment(self._trained.name)}: a trained network, {comment(self._trained.describe())},"
        yield f"   in exact integer arithmetic. Written by dnnt-encode {__version__}. */"
        yield ""

    def guarded(self, lines: list[str]) -> list[str]:
        guard = f"{self._prefix.upper()}_H"
        return [*self.head(), f"#ifndef {guard}", f"#define {guard}", "", "#include <stdint.h>", "", *lines, "#endif"]

    def types(self) -> Iterator[str]:
        yield from self._network.types()
        if self._trained.classes is not None:
            yield "/* The classes. */"
            for number, name in enumerate(self._trained.classes):
                yield f"#define {self._prefix.upper()}_CLASS_{number} {number}U /* {comment(name)} */"
            yield ""
        if self._rows is not None:
            yield from self._rows.types()

    def declarations(self) -> Iterator[str]:
        yield from self._network.declarations()
        if self._rows is not None:
            yield from self._rows.declarations()

    def exported(self) -> Iterator[str]:
        yield from ("#ifdef __cplusplus", 'extern "C"', "{", "#endif", "")
        yield from self.declarations()
        yield from ("#ifdef __cplusplus", "}", "#endif", "")

    def definitions(self) -> Iterator[str]:
        yield from self._network.definitions()
        if self._rows is not None:
            yield from self._rows.definitions(f"{self._prefix}_input_t")
        if self._main:
            yield from MainSource(self._trained, self._prefix, self._rows).lines()
