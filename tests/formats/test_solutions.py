"""Every style of solver output, and what is none: cut off, of another model, or no solver's output at all."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dnnt_encode.errors import InputError
from dnnt_encode.formats.solutions import sat
from dnnt_encode.formats.solutions.solution import Solution, parse_solution

VALUES = [True, False, False, True, True, False, True, False, True, True, False, True]
LITERALS = [v if value else -v for v, value in enumerate(VALUES, start=1)]
N = len(VALUES)
LIST = " ".join(map(str, LITERALS))
HEAD, TAIL = " ".join(map(str, LITERALS[:5])), " ".join(map(str, LITERALS[5:]))
BITS = "".join("01"[value] for value in VALUES)


def parse(text: str) -> Solution:
    return parse_solution(text.encode(), "f", N, [sat.STYLE])


def literals(solution: Solution) -> list[int]:
    assert solution.values is not None
    pairs = zip(solution.values.keys, solution.values.numbers.tolist(), strict=True)
    return [int(key) if value else -int(key) for key, value in pairs]


@pytest.mark.parametrize(
    ("text", "status", "cost"),
    [
        (f"s SATISFIABLE\nv {LIST} 0\n", "SATISFIABLE", None),
        (f"c cadical\nc\ns SATISFIABLE\nv {HEAD}\nv {TAIL}\nv 0\n", "SATISFIABLE", None),
        (f"SAT\n{LIST} 0\n", "SATISFIABLE", None),
        (f"v {LIST} 0", "SATISFIABLE", None),
        (f"{LIST} 0\n", "SATISFIABLE", None),
        ("\n".join(f"v {v}" for v in LITERALS) + "\nv 0\n", "SATISFIABLE", None),
        (f"c x\no 12\no 7\ns OPTIMUM FOUND\nv {LIST}\n", "OPTIMUM FOUND", 7),
        (f"o 7\ns OPTIMUM FOUND\nv {LIST} 0\n", "OPTIMUM FOUND", 7),
        (f"o 7\ns OPTIMUM FOUND\nv {BITS}\n", "OPTIMUM FOUND", 7),
        (f"o 9\nv {BITS[::-1]}\no 7\nv {BITS}\ns SATISFIABLE\n", "SATISFIABLE", 7),
        (f"s SATISFIABLE\nv 1 2 -3 0\nv {LIST} 0\n", "SATISFIABLE", None),
        (f"s SATISFIABLE\r\nv {LIST} 0\r\n", "SATISFIABLE", None),
        (f"v {LIST} 0\ns SATISFIABLE\n", "SATISFIABLE", None),
        (f"s UNKNOWN\nv {LIST} 0\n", "UNKNOWN", None),
    ],
)  # fmt: skip
def test_styles(text: str, status: str, cost: int | None) -> None:
    solution = parse(text)
    assert solution.status == status
    assert solution.objective == cost
    assert literals(solution) == LITERALS


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("s UNSATISFIABLE\n", "UNSATISFIABLE"),
        ("UNSAT\n", "UNSATISFIABLE"),
        ("c x\ns UNKNOWN\n", "UNKNOWN"),
        ("INDET\n", "UNKNOWN"),
        ("s INDETERMINATE\n", "UNKNOWN"),
        ("o 12\n", "UNKNOWN"),
    ],
)
def test_without_values(text: str, status: str) -> None:
    solution = parse(text)
    assert solution.status == status
    assert solution.values is None


def test_a_list_may_leave_variables_out() -> None:
    assert literals(parse("s SATISFIABLE\nv 1 -3 0\n")) == [1, -3]


@pytest.mark.parametrize("byte", [b"\x85", b"\x0b", b"\x0c", b"\x1c", b"\x1d", b"\x1e", "Åх\u2028".encode()])
def test_only_newlines_end_a_line(byte: bytes) -> None:
    # A solver's comments may be in any language.
    text = b"c by " + byte + f"s\no 7\ns OPTIMUM FOUND\nv {LIST} 0\n".encode()
    solution = parse_solution(text, "f", N, [sat.STYLE])
    assert (solution.status, literals(solution)) == ("OPTIMUM FOUND", LITERALS)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "found an empty file"),
        ("c only a comment\n", "neither a status nor values"),
        ("s SATISFIABLE\n", "SATISFIABLE without values"),
        ("SAT\n", "SATISFIABLE without values"),
        ("s SATISFIABLE\nv\n", "line 2: found no values"),
        ("s SATISFIABLE\nv 1 -2 3\n", "line 2: the values end without a 0, and 3 of 12"),
        (f"s SATISFIABLE\nv {LIST} 0\nv 1 -2\n", "line 3: the values end without a 0"),
        (f"s OPTIMUM FOUND\nv {BITS[:-1] * 2}\n", "found 22 digits for 12 variables; it is of another model"),
        (f"s OPTIMUM FOUND\nv {BITS}{BITS}0\n", "another model"),
        ("s SATISFIABLE\nv 1 2 13 0\n", "line 2: found the literal 13; the model has 12 variables"),
        ("s SATISFIABLE\nv 1 2 -1 0\n", "both 1 and -1"),
        ("s SATISFIABLE\nv 1 2 x3 0\n", "line 2: found 'x3' among"),
        ("s SATISFIABLE\nv 1 99999999999999999999 0\n", "among the values"),
        (f"s UNSATISFIABLE\nv {LIST} 0\n", "line 2: found values although"),
        ("s SATISFIABLE\ns UNSATISFIABLE\n", "line 2: found a second status"),
        ("s MAYBE\n", "line 1: found the status 'MAYBE'"),
        ("o many\n", "found the cost 'many'"),
        ('{"format": "dnnt-weights"}\n', "line 1: found"),
        ("p cnf 3 2\n1 2 0\n", "line 1: found 'p cnf 3 2'"),
        ("============[ Problem Statistics ]=====\n", "MiniSat's values are in the result file"),
        ("\x7fELF\x01\x00\n", "line 1: found"),
    ],
)
def test_what_is_no_solution(text: str, words: str) -> None:
    with pytest.raises(InputError, match=words.replace("[", r"\[")):
        parse(text)


@given(st.integers(0, len(LIST) - 1))
def test_no_prefix_of_a_list_is_taken_for_all_of_it(length: int) -> None:
    with pytest.raises(InputError):
        parse(f"s SATISFIABLE\nv {LIST[:length]}")


@given(st.binary(max_size=60))
def test_nothing_but_input_errors(data: bytes) -> None:
    with contextlib.suppress(InputError):
        parse_solution(data, "f", N, [sat.STYLE])
