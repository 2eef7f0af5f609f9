"""The child process: streams, stops, crashes, and never outlives its parent."""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dnnt_encode.backends.process import Child, Done, followed
from dnnt_encode.backends.protocol import Controls
from dnnt_encode.errors import BackendError, ModelTooLarge

JOBS = """
import ctypes, os, signal, sys, time
from dnnt_encode.backends.process import Done
from dnnt_encode.errors import ModelTooLarge

def count(payload, channel):
    print("noise on file descriptor 1")
    os.system("echo more noise")
    for number in range(payload):
        channel.send(number)
    channel.send(Done())

def until_stopped(payload, channel):
    channel.send(1)
    channel.stop.wait()
    channel.send(2)
    channel.send(Done())

def echo(payload, channel):
    channel.hear(channel.send)
    channel.stop.wait()
    channel.send(Done())

def prints(payload, channel):
    channel.printed = lambda line: channel.send(line)
    print("from Python")
    ctypes.CDLL(None).printf(b"from C\\n")
    os.write(1, b"raw\\nlast\\n")
    channel.stop.wait()
    channel.send(Done())

def deaf(payload, channel):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    channel.send(1)
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


def messages(
    job: str, function: str, payload: object = None, controls: Controls | None = None, until: object = None
) -> list[Any]:
    """What a job says, up to the message ``until`` or to its end, without the ``Done``."""
    found = []
    for message in followed(function, job, function, payload, controls or Controls()):
        if message is not None and not isinstance(message, Done):
            found.append(message)
        if message is not None and message == until:
            break
    return found


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
    assert messages(jobs, "count", 50) == list(range(50))


def test_a_large_payload_arrives(jobs: str) -> None:
    with pytest.raises(ModelTooLarge, match="too large indeed"):
        messages(jobs, "refuses", bytes(30_000_000))


def test_a_stop_is_passed_on_and_the_last_words_are_heard(jobs: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dnnt_encode.backends.process.STOP_GRACE", 30)
    controls, found = Controls(), []
    for message in followed("waits", jobs, "until_stopped", None, controls):
        found.append(message)
        if message == 1:
            controls.stop.set()
    assert [message for message in found if message in (1, 2)] == [1, 2]


def test_what_the_parent_tells_arrives_in_order(jobs: str) -> None:
    heard: queue.SimpleQueue[Any] = queue.SimpleQueue()
    with Child("echo", jobs, "echo", heard.put) as child:
        child.submit(None)
        for number in range(50):
            child.tell((number, bytes(number)))
        assert [heard.get(timeout=30)[0] for _ in range(50)] == list(range(50))


def test_what_is_printed_becomes_lines_for_the_job(jobs: str) -> None:
    heard: queue.SimpleQueue[Any] = queue.SimpleQueue()
    with Child("prints", jobs, "prints", heard.put) as child:
        child.submit(None)
        assert {heard.get(timeout=30) for _ in range(4)} == {"from Python", "from C", "raw", "last"}


def test_the_deadline_stops_the_child(jobs: str) -> None:
    assert messages(jobs, "until_stopped", None, Controls(deadline=time.monotonic() + 2)) == [1, 2]


def test_a_child_steps_back(jobs: str) -> None:
    with Child("a test", jobs, "until_stopped", lambda message: None) as child:
        before = os.getpriority(os.PRIO_PROCESS, child.pid)
        child.step_back()
        once = os.getpriority(os.PRIO_PROCESS, child.pid)
        child.step_back()
        twice = os.getpriority(os.PRIO_PROCESS, child.pid)
    assert (once, twice) == (min(19, before + 10), min(19, before + 20))
    child.step_back()


def test_a_child_that_does_not_listen_is_killed(jobs: str) -> None:
    begin = time.monotonic()
    assert messages(jobs, "deaf", None, Controls(deadline=begin + 1)) == [1]
    assert time.monotonic() - begin < 30


def test_a_child_stopped_before_it_has_its_job_is_killed(jobs: str) -> None:
    controls = Controls()
    controls.stop.set()
    assert messages(jobs, "deaf", bytes(30_000_000), controls) == []


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
    with pytest.raises(BackendError, match=words) as caught:
        messages(jobs, function, payload)
    assert "\n" not in str(caught.value)


def test_leaving_early_ends_the_child(jobs: str) -> None:
    heard: queue.SimpleQueue[Any] = queue.SimpleQueue()
    with Child("deaf", jobs, "deaf", heard.put) as child:
        child.submit(None)
        assert heard.get(timeout=30) == 1
        assert alive(child.pid)
    assert not alive(child.pid)


def test_a_killed_parent_leaves_no_orphan(jobs: str, tmp_path: Path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(
        textwrap.dedent(
            """
            import time
            from dnnt_encode.backends.process import Child
            child = Child("deaf", "child_jobs", "deaf", lambda message: print(child.pid, flush=True))
            child.submit(None)
            time.sleep(60)
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
