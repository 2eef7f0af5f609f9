"""The preprocessing as C99: a struct with a field a column, and the function that makes the inputs of it.

Numbers are integers in the unit of their column, categories are codes; a value that is missing has a code of its own.
"""

from __future__ import annotations

from collections.abc import Iterator

from dnnt_encode.errors import ModelTooLarge
from dnnt_encode.transfer.c_words import Identifiers, comment, literal, signed_type
from dnnt_encode.transfer.columns import INT32, CellPlan, RowPlan

STATUSES = {"OK": "the row was read", "MISSING": "a value is missing", "RANGE": "a value is out of its range"}
"""What the functions answer, from 0."""


class RowsSource:
    """``prefix``: of every name; ``static``: what stands before functions. Raises ModelTooLarge."""

    def __init__(self, rows: RowPlan, prefix: str, static: str) -> None:
        self._rows, self._prefix, self._static = rows, prefix, static
        self._upper = prefix.upper()
        for column in rows.columns:
            if max(column.unit, *map(abs, (*column.bounds, *column.cuts))) >= 2**63:
                raise ModelTooLarge(f"the numbers of the column {column.name!r} take more than 64 bits")
        names = Identifiers()
        self.fields = [names.of(column.name) for column in rows.columns]
        widest = max((len(column.categories) for column in rows.columns), default=0)
        self.code_type = "uint8_t" if widest < 2**8 - 1 else "uint16_t"

    def field_type(self, column: CellPlan) -> str:
        """The type of a column's field."""
        if column.encode == "onehot":
            return self.code_type
        # What is out of range must fit as well, to be told, and so must the sign of a missing value.
        return signed_type(max(-column.bounds[0], column.bounds[1], INT32[1]))

    def no_value(self, column: CellPlan) -> str:
        """The macro for a missing value of a column."""
        if column.encode == "onehot":
            return f"{self._upper}_NO_CODE"
        return f"{self._upper}_NO_NUMBER{'64' if self.field_type(column) == 'int64_t' else ''}"

    def types(self) -> Iterator[str]:
        """The statuses, the codes and the row."""
        yield "/* What the functions of rows answer. */"
        for number, (name, meaning) in enumerate(STATUSES.items()):
            yield f"#define {self._upper}_{name} {number}U /* {meaning} */"
        yield ""
        yield "/* What stands in a field whose value is missing. */"
        yield f"#define {self._upper}_NO_CODE {'0xFFU' if self.code_type == 'uint8_t' else '0xFFFFU'}"
        yield f"#define {self._upper}_NO_NUMBER (-INT32_C(2147483647) - 1)"
        if any(self.field_type(column) == "int64_t" for column in self._rows.columns):
            yield f"#define {self._upper}_NO_NUMBER64 (-INT64_C(9223372036854775807) - 1)"
        yield ""
        for field, column in zip(self.fields, self._rows.columns, strict=True):
            if column.encode != "onehot":
                continue
            yield f"/* {comment(column.name)}; 0 is any other value. */"
            names = Identifiers()
            for code, category in enumerate(column.categories, start=1):
                macro = f"{self._upper}_{field.upper()}_{names.of(category).upper()}"
                yield f"#define {macro} {code}U /* {comment(category)} */"
            yield ""
        yield "typedef struct"
        yield "{"
        for field, column in zip(self.fields, self._rows.columns, strict=True):
            unit = "a code" if column.encode == "onehot" else _unit(column)
            yield f"    {self.field_type(column)} {field}; /* {comment(column.name)}: {unit} */"
        yield f"}} {self._prefix}_row_t;"
        yield ""

    def declarations(self) -> Iterator[str]:
        """The functions, for others to call."""
        yield "/* The inputs x of a row. */"
        yield f"{self._static}{self._encode_head()};"
        yield ""
        yield "/* The outputs y of a row; they are unchanged unless the answer is OK. */"
        yield f"{self._static}{self._predict_head()};"
        yield ""

    def definitions(self, input_type: str) -> Iterator[str]:
        """The functions."""
        columns = self._rows.columns
        yield f"{self._static}{self._encode_head()}"
        yield "{"
        yield f"    uint8_t status = {self._upper}_OK;"
        yield ""
        position = 0
        for field, column in zip(self.fields, columns, strict=True):
            yield "    {"
            yield from (f"        {line}".rstrip() for line in self._column(field, column, position, input_type))
            yield "    }"
            position += column.features
        yield "    return status;"
        yield "}"
        yield ""
        yield f"{self._static}{self._predict_head()}"
        yield "{"
        yield f"    {self._prefix}_input_t x[{self._upper}_INPUTS];"
        yield f"    const uint8_t status = {self._prefix}_encode(row, x);"
        yield ""
        yield f"    if (status == {self._upper}_OK)"
        yield from ("    {", f"        {self._prefix}_outputs(x, y);", "    }", "    return status;", "}", "")

    def _encode_head(self) -> str:
        p = self._prefix
        return f"uint8_t {p}_encode(const {p}_row_t *row, {p}_input_t x[{self._upper}_INPUTS])"

    def _predict_head(self) -> str:
        p = self._prefix
        return f"uint8_t {p}_predict(const {p}_row_t *row, {p}_output_t y[{self._upper}_OUTPUTS])"

    def _column(self, field: str, column: CellPlan, position: int, input_type: str) -> Iterator[str]:
        """The inputs from ``position`` on, of one column."""
        coded = column.encode == "onehot"
        yield f"{'const ' if column.encode == 'dropped' else ''}{self.field_type(column)} v = row->{field};"
        if column.encode == "quantile" or column.encode == "bits":
            yield "uint16_t above = 0U;"
        yield ""
        if column.indicator:
            one, last = literal(self._rows.input_scale), position + column.encoded
            yield f"x[{last}] = ({input_type})((v == {self.no_value(column)}) ? {one} : 0);"
            if column.encode == "dropped":
                return
        yield f"if (v == {self.no_value(column)})"
        suffix = "U" if coded else ""
        filled = "0" if column.fill is None else literal(column.fill)
        yield "{"
        yield f"    v = {filled}{suffix};"
        if column.fill is None:
            yield f"    status = {self._upper}_MISSING;"
        yield "}"
        if coded:
            yield from self._refuse(f"v > {len(column.categories)}U")
        elif column.encode == "none" and column.bounds != INT32:
            low, high = map(literal, column.bounds)
            yield from self._refuse(f"(v < {low}) || (v > {high})")
        yield from self._inputs(column, position, input_type)

    def _refuse(self, condition: str) -> Iterator[str]:
        yield f"else if ({condition})"
        yield from (
            "{",
            f"    status = {self._upper}_RANGE;",
            "    v = 0;" if "||" in condition else "    v = 0U;",
            "}",
            "else",
            "{",
            "    /* The value is there. */",
            "}",
        )

    def _inputs(self, column: CellPlan, position: int, kind: str) -> Iterator[str]:
        factor = self._rows.factor(column)
        one = literal(factor)
        cuts = list(map(literal, column.cuts))
        if column.encode == "none":
            yield f"x[{position}] = ({kind})({f'({kind}){one} * ({kind})v' if factor != 1 else 'v'});"
        elif column.encode == "onehot":
            for code in range(len(column.categories)):
                yield f"x[{position + code}] = ({kind})((v == {code + 1}U) ? {one} : 0);"
        elif column.encode == "median":
            yield f"x[{position}] = ({kind})((v > {cuts[0]}) ? {one} : -{one});"
        elif column.encode == "thermometer":
            for place, cut in enumerate(cuts):
                yield f"x[{position + place}] = ({kind})((v > {cut}) ? {one} : 0);"
        else:
            for cut in cuts:
                yield f"above = (uint16_t)(above + ((v > {cut}) ? 1U : 0U));"
            if column.encode == "quantile":
                yield f"x[{position}] = ({kind})({f'({kind}){one} * ({kind})above' if factor != 1 else 'above'});"
            else:
                for place in range(column.encoded):
                    bit = f"((uint32_t)above >> {column.encoded - 1 - place}U) & 1U"
                    yield f"x[{position + place}] = ({kind})((({bit}) != 0U) ? {one} : 0);"


def _unit(column: CellPlan) -> str:
    """How a field stands for a number, in words."""
    low, high = column.bounds
    bounds = f", from {low} to {high}" if column.encode == "none" and column.bounds != INT32 else ""
    unit = "a whole number" if column.unit == 1 else f"in 1/{column.unit}"
    # A finer number lies above a cut exactly where the next unit does.
    finer = "" if column.encode == "none" else ", rounded up"
    return f"{unit}{finer}{bounds}{'; 5 % is 0.05' if column.percent else ''}"
