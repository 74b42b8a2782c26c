"""Finding people by a few letters."""

from __future__ import annotations

import random
import time

import pytest

from headcount.core.find import LIMIT, find_people
from headcount.core.model import Person
from headcount.core.roster import Roster

NAMES = ["Ada Lovelace", "Zoë Ångström", "Łukasz Groß", "Øyvind Æsir", "Dana Scully", "李小龍"]
PEOPLE = Roster((Person(str(n), name, f"p{n}@example.org"), []) for n, name in enumerate(NAMES))


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("ad", "Ada Lovelace"),
        ("love ada", "Ada Lovelace"),
        ("la", "Ada Lovelace"),
        ("AL", "Ada Lovelace"),
        ("az", "Zoë Ångström"),
        ("zoe ang", "Zoë Ångström"),
        ("gross", "Łukasz Groß"),
        ("lukasz", "Łukasz Groß"),
        ("oyvind", "Øyvind Æsir"),
        ("aesir", "Øyvind Æsir"),
        ("小", "李小龍"),
        ("cully", "Dana Scully"),
        ("p4@", "Dana Scully"),
    ],
)
def test_the_person_meant_comes_first(text: str, first: str) -> None:
    assert find_people(PEOPLE, text)[0].name == first


def test_nothing_typed_shows_everybody() -> None:
    assert [person.name for person in find_people(PEOPLE, " ")] == NAMES


def test_nobody_is_found_by_letters_that_nobody_has() -> None:
    assert find_people(PEOPLE, "xq") == []


def test_a_roster_that_has_learned_somebody_finds_them() -> None:
    assert find_people(PEOPLE.with_people([Person("w", "Quentin")]), "que")[0].name == "Quentin"


def test_ten_thousand_people_are_searched_within_ten_milliseconds() -> None:
    """The best of many tries: a loaded machine is not the search's fault."""
    chance = random.Random(1)

    def word() -> str:
        return "".join(chance.choices("abcdefghijklmnoprstuvwyzéåø", k=chance.randint(3, 9)))

    roster = Roster(
        (Person(str(n), f"{word()} {word()}".title(), f"{word()}@example.org"), [])
        for n in range(10_000)
    )
    find_people(roster, "")

    def seconds(text: str) -> float:
        begin = time.perf_counter()
        assert len(find_people(roster, text)) <= LIMIT
        return time.perf_counter() - begin

    for text in ("ab", "éa", "xx", "an be", "zyx"):
        assert min(seconds(text) for _ in range(20)) < 0.01, text
