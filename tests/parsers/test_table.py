"""CSV files as people have them."""

import io

import pytest

from dnnt_encode.errors import InputError
from dnnt_encode.parsers.table import Table, read_table, sniff_separator, write_table


def table_of(text: str, **options: object) -> Table:
    return read_table(io.BytesIO(text.encode()), **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_the_separator_is_found(separator: str) -> None:
    text = "\n".join(separator.join(row) for row in (["a", "b c", "d"], ["1", "x y", "2"], ["3", "z w", "4"]))
    table = table_of(text)
    assert table.separator == separator
    assert table.columns == ("a", "b c", "d")
    assert table.rows == (("1", "x y", "2"), ("3", "z w", "4"))


def test_separators_inside_quotes_and_decimal_commas_do_not_count() -> None:
    assert sniff_separator('a;b\n"1,5";2\n"2,5";3\n') == ";"
    assert sniff_separator('a,b\n"x;y;z",2\n') == ","
    assert sniff_separator("a b\n1 2\n3 4\n") == " "
    assert sniff_separator("single\n1\n2\n") == ","


def test_a_separator_can_be_given() -> None:
    assert table_of("a:b\n1:2\n", separator=":").rows == (("1", "2"),)
    assert table_of("a,b\tc\n1\t2\n", separator="tab").columns == ("a,b", "c")
    for wrong in ("", "ab", "x", '"', "\n"):
        with pytest.raises(InputError, match="one character"):
            table_of("a,b\n1,2\n", separator=wrong)


def test_quotes_blanks_and_empty_lines() -> None:
    table = table_of('\ufeff name , "of ""it""",c\r\n\r\n"a, b",  2 ,\r\n"two\r\nlines",4,5\r\n\r\n6,7,8\r\n')
    assert table.columns == ("name", 'of "it"', "c")
    assert table.rows == (("a, b", "2", ""), ("two\r\nlines", "4", "5"), ("6", "7", "8"))
    assert table.lines == (3, 4, 7)


def test_without_a_header() -> None:
    table = table_of("1,2\n3,4\n", header=False)
    assert table.columns == ("c0", "c1")
    assert len(table.rows) == 2
    assert table_of(",x\n0,1\n").columns == ("c0", "x")


def test_columns_by_name_and_by_index() -> None:
    table = table_of("a,b,1\n0,0,0\n")
    assert [table.find(key) for key in ("a", "1", "0", "-1", "2")] == ["a", "1", "a", "1", "1"]
    for wrong in ("c", "3", "-4", "9" * 5000):
        with pytest.raises(InputError, match="the columns are 'a', 'b', '1'"):
            table.find(wrong)


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        ("", "", "empty"),
        (" \n \n", "", "empty"),
        ("a,b\n1,2\n1,2,3\n", ", line 3", "found 3 cells"),
        ("a,b\n1,2\n\n1\n", ", line 4", "found 1 cells"),
        ("a,a\n1,2\n", ", line 1", "'a' twice"),
        ("c1,\n1,2\n", ", line 1", "'c1' twice"),
        ('a,b\n1,"2\n', ", line 2", "CSV"),
        ('a,b\n1,"2"x\n', ", line 2", "CSV"),
        ("a,b\n1,\0\n", ", line 2", "NUL"),
        ("a,b\n" + "x" * 200_000 + ",1\n", ", line 2", "CSV"),
    ],
)
def test_errors_name_the_line(text: str, place: str, message: str) -> None:
    with pytest.raises(InputError) as caught:
        table_of(text)
    assert caught.value.place == "<file>" + place
    assert message in caught.value.message


def test_text_that_is_no_utf8() -> None:
    with pytest.raises(InputError, match="no UTF-8") as caught:
        read_table(io.BytesIO("a,b\n1,2\nü,3\n".encode("latin-1")))
    assert caught.value.place == "<file>, line 3"


def test_writing_gives_the_table_back() -> None:
    table = table_of('a,"b,c"\n"x ""y""",\n1,"two\nlines"\n')
    buffer = io.StringIO()
    write_table(table, buffer)
    assert table_of(buffer.getvalue()).rows == table.rows
