"""The line of a terminal that tells what goes on: with rich a spinner, a bar where there is a share of work done, and a
clock that goes on by itself; without it plain text that is rewritten. Only for terminals: nothing of it is for pipes.
"""

from __future__ import annotations

import shutil
import sys
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from rich.progress import Progress


class LiveLine(Protocol):
    """Raises OSError where the terminal is gone."""

    def show(self, text: str, share: float | None = None, clock: bool = False) -> None:
        """Show a text in place of what is there; ``share``: which part of the work is done, from 0 to 1;
        ``clock``: with the time since the line was there first, where it can tell."""

    def clear(self) -> None:
        """Take the line away."""


class PlainLine:
    """Text alone."""

    def __init__(self) -> None:
        self._shown = ""

    def show(self, text: str, share: float | None = None, clock: bool = False) -> None:
        width = max(20, shutil.get_terminal_size().columns - 1)
        text = text[:width]
        sys.stderr.write("\r" + text.ljust(len(self._shown)) + ("\r" if not text else ""))
        sys.stderr.flush()
        self._shown = text

    def clear(self) -> None:
        if self._shown:
            self.show("")


class RichLine:
    """What rich draws. Raises ImportError where it is not installed."""

    def __init__(self) -> None:
        import rich.progress  # noqa: F401

        self._progress: Progress | None = None
        self._running = False

    def show(self, text: str, share: float | None = None, clock: bool = False) -> None:
        progress = self._progress = self._progress or _progress()
        task = progress.task_ids[0]
        progress.update(task, description=text, total=1.0, completed=share or 0.0, bar=share is not None, clock=clock)
        if not self._running:
            progress.start()
            self._running = True

    def clear(self) -> None:
        if self._running and self._progress is not None:
            self._running = False
            self._progress.stop()


def _progress() -> Progress:
    from rich.console import Console, RenderableType
    from rich.progress import BarColumn, Progress, ProgressColumn, SpinnerColumn, Task, TextColumn, TimeElapsedColumn
    from rich.table import Column

    bar = BarColumn(bar_width=20)

    clock = TimeElapsedColumn()

    class Elapsed(ProgressColumn):
        """The time where it is asked for."""

        def render(self, task: Task) -> RenderableType:
            return clock.render(task) if task.fields["clock"] else ""

    class Bar(ProgressColumn):
        """A bar where a share is known."""

        def render(self, task: Task) -> RenderableType:
            return bar.render(task) if task.fields["bar"] else ""

    text = TextColumn("{task.description}", markup=False, table_column=Column(no_wrap=True, overflow="ellipsis"))
    columns = (SpinnerColumn(), Elapsed(), Bar(), text)
    progress = Progress(*columns, console=Console(file=sys.stderr), transient=True, redirect_stdout=False)
    progress.add_task("", bar=False, clock=False)
    return progress


def live_line() -> LiveLine | None:
    """The best line that standard error takes; None where it is no terminal."""
    if not sys.stderr.isatty():
        return None
    try:
        return RichLine()
    except ImportError:
        return PlainLine()
