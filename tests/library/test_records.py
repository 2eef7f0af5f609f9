"""What happens to records: wrong ones are refused, better ones are merged, contradictions are errors."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import dnnt_encode
from benchmarks.library.index import described
from dnnt_encode.errors import InputError, NotVerified
from dnnt_encode.library.check import check
from dnnt_encode.library.entry import Credit, LibraryEntry, Record
from dnnt_encode.library.folder import Library
from dnnt_encode.library.submit import Claims, merge, submit
from tests.command_line import dnnt

RECIPES: dict[str, dict[str, Any]] = {
    "parity": {"family": "parity", "seed": 1, "parameters": {"bits": 2, "hidden": "1"}},
    "colouring": {"family": "colouring", "seed": 3, "parameters": {"vertices": 5, "kind": "planted"}},
    "fano": {"family": "nae-sat", "seed": 1, "parameters": {"variables": 7, "kind": "unsatisfiable"}},
}
ME = Credit("the tests", "brute", "1", "2026-01-01")


@pytest.fixture
def library(tmp_path: Path) -> Library:
    for name in ("solutions", "certificates"):
        (tmp_path / name).mkdir()
    lines = [described(name, "tests", recipe).line() for name, recipe in RECIPES.items()]
    (tmp_path / "index.jsonl").write_text("".join(lines), encoding="utf-8")
    return Library(tmp_path)


def result(library: Library, name: str, path: Path, **options: Any) -> Path:
    """The file of what a solve of an entry prints."""
    found = dnnt_encode.solve(library.named(name).make(), threads=1, **options)
    path.write_text(json.dumps(found.to_dict()), encoding="utf-8")
    return path


def outcomes(library: Library) -> list[str]:
    fresh = Library(library.folder)
    return [finding.outcome for finding in check(fresh, fresh.entries.values())]


def test_better_results_are_merged_and_no_others(library: Library, tmp_path: Path) -> None:
    instance = library.named("parity").make()
    some = dnnt_encode.Assignment.first(instance.network).weights(instance)
    weights = tmp_path / "some.json"
    dnnt_encode.save(some, weights)
    entry, said = submit(library, str(weights), ME)
    assert said == ["loss 6, before none"]
    assert (entry.status, entry.record.loss) == ("open", "6")
    path = result(library, "parity", tmp_path / "best.json", backend="brute")
    _, said = submit(library, str(path), ME)
    best = library.named("parity")
    assert said == [f"loss {best.record.loss}, before 6", f"bound {best.record.bound}, before 0"]
    assert (best.answer, best.status, best.record.evidence) == ("OPTIMUM FOUND", "hard", "exhaustive")
    assert best.record.command is not None
    assert "--backend brute" in best.record.command
    before = library.index.read_bytes()
    assert submit(library, str(path), ME)[1] == submit(library, str(weights), ME)[1] == []
    assert library.index.read_bytes() == before
    assert outcomes(library) == ["verified"] * 3


def test_weights_that_meet_a_threshold_settle_it(library: Library, tmp_path: Path) -> None:
    submit(library, str(result(library, "colouring", tmp_path / "r.json", backend="cpsat")), ME)
    entry = library.named("colouring")
    assert (entry.answer, entry.record.evidence, entry.settled) == ("SATISFIABLE", "weights", True)


def test_a_certificate_is_checked_and_stored(library: Library, tmp_path: Path) -> None:
    folder = tmp_path / "proof"
    path = result(library, "fano", tmp_path / "r.json", certificate=str(folder), backend="sat:cadical195")
    assert library.named("fano").record.evidence == "construction"
    _, said = submit(library, str(path), ME, str(folder))
    entry = library.named("fano")
    assert said[0].startswith("evidence drup, before construction")
    assert entry.record.stored
    assert outcomes(library) == ["verified"] * 3
    stored = library.certificate("fano")
    stored.write_bytes(stored.read_bytes()[: stored.stat().st_size // 2])
    assert outcomes(library) == ["verified", "verified", "wrong"]
    (folder / "leaf-1.drup").write_text("1 0\n", encoding="utf-8")
    with pytest.raises(InputError, match="sha256"):
        submit(library, str(path), ME, str(folder))


def test_contradictions_are_errors(library: Library, tmp_path: Path) -> None:
    path = result(library, "parity", tmp_path / "r.json", backend="brute")
    submit(library, str(path), ME)
    before = library.index.read_bytes()
    entry = library.named("parity")
    with pytest.raises(NotVerified, match="one of these is wrong"):
        merge(library, entry, Claims(bound=entry.loss + 1), ME)  # type: ignore[operator]
    planted = library.named("colouring")
    with pytest.raises(NotVerified, match="by its construction the answer is yes"):
        merge(library, planted, Claims(excluded=planted.threshold), ME)
    assert library.index.read_bytes() == before


def spoilt(record: Callable[[Record], Record]) -> Callable[[LibraryEntry], LibraryEntry]:
    return lambda entry: replace(entry, record=record(entry.record))


WRONG: dict[str, Callable[[LibraryEntry], LibraryEntry]] = {
    "loss": spoilt(lambda record: replace(record, loss="2", bound="2")),
    "no weights": spoilt(lambda record: replace(record, evidence="weights")),
    "no proof": spoilt(lambda record: replace(record, proved=None)),
    "construction": spoilt(lambda record: replace(record, evidence="construction")),
    "hash": lambda entry: replace(entry, sha256="0" * 64),
    "recipe": lambda entry: replace(entry, recipe={**entry.recipe, "seed": 2}),
    "shape": lambda entry: replace(entry, facts={**entry.facts, "shape": "1-1-1"}),
    "count": lambda entry: replace(entry, solutions={"most": "3", "assignments": 1, "orbits": 1}),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_wrong_records_are_refused(wrong: str, library: Library, tmp_path: Path) -> None:
    submit(library, str(result(library, "parity", tmp_path / "r.json", backend="brute")), ME)
    library.put(WRONG[wrong](library.named("parity")))
    assert outcomes(library)[0] == "wrong"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"status": "open"', '"status": "easy"'),
        ('"name"', '"nom"'),
        ('"tests"', "3"),
        ("{", "["),
        ('"bound": "0"', '"bound": "x"'),
    ],
)
def test_a_damaged_index_names_the_line(old: str, new: str, library: Library) -> None:
    text = library.index.read_text(encoding="utf-8")
    library.index.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(InputError, match=r"index\.jsonl, line 1"):
        Library(library.folder).named("parity")


def test_foreign_weights_are_refused(library: Library, tmp_path: Path) -> None:
    path = result(library, "parity", tmp_path / "r.json", backend="brute")
    value = json.loads(path.read_text(encoding="utf-8"))
    value["weights"]["layers"][0]["weights"][0][0] = 7
    path.write_text(json.dumps(value), encoding="utf-8")
    with pytest.raises(InputError, match="7"):
        submit(library, str(path), ME)
    path.write_text(json.dumps({**value, "instance_sha256": "0" * 64}), encoding="utf-8")
    with pytest.raises(InputError, match="no instance has the hash"):
        submit(library, str(path), ME)
    path.write_text("[]", encoding="utf-8")
    with pytest.raises(InputError, match="instance_sha256"):
        submit(library, str(path), ME)
    assert library.named("parity").record.loss is None


def test_the_commands(library: Library, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def run(*words: object) -> Any:
        return dnnt(capsys, "library", "--library", library.folder, *words)

    assert [line.split()[0] for line in run("list", "--status", "open").out.splitlines()] == [
        "name",
        "parity",
        "colouring",
    ]
    made = tmp_path / "parity.json"
    assert run("make", "parity", "-o", made).code == 0
    assert dnnt_encode.load_instance(str(made)).sha256 == library.named("parity").sha256
    assert json.loads(run("show", "parity", "--json").out)["recipe"] == RECIPES["parity"]
    assert "evidence     construction" in run("show", "fano").out
    path = result(library, "parity", tmp_path / "r.json", backend="brute")
    assert "c parity: loss 1" in run("submit", path, "--by", "me").out
    assert "nothing is better" in run("submit", path).out
    assert run("status").out.splitlines()[-2].split() == ["all", "0", "2", "1", "3"]
    assert run("export", "fano", "--format", "dimacs", "-o", tmp_path / "fano.cnf").code == 0
    checked = run("check")
    assert (checked.code, checked.out.splitlines()[-1]) == (0, "s 3 verified, 0 skipped, 0 wrong")
    (library.folder / "solutions" / "nobody.json").touch()
    assert run("check", "-q").code == 1
    for words in (["show", "nothing"], ["list", "nothing"], ["list", "--group", "nothing"], ["make", "x", "-o", made]):
        failed = run(*words)
        assert (failed.code, "found" in failed.err, "Traceback" in failed.err) == (1, True, False), words
    assert dnnt(capsys, "library", "--library", tmp_path / "nowhere", "list").code == 1


def test_the_bench_takes_instances_of_the_library(capsys: pytest.CaptureFixture[str]) -> None:
    run = dnnt(capsys, "bench", "library:parity-2-h2-l1", "-b", "brute", "--threads", 1)
    assert (run.code, run.out.splitlines()[-1].split()[:4]) == (0, ["brute", "1", "1", "1"])
    assert dnnt(capsys, "bench", "library:nothing", "-b", "brute").code == 1
