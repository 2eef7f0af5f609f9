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


@pytest.mark.parametrize(
    ("text", "separator"),
    [
        ("1,5;2,5\n3,5;4,5\n", ";"),
        ("a,b;c\n1,5;2\n2,5;3\n", ";"),
        ("1,5\t2,5\n3,5\t4,5\n", "\t"),
        ("a,b\n1;x,2\n2;y,3\n", ","),
        ("a;b,c\n1;x,2\n2;y,3\n", ","),
        ("x\x0by,z\n1,2\n", ","),
    ],
)
def test_commas_inside_numbers_separate_nothing(text: str, separator: str) -> None:
    assert sniff_separator(text) == separator
    assert sniff_separator("a,b;c\nx,y;z\n", ",") == ";"


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


@pytest.mark.parametrize(
    "text",
    [
        "5.1,3.5,setosa\n4.9,3.0,setosa\n6.3,2.5,virginica\n7,3.2,virginica\n",
        "1,2\n3,4\n5,6\n",
        "1,5;2\n2,5;3\n",
        "5%;a\n7%;b\n",
        "yes,no\nyes,no\nno,yes\nyes,yes\nno,no\n",
        "0,0,1\n0,1,1\n1,1,0\n",
        "5,,1\n0,1,1\n1,,0\n",
        "?,5\n2,3\n1,4\n",
    ],
)
def test_a_first_line_that_is_a_row_is_refused(text: str) -> None:
    with pytest.raises(InputError, match=r"looks like a row.*--no-header .*c0, c1.*--header") as caught:
        table_of(text)
    assert caught.value.place == "<file>, line 1"
    assert len(table_of(text, header=False).rows) == text.count("\n")
    if "0,0" not in text and ",," not in text:
        assert len(table_of(text, header=True).rows) == text.count("\n") - 1


@pytest.mark.parametrize(
    "text",
    [
        "a,1\n5,6\n7,8\n",
        ",0,1\n0,5,6\n1,6,7\n2,7,8\n",
        "0,1,species\n5,6,oak\n6,7,oak\n7,8,elm\n8,8,elm\n",
        "label,0,1\n5,6,7\n",
        "answer,why\nyes,a\nno,b\nyes,c\nno,d\n",
        "1,2\n",
        "1,2\n?,\n",
        "name\nred\nblue\n",
    ],
)
def test_a_first_line_of_names_is_a_header(text: str) -> None:
    assert table_of(text).header
    assert len(table_of(text).rows) == text.count("\n") - 1


def test_text_in_other_encodings() -> None:
    text = "größe,y\n1,ä\n2,ö\n"
    for encoding in ("utf-16", "utf-8-sig", "utf-8"):
        assert read_table(io.BytesIO(text.encode(encoding))).columns == ("größe", "y")
    for encoding in ("cp1252", "latin-1", "utf-16-le", "mac-roman"):
        table = read_table(io.BytesIO(text.encode(encoding)), encoding=encoding)
        assert table.rows == (("1", "ä"), ("2", "ö"))
    with pytest.raises(InputError, match="no UTF-8; save the file as UTF-8, or name its encoding: --encoding cp1252"):
        read_table(io.BytesIO(text.encode("cp1252")))
    with pytest.raises(InputError, match="byte 0xc3 at offset 2 is not in the encoding ascii"):
        read_table(io.BytesIO(text.encode()), encoding="ascii")
    for wrong in ("klingon", "hex", "", "a\0b"):
        with pytest.raises(InputError, match="found the encoding"):
            read_table(io.BytesIO(text.encode()), encoding=wrong)


def test_lines_that_do_not_count() -> None:
    text = "Report of May\n\n# unit: mm\na,b\n1,2\n  # two more\n3,4\n5\n"
    with pytest.raises(InputError) as caught:
        table_of(text, skip_rows=2, comment="#")
    assert caught.value.place == "<file>, line 8"
    table = table_of(text.removesuffix("5\n"), skip_rows=2, comment="#")
    assert (table.columns, table.rows, table.lines) == (("a", "b"), (("1", "2"), ("3", "4")), (5, 7))
    for options in ({"skip_rows": 99}, {"skip_rows": 8, "comment": "#"}):
        with pytest.raises(InputError, match="empty"):
            table_of(text, **options)
    with pytest.raises(InputError, match="a character is needed"):
        table_of(text, comment=" ")


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
