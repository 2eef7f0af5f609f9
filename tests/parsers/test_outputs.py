"""Files take their names whole, or not at all; where they cannot be renamed they are written in place."""

from __future__ import annotations

import contextlib
import errno
import io
import os
import resource
import stat
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from dnnt_encode.errors import InputError
from dnnt_encode.formats.streams import writing
from dnnt_encode.parsers import outputs
from dnnt_encode.parsers.files import read_bytes, text_lines, write_bytes, write_text
from dnnt_encode.parsers.outputs import check_writable, replacing

OLD, NEW = b"old content", b"the new content, which is longer"


@pytest.fixture
def old(tmp_path: Path) -> Iterator[Path]:
    """A file that is to be replaced; nothing else may be left in its folder in the end."""
    path = tmp_path / "old"
    path.write_bytes(OLD)
    path.chmod(0o640)
    yield path
    assert [entry.name for entry in tmp_path.iterdir()] == ["old"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def half_written(path: Path, error: BaseException) -> None:
    """A block that ends in the middle."""
    with replacing(path) as file:
        file.write(b"half")
        raise error


def failing(number: int) -> Callable[..., Any]:
    def fail(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    return fail


def test_a_file_is_replaced(old: Path) -> None:
    before = old.stat().st_ino
    write_bytes(old, NEW)
    assert old.read_bytes() == NEW
    assert old.stat().st_ino != before


def test_a_failed_block_leaves_the_old_file(old: Path) -> None:
    for error in (RuntimeError("no"), KeyboardInterrupt(), InputError("no", "elsewhere")):
        with pytest.raises(type(error)) as caught:
            half_written(old, error)
        assert caught.value is error
        assert old.read_bytes() == OLD


@pytest.mark.parametrize("number", [errno.EBUSY, errno.EXDEV, errno.EPERM])
def test_what_cannot_be_renamed_is_written_in_place(old: Path, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    monkeypatch.setattr(os, "replace", failing(number))
    before = old.stat().st_ino
    for content in (NEW, b"short", b"", OLD):
        write_bytes(old, content)
        assert old.read_bytes() == content
    assert old.stat().st_ino == before


@pytest.mark.parametrize("number", [errno.EACCES, errno.EROFS, errno.ENOSPC])
def test_where_nothing_can_stand_beside_the_file_is_written_in_place(
    old: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    monkeypatch.setattr(tempfile, "mkstemp", failing(number))
    check_writable(old)
    with pytest.raises(RuntimeError):
        half_written(old, RuntimeError())
    assert old.read_bytes() == OLD
    write_bytes(old, NEW)
    assert old.read_bytes() == NEW
    with pytest.raises(InputError, match=f"cannot be written: {os.strerror(number)}"):
        write_bytes(old.with_name("new"), NEW)


@pytest.mark.parametrize("promises", [True, False])
def test_where_there_is_no_room_the_old_file_stays(old: Path, monkeypatch: pytest.MonkeyPatch, promises: bool) -> None:
    monkeypatch.setattr(os, "replace", failing(errno.EBUSY))
    monkeypatch.setattr(os, "posix_fallocate", failing(errno.ENOSPC if promises else errno.EOPNOTSUPP))
    if promises:
        with pytest.raises(InputError, match="No space left on device"):
            write_bytes(old, NEW)
        assert old.read_bytes() == OLD
        with pytest.raises(InputError, match="No space left on device"):
            write_bytes(old.with_name("new"), NEW)
    else:
        write_bytes(old, NEW)
        assert old.read_bytes() == NEW


@contextlib.contextmanager
def largest_file(size: int) -> Iterator[None]:
    """No file may grow past ``size`` bytes: like a full disk, for us alone."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


def test_a_limit_in_the_middle_of_a_file(old: Path) -> None:
    for content in (b"x" * 5000, b"x" * 300_000):
        with largest_file(4096):
            with pytest.raises(InputError, match="cannot be written: File too large"):
                write_bytes(old, content)
            with pytest.raises(InputError, match="cannot be written: File too large"):
                write_bytes(old.with_name("new"), content)
            with pytest.raises(InputError, match="cannot be written: File too large"), writing(f"{old}.gz") as stream:
                stream.write(os.urandom(5000))
        assert old.read_bytes() == OLD
    with largest_file(4096):
        write_bytes(old, b"x" * 4096)
    assert old.read_bytes() == b"x" * 4096


FULL_DISK = """
import os, sys
from pathlib import Path
from dnnt_encode.errors import InputError
from dnnt_encode.parsers.outputs import check_writable
from dnnt_encode.parsers.files import write_bytes

def refused(action, *arguments):
    try:
        action(*arguments)
    except InputError as error:
        return "No space left on device" in str(error)
    return False

os.chdir(sys.argv[1])
old = Path("old")
old.write_bytes(b"o" * 40_000)
with open("filler", "wb", buffering=0) as filler:
    try:
        while filler.write(bytes(1000)):
            pass
    except OSError:
        pass
# There is room for it only in the place of the old file.
write_bytes(old, b"n" * 30_000)
assert old.read_bytes() == b"n" * 30_000
assert refused(write_bytes, old, b"m" * 60_000)
assert old.read_bytes() == b"n" * 30_000
assert refused(write_bytes, "new", b"m" * 60_000)
os.truncate("filler", 0)
with open("filler", "wb") as filler:
    os.posix_fallocate(filler.fileno(), 0, 4096 * (os.statvfs(".").f_bavail))
assert refused(check_writable, "new")
check_writable(old)
assert sorted(os.listdir(".")) == ["filler", "old"]
print("as it should be")
"""


def in_a_namespace(mount: str, *command: object) -> subprocess.CompletedProcess[str]:
    """Run a command where ``mount`` has been run and nobody else sees it; skips the test without the right to it."""
    probe = ["unshare", "-m", "sh", "-c", mount]
    try:
        subprocess.run(probe, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("mounting needs root and unshare")
    script = [*probe[:-1], f'{mount} && exec "$@"', "sh", *map(str, command)]
    root = str(Path(__file__).parents[2])
    return subprocess.run(script, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": root}, check=False)


def test_a_full_disk(tmp_path: Path) -> None:
    done = in_a_namespace(f"mount -t tmpfs -o size=64k none {tmp_path}", sys.executable, "-c", FULL_DISK, tmp_path)
    assert done.stdout == "as it should be\n", done.stderr


def test_a_mounted_file(old: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    other = tmp_path_factory.mktemp("other") / "other"
    other.write_bytes(b"behind the mount")
    code = "import sys; from dnnt_encode.parsers.files import write_bytes; write_bytes(sys.argv[1], b'written')"
    done = in_a_namespace(f"mount --bind {other} {old}", sys.executable, "-c", code, old)
    assert (done.returncode, done.stderr) == (0, "")
    assert (other.read_bytes(), old.read_bytes()) == (b"written", OLD)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no /dev/full")
def test_devices_stay_devices(tmp_path: Path) -> None:
    check_writable("/dev/full")
    with pytest.raises(InputError, match="/dev/full: cannot be written: No space left on device"):
        write_bytes("/dev/full", NEW)
    link = tmp_path / "link"
    link.symlink_to("/dev/null")
    write_bytes(link, NEW)
    assert link.is_symlink()
    for device in ("/dev/full", "/dev/null"):
        assert stat.S_ISCHR(os.stat(device).st_mode)


def test_a_named_pipe(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    check_writable(pipe)
    heard: list[bytes] = []
    reader = threading.Thread(target=lambda: heard.append(pipe.read_bytes()))
    reader.start()
    write_bytes(pipe, NEW)
    reader.join(10)
    assert heard == [NEW]
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_links_and_long_names(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("target")
    write_bytes(tmp_path / "link", NEW)
    assert (tmp_path / "target").read_bytes() == NEW
    # As long as a name may be, in bytes.
    longest = tmp_path / ("ö" * 127 + "x")
    check_writable(longest)
    write_bytes(longest, NEW)
    assert read_bytes(longest) == NEW
    for wrong in (tmp_path / ("ö" * 128), "\0"):
        for action in (check_writable, lambda path: write_bytes(path, NEW)):
            with pytest.raises(InputError, match="cannot be written"):
                action(wrong)
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(InputError, match="symbolic links"):
        write_bytes(tmp_path / "loop", NEW)


@pytest.mark.parametrize("action", [check_writable, lambda path: write_bytes(path, NEW)])
def test_what_can_be_seen_beforehand(tmp_path: Path, action: Callable[[Path], None]) -> None:
    (tmp_path / "file").write_bytes(OLD)
    for path, words in (
        (tmp_path, "this is a directory"),
        (tmp_path / "none" / "file", "there is no such folder"),
        (tmp_path / "file" / "file", "cannot be written: Not a directory"),
    ):
        with pytest.raises(InputError, match=words) as caught:
            action(path)
        assert caught.value.place == str(path)
    assert [entry.name for entry in tmp_path.iterdir()] == ["file"]


def test_standard_output_that_takes_text_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    taken = io.StringIO()
    monkeypatch.setattr(sys, "stdout", taken)
    write_text("-", "xör ☃\n")
    with writing("-") as stream:
        stream.write(b"more\n")
    assert taken.getvalue() == "xör ☃\nmore\n"


def test_what_no_file_in_utf_8_can_hold(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be written as UTF-8"):
        write_text(tmp_path / "file", "\udcff")
    assert list(tmp_path.iterdir()) == []


def test_a_large_file_waits_on_disk(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outputs, "IN_MEMORY", 100)
    monkeypatch.setattr(tempfile, "mkstemp", failing(errno.EACCES))
    content = os.urandom(50_000)
    with replacing(old) as file:
        for first in range(0, len(content), 999):
            file.write(content[first : first + 999])
    assert old.read_bytes() == content


def test_lines_end_at_newlines_alone() -> None:
    assert text_lines("") == []
    assert text_lines("one") == text_lines("one\n") == ["one"]
    assert text_lines("one\r\ntwo\rthree\n\nfive\n") == ["one", "two", "three", "", "five"]
    inside = "Å".encode().decode("latin-1") + "\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"
    assert text_lines(f"{inside}\n{inside}") == [inside, inside]
