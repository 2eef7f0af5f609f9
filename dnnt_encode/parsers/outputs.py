"""Files that take their names once they are whole.

A file is written beside its name and then renamed, so that nobody ever sees half of one. Where that is impossible (a
folder without permission, a mounted file, a disk with no room for two) the finished content is written over the old
one, once the disk has promised the room for it. Devices and pipes are written to as they are.
"""

from __future__ import annotations

import contextlib
import errno
import io
import os
import shutil
import stat
import sys
import tempfile
from collections.abc import Iterator
from typing import IO, Any

from dnnt_encode.errors import InputError

IN_MEMORY = 2**26
"""A file of at most so many bytes, for which there is no room beside its name, waits in memory; a larger one in the
folder of temporary files."""

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@contextlib.contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[IO[bytes]]:
    """A file to write into that takes its name at the end; ``-`` is standard output. Where the block raises, the file
    that was there before is as it was. Raises InputError where writing fails, BrokenPipeError where the reader of
    standard output has gone."""
    if path == "-":
        with _standard_output() as stream:
            yield stream
        return
    try:
        if _is_special(path):
            with open(path, "wb") as device:
                yield device
            return
        # A link keeps pointing: what is replaced is the file behind it.
        with _Draft(os.path.realpath(path)) as draft, io.BufferedWriter(draft) as file:
            yield file
            file.flush()
            draft.deliver()
    except InputError:
        raise
    except (OSError, ValueError) as error:
        raise InputError(reason(error, "written"), place=str(path)) from None


def check_writable(path: str | os.PathLike[str]) -> None:
    """Raises InputError where ``replacing`` would fail as things are: better before long work than after it."""
    if path == "-":
        return
    try:
        if _is_special(path):
            if os.path.isdir(path) or not os.access(path, os.W_OK):
                number = errno.EISDIR if os.path.isdir(path) else errno.EACCES
                raise OSError(number, os.strerror(number))
            return
        target = os.path.realpath(path)
        try:
            with tempfile.TemporaryFile(dir=os.path.dirname(target), buffering=0) as probe:
                probe.write(b"\0")
        except OSError:
            if not os.path.exists(target):
                raise
            with open(target, "r+b"):
                pass
    except (OSError, ValueError) as error:
        raise InputError(reason(error, "written"), place=str(path)) from None


def reason(error: Exception, verb: str) -> str:
    """Why a file cannot be read or written, for a message."""
    if isinstance(error, FileNotFoundError):
        return "there is no such file" if verb == "read" else "there is no such folder"
    if isinstance(error, IsADirectoryError):
        return "this is a directory; a file is needed"
    if isinstance(error, OSError) and error.errno == errno.EBADF:
        return f"cannot be {verb}: it is closed"
    if isinstance(error, OSError) and error.strerror:
        return f"cannot be {verb}: {error.strerror}"
    return f"cannot be {verb}: {error}"


def new_folder(path: str) -> None:
    """Make a folder for files that belong together, where there is none. Raises InputError where it cannot be written,
    or holds something already."""
    try:
        os.makedirs(path, exist_ok=True)
        holds = os.listdir(path)
    except (FileExistsError, NotADirectoryError):
        raise InputError("a new folder is needed; this is a file", path) from None
    except OSError as error:
        raise InputError(reason(error, "written"), path) from None
    if holds:
        raise InputError(f"this folder holds {holds[0]} already; name a new one", path)
    if not os.access(path, os.W_OK):
        raise InputError("cannot be written: Permission denied", path)


@contextlib.contextmanager
def _standard_output() -> Iterator[IO[bytes]]:
    try:
        sys.stdout.flush()
        # What a program puts in the place of standard output may take text alone.
        stream: IO[bytes] | None = getattr(sys.stdout, "buffer", None)
        text_only = io.BytesIO()
        yield text_only if stream is None else stream
        sys.stdout.write(text_only.getvalue().decode())
        sys.stdout.flush()
    except (BrokenPipeError, InputError):
        raise
    except (OSError, ValueError) as error:
        raise InputError(reason(error, "written"), place="<stdout>") from None


def _is_special(target: str | os.PathLike[str]) -> bool:
    """Whether there is something that is no ordinary file. Raises OSError where that cannot be seen."""
    try:
        return not stat.S_ISREG(os.stat(target).st_mode)
    except FileNotFoundError:
        return False


class _Draft(io.RawIOBase):
    """What is to become the file ``target``: beside it where that works, else elsewhere."""

    def __init__(self, target: str) -> None:
        super().__init__()
        self._target = target
        self._beside: str | None = None
        self._file: IO[bytes] = io.BytesIO()
        try:
            handle, self._beside = tempfile.mkstemp(prefix=".dnnt-", dir=os.path.dirname(target))
            self._file = os.fdopen(handle, "w+b", buffering=0)
        except OSError:
            if not os.path.exists(target):
                raise
            self._file = _elsewhere()

    def writable(self) -> bool:
        return True

    def write(self, data: Any, /) -> int:
        try:
            return self._file.write(data)
        except OSError:
            if self._beside is None:
                raise
        elsewhere = _elsewhere()
        self._file.seek(0)
        shutil.copyfileobj(self._file, elsewhere)
        self._drop()
        self._file = elsewhere
        return self._file.write(data)

    def deliver(self) -> None:
        """Give the file its name. Raises OSError."""
        if self._beside is not None and self._renamed():
            return
        self._file.seek(0, os.SEEK_END)
        size = self._file.tell()
        self._file.seek(0)
        _overwrite(self._target, self._file, size)

    def close(self) -> None:
        if not self.closed:
            self._drop()
        super().close()

    def _renamed(self) -> bool:
        assert self._beside is not None
        try:
            mode = os.stat(self._target).st_mode & 0o777 if os.path.exists(self._target) else 0o666 & ~_umask()
            os.chmod(self._beside, mode)
            os.fsync(self._file.fileno())
            os.replace(self._beside, self._target)
        except OSError:
            return False
        self._beside = None
        return True

    def _drop(self) -> None:
        with contextlib.suppress(OSError):
            self._file.close()
        if self._beside is not None:
            with contextlib.suppress(OSError):
                os.unlink(self._beside)
            self._beside = None


def _elsewhere() -> IO[bytes]:
    return tempfile.SpooledTemporaryFile(IN_MEMORY)


def _overwrite(target: str, source: IO[bytes], size: int) -> None:
    """Put ``size`` bytes in the place of what a file holds, or raise OSError and leave it as it was, as far as the
    system can tell beforehand that there is room."""
    is_new = not os.path.exists(target)
    try:
        with open(os.open(target, os.O_WRONLY | os.O_CREAT, 0o666), "wb", buffering=0) as file:
            before = os.fstat(file.fileno()).st_size
            try:
                if size and hasattr(os, "posix_fallocate"):
                    os.posix_fallocate(file.fileno(), 0, size)
            except OSError as error:
                # Other errors say that this kind of disk makes no promises.
                if error.errno in _NO_ROOM:
                    os.ftruncate(file.fileno(), before)
                    raise
            writer = io.BufferedWriter(file)
            shutil.copyfileobj(source, writer)
            writer.flush()
            os.ftruncate(file.fileno(), size)
    except OSError:
        if is_new:
            with contextlib.suppress(OSError):
                os.unlink(target)
        raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
