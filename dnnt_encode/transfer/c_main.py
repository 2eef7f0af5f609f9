"""The test program of a C file: what ``test_program.c`` needs to know of the rows and of the answers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from importlib.resources import files

from dnnt_encode.errors import ModelTooLarge
from dnnt_encode.parsers.notation import ALIKE, MISSING, Notation
from dnnt_encode.transfer.c_rows import RowsSource
from dnnt_encode.transfer.c_words import literal, rows_of, string
from dnnt_encode.transfer.columns import CellPlan
from dnnt_encode.transfer.trained import Trained

_COLUMN = """\
typedef struct
{
    const char *name;
    size_t position;
    int coded;
    int numeric;
    int exact;
    int drops;
    int filled;
    int64_t unit;
    int64_t low;
    int64_t high;
    size_t count;
    const char *const *categories;
    const uint8_t *valued;
    const int64_t *values;
} test_column_t;
"""


class MainSource:
    """``rows`` None: the cells are the inputs in their order. Raises ModelTooLarge where numbers take more than 64
    bits."""

    def __init__(self, trained: Trained, prefix: str, rows: RowsSource | None) -> None:
        self._trained, self._prefix, self._rows = trained, prefix, rows
        self._record = trained.rows.record or {}
        self._columns = trained.rows.columns
        self._notation = Notation().or_recorded(self._record.get("notation"))
        self._header = rows is not None and self._record.get("header", True)

    def lines(self) -> Iterator[str]:
        """The program."""
        numbers = self._trained.classes is None
        yield "#include <inttypes.h>"
        yield "#include <stddef.h>"
        yield ""
        yield f"#define TEST_COLUMNS {len(self._columns)}U"
        yield f"#define TEST_HEADER {int(self._header)}"
        yield f"#define TEST_NUMBERS {int(numbers)}"
        yield ""
        kind = f"{self._prefix}_row_t" if self._rows else "struct { " + f"{self._prefix}_input_t x[TEST_COLUMNS]; }}"
        yield f"typedef {kind} test_row_t;"
        yield ""
        decimal, thousands = self._notation.signs
        yield from _texts("test_points", [decimal])
        yield from _texts("test_thousands", list(ALIKE.get(thousands, thousands)))
        yield from _texts("test_spaces", list(ALIKE[" "]))
        yield from _texts("test_nothing", [])
        gaps = sorted({*MISSING, *(text.strip().lower() for text in self._notation.missing)})
        yield "static const char *const test_gaps[] ="
        yield from ("{", rows_of(map(string, gaps)), "};", "")
        yield _COLUMN
        for number, column in enumerate(self._columns):
            if column.categories:
                yield from self._categories(number, column)
        yield "static const test_column_t test_columns[TEST_COLUMNS] ="
        yield from ("{", ",\n".join(self._column(*pair) for pair in enumerate(self._columns)), "};", "")
        program = (files("dnnt_encode.transfer") / "test_program.c").read_text(encoding="ascii")
        head, start, body = program.partition("static size_t test_place")
        yield head.rstrip()
        yield ""
        yield from self._store()
        yield from self._answer()
        yield (start + body).rstrip()

    def _categories(self, number: int, column: CellPlan) -> Iterator[str]:
        if max((abs(value) for value in column.values if value is not None), default=0) >= 2**63:
            raise ModelTooLarge(f"the categories of the column {column.name!r} take more than 64 bits")
        count = len(column.categories)
        yield f"static const char *const test_categories{number}[{count}] ="
        yield from ("{", rows_of(map(string, column.categories)), "};")
        yield f"static const uint8_t test_valued{number}[{count}] ="
        yield from ("{", rows_of(f"{int(value is not None)}U" for value in column.values), "};")
        yield f"static const int64_t test_values{number}[{count}] ="
        yield from ("{", rows_of(literal(value or 0) for value in column.values), "};", "")

    def _column(self, number: int, column: CellPlan) -> str:
        coded = column.encode == "onehot"
        tables = [f"test_{key}{number}" if coded else "NULL" for key in ("categories", "valued", "values")]
        position = number
        if self._rows is not None and not self._header:
            # Without a header the columns are called c0, c1, ...
            position = int(column.name[1:])
        flags = [coded, column.numeric, column.encode == "none", column.missing == "drop"]
        flags += [column.missing == "fill"]
        items = [
            string(column.name),
            f"{position}U",
            *(str(int(flag)) for flag in flags),
            *map(literal, (column.unit, *column.bounds)),
            f"{len(column.categories)}U",
            *tables,
        ]
        return f"    {{{', '.join(items)}}}"

    def _store(self) -> Iterator[str]:
        """The function that puts a value into its field."""
        if self._rows is None:
            factors = map(self._trained.rows.factor, self._columns)
            yield "static const int64_t test_factors[TEST_COLUMNS] ="
            yield from ("{", rows_of(map(literal, factors)), "};", "")
        yield "static void test_store(test_row_t *row, size_t column, int64_t value, int missing)"
        yield "{"
        if self._rows is None:
            yield f"    row->x[column] = ({self._prefix}_input_t)(missing ? 0 : (value * test_factors[column]));"
        else:
            yield "    switch (column)"
            yield "    {"
            for number, (field, column) in enumerate(zip(self._rows.fields, self._columns, strict=True)):
                kind = self._rows.field_type(column)
                yield f"    case {number}U:"
                yield f"        row->{field} = missing ? ({kind}){self._rows.no_value(column)} : ({kind})value;"
                yield "        break;"
            yield from ("    default:", "        break;", "    }")
        yield "}"
        yield ""

    def _answer(self) -> Iterator[str]:
        """The function that prints what the network says of a row."""
        p, upper = self._prefix, self._prefix.upper()
        if self._trained.classes is not None:
            yield f"static const char *const test_classes[{len(self._trained.classes)}] ="
            yield from ("{", rows_of(map(string, self._trained.classes)), "};", "")
        yield "static void test_predict(const test_row_t *row)"
        yield "{"
        yield f"    {p}_output_t y[{upper}_OUTPUTS];"
        if self._rows is None:
            yield f"    {p}_outputs(row->x, y);"
        else:
            yield f"    if ({p}_predict(row, y) != {upper}_OK)"
            yield from ("    {", '        test_fail("a value is out of its range", "");', "    }")
        if self._trained.classes is not None:
            yield f'    printf("%s", test_classes[{p}_label(y)]);'
        else:
            percent = bool((self._record.get("target") or {}).get("percent", False))
            factor = Fraction(100 if percent else 1, self._trained.network.output_scale)
            if max(self._trained.network.reach * factor.numerator, 10 * factor.denominator) >= 2**63:
                raise ModelTooLarge("the program would print numbers of more than 64 bits; leave out --main")
            yield f"    for (size_t k = 0U; k < {upper}_OUTPUTS; k++)"
            yield "    {"
            yield '        printf("%s", (k > 0U) ? " " : "");'
            yield f"        test_print((int64_t)y[k] * {literal(factor.numerator)}, {literal(factor.denominator)});"
            yield f'        printf("%s", "{"%" if percent else ""}");'
            yield "    }"
        yield "}"
        yield ""


def _texts(name: str, texts: Iterable[str]) -> Iterator[str]:
    yield f"static const char *const {name}[] = {{{''.join(f'{string(text)}, ' for text in texts)}NULL}};"
