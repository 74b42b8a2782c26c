"""Every sentence of the screens is translated, and what is in use is what was written."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from pathlib import Path

import pytest
from tests.catalogues import (
    catalogues,
    compiled,
    extracted,
    read,
    translated,
    within_f_strings,
)

import headcount
from headcount.tui import words

PACKAGE = Path(headcount.__file__).parent
CATALOGUES = catalogues(PACKAGE / "locale")
PLACES = re.compile(r"\{\w*\}")


def test_there_is_a_second_language() -> None:
    assert [path.parent.parent.name for path in CATALOGUES] == ["de"]


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.parent.parent.name)
def test_nothing_is_missing(path: Path) -> None:
    catalog = read(path)
    sentences = [message.id for message in extracted(PACKAGE) if message.id]
    known = {each: message for each in sentences if (message := catalog.get(each))}
    missing = [
        each for each in sentences if each not in known or not translated(known[each].string)
    ]
    assert missing == [], "run: python -m tests.catalogues, and translate them"


def test_a_sentence_within_an_f_string_is_found() -> None:
    found = within_f_strings(
        ast.parse("x = f\"{_('one')} {N_('two')} {ngettext('a', 'b', 2)} {y('z')}\"")
    )
    assert list(found) == ["one", "two", ("a", "b")]


def test_no_singular_has_two_plurals() -> None:
    plurals: dict[str, set[str]] = defaultdict(set)
    for file in PACKAGE.rglob("tui/**/*.py"):
        for one, many in re.findall(
            r'ngettext\(\s*["\'](.+?)["\'],\s*["\'](.+?)["\']', file.read_text()
        ):
            plurals[one].add(many)
    assert len(plurals) > 20
    assert {one: many for one, many in plurals.items() if len(many) > 1} == {}


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.parent.parent.name)
def test_translations_have_the_same_places(path: Path) -> None:
    wrong = [
        message.id
        for message in read(path)
        if message.id and isinstance(message.id, str)
        if sorted(PLACES.findall(message.id)) != sorted(PLACES.findall(str(message.string)))
    ]
    assert wrong == []


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.parent.parent.name)
def test_the_compiled_catalogue_is_the_written_one(path: Path) -> None:
    assert path.with_suffix(".mo").read_bytes() == compiled(read(path))


def test_the_language_can_be_chosen() -> None:
    try:
        words.use("de")
        assert words._("on now") == "läuft"
        assert words.ngettext("{n} event", "{n} events", 3) == "3 Veranstaltungen"
    finally:
        words.use("en")
    assert words._("on now") == "on now"


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({"LANG": "de_AT.UTF-8"}, "läuft"),
        ({"LANG": "C"}, "on now"),
        ({"LANG": "xx_YY.UTF-8"}, "on now"),
        ({"LANG": "en_US.UTF-8", "LC_ALL": "de_DE"}, "läuft"),
    ],
)
def test_the_systems_language_is_taken(
    monkeypatch: pytest.MonkeyPatch, environ: dict[str, str], expected: str
) -> None:
    for name in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    try:
        words.use()
        assert words._("on now") == expected
    finally:
        words.use("en")
