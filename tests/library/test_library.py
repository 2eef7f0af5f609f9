"""The library that the project ships: its size, its hashes, its records, and the counts of the tiny instances."""

from __future__ import annotations

import itertools
from collections import Counter
from fractions import Fraction

import numpy as np
import pytest

from benchmarks.library.groups import groups
from benchmarks.library.subsets import SIZE
from dnnt_encode.instance.assignment import Assignment
from dnnt_encode.instance.evaluate import evaluate
from dnnt_encode.library.check import check, strays, totals
from dnnt_encode.library.entry import CERTIFIED, LibraryEntry, entry_of
from dnnt_encode.library.folder import EntryFilter, Library

LIBRARY = Library()
ENTRIES = list(LIBRARY.entries.values())


def test_its_size() -> None:
    settled = [entry for entry in ENTRIES if entry.settled]
    assert len(ENTRIES) >= 300
    assert len({entry.group for entry in ENTRIES}) >= 12
    assert sum(entry.status == "open" for entry in ENTRIES) >= 40
    assert sum(entry.record.evidence in CERTIFIED for entry in settled) >= 100
    assert totals(ENTRIES)[-2].split()[-1] == str(len(ENTRIES))
    subsets = Counter(name for entry in ENTRIES for name in entry.subsets)
    assert subsets["benchmark"] == SIZE
    assert min(subsets["open"], subsets["tiny"], subsets["large"]) >= 8


def test_no_file_is_large_or_stray() -> None:
    assert strays(LIBRARY) == []
    files = [path for name in ("solutions", "certificates") for path in (LIBRARY.folder / name).iterdir()]
    assert max(path.stat().st_size for path in files) <= 200_000


def test_every_record_holds_up() -> None:
    """Without the certificates. Tables that are not on this machine are skipped."""
    found = list(check(LIBRARY, ENTRIES, proofs=False))
    assert [finding for finding in found if finding.outcome == "wrong"] == []
    assert sum(finding.outcome == "verified" for finding in found) >= 200


def test_the_smallest_certificates_hold_up() -> None:
    """They are of the formulas that this version makes; CONTRIBUTING.md says how they are renewed."""
    stored = sorted(
        (entry for entry in ENTRIES if entry.record.stored and "generated" in entry.tags),
        key=lambda entry: LIBRARY.certificate(entry.name).stat().st_size,
    )
    assert [finding for finding in check(LIBRARY, stored[:3]) if finding.outcome != "verified"] == []


@pytest.mark.nightly
def test_every_stored_certificate_holds_up() -> None:
    stored = [entry for entry in ENTRIES if entry.record.stored]
    assert stored
    assert [finding for finding in check(LIBRARY, stored) if finding.outcome == "wrong"] == []


def test_the_index_has_the_instances_of_the_recipes() -> None:
    recipes = {name: (group, recipe) for group, members in groups() for name, recipe in members}
    assert {entry.name: (entry.group, entry.recipe) for entry in ENTRIES} == recipes


def test_an_entry_survives_its_line() -> None:
    import json

    for entry in ENTRIES[:20]:
        assert entry_of(json.loads(entry.line())) == entry


TINY = sorted(
    (entry for entry in ENTRIES if entry.solutions is not None and "generated" in entry.tags),
    key=lambda entry: entry.facts["space"],
)


@pytest.mark.parametrize("entry", TINY[:4], ids=lambda entry: entry.name)
def test_tiny_counts_are_those_of_a_plain_loop(entry: LibraryEntry) -> None:
    """All assignments, one by one, by the exact evaluation: nothing of the enumeration takes part."""
    instance = entry.make()
    assert entry.solutions is not None
    most = Fraction(entry.solutions["most"])
    grids = [grid for layer in instance.network.layers for grid in (layer.weights, layer.biases)]
    sizes = [len(grid[index]) for grid in grids for index in np.ndindex(grid.shape)]
    cuts = np.cumsum([int(np.prod(grid.shape)) for grid in grids])[:-1]
    found = 0
    for positions in itertools.product(*map(range, sizes)):
        parts = [
            part.reshape(grid.shape) for part, grid in zip(np.split(np.array(positions), cuts), grids, strict=True)
        ]
        assignment = Assignment(tuple(zip(parts[::2], parts[1::2], strict=True)))
        found += evaluate(instance, assignment.weights(instance)).loss <= most
    assert found == entry.solutions["assignments"]


def test_what_is_wanted_is_found() -> None:
    for subset in ("benchmark", "open", "tiny", "large"):
        assert list(LIBRARY.chosen(EntryFilter(subsets=(subset,)))) == LIBRARY.called(subset)
    deep = list(LIBRARY.chosen(EntryFilter(groups=("deep",), tags=("optimisation", "table"))))
    assert deep == [entry for entry in ENTRIES if entry.group == "deep"]
    with pytest.raises(ValueError, match=r"known are .*planted"):
        list(LIBRARY.chosen(EntryFilter(tags=("nothing",))))
