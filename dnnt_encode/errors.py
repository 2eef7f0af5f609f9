"""The errors a user can cause, each with one message that names the place, what was found and what would be right."""

from __future__ import annotations

from typing import Any


class DnntError(Exception):
    """The base of every error the toolkit raises on purpose; the command line prints it and exits with 1."""


class InputError(DnntError, ValueError):
    """Bad input. ``place`` is a file, a JSON pointer or a line; ``str()`` puts it before the message."""

    def __init__(self, message: str, place: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.place = place

    def __str__(self) -> str:
        return f"{self.place}: {self.message}" if self.place else self.message


class InputErrors:
    """Within it a ValueError becomes an InputError about ``place``; an InputError keeps the place that it names."""

    def __init__(self, place: object = "") -> None:
        self._place = place

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: Any) -> None:
        if isinstance(error, ValueError) and not isinstance(error, InputError):
            raise InputError(str(error), str(self._place)) from None


class ModelTooLarge(DnntError):
    """A model, an enumeration or a number that would pass a limit of memory or of a solver's integers."""


class NotVerified(DnntError):
    """A solver's claim that the exact check refutes. ``evidence`` keeps what was claimed and what was found."""

    def __init__(self, message: str, evidence: dict[str, Any]) -> None:
        super().__init__(message)
        self.evidence = evidence


class BackendError(DnntError):
    """A solver that cannot be started, that crashed, or that refused its model."""
