"""A process that keeps a folder and the programs that run in it, and leaves nothing of either behind.

It is started by ``scratch``, in a session of its own, as a script that imports next to nothing. Requests come on
standard input, answers go to standard output, each a length and words between zero bytes:

    run PRINTED ERRORS WORD...    start a program, its output into two files; the answer, once it has ended: ended CODE
    stop                          kill it; the answer is that of its end

When the input ends, because whoever started it is done or is dead, however it died, the program is killed with all its
descendants, wherever they have moved to, and the folder is removed.
"""

import os
import select
import signal
import struct
import time

LENGTH = struct.Struct(">I")
PATIENCE = 5
"""Seconds that a killed process may take to go."""

_DIE_WITH_PARENT, _ADOPT_ORPHANS = 1, 36
_DEAF_TO = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_INHERITED: "tuple[int, ...]" = (*_DEAF_TO, signal.SIGPIPE, signal.SIGXFSZ, signal.SIGCHLD)


def receive(source: int) -> "list[bytes] | None":
    """The words of the next message; None at the end of the input."""
    head = _exactly(source, LENGTH.size)
    data = _exactly(source, LENGTH.unpack(head)[0]) if head else None
    return None if data is None else data.split(b"\0")


def send(target: int, *words: bytes) -> None:
    data = b"\0".join(words)
    view = memoryview(LENGTH.pack(len(data)) + data)
    while view:
        view = view[os.write(target, view) :]


def _exactly(source: int, size: int) -> "bytes | None":
    data = b""
    while len(data) < size:
        part = os.read(source, size - len(data))
        if not part:
            return None
        data += part
    return data


def _control(option: int, value: int) -> None:
    """Tell the kernel something about this process, where it is Linux."""
    try:
        import ctypes

        ctypes.CDLL(None).prctl(option, value)
    except Exception:
        return


class Keeper:
    """The program that runs, if one does; ``woken`` becomes readable when a child ends."""

    def __init__(self) -> None:
        self.program: int | None = None
        self.woken, wake = os.pipe()
        os.set_blocking(wake, False)
        os.set_blocking(self.woken, False)
        signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        for number in _DEAF_TO:
            signal.signal(number, signal.SIG_IGN)
        _control(_ADOPT_ORPHANS, 1)

    def start(self, printed: bytes, errors: bytes, words: "list[bytes]") -> None:
        """Start a program. Raises OSError where its files cannot be opened."""
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
        files = [os.open(os.devnull, os.O_RDONLY), os.open(printed, flags, 0o600), os.open(errors, flags, 0o600)]
        self.program = os.fork()
        if self.program == 0:
            try:
                os.setsid()
                _control(_DIE_WITH_PARENT, signal.SIGKILL)
                for number in _INHERITED:
                    signal.signal(number, signal.SIG_DFL)
                for number, file in enumerate(files):
                    os.dup2(file, number)
                os.execvp(words[0], words)
            except OSError as error:
                os.write(2, f"{os.fsdecode(words[0])}: {error.strerror}\n".encode("utf-8", "surrogateescape"))
            finally:
                os._exit(127)
        for file in files:
            os.close(file)

    def ended(self) -> "int | None":
        """The exit code of the program, once it has ended; then nothing of it is left."""
        while True:
            pid, status = _gone()
            if pid <= 0:
                return None
            if pid == self.program:
                self.kill()
                self.program = None
                return os.waitstatus_to_exitcode(status)

    def kill(self) -> "int | None":
        """End the program and all its descendants; its exit code, where it was still there."""
        code, patience = None, time.monotonic() + PATIENCE
        if self.program is not None:
            _end(-self.program)
        while time.monotonic() < patience:
            pid, status = _gone()
            if pid < 0:
                break
            if pid == self.program:
                code = os.waitstatus_to_exitcode(status)
            elif pid == 0:
                # Whoever has left the group is adopted when its parent goes.
                for child in _children():
                    _end(child)
                time.sleep(0.002)
        return code


def _gone() -> "tuple[int, int]":
    """A child that has ended, and its status; 0 where all of them run, -1 where there is none."""
    try:
        return os.waitpid(-1, os.WNOHANG)
    except ChildProcessError:
        return -1, 0


def _end(process: int) -> None:
    """Kill a process, or, by its negative, a group."""
    try:
        os.kill(process, signal.SIGKILL)
    except OSError:
        return


def _children() -> "list[int]":
    """The children of this process, where the system lists processes."""
    own = b"%d" % os.getpid()
    try:
        return [int(name) for name in os.listdir("/proc") if name.isdigit() and _parent(name) == own]
    except OSError:
        return []


def _parent(process: str) -> bytes:
    try:
        with open(f"/proc/{process}/stat", "rb") as file:
            return file.read().rpartition(b")")[2].split()[1]
    except OSError:
        return b""


def _remove(folder: bytes) -> None:
    """Remove a folder with all that is in it, as far as the system lets us."""
    try:
        for entry in os.scandir(folder):
            if entry.is_dir(follow_symlinks=False):
                _remove(entry.path)
            else:
                os.unlink(entry.path)
        os.rmdir(folder)
    except OSError:
        return


def serve(keeper: Keeper) -> None:
    """Requests, until the input ends. Raises OSError where nobody hears the answers."""
    while True:
        ready, _, _ = select.select([0, keeper.woken], [], [])
        if keeper.woken in ready:
            os.read(keeper.woken, 4096)
            code = keeper.ended()
            if code is not None:
                send(1, b"ended", b"%d" % code)
        if 0 not in ready:
            continue
        request = receive(0)
        if request is None:
            return
        if request[0] == b"run":
            try:
                keeper.start(request[1], request[2], request[3:])
            except OSError as error:
                send(1, b"failed", b"%d" % (error.errno or 0))
        elif keeper.program is not None:
            code = keeper.kill()
            keeper.program = None
            send(1, b"ended", b"%d" % (-signal.SIGKILL if code is None else code))


def main(place: str) -> None:
    """Make a folder inside ``place``, say which, and serve."""
    folder = os.fsencode(os.path.join(place, f"dnnt-{os.urandom(8).hex()}"))
    keeper = Keeper()
    try:
        os.mkdir(folder, 0o700)
    except OSError as error:
        send(1, b"failed", b"%d" % (error.errno or 0))
        return
    try:
        send(1, b"folder", folder)
        serve(keeper)
    except OSError:
        # Whoever started us is dead.
        pass
    keeper.kill()
    _remove(folder)
