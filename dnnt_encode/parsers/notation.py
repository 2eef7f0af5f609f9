"""How the cells of a table write numbers and gaps: the decimal sign, the sign between groups of three digits, percent
signs, and the texts that stand for no value.

Cells are texts, and one text is one number in one notation and another number in another: ``1,234`` is 1.234 or 1234. A
notation is said, or it is found by looking (``notations``); it is never guessed.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

MISSING = frozenset(
    "|?|na|n/a|#n/a|#n/a n/a|#na|<na>|nan|-nan|null|1.#ind|-1.#ind|1.#qnan|-1.#qnan".split("|"),
)
"""The texts of a missing value in every table, in lower case."""

SIGNS = {"point": ".", "comma": ",", "space": " ", "apostrophe": "'"}
"""Signs by name; any other single character is one by itself."""

ALIKE = {" ": " \u00a0\u2009\u202f", "'": "'\u2019"}
"""Characters that programs write in place of one another."""


_PERCENT = "% \u00a0\u202f"


@dataclass(frozen=True)
class Notation:
    """``decimal`` is the decimal sign and ``thousands`` the sign between groups of digits ("" for none); None where
    that is not said (``signs`` tells how it reads then). ``missing`` are texts of missing values beside ``MISSING``, in
    any case. Raises ValueError for signs that are none."""

    decimal: str | None = None
    thousands: str | None = None
    missing: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for what, sign in (("decimal sign", self.decimal), ("thousands separator", self.thousands or None)):
            if sign is not None and (len(sign) != 1 or sign.isalnum() or sign in '+-%"\r\n'):
                raise ValueError(
                    f"found the {what} {sign[:20]!r}; one character is needed that is no letter, digit or sign of a "
                    f"number, or one of {', '.join(SIGNS)}"
                )
        if self.decimal is not None and self.decimal == self.thousands:
            raise ValueError(f"found {self.decimal!r} both as decimal sign and between thousands; they differ")

    @staticmethod
    def of(decimal: str | None, thousands: str | None, missing: tuple[str, ...] = ()) -> Notation:
        """From the words of a command line: signs by themselves or by name, and ``none`` for no thousands separator.
        Raises ValueError."""
        names = {**SIGNS, "none": ""}
        return Notation(
            None if decimal is None else SIGNS.get(decimal, decimal),
            None if thousands is None else names.get(thousands, thousands),
            missing,
        )

    @cached_property
    def signs(self) -> tuple[str, str]:
        """The decimal sign, where it is not said the point or the comma, and the thousands separator or none."""
        thousands = self.thousands or ""
        return self.decimal or ("," if thousands == "." else "."), thousands

    def present(self, cells: Sequence[str]) -> Counter[str]:
        """The distinct texts among the cells that stand for a value, in their order, and how often each is there."""
        counts = Counter(cells)
        missing = MISSING | {text.strip().lower() for text in self.missing}
        for gap in [cell for cell in counts if cell.lower() in missing]:
            del counts[gap]
        return counts

    def plain(self, cell: str) -> str | None:
        """The number that a cell writes, as a plain decimal without its percent sign; None where it writes none.

        >>> Notation(",", ".").plain("-1.234,50"), Notation().plain("5 %"), Notation().plain("1,234")
        ('-1234.50', '5', None)
        """
        match = self.number(cell)
        if not match:
            return None
        if self.signs == (".", ""):
            return cell.rstrip(_PERCENT)
        sign, whole, after, only, exponent = match.groups("")
        if not whole.isdigit():
            whole = re.sub("[^0-9]", "", whole)
        after = after or only
        return f"{sign}{whole}.{after}{exponent}" if after else f"{sign}{whole}{exponent}"

    @cached_property
    def number(self) -> Callable[[str], re.Match[str] | None]:
        """Tells whether a cell writes a number."""
        return _pattern(*self.signs).fullmatch

    def shown(self, number: str) -> str:
        """A plain decimal as this notation writes it, without groups."""
        return number.replace(".", self.signs[0])

    def record(self) -> dict[str, Any]:
        """What differs from the plain notation, as JSON; empty for the plain one."""
        decimal, thousands = self.signs
        return {
            **({"decimal": decimal} if decimal != "." else {}),
            **({"thousands": thousands} if thousands else {}),
            **({"missing": list(self.missing)} if self.missing else {}),
        }

    def or_recorded(self, record: Mapping[str, Any] | None) -> Notation:
        """This notation, where it says nothing as a record (``preprocessing.notation``) says."""
        known = {"decimal": ".", "thousands": "", "missing": (), **(record or {})}
        decimal, thousands = self.decimal, self.thousands
        # One sign said otherwise than recorded is another notation: its other sign is not the recorded one.
        if decimal in (None, known["decimal"]) and thousands in (None, known["thousands"]):
            decimal, thousands = known["decimal"], known["thousands"]
        return Notation(decimal, thousands, self.missing or tuple(known["missing"]))


UNSAID = Notation()
"""Nothing is known: to be found, or read as the plain notation."""


@lru_cache(maxsize=64)
def _pattern(decimal: str, thousands: str) -> re.Pattern[str]:
    """Sign, whole part and decimals, or decimals alone, and exponent of a number; a percent sign may follow."""
    whole, point = "[0-9]+", re.escape(decimal)
    if thousands:
        between = f"[{re.escape(ALIKE.get(thousands, thousands))}]"
        # 012,345 is a code, not a number; so is 1,23,456.
        whole = f"[1-9][0-9]{{0,2}}(?:{between}[0-9]{{3}})+|{whole}"
    return re.compile(
        f"([+-]?)(?:({whole})(?:{point}([0-9]*))?|{point}([0-9]+))([eE][+-]?[0-9]+)?(?:[ \u00a0\u202f]?%)?"
    )


_LOOSE = re.compile("[+-]?[.,]?[0-9][0-9.,'\u2019 \u00a0\u2009\u202f]*(?:[eE][+-]?[0-9]+)?[ \u00a0\u202f]?%?")


def resembles_number(cell: str) -> bool:
    """Whether a cell may write a number in some notation."""
    return _LOOSE.fullmatch(cell) is not None
