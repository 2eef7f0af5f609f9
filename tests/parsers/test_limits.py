"""What is too large, endless, or unpacks out of all proportion is refused before it takes memory."""

import gzip
import hashlib
import io
import json
import lzma
import tracemalloc
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dnnt_encode.errors import InputError
from dnnt_encode.formats.streams import reading
from dnnt_encode.parsers import files, limits, load_instance, npz, save_instance, table
from dnnt_encode.parsers.files import read_bytes
from dnnt_encode.parsers.limits import bounded, read_bounded
from dnnt_encode.parsers.table import read_table
from tests.command_line import dnnt
from tests.parsers.samples import xor


class Endless(io.RawIOBase):
    """Zeros without an end, as /dev/zero has them."""

    def __init__(self) -> None:
        super().__init__()
        self.given = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        buffer[:] = bytes(len(buffer))
        self.given += len(buffer)
        return len(buffer)


def test_an_endless_stream_ends_at_its_limit() -> None:
    for read in (
        lambda stream: bounded(stream, 3 * 2**20, "f").read(),
        lambda stream: read_bounded(stream, 3 * 2**20, "f"),
    ):
        stream = Endless()
        with pytest.raises(InputError, match=r"limit of 3145728 bytes \(3 MiB\)") as caught:
            read(stream)
        assert caught.value.place == "f"
        assert stream.given <= 4 * 2**20


def test_content_up_to_the_limit_is_read_whole() -> None:
    data = bytes(range(256)) * 20_000
    assert bounded(io.BytesIO(data), len(data), "f").read() == read_bounded(io.BytesIO(data), len(data), "f") == data
    assert list(bounded(io.BytesIO(b"a\nb\n"), 4, "f")) == [b"a\n", b"b\n"]
    assert read_bounded(io.StringIO("ä"), 2, "f") == "ä".encode()
    for read in (bounded, read_bounded):
        with pytest.raises(InputError):
            read(io.BytesIO(b"abc"), 2, "f").read()  # type: ignore[attr-defined]


def test_the_size_of_a_file_is_known_beforehand(tmp_path: Path) -> None:
    with (tmp_path / "large").open("wb") as file:
        file.truncate(2**40)
    with pytest.raises(
        InputError, match=r"1099511627776 bytes \(1.02e\+03 GiB\); the limit is 536870912 bytes \(512 MiB\)"
    ):
        read_bytes(tmp_path / "large")
    with pytest.raises(InputError, match="the limit is 8589934592 bytes"), reading(str(tmp_path / "large")):
        pass


@pytest.mark.parametrize("pack", [gzip.compress, lzma.compress])
def test_a_packed_file_out_of_proportion(tmp_path: Path, pack: Any, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "bomb"
    path.write_bytes(pack(bytes(2**26 + 2**22)))
    tracemalloc.start()
    with pytest.raises(InputError, match="unpack to more than 6") as caught, reading(str(path)) as stream:
        all(iter(lambda: stream.read(2**20), b""))
    assert tracemalloc.get_traced_memory()[1] < 2**25
    tracemalloc.stop()
    assert str(path) in caught.value.place
    (tmp_path / "xor.json").write_text(json.dumps(xor()))
    for option in ("--solution", "--model"):
        other = "--model" if option == "--solution" else "--solution"
        (tmp_path / "empty").write_bytes(b"v 0\n")
        done = dnnt(capsys, "decode", tmp_path / "xor.json", option, path, other, tmp_path / "empty")
        assert done.code == 1
        assert "bytes" in done.err or option == "--model"


def test_packed_files_as_they_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A small file may unpack to anything up to the free bytes, a large one to its multiple."""
    monkeypatch.setattr(limits, "FREE_BYTES", 2**16)
    free = bytes(2**16)
    varied = np.random.default_rng(0).integers(0, 4, 2**20, dtype=np.uint8).tobytes()
    for data in (b"", free, varied):
        for pack in (gzip.compress, lzma.compress):
            (tmp_path / "p").write_bytes(pack(data))
            with reading(str(tmp_path / "p")) as stream:
                assert stream.read() == data


def instance_beside(folder: Path, content: bytes) -> Path:
    (folder / "data.npz").write_bytes(content)
    value = xor()
    value["dataset"] = {"npz": "data.npz", "sha256": hashlib.sha256(content).hexdigest()}
    (folder / "xor.json").write_text(json.dumps(value))
    return folder / "xor.json"


def archive(*members: tuple[str, Any], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as target, pytest.MonkeyPatch.context() as patch:
        patch.setattr("warnings.warn", lambda *_, **__: None)
        for name, array in members:
            content = io.BytesIO()
            if isinstance(array, np.ndarray):
                np.lib.format.write_array(content, array)
            else:
                content.write(array)
            target.writestr(name, content.getvalue())
    return buffer.getvalue()


X = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], dtype=np.int8)
Y = np.array([[0], [1], [1], [0]], dtype=np.int8)


def header(shape: tuple[int, ...], kind: str = "<i8") -> bytes:
    content = io.BytesIO()
    np.lib.format.write_array_header_1_0(content, {"descr": kind, "fortran_order": False, "shape": shape})
    return content.getvalue()


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ([("x.npy", X), ("x.npy", X), ("y.npy", Y)], "once each"),
        ([("x.npy", X), ("x", X), ("y.npy", Y)], "once each"),
        ([("x.npy", header((2**40, 2))), ("y.npy", Y)], "hold 2199023255556 numbers; at most 67108864"),
        ([("x.npy", header((4, 2))), ("y.npy", Y)], "x of .* ends too early; 64 bytes are needed"),
        ([("x.npy", header((4, 2)) + bytes(65)), ("y.npy", Y)], "x of .* has more behind its numbers"),
        ([("x.npy", header((4, 2), "|O") + bytes(99)), ("y.npy", Y)], "type object"),
        ([("x.npy", b"\x93NUMPY\x03\x00" + header((4, 2))[8:]), ("y.npy", Y)], "version"),
        ([("x.npy", b"what"), ("y.npy", Y)], "no npz file of plain arrays"),
        ([("x.npy", np.zeros((2**23 + 4, 2), np.int8)), ("y.npy", Y)], r"unpack to 16777228 bytes \(16 MiB\)"),
    ],
)  # fmt: skip
def test_npz_files_that_are_refused(tmp_path: Path, members: Any, message: str) -> None:
    path = instance_beside(tmp_path, archive(*members))
    tracemalloc.start()
    with pytest.raises(InputError, match=message) as caught:
        load_instance(path)
    assert tracemalloc.get_traced_memory()[1] < 2**22
    tracemalloc.stop()
    assert caught.value.place == f"{path}#/dataset/npz"


@pytest.mark.parametrize("kind", ["i1", "u2", "<i4", ">i4", "<i8", ">u8"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_arrays_of_every_kind(tmp_path: Path, kind: str, order: Any) -> None:
    x, y = np.array(X, dtype=kind, order=order), np.array(Y, dtype=kind, order=order)
    expected = load_instance(io.StringIO(json.dumps(xor()))).sha256
    assert load_instance(instance_beside(tmp_path, archive(("x.npy", x), ("y.npy", y)))).sha256 == expected


def test_what_is_written_beside_an_instance_is_never_out_of_proportion(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(npz, "FREE_BYTES", 2**12)
    monkeypatch.setattr(npz, "MAX_RATIO", 50)
    instance = load_instance(
        io.StringIO(json.dumps({**xor(), "dataset": {"x": [[0, 1]] * 20_000, "y": [[1]] * 20_000}}))
    )
    save_instance(instance, tmp_path / "a.json", npz=True)
    assert (tmp_path / "a.npz").stat().st_size > 60_000
    assert load_instance(tmp_path / "a.json").sha256 == instance.sha256
    monkeypatch.setattr(npz, "MAX_NUMBERS", 59_999)
    with pytest.raises(InputError, match="at most 59999 numbers; these are 60000"):
        save_instance(instance, tmp_path / "b.json", npz=True)


def test_a_table_of_too_many_cells(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table, "MAX_NUMBERS", 6)
    assert len(read_table(io.StringIO("a,b\n1,2\n3,4\n")).rows) == 2
    with pytest.raises(InputError, match="more than 6 cells") as caught:
        read_table(io.StringIO("a,b\n1,2\n3,4\n5,6\n"))
    assert caught.value.place == "<file>, line 4"


def test_endless_input_of_a_command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(files, "MAX_TEXT", 2**20)
    for arguments in (["info", "/dev/zero"], ["import-csv", "/dev/zero", "--target", "y"]):
        done = dnnt(capsys, *arguments)
        assert (done.code, done.out) == (1, "")
        assert "/dev/zero: the content is longer than the limit of 1048576 bytes" in done.err
