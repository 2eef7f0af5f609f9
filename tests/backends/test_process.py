"""The child process: streams, stops, crashes, and never outlives its parent."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from dnnt_encode.backends.process import Child
from dnnt_encode.backends.protocol import Bound, Controls, Event, Finished, Tick
from dnnt_encode.errors import BackendError, ModelTooLarge

JOBS = """
import os, signal, sys, time
from dnnt_encode.backends.protocol import Bound, Finished
from dnnt_encode.errors import ModelTooLarge

def count(payload, channel):
    print("noise on file descriptor 1")
    os.system("echo more noise")
    for number in range(payload):
        channel.send(Bound(number))
    channel.send(Finished("optimal"))

def until_stopped(payload, channel):
    channel.send(Bound(1))
    channel.stopping.wait()
    channel.send(Bound(2))
    channel.send(Finished("stopped"))

def deaf(payload, channel):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    channel.send(Bound(1))
    time.sleep(600)

def refuses(payload, channel):
    raise ModelTooLarge("too large indeed")

def breaks(payload, channel):
    raise RuntimeError("it broke")

def dies(payload, channel):
    print("last words", file=sys.stderr, flush=True)
    os.kill(os.getpid(), payload)
"""


@pytest.fixture
def jobs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A module of jobs that the child can import because we can."""
    (tmp_path / "child_jobs.py").write_text(JOBS)
    monkeypatch.syspath_prepend(str(tmp_path))
    yield "child_jobs"
    sys.modules.pop("child_jobs", None)


def events(child: Child, payload: object, controls: Controls | None = None) -> list[Event]:
    return [event for event in child.run(payload, controls or Controls()) if not isinstance(event, Tick)]


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    return True


def wait_until_gone(pid: int) -> None:
    deadline = time.monotonic() + 20
    while alive(pid):
        assert time.monotonic() < deadline, "the child is still there"
        time.sleep(0.02)


def test_messages_arrive_in_order_whatever_is_printed(jobs: str) -> None:
    with Child("count", jobs, "count") as child:
        found = events(child, 50)
    assert found == [*(Bound(number) for number in range(50)), Finished("optimal")]
    assert not alive(child.pid)


def test_a_large_payload_arrives(jobs: str) -> None:
    with Child("refuses", jobs, "refuses") as child, pytest.raises(ModelTooLarge, match="too large indeed"):
        events(child, bytes(30_000_000))


def test_a_stop_event_is_passed_on_and_the_last_words_are_heard(jobs: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dnnt_encode.backends.process.STOP_GRACE", 30)
    stop = threading.Event()
    with Child("waits", jobs, "until_stopped") as child:
        found = []
        for event in child.run(None, Controls(stop=stop)):
            found.append(event)
            stop.set()
    assert [event for event in found if not isinstance(event, Tick)] == [Bound(1), Bound(2), Finished("stopped")]


def test_the_deadline_stops_the_child(jobs: str) -> None:
    with Child("waits", jobs, "until_stopped") as child:
        assert events(child, None, Controls(deadline=time.monotonic() + 2))[-1] == Finished("stopped")


def test_a_child_steps_back(jobs: str) -> None:
    with Child("a test", jobs, "until_stopped") as child:
        before = os.getpriority(os.PRIO_PROCESS, child.pid)
        child.step_back()
        once = os.getpriority(os.PRIO_PROCESS, child.pid)
        child.step_back()
        twice = os.getpriority(os.PRIO_PROCESS, child.pid)
    assert (once, twice) == (min(19, before + 10), min(19, before + 20))
    child.step_back()


def test_a_child_that_does_not_listen_is_killed(jobs: str) -> None:
    begin = time.monotonic()
    with Child("deaf", jobs, "deaf") as child:
        last = events(child, None, Controls(deadline=begin + 1))[-1]
    assert isinstance(last, Finished)
    assert last.outcome == "stopped"
    assert time.monotonic() - begin < 30
    assert not alive(child.pid)


def test_a_child_stopped_before_it_has_its_job_is_killed(jobs: str) -> None:
    stop = threading.Event()
    stop.set()
    with Child("deaf", jobs, "deaf") as child:
        last = events(child, bytes(30_000_000), Controls(stop=stop))[-1]
    assert isinstance(last, Finished)
    assert last.outcome == "stopped"


@pytest.mark.parametrize(
    ("function", "payload", "words"),
    [
        ("breaks", None, "breaks failed: .*RuntimeError: it broke"),
        ("dies", int(signal.SIGKILL), "killed by SIGKILL .*last words"),
        ("dies", int(signal.SIGSEGV), "killed by SIGSEGV .*last words"),
        ("missing", None, "has no attribute 'missing'"),
    ],
)
def test_a_crash_is_one_error(jobs: str, function: str, payload: object, words: str) -> None:
    with Child(function, jobs, function) as child, pytest.raises(BackendError, match=words) as caught:
        events(child, payload)
    assert "\n" not in str(caught.value)


def test_leaving_early_ends_the_child(jobs: str) -> None:
    with Child("deaf", jobs, "deaf") as child:
        for event in child.run(None, Controls()):
            if isinstance(event, Bound):
                break
        assert alive(child.pid)
    assert not alive(child.pid)


def test_a_killed_parent_leaves_no_orphan(jobs: str, tmp_path: Path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(
        textwrap.dedent(
            """
            from dnnt_encode.backends.process import Child
            from dnnt_encode.backends.protocol import Bound, Controls
            child = Child("deaf", "child_jobs", "deaf")
            for event in child.run(None, Controls()):
                if isinstance(event, Bound):
                    print(child.pid, flush=True)
            """
        )
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), str(Path(__file__).parents[2])])}
    with subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, env=environment) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        assert os.getsid(pid) == pid, "Ctrl-C in the terminal must not reach the child"
        parent.kill()
    wait_until_gone(pid)
