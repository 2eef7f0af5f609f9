"""Certificates: what a run proves is accepted when it is replayed, over patterns too; whatever is changed is found."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

import dnnt_encode
from dnnt_encode import Instance
from dnnt_encode.algorithms.brute_force import Enumeration, enumerate_losses
from dnnt_encode.backends import registry
from dnnt_encode.errors import InputError, NotVerified
from dnnt_encode.parsers.weights_json import load_weights
from dnnt_encode.proofs import cover
from dnnt_encode.proofs.drup import Proof, check
from dnnt_encode.proofs.propagation import PlainPropagator
from dnnt_encode.reduce import SPLITS
from dnnt_encode.reduce.patterns import output_choices, output_patterns
from dnnt_encode.solving.clock import Clock
from dnnt_encode.solving.plan import Plan
from dnnt_encode.solving.replay import Replayed, replay
from dnnt_encode.solving.request import Request
from dnnt_encode.solving.rotation import Rotation
from dnnt_encode.solving.schedule import Entrant
from dnnt_encode.solving.solve import answer
from tests.random_instances import tiny_instances
from tests.solving.scripted import ALONE

RNG = np.random.default_rng(5)
NOISE = Instance.from_arrays(RNG.integers(-1, 2, (14, 3)), RNG.integers(0, 2, 14), hidden=[2], name="noise")


def over_patterns(instance: Instance, folder: Path | str, **options: Any) -> dnnt_encode.Result:
    """A run that goes over output patterns, with its certificate."""
    engine = Entrant(registry.backend("sat:glucose42"), 1)
    plan = Plan((Rotation((engine,), output_patterns, (20.0,), 2),))
    request = Request(instance, threshold=instance.threshold, certificate=str(folder), **options)
    return answer(request, Clock(120), ALONE, None, plan)


@pytest.fixture(scope="module", autouse=True)
def _parts_at_once() -> Iterator[None]:
    """Nothing is proved in one piece where it was split: all of it is easy here."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("dnnt_encode.solving.refute.AT_ONCE", 0.0)
        yield


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate over three patterns that holds."""
    folder = tmp_path_factory.mktemp("certificate") / "c"
    result = over_patterns(NOISE, folder)
    assert result.status == "OPTIMUM FOUND"
    assert result.certificate.kind == "drup", result.certificate
    assert "3 proofs" in result.certificate.detail
    return folder


def replayed(folder: Path, **options: Any) -> Replayed:
    return replay(str(folder / "manifest.json"), 2, **options)


def test_a_certificate_over_patterns_is_accepted(whole: Path) -> None:
    lines: list[str] = []
    found = replayed(whole, instance=NOISE, say=lines.append)
    assert (found.status, found.leaves) == ("OPTIMUM FOUND", 3)
    assert found.loss == min(enumerate_losses(NOISE).fractions())
    assert "cover: the 3 parts of output_patterns hold all 6 choices" in lines
    assert sum("accepted" in line for line in lines) == 3
    assert "the split output_patterns (its cover is checked)" in found.trusted


def test_other_programs_can_check_the_files(whole: Path) -> None:
    manifest = json.loads((whole / "manifest.json").read_text(encoding="utf-8"))
    for leaf in manifest["leaves"]:
        clauses = dnnt_clauses(whole / leaf["formula"]["file"])
        proof = Proof.from_lines((whole / leaf["proof"]["file"]).read_text(encoding="ascii").splitlines())
        assert check(proof, lambda clauses=clauses: clauses, PlainPropagator).accepted  # type: ignore[misc]


def dnnt_clauses(path: Path) -> list[list[int]]:
    rows = [line.split() for line in path.read_text(encoding="ascii").splitlines() if line[:1] not in "cp"]
    return [[int(word) for word in row[:-1]] for row in rows]


@settings(max_examples=4, deadline=None)
@given(tiny_instances(assignments=120))
def test_certificates_say_what_brute_force_says(instance: Instance) -> None:
    least = min(enumerate_losses(instance).fractions())
    for threshold in (None, least - Fraction(1, 7)):
        asked = instance.with_threshold(threshold)
        with tempfile.TemporaryDirectory() as folder:
            if output_patterns(instance):
                result = over_patterns(asked, folder)
            else:
                result = dnnt_encode.solve(asked, backend="sat:glucose42", certificate=folder)
            found = replayed(Path(folder))
        assert (found.status, found.loss) == (result.status, result.loss)
        assert result.status == ("OPTIMUM FOUND" if threshold is None else "UNSATISFIABLE")
        assert found.loss == (least if threshold is None else None)


def test_what_needs_no_proof(tmp_path: Path) -> None:
    least = min(enumerate_losses(NOISE).fractions())
    met = dnnt_encode.solve(NOISE, threshold=least, certificate=str(tmp_path / "met"))
    assert "can be checked" in met.certificate.detail
    found = replayed(tmp_path / "met")
    assert (found.status, found.loss, found.leaves, found.trusted) == ("SATISFIABLE", least, 0, ())
    assert dnnt_encode.solve(NOISE, threshold=-1, certificate=str(tmp_path / "below")).status == "UNSATISFIABLE"
    assert replayed(tmp_path / "below").status == "UNSATISFIABLE"
    easy = Instance.from_arrays([[0, 1], [1, 0]], [0, 1], hidden=[1])
    assert dnnt_encode.solve(easy, certificate=str(tmp_path / "easy")).loss == 0
    assert replayed(tmp_path / "easy").status == "OPTIMUM FOUND"


def test_what_is_easy_is_proved_in_one_piece(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dnnt_encode.solving.refute.AT_ONCE", 60.0)
    assert over_patterns(NOISE, tmp_path).certificate.kind == "drup"
    assert replayed(tmp_path).leaves == 1


def test_enumeration_is_kept_and_the_proof_is_there_too(tmp_path: Path) -> None:
    result = dnnt_encode.solve(NOISE, backend="brute", certificate=str(tmp_path))
    assert result.certificate.kind == "exhaustive"
    assert "a proof by" in result.certificate.detail
    assert replayed(tmp_path).leaves == 1


def test_a_folder_that_holds_something_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("x", encoding="ascii")
    with pytest.raises(InputError, match="holds mine already"):
        dnnt_encode.solve(NOISE, certificate=str(tmp_path))
    with pytest.raises(InputError, match="this is a file"):
        dnnt_encode.solve(NOISE, certificate=str(tmp_path / "mine"))
    with pytest.raises(InputError, match="one of the two"):
        dnnt_encode.solve(NOISE, certificate=str(tmp_path / "c"), proof=str(tmp_path / "p"))


def test_without_time_for_a_proof_there_is_no_manifest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dnnt_encode.solving.refute.examine", lambda *args, **named: None)
    monkeypatch.setattr("dnnt_encode.solving.certify.DEFAULT_LIMIT", 10)
    result = over_patterns(NOISE, tmp_path)
    assert result.certificate.kind == "none"
    assert "no time to check" in result.certificate.detail
    assert not (tmp_path / "manifest.json").exists()


# -- what was changed is found -----------------------------------------------------------------------------------------

Change = Callable[[dict[str, Any], Path], object]


def rewritten(manifest: dict[str, Any], folder: Path, name: str, data: bytes) -> None:
    """Another content of a file, and its hash in the manifest, as whoever forges would write it."""
    (folder / name).write_bytes(data)
    entries = [manifest["instance"], manifest["weights"]]
    entries += [leaf[key] for leaf in manifest["leaves"] for key in ("formula", "proof")]
    for entry in entries:
        if entry["file"] == name:
            entry["sha256"] = hashlib.sha256(data).hexdigest()


def poorer(manifest: dict[str, Any], folder: Path) -> None:
    weights = Enumeration(NOISE).assignment(0).weights(NOISE)
    dnnt_encode.save(weights, folder / "w.json")
    rewritten(manifest, folder, "weights.json", (folder / "w.json").read_bytes())


def poorer_and_told(manifest: dict[str, Any], folder: Path) -> None:
    poorer(manifest, folder)
    loss = dnnt_encode.evaluate(NOISE, load_weights(folder / "weights.json", NOISE)).loss
    manifest["loss"] = int(loss)


def another_instance(manifest: dict[str, Any], folder: Path) -> None:
    """One sample less, with all hashes set right."""
    value = json.loads((folder / "instance.json").read_text(encoding="utf-8"))
    for key in ("x", "y", "multiplicity"):
        if key in value["dataset"]:
            value["dataset"][key].pop()
    rewritten(manifest, folder, "instance.json", json.dumps(value).encode())
    instance = dnnt_encode.load(folder / "instance.json")
    manifest["instance_sha256"] = instance.sha256
    weights = json.loads((folder / "weights.json").read_text(encoding="utf-8"))
    weights["instance_sha256"] = instance.sha256
    rewritten(manifest, folder, "weights.json", json.dumps(weights).encode())
    manifest["loss"] = int(dnnt_encode.evaluate(instance, load_weights(folder / "weights.json")).loss)


def cut_proof(manifest: dict[str, Any], folder: Path) -> None:
    manifest["leaves"][1]["proof"]["lemmas"] = 0
    rewritten(manifest, folder, "leaf-2.drup", b"")


def wrong_proof(manifest: dict[str, Any], folder: Path) -> None:
    manifest["leaves"][1]["proof"]["lemmas"] = 1
    rewritten(manifest, folder, "leaf-2.drup", b"0\n")


def weaker_formula(manifest: dict[str, Any], folder: Path) -> None:
    lines = (folder / "leaf-1.cnf").read_bytes().split(b"\n")
    rewritten(manifest, folder, "leaf-1.cnf", b"\n".join([*lines[:-2], b"-1 0", b""]))


def spoiled(name: str) -> Change:
    return lambda manifest, folder: (folder / name).write_bytes((folder / name).read_bytes() + b"\n")


def gone(name: str) -> Change:
    return lambda manifest, folder: (folder / name).unlink()


def put(*path: Any) -> Change:
    """Another value at a place of the manifest."""

    def change(manifest: dict[str, Any], folder: Path) -> None:
        at: Any = manifest
        for key in path[:-2]:
            at = at[key]
        at[path[-2]] = path[-1]

    return change


FILES = ("instance.json", "weights.json", "leaf-1.cnf", "leaf-2.drup")
CHANGES: dict[str, tuple[Change, str]] = {
    **{f"{name} changed": (spoiled(name), "not the sha256") for name in FILES},
    **{f"{name} gone": (gone(name), "no such file") for name in FILES},
    "loss below": (lambda manifest, _: put("loss", manifest["loss"] - 1)(manifest, _), "the weights have the loss"),
    "loss none": (put("loss", None), "the weights have the loss"),
    "poorer weights": (poorer, "the weights have the loss"),
    "poorer weights and their loss": (poorer_and_told, "refutes a loss of at most"),
    "another instance": (another_instance, "refutes a loss|is another one"),
    "instance hash": (put("instance_sha256", "0" * 64), "the instance beside it"),
    "threshold": (put("threshold", 1), "does not go with"),
    "status": (put("status", "UNSATISFIABLE"), "does not go with"),
    "no proof needed": (put("status", "SATISFIABLE"), "nothing is to be proved"),
    "leaf gone": (lambda manifest, _: manifest["leaves"].pop(), r"no proof for the leaf \[2\]"),
    "leaf twice": (put("leaves", 2, "node", [1]), "there twice"),
    "leaf unknown": (put("leaves", 2, "node", [7]), "no leaf of the tree"),
    "leaves swapped": (
        lambda manifest, _: (put("leaves", 0, "node", [1])(manifest, _), put("leaves", 1, "node", [0])(manifest, _)),
        "the formula of this leaf",
    ),
    "split gone": (put("splits", []), "has to be trusted"),
    "split of fewer": (put("splits", 0, "parts", 2), "gives 3 parts here"),
    "split unknown": (put("splits", 0, "name", "halves"), "gives no parts here"),
    "split elsewhere": (put("splits", 0, "node", [0]), "no leaf of what was split"),
    "refuted": (put("leaves", 0, "refuted", 0), "refutes a loss of at most"),
    "formula hash": (put("leaves", 0, "formula", "sha256", "0" * 64), "is another one"),
    "weaker formula": (weaker_formula, "is another one"),
    "clauses": (put("leaves", 0, "formula", "clauses", 3), "clauses"),
    "lemmas": (put("leaves", 0, "proof", "lemmas", 3), "lemmas"),
    "proof hash": (put("leaves", 0, "proof", "sha256", "0" * 64), "not the sha256"),
    "proof cut off": (cut_proof, "this is no proof: the proof does not end in the empty clause"),
    "proof of nothing": (wrong_proof, "this is no proof: lemma 1"),
    "sums": (put("encoding", "sum", "adder"), "refutes a loss|is another one"),
    "reductions": (put("encoding", "reductions", False), "is another one|has to be trusted"),
    "steps": (put("steps", ["a miracle"]), "the reductions of this instance are"),
    "trusted": (put("trusted", ["the encoding"]), "what has to be trusted is"),
    "version": (put("version", 9), "version"),
    "unknown key": (put("extra", 1), "unknown key"),
    "a path": (put("weights", "file", "../weights.json"), "is called weights.json"),
    "no number": (put("leaves", 0, "refuted", None), "a number is needed"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_is_found(name: str, whole: Path, tmp_path: Path) -> None:
    folder = tmp_path / "c"
    shutil.copytree(whole, folder)
    file = folder / "manifest.json"
    manifest = json.loads(file.read_text(encoding="utf-8"))
    change, words = CHANGES[name]
    change(manifest, folder)
    file.write_text(json.dumps(manifest), encoding="utf-8")
    with pytest.raises(InputError, match=words) as caught:
        replayed(folder)
    assert str(folder) in str(caught.value)


def test_a_certificate_of_another_instance(whole: Path) -> None:
    other = Instance.from_arrays([[0, 1], [1, 0]], [0, 1], hidden=[1])
    with pytest.raises(InputError, match="another instance"):
        replayed(whole, instance=other)


def test_a_split_that_leaves_something_out(whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def lossy(instance: Instance) -> Any:
        return output_patterns(instance)[1:]

    assert output_patterns in SPLITS
    monkeypatch.setattr(cover, "_SPLITS", {"output_patterns": lossy})
    parts = lossy(NOISE)
    assert cover.split_name(NOISE, parts) == "output_patterns"
    assert cover.uncovered("output_patterns", NOISE, parts) == (6, 1)
    manifest = json.loads((whole / "manifest.json").read_text(encoding="utf-8"))
    manifest["splits"][0]["parts"] = 2
    shutil.copytree(whole, tmp_path / "c")
    (tmp_path / "c" / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    with pytest.raises(InputError, match="leave out 1 of 6 choices"):
        replayed(tmp_path / "c")
    engine = Entrant(registry.backend("sat:glucose42"), 1)
    plan = Plan((Rotation((engine,), lossy, (20.0,), 2),))
    with pytest.raises(NotVerified, match="leave out"):
        answer(Request(NOISE, certify=True, backend="sat:glucose42"), Clock(60), ALONE, None, plan)


def test_what_a_split_chooses_among_is_everything() -> None:
    """Every assignment of a tiny instance has the outgoing weights of some choice, up to the order of units."""
    tiny = Instance.from_arrays([[0], [1]], [0, 1], hidden=[2], weights=(-1, 0, 1), biases=(0, 1))
    choices = {tuple(sorted(choice.layers[-1][0][0].tolist())) for choice in output_choices(tiny)}
    everything = Enumeration(tiny)
    for number in range(tiny.network.search_space):
        assert tuple(sorted(everything.assignment(number).layers[-1][0][0].tolist())) in choices
