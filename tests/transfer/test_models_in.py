"""Float models become allowed weights: read right from every format, and rounded with a scale that helps."""

from __future__ import annotations

import io
import pickle
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from dnnt_encode.errors import InputError
from dnnt_encode.instance import Instance, Weights, evaluate
from dnnt_encode.instance.weights import check_allowed
from dnnt_encode.parsers import load_weights, save_instance
from dnnt_encode.transfer.kinds import read_network, write_network
from dnnt_encode.transfer.rounding import rounded
from tests.command_line import dnnt

SKLEARN = "sklearn.neural_network"


def instance_of(seed: int, hidden: int = 4, **options: Any) -> tuple[Instance, list[tuple[np.ndarray, np.ndarray]]]:
    """Data that a ternary network explains, and its weights."""
    rng = np.random.default_rng(seed)
    x = rng.integers(-5, 6, (120, 5))
    w = [rng.integers(-1, 2, (hidden, 5)), rng.integers(-1, 2, (1, hidden))]
    b = [rng.integers(-1, 2, hidden), rng.integers(-1, 2, 1)]
    f = np.maximum(x @ w[0].T + b[0], 0) @ w[1].T + b[1]
    y = (f[:, 0] > 0).astype(np.int64)
    y[:2] = 0, 1
    pairs = list(zip(w, b, strict=True))
    return Instance.from_arrays(x, y, hidden=[hidden], **options), pairs


def rescaled(pairs: list[tuple[np.ndarray, np.ndarray]], seed: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """The same function of ReLU units, with factors of its own in every unit."""
    rng = np.random.default_rng(seed)
    s = rng.uniform(0.05, 9, len(pairs[0][1]))
    (w, b), (v, c) = pairs
    return [(w * s[:, None], b * s), (v / s * 0.3, c * 0.3)]


@pytest.mark.parametrize("seed", range(8))
def test_the_scales_of_units_are_found(seed: int, tmp_path: Path) -> None:
    instance, pairs = instance_of(seed)
    true = evaluate(instance, Weights.nearest(instance, pairs)).loss
    arrays = {f"{key}{k}": part for k, (w, b) in enumerate(rescaled(pairs, seed)) for key, part in (("W", w), ("b", b))}
    np.savez(tmp_path / "model.npz", **arrays)
    weights = read_network(tmp_path / "model.npz", instance)
    check_allowed(instance.network, weights)
    assert evaluate(instance, weights).loss == true


@pytest.mark.parametrize("seed", range(6))
def test_scales_are_divided_out_through_deep_networks(seed: int) -> None:
    """Float weights that are allowed ones but for a factor of every unit do as well as those."""
    rng = np.random.default_rng(seed)
    x = rng.integers(-5, 6, (200, 4))
    exact = [(rng.integers(-1, 2, shape), np.zeros(shape[0])) for shape in ((4, 4), (4, 4), (1, 4))]
    (u, _), (v, _), (w, _) = exact
    f = np.maximum(np.maximum(x @ u.T, 0) @ v.T, 0) @ w.T
    instance = Instance.from_arrays(x, (f[:, 0] > 0).astype(int), hidden=[4, 4], layer_biases=[(0,)] * 3)
    s, t = rng.uniform(0.1, 9, 4), rng.uniform(0.1, 9, 4)
    floats = [u * s[:, None], v * t[:, None] / s, w / t]
    found = rounded(instance, [(part, np.zeros(len(part))) for part in floats])
    assert evaluate(instance, found).loss <= evaluate(instance, Weights.nearest(instance, exact)).loss


def test_rounding_is_no_worse_than_the_nearest_values() -> None:
    better = 0
    rng = np.random.default_rng(0)
    for seed in range(12):
        activation = ("relu", "sign", "step", "identity")[seed % 4]
        instance, _ = instance_of(seed, activation=activation, weights=((-1, 0, 1), (-3, -1, 0, 2))[seed % 2])
        pairs = [(rng.normal(size=(4, 5)), rng.normal(size=4)), (rng.normal(size=(1, 4)), rng.normal(size=1))]
        nearest = evaluate(instance, Weights.nearest(instance, pairs)).loss
        weights = rounded(instance, pairs)
        check_allowed(instance.network, weights)
        assert evaluate(instance, weights).loss <= nearest
        better += evaluate(instance, weights).loss < nearest
    assert better


def same(one: Weights, other: Weights) -> bool:
    return all(
        a.weights.equals(b.weights) and a.biases.equals(b.biases) for a, b in zip(one.layers, other.layers, strict=True)
    )


@pytest.mark.parametrize("suffix", [".npz", ".onnx"])
def test_what_we_write_we_read(suffix: str, tmp_path: Path) -> None:
    if suffix == ".onnx":
        pytest.importorskip("onnx")
    instance, pairs = instance_of(5)
    weights = Weights.nearest(instance, pairs)
    write_network(weights, tmp_path / f"net{suffix}")
    assert same(read_network(tmp_path / f"net{suffix}", instance), weights)


@pytest.mark.parametrize("kind", ["columns", "rows", "coefs", "without biases"])
def test_arrays_of_other_programs(kind: str, tmp_path: Path) -> None:
    instance, pairs = instance_of(6, hidden=5)
    if kind == "without biases":
        pairs = [(w, np.zeros_like(b)) for w, b in pairs]
        np.savez(tmp_path / "m.npz", *(w.astype(np.float32) for w, _ in pairs))
    elif kind == "coefs":
        # Square matrices fit both ways: the names tell.
        x, y = instance.dataset.x, instance.dataset.y
        instance = Instance.from_arrays(x, y, hidden=[5])
        np.savez(
            tmp_path / "m.npz",
            coefs_0=pairs[0][0].T,
            coefs_1=pairs[1][0].T,
            intercepts_0=pairs[0][1],
            intercepts_1=pairs[1][1],
        )
    else:
        turned = [w.T if kind == "columns" else w for w, _ in pairs]
        arrays = {
            "fc.0.weight": turned[0],
            "fc.0.bias": pairs[0][1],
            "fc.2.weight": turned[1],
            "fc.2.bias": pairs[1][1],
        }
        np.savez(tmp_path / "m.npz", **arrays)
    true = evaluate(instance, Weights.nearest(instance, pairs)).loss
    assert evaluate(instance, read_network(tmp_path / "m.npz", instance)).loss <= true


@pytest.mark.parametrize("form", ["gemm", "transposed gemm", "matmul", "constants"])
def test_onnx_of_other_programs(form: str, tmp_path: Path) -> None:
    onnx = pytest.importorskip("onnx")
    helper, to_tensor = onnx.helper, onnx.numpy_helper.from_array
    instance, pairs = instance_of(7)
    nodes, constants, name = [], {}, "x"
    for k, (w, b) in enumerate(pairs):
        constants |= {
            f"w{k}": (w if form == "transposed gemm" else w.T).astype(np.float32),
            f"b{k}": b.astype(np.float32),
        }
        if "gemm" in form:
            nodes.append(helper.make_node("Gemm", [name, f"w{k}", f"b{k}"], [f"z{k}"], transB=int("trans" in form)))
        else:
            nodes.append(helper.make_node("MatMul", [name, f"w{k}"], [f"p{k}"]))
            nodes.append(helper.make_node("Add", [f"b{k}", f"p{k}"], [f"z{k}"]))
        name = f"z{k}"
        if k == 0:
            nodes.append(helper.make_node("Relu", [name], ["a"]))
            name = "a"
    tensors = [to_tensor(array, key) for key, array in constants.items()]
    if form == "constants":
        nodes = [helper.make_node("Constant", [], [t.name], value=t) for t in tensors] + nodes
        tensors = []
    info = [helper.make_tensor_value_info(n, onnx.TensorProto.FLOAT, ["n", d]) for n, d in (("x", 5), ("z1", 1))]
    onnx.save(helper.make_model(helper.make_graph(nodes, "g", info[:1], info[1:], tensors)), tmp_path / "m.onnx")
    assert same(read_network(tmp_path / "m.onnx", instance), Weights.nearest(instance, pairs))


def test_a_pickled_classifier(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    networks = pytest.importorskip(SKLEARN)
    instance, _ = instance_of(9, hidden=8, weights=range(-3, 4), classes=["no", "yes"])
    names = np.array(["no", "yes"])[instance.dataset.y]
    model = networks.MLPClassifier([8], random_state=0, max_iter=2000, alpha=0.01).fit(
        instance.dataset.x.floats(), names
    )
    (tmp_path / "model.pkl").write_bytes(pickle.dumps(model))
    save_instance(instance, tmp_path / "instance.json")
    refused = dnnt(capsys, "from", tmp_path / "model.pkl", tmp_path / "instance.json", "-o", tmp_path / "start.json")
    assert refused.code == 1
    assert "runs the code of whoever made it" in refused.err
    assert not (tmp_path / "start.json").exists()
    done = dnnt(
        capsys,
        "from",
        tmp_path / "model.pkl",
        tmp_path / "instance.json",
        "-o",
        tmp_path / "start.json",
        "--trust-pickle",
    )
    assert (done.code, done.err) == (0, "")
    weights = load_weights(tmp_path / "start.json", instance)
    assert done.out == f"c loss {evaluate(instance, weights).loss}, verified exactly; weights: {tmp_path}/start.json\n"
    wrong = (weights.predict(instance.dataset.x) != instance.dataset.y).sum()
    assert wrong <= 12


def test_a_name_that_says_nothing_leaves_it_to_the_content(tmp_path: Path) -> None:
    instance, pairs = instance_of(3)
    weights = Weights.nearest(instance, pairs)
    for suffix, needed in ((".npz", "numpy"), (".onnx", "onnx")):
        pytest.importorskip(needed)
        write_network(weights, tmp_path / f"model{suffix}")
        found = (tmp_path / f"model{suffix}").rename(tmp_path / "model")
        assert evaluate(instance, read_network(found, instance)).loss == evaluate(instance, weights).loss
    for content, words in ((pickle.dumps(1), "--trust-pickle alone"), (b"", "neither name nor"), (b"{}", "neither")):
        (tmp_path / "model").write_bytes(content)
        with pytest.raises(InputError, match=words):
            read_network(tmp_path / "model", instance)


def _npz(**arrays: Any) -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("m.txt", b"", "known are .npz, .onnx"),
        ("m.npz", b"junk", "no npz file"),
        ("m.npz", _npz(w=np.zeros((4, 5))), "a model of 1 layers; the network of the instance has 2"),
        ("m.npz", _npz(a=np.zeros((4, 3)), b=np.zeros((1, 4))), "[units, inputs] are (4, 5), (1, 4)"),
        ("m.npz", _npz(a=np.zeros((4, 5)), b=np.zeros((1, 4)), c=np.zeros(4)), "2 matrices and 1 vectors"),
        ("m.npz", _npz(a=np.zeros((4, 5)), b=np.full((1, 4), np.nan)), "not finite"),
        ("m.npz", _npz(a=np.array([{}], dtype=object)), "no npz file of plain arrays"),
        ("m.npz", _npz(weights_1=np.zeros((4, 5))), "is missing"),
        ("m.onnx", b"junk", "no ONNX model"),
        ("m.pkl", pickle.dumps({"a": 1}), "found a dict; a trained MLPClassifier"),
        ("m.pkl", b"junk", "cannot be read"),
    ],
)  # fmt: skip
def test_what_is_no_model(name: str, data: bytes, words: str, tmp_path: Path) -> None:
    if name.endswith("onnx"):
        pytest.importorskip("onnx")
    instance, _ = instance_of(1)
    (tmp_path / name).write_bytes(data)
    with pytest.raises(InputError) as caught:
        read_network(tmp_path / name, instance, trust_pickle=True)
    assert words in str(caught.value)
    assert name in str(caught.value)


def test_classes_are_put_in_the_order_of_the_instance(tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    x, y = rng.integers(-3, 4, (30, 2)), np.arange(30) % 3
    instance = Instance.from_arrays(x, y, hidden=0, classes=["a", "b", "c"])
    rows, biases = np.array([[1, 0], [0, 1], [-1, -1]]), np.array([1, 0, -1])
    model = SimpleNamespace(coefs_=[rows[[2, 0, 1]].T], intercepts_=[biases[[2, 0, 1]]], classes_=["c", "a", "b"])
    (tmp_path / "m.pkl").write_bytes(pickle.dumps(model))
    weights = read_network(tmp_path / "m.pkl", instance, trust_pickle=True)
    assert evaluate(instance, weights).loss <= evaluate(instance, Weights.nearest(instance, [(rows, biases)])).loss
    model.classes_ = ["c", "a", "d"]
    (tmp_path / "m.pkl").write_bytes(pickle.dumps(model))
    with pytest.raises(InputError, match="a model of the classes c, a, d"):
        read_network(tmp_path / "m.pkl", instance, trust_pickle=True)
