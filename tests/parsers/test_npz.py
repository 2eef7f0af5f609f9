"""Arrays beside the instance: the hash, the folder, the kinds of arrays."""

import hashlib
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dnnt_encode.errors import InputError
from dnnt_encode.instance.instance import Instance
from dnnt_encode.parsers import load_instance, save_instance
from tests.parsers.samples import load_text, xor


def write(folder: Path, name: str = "data.npz", **arrays: Any) -> Path:
    """An instance beside an npz file with these arrays."""
    np.savez(folder / name, **arrays)
    value = xor()
    digest = hashlib.sha256((folder / name).read_bytes()).hexdigest()
    value["dataset"] = {"npz": name, "sha256": digest}
    path = folder / "xor.json"
    path.write_text(json.dumps(value))
    return path


X = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], dtype=np.int8)
Y = np.array([[0], [1], [1], [0]], dtype=np.uint16)


def test_arrays_in_a_file_are_the_same_instance(tmp_path: Path) -> None:
    assert load_instance(write(tmp_path, x=X, y=Y)).sha256 == load_text(json.dumps(xor())).sha256


@pytest.mark.parametrize("classes", [False, True])
def test_there_and_back(tmp_path: Path, classes: bool) -> None:
    y = Y[:, 0].astype(np.int64)
    instance = Instance.from_arrays(X, y, hidden=[2], loss="hinge" if classes else "l1", multiplicity=[1, 2, 3, 4])
    save_instance(instance, tmp_path / "a.json", npz=True)
    first = (tmp_path / "a.npz").read_bytes()
    assert load_instance(tmp_path / "a.json").sha256 == instance.sha256
    save_instance(instance, tmp_path / "a.json", npz=True)
    assert (tmp_path / "a.npz").read_bytes() == first


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"x": X.astype(float), "y": Y}, "float64"),
        ({"x": X.astype(object), "y": Y}, "type object"),
        ({"x": X, "y": Y, "z": Y}, "exactly x and y"),
        ({"x": X}, "exactly x and y"),
        ({"x": X[:, :1], "y": Y}, "x has shape"),
        ({"x": X[0], "y": Y}, "x has shape"),
        ({"x": X, "y": Y[:3]}, "y has shape"),
        ({"x": X, "y": Y[:, 0]}, "y has shape"),
        ({"x": X[:0], "y": Y[:0]}, "at least one sample"),
        ({"x": X.astype(np.uint64) + np.uint64(2**63), "y": Y}, "64 bits"),
    ],
)
def test_wrong_arrays(tmp_path: Path, arrays: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        load_instance(write(tmp_path, **arrays))
    assert caught.value.place.endswith("#/dataset/npz")


def test_another_file_is_noticed(tmp_path: Path) -> None:
    path = write(tmp_path, x=X, y=Y)
    np.savez(tmp_path / "data.npz", x=X, y=1 - Y)
    with pytest.raises(InputError, match="another file"):
        load_instance(path)
    (tmp_path / "data.npz").unlink()
    with pytest.raises(InputError, match="no such file"):
        load_instance(path)


@pytest.mark.parametrize("name", ["../data.npz", "/etc/passwd", "a/../../data.npz", "C:\\data.npz", "", "a\0b", "link"])
def test_names_do_not_lead_out_of_the_folder(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "inner"
    folder.mkdir()
    path = write(folder, x=X, y=Y)
    (folder / "data.npz").rename(tmp_path / "data.npz")
    (folder / "link").symlink_to(tmp_path / "data.npz")
    value = json.loads(path.read_text())
    value["dataset"]["npz"] = name
    path.write_text(json.dumps(value))
    with pytest.raises(InputError, match="folder"):
        load_instance(path)


def test_a_file_that_unpacks_to_too_much_is_refused(tmp_path: Path) -> None:
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": "<i8", "fortran_order": False, "shape": (2**40, 2)})
    with zipfile.ZipFile(tmp_path / "data.npz", "w") as archive:
        archive.writestr("x.npy", header.getvalue())
        archive.writestr("y.npy", header.getvalue())
    value = xor()
    digest = hashlib.sha256((tmp_path / "data.npz").read_bytes()).hexdigest()
    value["dataset"] = {"npz": "data.npz", "sha256": digest}
    (tmp_path / "xor.json").write_text(json.dumps(value))
    with pytest.raises(InputError, match="npz"):
        load_instance(tmp_path / "xor.json")


def test_what_an_npz_file_cannot_hold(tmp_path: Path) -> None:
    instance = Instance.from_arrays([[0.5], [1]], [0, 1])
    with pytest.raises(InputError, match="integers"):
        save_instance(instance, tmp_path / "a.json", npz=True)
    with pytest.raises(InputError, match="stand beside"):
        save_instance(Instance.from_arrays([[0], [1]], [0, 1]), io.StringIO(), npz=True)
    assert list(tmp_path.iterdir()) == []
