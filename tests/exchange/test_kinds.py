"""A format is one row: everything else follows from it."""

from __future__ import annotations

import io
from dataclasses import replace
from fractions import Fraction

import pytest

from dnnt_encode.analysis.view import View
from dnnt_encode.backends.program import ProgramBackend
from dnnt_encode.errors import BackendError
from dnnt_encode.exchange.decode import read_answer
from dnnt_encode.exchange.encode import encode
from dnnt_encode.exchange.header import read_header
from dnnt_encode.exchange.kinds import KINDS, kind_of_command, kind_of_solution
from dnnt_encode.exchange.question import Question
from dnnt_encode.exchange.sizes import exported_sizes
from dnnt_encode.instance import Instance

XOR = Instance.from_arrays([[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0], hidden=[2])


def test_rows_are_consistent() -> None:
    assert all(name == kind.name for name, kind in KINDS.items())
    places = [kind.placeholder for kind in KINDS.values()]
    assert len(set(places)) == len(places)
    assert all(len(kind.mark) == 1 and kind.styles for kind in KINDS.values())


def test_a_new_row_is_a_new_format(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(KINDS, "free", replace(KINDS["mps"], name="free", placeholder="free", mark="*"))
    question = Question("free")
    encoded = encode(XOR, question)
    assert read_header(io.BytesIO(b"".join(encoded.text())), "f") == encoded.header
    assert encoded.header.kind == "free"
    assert exported_sizes(View(XOR), None).of["free"] == encoded.model.size
    answer = read_answer(XOR, b"Model status\nTime limit reached\n# Primal solution values\nNone\n", "f", question)
    assert answer.status == "UNKNOWN"
    backend = ProgramBackend("cmd:solver {free}")
    assert (backend.kind.name, backend.capabilities.model) == ("free", "linear")


@pytest.mark.parametrize(
    ("command", "kind"),
    [
        ("kissat -q {cnf}", "dimacs"),
        ("loandra {wcnf}", "wcnf"),
        ("cbc {mps} solve solution {sol}", "mps"),
        ("glpsol --lp {lp} -o {out}", "lp"),
        ("roundingsat {opb}", "opb"),
        ("kissat", None),
        ("cbc {mps} {lp}", None),
        ("x {sol}", None),
    ],
)
def test_commands_name_their_file(command: str, kind: str | None) -> None:
    found = kind_of_command(command)
    assert (None if found is None else found.name) == kind
    if kind is None:
        with pytest.raises(BackendError, match=r"the command needs one of \{cnf\}, \{wcnf\}, \{opb\}, \{mps\}, \{lp\}"):
            ProgramBackend(f"cmd:{command}")


@pytest.mark.parametrize(
    ("text", "minimise", "kind"),
    [
        ("Model status\nOptimal\n", True, "mps"),
        ("Optimal - objective value 2\n", False, "mps"),
        ("c solver\ns OPTIMUM FOUND\no 1\nv x1 -x2\n", True, "opb"),
        ("s SATISFIABLE\nv 1 -2 0\n", True, "wcnf"),
        ("s SATISFIABLE\nv 1 -2 0\n", False, "dimacs"),
        ("SAT\n1 -2 0\n", False, "dimacs"),
    ],
)
def test_solutions_show_their_kind(text: str, minimise: bool, kind: str) -> None:
    assert kind_of_solution(text.encode(), minimise) == kind


def test_the_same_question_with_a_threshold_of_the_instance() -> None:
    asked = XOR.with_threshold(Fraction(3))
    assert encode(asked, Question("mps")).header.threshold is None
    assert encode(XOR, Question("mps", Fraction(3))).header.threshold == 3
