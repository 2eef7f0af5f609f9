"""What each signal does, and when."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator

import pytest

from dnnt_encode.cli import signals

INT, TERM, HUP = signal.SIGINT, signal.SIGTERM, signal.SIGHUP


@pytest.fixture(autouse=True)
def _handlers(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Our handlers, as in a new process, for a while."""
    before = {number: signal.signal(number, signal.SIG_DFL) for number in (INT, TERM, HUP)}
    for name, value in (("_interrupted", False), ("_patient", False), ("_event", None), ("polling", False)):
        monkeypatch.setattr(signals, name, value)
    signals.install()
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("number", [INT, TERM, HUP])
def test_a_signal_interrupts(number: int) -> None:
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(number)


@pytest.mark.parametrize("first", [INT, TERM, HUP])
def test_a_search_is_asked_to_stop(first: int) -> None:
    event = threading.Event()
    with signals.graceful(event):
        with pytest.raises(KeyboardInterrupt):
            # Nobody looks at the event yet.
            signal.raise_signal(INT)
        signals.polling = True
        signal.raise_signal(first)
        assert event.is_set()
        for again in (TERM, HUP, TERM):
            signal.raise_signal(again)
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(INT)


@pytest.mark.parametrize("first", [INT, TERM, HUP])
def test_an_answer_is_safe_from_the_first_signal(first: int) -> None:
    with signals.graceful(threading.Event()):
        pass
    signal.raise_signal(first)
    with signals.delivered():
        signal.raise_signal(first)
        for again in (TERM, HUP):
            signal.raise_signal(again)
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(INT)
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(INT)


def test_what_is_ignored_stays_ignored() -> None:
    signal.signal(HUP, signal.SIG_IGN)
    signals.install()
    signal.raise_signal(HUP)
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(TERM)
