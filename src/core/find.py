"""Finding people by what an operator types: a few letters, in any order, without accents."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from .model import Person
from .roster import Roster

LIMIT = 50
"""People shown for one search: more than fit on a screen, and nobody reads on."""

_LETTERS = str.maketrans({"ß": "ss", "ø": "o", "đ": "d", "ł": "l", "æ": "ae", "œ": "oe"})
"""Letters that no decomposition turns into plain ones, though people type them so."""


def plain(text: str) -> str:
    """Case folded, without accents: what two spellings of a name have in common."""
    if text.isascii():
        return text.lower()
    apart = unicodedata.normalize("NFKD", text.casefold().translate(_LETTERS))
    return "".join(char for char in apart if not unicodedata.combining(char)).translate(_LETTERS)


class _Entry(NamedTuple):
    name: str
    """Plain, with a space before each word."""
    everything: str
    """Name and email."""
    person: Person


class Finder:
    """People made ready for many searches; `find_people` keeps one for each roster."""

    def __init__(self, people: Iterable[Person]) -> None:
        self._entries = [
            _Entry(f" {plain(person.name)}", plain(f" {person.name} {person.email}"), person)
            for person in people
        ]

    def find(self, text: str, limit: int = LIMIT) -> list[Person]:
        """The best matches first: all words begin words of the name, then anywhere, then email.

        One word may also be letters of a name in any order, initials first: `la` finds Ada
        Lovelace.
        """
        words = plain(text).split()
        found: dict[str, Person] = {}
        for entries in self._ranks(words):
            found.update((entry.person.user_id, entry.person) for entry in entries)
            if len(found) >= limit:
                break
        return list(found.values())[:limit]

    def _ranks(self, words: Sequence[str]) -> Iterator[Iterable[_Entry]]:
        """Ever weaker matches; each is only looked for when there is still room."""
        yield _with_all(self._entries, [f" {word}" for word in words])
        one = words[0] if len(words) == 1 else ""
        if one:
            yield _with_all(self._entries, [f" {letter}" for letter in one])
        yield _with_all(self._entries, words)
        everything = self._entries
        for word in words:
            everything = [entry for entry in everything if word in entry.everything]
        yield everything
        if one:
            yield _with_all(self._entries, one)


def _with_all(entries: list[_Entry], parts: Iterable[str]) -> list[_Entry]:
    """Those whose name holds every part; one pass a part is thrice as fast as a loop inside."""
    for part in parts:
        entries = [entry for entry in entries if part in entry[0]]
    return entries


@lru_cache(maxsize=2)
def _finder(roster: Roster) -> Finder:
    return Finder(roster.people)


def find_people(roster: Roster, text: str, limit: int = LIMIT) -> list[Person]:
    """The people of a roster whom `text` may mean, the best matches first."""
    return _finder(roster).find(text, limit)
