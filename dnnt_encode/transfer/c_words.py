"""The words of C programs: types that are just wide enough, literals, identifiers, strings and comments."""

from __future__ import annotations

import re
from collections.abc import Iterable

_KEYWORDS = frozenset(
    "auto break case char const continue default do double else enum extern float for goto if inline int long register "
    "restrict return short signed sizeof static struct switch typedef union unsigned void volatile while".split()
)


def signed_type(magnitude: int) -> str:
    """The smallest signed type that holds every integer up to a magnitude below 2^63."""
    return next(f"int{bits}_t" for bits in (8, 16, 32, 64) if magnitude < 2 ** (bits - 1))


def storage_type(low: int, high: int) -> str:
    """The smallest type, signed or not, that holds the integers from ``low`` to ``high``."""
    for bits in (8, 16, 32, 64):
        if low >= 0 and high < 2**bits and bits < 64:
            return f"uint{bits}_t"
        if -(2 ** (bits - 1)) <= low and high < 2 ** (bits - 1):
            return f"int{bits}_t"
    raise ValueError(f"no type holds {low} to {high}")


def literal(value: int) -> str:
    """An integer constant that has a type of its size where int has 16 bits too.

    >>> literal(-7), literal(70000), literal(-(2**31))
    ('-7', 'INT32_C(70000)', '(-INT32_C(2147483647) - 1)')
    """
    for bits in (32, 64):
        if value == -(2 ** (bits - 1)):
            return f"(-INT{bits}_C({-value - 1}) - 1)"
    sign, size = "-" if value < 0 else "", abs(value)
    if size < 2**15:
        return f"{sign}{size}"
    return f"{sign}INT{32 if size < 2**31 else 64}_C({size})"


def rows_of(items: Iterable[str], indent: str = "    ") -> str:
    """Items with commas between them, on lines of at most 100 characters."""
    lines, line = [], indent
    for item in items:
        if len(line) + len(item) > 98 and line.strip():
            lines.append(line.rstrip())
            line = indent
        line += f"{item}, "
    return "\n".join([*lines, line.rstrip().removesuffix(",")])


def identifier(text: str) -> str:
    """A name in C for any text.

    >>> identifier("Größe (cm)"), identifier("2nd"), identifier("int")
    ('gr_e_cm', 'x2nd', 'int_')
    """
    word = re.sub("[^0-9a-z]+", "_", text.lower()).strip("_")[:40]
    word = f"x{word}" if not word or word[0].isdigit() else word
    return f"{word}_" if word in _KEYWORDS else word


class Identifiers:
    """Identifiers for some texts, no two alike."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def of(self, text: str) -> str:
        word = plain = identifier(text)
        number = 1
        while word in self._taken:
            number += 1
            word = f"{plain}_{number}"
        self._taken.add(word)
        return word


def string(text: str) -> str:
    """A string constant of the UTF-8 bytes of a text."""
    data = text.encode("utf-8", "replace")
    # Three octal digits end an escape; a question mark could begin a trigraph.
    return '"' + "".join(chr(b) if 32 <= b < 127 and b not in b'"\\?' else f"\\{b:03o}" for b in data) + '"'


def comment(text: str) -> str:
    """A text within a comment: ASCII, on one line, without the marks of comments and trigraphs."""
    plain = " ".join(text.encode("ascii", "backslashreplace").decode().split())
    return re.sub(r"([*/?])(?=[*/?])", r"\1 ", plain).replace("\\", "/")[:200]
