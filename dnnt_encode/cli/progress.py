"""What a search tells while it runs: c, o, s and v lines, and one line that is rewritten on a terminal."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING, Any, TextIO

from dnnt_encode.cli.live import live_line
from dnnt_encode.cli.standard_streams import drop_output, write_json
from dnnt_encode.parsers.files import text_lines

if TYPE_CHECKING:
    from dnnt_encode.instance.weights import Weights
    from dnnt_encode.solving.ledger import Incumbent, Progress


class Reporter:
    """Writes lines to ``stream`` (standard output, or standard error where a file goes to standard output).

    ``quiet``: no comments and no progress line. Where the stream takes nothing more, the search goes on, and ``failed``
    says why."""

    def __init__(self, stream: TextIO, quiet: bool = False, silent: bool = False, verbose: int = 0) -> None:
        self.verbose = verbose
        self._stream, self._quiet, self._silent = stream, quiet, silent
        self._live = None if quiet else live_line()
        self._last = 0.0
        self._stage = self._busy = ""
        self.failed: OSError | None = None

    def line(self, text: str) -> None:
        """One line, above the progress line."""
        if self._silent or self.failed:
            return
        self.clear()
        try:
            self._stream.write(f"{text}\n")
            self._stream.flush()
        except OSError as error:
            self.failed = error
            if self._stream is sys.stdout:
                drop_output()
        if self._busy:
            self._show(self._busy, clock=True)

    def json(self, value: dict[str, Any]) -> None:
        """An object on standard output."""
        try:
            write_json(value)
        except OSError as error:
            self.failed = error
            drop_output()

    def comment(self, text: str) -> None:
        if not self._quiet:
            for part in text_lines(text) or [""]:
                self.line(f"c {part}".rstrip())

    def incumbent(self, incumbent: Incumbent) -> None:
        if incumbent.objective == "loss":
            self.line(f"o {incumbent.loss}")
        else:
            self.comment(f"{incumbent.objective} {incumbent.value}")

    def progress(self, progress: Progress) -> None:
        """Rewrite the progress line, a few times a second; with ``verbose``, tell the stages."""
        if self.verbose and progress.stage != self._stage:
            self.comment(f"{progress.seconds:.2f} s: {progress.stage}")
            self._stage = progress.stage
        now = time.monotonic()
        if self._live is None or now - self._last < 0.2:
            return
        self._last = now
        parts = [progress.stage, f"{progress.seconds:.1f} s"]
        if progress.loss is not None:
            parts.append(f"loss {short(progress.loss)}")
        if progress.bound is not None:
            parts.append(f"bound {short(progress.bound)}")
        if progress.loss is not None and progress.bound is not None:
            parts.append(f"gap {gap(progress.loss, progress.bound)}")
        if progress.leaves is not None:
            parts.append("{} of {} leaves open".format(*progress.leaves))
        if progress.trying:
            parts.append(progress.trying)
        share = None if progress.leaves is None else 1 - progress.leaves[0] / progress.leaves[1]
        self._show("  ".join(parts), share)

    @contextlib.contextmanager
    def busy(self, text: str) -> Iterator[None]:
        """Show what is done inside, which tells nothing itself."""
        self._busy = text
        self._show(text, clock=True)
        try:
            yield
        finally:
            self._busy = ""
            self.clear()

    def clear(self) -> None:
        """Take the progress line away."""
        if self._live is not None:
            try:
                self._live.clear()
            except OSError:
                self._live = None

    def _show(self, text: str, share: float | None = None, clock: bool = False) -> None:
        if self._live is not None:
            try:
                self._live.show(text, share, clock)
            except OSError:
                self._live = None


def short(value: Fraction) -> str:
    """A number for the eye: exact where it is short."""
    text = str(value)
    return text if len(text) <= 12 else f"{float(value):.6g}"


def gap(loss: Fraction, bound: Fraction) -> str:
    """How far the bound is from the loss, as a part of the loss."""
    if loss <= bound:
        return "0%"
    return f"{float(100 * (loss - bound) / loss):.3g}%"


def value_lines(weights: Weights) -> Iterator[str]:
    """``v w 1.0.2 = -1`` (layer.unit.input) and ``v b 1.0 = 0``, in order; of an ensemble member by member, as in
    ``v 3 w 1.0.2 = -1``."""
    if weights.ensemble is not None:
        for number, member in enumerate(weights.ensemble.members, start=1):
            yield from (line.replace("v", f"v {number}", 1) for line in value_lines(member))
        return
    for number, layer in enumerate(weights.layers, start=1):
        for unit, row in enumerate(layer.weights.fractions()):
            for position, value in enumerate(row):
                yield f"v w {number}.{unit}.{position} = {value}"
        for unit, value in enumerate(layer.biases.fractions()):
            yield f"v b {number}.{unit} = {value}"
