"""What the backend knows of its stations, and what it may decide for them: versions and settings.

Only settings that can't open a way in, name a file or make a station deaf: no addresses, keys,
paths, nor `identify.strict`, with which a station whose roster is missing would keep nobody. Both
ends check each value by the same rules (`read`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, fields
from functools import partial
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeVar

from .acts import WalkIns
from .fleet_values import PushedSettings, Versions
from .model import Format

if TYPE_CHECKING:  # core.backend builds on this protocol
    from .access import ScannerRow

T = TypeVar("T")

LOUDEST_RSSI = -50
"""dBm: a phone that is held at the scanner passes this threshold; a higher one shuts all out."""

LIST_LIMIT = 50
"""Companies or services: a fleet has a few kinds of badges."""


class Rule(NamedTuple):
    """One setting: its key in config.toml, and what a value of it is."""

    key: str
    check: Callable[[object], object]
    """The value in its own type. Raises ValueError that says what was expected."""


@dataclass(frozen=True, slots=True)
class StationSettings:
    """What one station is told: those for all, and over them its own."""

    scanner: str
    gate: str
    settings: PushedSettings


class FleetBook(Protocol):
    """The part of the backend that knows its stations."""

    def note_versions(self, scanner: str, versions: Versions, *, now_ms: int) -> None:
        """Keep what runs on a station; the same again within a minute writes nothing."""

    def settings_for_all(self) -> PushedSettings:
        """What is decided for every station."""

    def station_settings(self, scanner: str) -> StationSettings:
        """What this station is told; a name that nobody knows gets those for all."""

    def change_settings(
        self, scanner: str, changes: Mapping[str, object], *, gate: str | None = None, now_ms: int
    ) -> ScannerRow | None:
        """Change those members; None takes one back. An empty name changes those for all.

        `gate`: where a paired scanner stands. The scanner; None for all. Raises ScannerNotFound.
        """


def whole(least: int, most: int) -> Callable[[object], int]:
    """A whole number in this range."""

    def check(value: object) -> int:
        if type(value) is not int or not least <= value <= most:
            raise ValueError(f"expected a whole number from {least} to {most}")
        return value

    return check


def number(least: float, most: float) -> Callable[[object], float]:
    """A number in this range."""

    def check(value: object) -> float:
        if type(value) not in {int, float} or not least <= value <= most:  # type: ignore[operator]
            raise ValueError(f"expected a number from {least:g} to {most:g}")
        return float(value)  # type: ignore[arg-type]

    return check


def _listed(each: Callable[[object], T], words: str, least: int = 0) -> Callable[[object], object]:
    def check(value: object) -> tuple[T, ...]:
        if not isinstance(value, (list, tuple)) or not least <= len(value) <= LIST_LIMIT:
            raise ValueError(f"expected a list of {words}")
        return tuple(dict.fromkeys(map(each, value)))

    return check


def _text(pattern: str, words: str) -> Callable[[object], str]:
    def check(value: object) -> str:
        if not isinstance(value, str) or not re.fullmatch(pattern, value):
            raise ValueError(f"expected {words}")
        return value.lower()

    return check


def _format(value: object) -> Format:
    if not isinstance(value, str) or value not in set(Format):
        raise ValueError(f"expected formats of {', '.join(Format)}")
    return Format(value)


def _walk_ins(value: object) -> WalkIns:
    if not isinstance(value, str) or value not in set(WalkIns):
        raise ValueError(f"expected one of {', '.join(WalkIns)}")
    return WalkIns(value)


RULES: Mapping[str, Rule] = {
    "min_hits": Rule("identify.min_hits", whole(1, 10)),
    "hits_within_seconds": Rule("identify.hits_within_seconds", number(5, 600)),
    "min_rssi": Rule("identify.min_rssi", whole(-127, LOUDEST_RSSI)),
    "dedupe_minutes": Rule("identify.dedupe_minutes", number(1, 60)),
    "away_minutes": Rule("identify.away_minutes", number(1, 1440)),
    "formats": Rule("radio.formats", _listed(_format, "formats, at least one", 1)),
    "id_prefix": Rule("radio.id_prefix", _text("[0-9a-fA-F-]{0,36}", "hexadecimal digits")),
    "companies": Rule("radio.companies", _listed(whole(0, 0xFFFF), "at most 50 company ids")),
    "major": Rule("radio.major", whole(-1, 0xFFFF)),
    "minor": Rule("radio.minor", whole(-1, 0xFFFF)),
    "service_data_services": Rule(
        "radio.service_data_services",
        _listed(
            _text("[0-9a-fA-F]{4}", "services of four hexadecimal digits"),
            "at most 50 services such as fd6f",
        ),
    ),
    "undo_minutes": Rule("station.undo_minutes", number(0, 1440)),
    "walk_in_policy": Rule("station.walk_in_policy", _walk_ins),
}
"""By the members of `PushedSettings`. Ranges are the configuration's, cut where a value could make
a station deaf."""

KEYS = {rule.key: member for member, rule in RULES.items()}
"""Members by their key in config.toml."""

_LISTS = frozenset({"formats", "companies", "service_data_services"})
_TEXTS = frozenset({"id_prefix", "walk_in_policy"})


def read(given: Mapping[str, object]) -> tuple[dict[str, object], list[str]]:
    """The right values by member (None stays: it takes one back), and a sentence a wrong one."""
    right: dict[str, object] = {}
    wrong = []
    for member, value in given.items():
        rule = RULES.get(member)
        if rule is None:
            continue  # of a newer backend
        try:
            right[member] = None if value is None else rule.check(value)
        except ValueError as error:
            wrong.append(f"{rule.key}: {error}, not {value!r:.60}.")
    return right, wrong


def from_text(member: str, text: str) -> object:
    """A value as a person writes it; lists with commas. Raises ValueError, naming the key."""
    rule, text = RULES[member], text.strip()
    try:
        if member in _LISTS:
            parts = [part.strip() for part in text.split(",") if part.strip()]
            numbers = member == "companies"
            return rule.check([_plain(part) if numbers else part for part in parts])
        return rule.check(text if member in _TEXTS else _plain(text))
    except ValueError as error:
        raise ValueError(f"{rule.key}: {error}, not {text!r:.60}.") from None


def to_text(value: object) -> str:
    """The same for people."""
    if isinstance(value, (list, tuple)):
        return ", ".join(map(to_text, value))
    if isinstance(value, float):
        return f"{value:g}"
    return str(value)


def _plain(text: str) -> object:
    """A number; anything else stays a text, which the rule refuses."""
    for kind in (partial(int, base=0), float):
        with suppress(ValueError):
            return kind(text)
    return text


def given_of(settings: PushedSettings) -> dict[str, object]:
    """Those that are decided, by member."""
    values = ((each.name, getattr(settings, each.name)) for each in fields(settings))
    return {name: value for name, value in values if value is not None}


def over(below: PushedSettings, above: PushedSettings) -> PushedSettings:
    """Both; where both decide, `above` counts."""
    return PushedSettings(**{**given_of(below), **given_of(above)})  # type: ignore[arg-type]


def changed(settings: PushedSettings, changes: Mapping[str, object]) -> PushedSettings:
    """With these members instead; None takes one back."""
    return PushedSettings(**{**given_of(settings), **changes})  # type: ignore[arg-type]


def is_older(version: str, than: str) -> bool:
    """Whether a version's numbers come before another's; False where one is not told."""
    mine, other = _numbers(version), _numbers(than)
    return bool(mine and other) and mine < other


def _numbers(version: str) -> tuple[int, ...]:
    """`1.10.0` -> (1, 10); ends in zeros say nothing."""
    found = re.match(r"\d{1,9}(\.\d{1,9})*", version)
    numbers = [int(part) for part in found[0].split(".")] if found else []
    while numbers and not numbers[-1]:
        numbers.pop()
    return tuple(numbers) or ((0,) if found else ())
