"""The one form of a bleUuid, text from outside, event ids, people from CSV."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headcount.core.backend import PersonRow, RowError
from headcount.core.errors import UsageError
from headcount.core.identity import canonical, clean_text, from_bytes, is_event_id
from headcount.core.people_csv import parse_people

ID = "9f2c0000-0000-4000-8000-00000000abcd"


@pytest.mark.parametrize("text", [ID, ID.upper(), ID.replace("-", ""), ID.replace("-", "").upper()])
def test_canonical_accepts_what_people_write(text: str) -> None:
    assert canonical(text) == ID


@pytest.mark.parametrize("text", ["", "x", ID[:-1], ID + "0", f" {ID}", f"{{{ID}}}", ID[:-1] + "g"])
def test_canonical_refuses_the_rest(text: str) -> None:
    assert canonical(text) is None


@given(st.binary(min_size=16, max_size=16))
def test_sixteen_bytes_have_one_form(data: bytes) -> None:
    assert canonical(from_bytes(data)) == from_bytes(data)


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("  Zoë \n", "Zoë"),
        ("Zoe\u0301", "Zo\u00e9"),
        ("\x1b[31mred\x1b[0m", "[31mred[0m"),
        ("\x1b]52;c;ZXZpbA==\x07", "]52;c;ZXZpbA=="),
        ("a\u202eb\u2066c\u2028d\ud800e\x00f", "abcdef"),
        ("a\tb\nc", "a b c"),
        ("Z" + "\u0353" * 50 + "o", "Z" + "\u0353" * 8 + "o"),
        (
            "Nguy\u1ec5n \u05e9\u05c1\u05b8 \u0f67\u0fb1\u0f74",
            "Nguy\u1ec5n \u05e9\u05b8\u05c1 \u0f67\u0fb1\u0f74",
        ),
        ("\U0001f600 ok", "\U0001f600 ok"),
    ],
)
def test_clean_text(text: str, cleaned: str) -> None:
    assert clean_text(text) == cleaned


@given(st.text())
def test_clean_text_leaves_nothing_that_steers_a_terminal(text: str) -> None:
    cleaned = clean_text(text)
    assert len(cleaned) <= 64
    assert not any(unicodedata.category(char)[0] == "C" for char in cleaned)
    assert clean_text(cleaned) == cleaned


@pytest.mark.parametrize("text", ["a", "evt-2026:main", "A_b.c~d", "0" * 64])
def test_event_ids(text: str) -> None:
    assert is_event_id(text)


@pytest.mark.parametrize("text", ["", ".", "../x", "a/b", "a b", "ä", "a\n", "0" * 65])
def test_no_event_ids(text: str) -> None:
    assert not is_event_id(text)


def test_people_from_a_spreadsheet() -> None:
    text = f'\ufeffEmail;Name;bleUuid\r\nA@X.org;"Ada; Lovelace";{ID.upper()}\r\nb@x.org;Bob;\r\n'
    assert parse_people(text) == (
        [PersonRow(2, "Ada; Lovelace", "a@x.org", ID), PersonRow(3, "Bob", "b@x.org", "")],
        [],
    )


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (",a@x.org,", "name is empty"),
        ("Ada,ada,", "email 'ada' is no address"),
        ("Ada,a@x.org,xyz", "bleUuid 'xyz' is not 32 hexadecimal digits"),
        ("Ada,,", "neither email nor bleUuid: nothing to know this person by"),
        ("Ada,a@x.org,,,", "more cells than the first line has columns"),
    ],
)
def test_a_wrong_row_costs_no_good_row(row: str, message: str) -> None:
    rows, errors = parse_people(f"name,email,bleUuid\n{row}\nBob,b@x.org,\n")
    assert [row.name for row in rows] == ["Bob"]
    assert errors == [RowError(2, message)]


@pytest.mark.parametrize("text", ["", "nome,email,bleUuid\n", "name\n"])
def test_wrong_columns_are_named(text: str) -> None:
    with pytest.raises(UsageError, match="lacks the column"):
        parse_people(text)


@given(st.text())
def test_no_text_crashes_the_import(text: str) -> None:
    parse_people(f"name,email,bleUuid\n{text}")
