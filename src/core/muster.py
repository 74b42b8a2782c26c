"""The muster list: who is here, by how recently heard. Folded from the lines of a log.

Times are Unix milliseconds.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, NamedTuple

from .model import NIL_UUID, Kind, Person

JUST_NOW_SECONDS: Final = 120.0
LATELY_SECONDS: Final = 600.0
"""After ten minutes without a sighting a person counts as away (the away time's default)."""

_FIRSTS: Final = 8
"""Check-ins remembered a person: as many can be taken back before the person is not here."""


class Heard(StrEnum):
    """How recently somebody was heard."""

    JUST_NOW = "just now"
    """Under two minutes ago."""
    LATELY = "lately"
    """Under ten minutes ago."""
    CHECKED_IN = "checked in"
    """Not heard for longer, or checked in by hand and never heard."""


@dataclass(frozen=True, slots=True)
class Here:
    """A person who is checked in."""

    key: str
    """The user's id."""
    name: str
    checked_in_ms: int
    heard_seconds: float | None
    """How long ago the badge was heard; None for never."""
    by_hand: bool = False

    @property
    def heard(self) -> Heard:
        """The group of the list."""
        if self.heard_seconds is None or self.heard_seconds >= LATELY_SECONDS:
            return Heard.CHECKED_IN
        return Heard.JUST_NOW if self.heard_seconds < JUST_NOW_SECONDS else Heard.LATELY


class Line(NamedTuple):
    """What the list needs of a log line; the last four are an operator's act's."""

    kind: str
    ble_uuid: str
    time_ms: int
    mono: float | None
    """Seconds since the start of the machine; None for a line of another boot or program."""
    id: str = ""
    user: str = ""
    name: str = ""
    of: str = ""
    """The id of the record that a void takes back."""


class _CheckIn(NamedTuple):
    id: str
    time_ms: int
    by_hand: bool


@dataclass(slots=True)
class _Seen:
    check_ins: list[_CheckIn] = field(default_factory=list)
    last_ms: int | None = None
    last_mono: float | None = None


class Muster:
    """Folds a log, line by line, in the order of writing."""

    def __init__(self, people: Iterable[tuple[Person, Sequence[str]]] = ()) -> None:
        self._owners: dict[str, str] = {}
        self._names: dict[str, str] = {}
        self._seen: dict[str, _Seen] = {}
        self._void: set[str] = set()
        self._assigned: list[Line] = []
        for person, badges in people:
            self._names[person.user_id] = person.name
            self._owners.update(dict.fromkeys(badges, person.user_id))

    def add(self, line: Line) -> None:
        """Take up one line."""
        if line.kind == Kind.VOID:
            self._void.add(line.of)
        elif line.kind == Kind.ASSIGN:
            self._assigned.append(line)
        elif line.kind in {Kind.MANUAL, Kind.WALK_IN}:
            self._names.setdefault(line.user, line.name)
            self._check_in(line.user, line, by_hand=True)
        elif line.kind == Kind.SIGHTING:
            self._check_in(line.ble_uuid, line, by_hand=False)
            self._heard(line.ble_uuid, line)
        elif line.kind == Kind.DEPARTURE:
            self._heard(line.ble_uuid, line)

    def _check_in(self, key: str, line: Line, *, by_hand: bool) -> None:
        seen = self._seen.setdefault(key, _Seen())
        if len(seen.check_ins) < _FIRSTS:
            seen.check_ins.append(_CheckIn(line.id, line.time_ms, by_hand))

    def _heard(self, key: str, line: Line) -> None:
        seen = self._seen.setdefault(key, _Seen())
        seen.last_ms, seen.last_mono = line.time_ms, line.mono

    def here(
        self, now_ms: int, mono: float, nearby: Iterable[tuple[str, float]] = ()
    ) -> tuple[list[Here], int]:
        """Everybody who is checked in, by name, and how many unknown badges were heard lately.

        `nearby`: badges in range, and the monotonic time when each was heard.
        """
        live = dict(nearby)
        given = {a.ble_uuid: a.user for a in self._assigned if a.id not in self._void}
        owners = self._owners | given
        people: dict[str, Here] = {}
        unknown = 0
        for key, seen in self._seen.items():
            ago = _ago(seen, now_ms, mono, live.get(key))
            user = owners.get(key) or (key if key in self._names else "")
            checked_in = next(
                (c for c in seen.check_ins if c.id not in self._void or not c.id), None
            )
            if not user:
                unknown += key != NIL_UUID and ago is not None and ago < LATELY_SECONDS
            elif checked_in is not None:
                one = Here(
                    user, self._names.get(user, ""), checked_in.time_ms, ago, checked_in.by_hand
                )
                people[user] = _joined(one, people.get(user))
        return sorted(people.values(), key=_by_name), unknown


def _by_name(here: Here) -> tuple[str, str]:
    """Accents don't send a name to the list's end."""
    plain = unicodedata.normalize("NFKD", here.name.casefold())
    return "".join(char for char in plain if not unicodedata.combining(char)), here.key


def _ago(seen: _Seen, now_ms: int, mono: float, live: float | None) -> float | None:
    """Seconds since the badge was heard, by the monotonic clock where that can be."""
    if live is not None:
        return max(0.0, mono - live)
    if seen.last_mono is not None:
        return max(0.0, mono - seen.last_mono)
    return None if seen.last_ms is None else max(0.0, (now_ms - seen.last_ms) / 1000)


def _joined(one: Here, other: Here | None) -> Here:
    """One person by two ways: the first check-in, and the last time that anything was heard."""
    if other is None:
        return one
    first = min(one, other, key=lambda each: each.checked_in_ms)
    agos = [each.heard_seconds for each in (one, other) if each.heard_seconds is not None]
    return Here(one.key, one.name, first.checked_in_ms, min(agos, default=None), first.by_hand)


@dataclass(frozen=True, slots=True)
class HandOver:
    """What the next shift must know."""

    event: str
    time_ms: int
    here: int
    """Heard in the last ten minutes."""
    checked_in: int
    registered: int | None
    """None for a roster that is not known."""
    unknown: int
    unsent: int
    refused: int
    troubles: Sequence[str] = ()
    """What is open, a sentence each."""
    notes: str = ""
