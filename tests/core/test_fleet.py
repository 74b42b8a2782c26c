"""What a backend may decide for its stations: ranges, texts, versions; and what a theft takes."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import BaseModel

from headcount.config import Config
from headcount.core.access import ScannerRow
from headcount.core.fleet import RULES, changed, from_text, given_of, is_older, over, read, to_text
from headcount.core.fleet_values import NOTHING, PushedSettings
from headcount.core.model import Event
from headcount.core.records import SessionRow
from headcount.core.theft import Coverage, coverage

HOUR = 3_600_000


def setting(key: str) -> Any:
    """The configuration's default."""
    value: Any = Config()
    for part in key.split("."):
        value = getattr(value, part)
    return value


def test_every_setting_is_a_key_of_the_configuration_and_takes_its_default() -> None:
    for member, rule in RULES.items():
        default = setting(rule.key)
        assert rule.check(default) == default
        assert from_text(member, to_text(default)) == default
    secret_or_place = ("url", "file", "dir", "key", "token", "host", "port", "adapter", "strict")
    assert not [rule.key for rule in RULES.values() if rule.key.endswith(secret_or_place)]


def test_whatever_is_right_here_is_right_for_the_configuration() -> None:
    extremes = {
        "min_hits": (1, 10),
        "hits_within_seconds": (5, 600),
        "min_rssi": (-127, -50),
        "dedupe_minutes": (1, 60),
        "away_minutes": (1, 1440),
        "major": (-1, 65535),
        "undo_minutes": (0, 1440),
        "companies": ([], [0, 65535]),
        "id_prefix": ("", "9F2C-4a6e"),
        "service_data_services": ([], ["FD6F"]),
    }
    for member, values in extremes.items():
        section, key = RULES[member].key.split(".")
        kind: type[BaseModel] = type(getattr(Config(), section))
        for value in values:
            kind(**{key: RULES[member].check(value)})


def test_what_is_wrong_is_named_and_what_is_unknown_is_skipped() -> None:
    right, wrong = read(
        {"min_rssi": 5, "min_hits": 3, "dedupe_minutes": None, "url": "http://x", "away_minutes": 0}
    )
    assert right == {"min_hits": 3, "dedupe_minutes": None}
    assert wrong == [
        "identify.min_rssi: expected a whole number from -127 to -50, not 5.",
        "identify.away_minutes: expected a number from 1 to 1440, not 0.",
    ]


@pytest.mark.parametrize(
    ("member", "text", "value"),
    [
        ("min_rssi", "-75", -75),
        ("dedupe_minutes", "2.5", 2.5),
        ("formats", "ibeacon, altbeacon", ("ibeacon", "altbeacon")),
        ("companies", "0x118,76", (0x118, 76)),
        ("companies", "", ()),
        ("id_prefix", "1234", "1234"),
        ("walk_in_policy", "ask", "ask"),
        ("min_hits", "two", ValueError),
        ("min_hits", "1.5", ValueError),
        ("dedupe_minutes", "nan", ValueError),
        ("formats", "", ValueError),
    ],
)
def test_a_person_writes_a_value(member: str, text: str, value: object) -> None:
    if value is ValueError:
        with pytest.raises(ValueError, match=RULES[member].key):
            from_text(member, text)
    else:
        assert from_text(member, text) == value


def test_own_settings_go_before_those_for_all() -> None:
    for_all, own = PushedSettings(min_hits=1, min_rssi=-70), PushedSettings(min_rssi=-60)
    assert over(for_all, own) == PushedSettings(min_hits=1, min_rssi=-60)
    assert given_of(changed(own, {"min_rssi": None, "min_hits": 3})) == {"min_hits": 3}
    assert over(NOTHING, NOTHING) == NOTHING


@pytest.mark.parametrize(
    ("version", "than", "older"),
    [
        ("0.1.0", "0.1.0", False),
        ("0.1", "0.1.0", False),
        ("0.9.0", "0.10.0", True),
        ("1.0.0", "0.10.0", False),
        ("0", "0.1.0", True),
        ("0.0.9.dev1", "0.1.0", True),
        ("", "0.1.0", False),
        ("x", "0.1.0", False),
    ],
)
def test_an_older_version(version: str, than: str, older: bool) -> None:
    assert is_older(version, than) is older


EVENING = Event("e1", "Evening", 10 * HOUR, 14 * HOUR)


def session(scanner: str, covered: int, ended: int | None = None) -> SessionRow:
    return SessionRow("s", "e1", scanner, 10 * HOUR, covered, ended, 1)


def scanner(contact: int, events: tuple[str, ...] = ()) -> ScannerRow:
    return ScannerRow("North", "Foyer", events, HOUR, contact, None)


@pytest.mark.parametrize(
    ("sessions", "row", "stolen", "found"),
    [
        ([session("North", 11 * HOUR)], None, None, (11, 14, True)),
        ([session("North", 11 * HOUR)], None, 12, (11, 12, True)),
        ([session("North", 11 * HOUR)], None, 10.5, (11, None, True)),
        ([session("North", 11 * HOUR, 11 * HOUR)], None, 12, (11, None, True)),
        ([session("South", 11 * HOUR)], scanner(9 * HOUR), None, None),
        ([session("South", 11 * HOUR)], scanner(9 * HOUR), 12, (10, 12, False)),
        ([], scanner(9 * HOUR, ("e2",)), 12, None),
        ([], scanner(14 * HOUR), 16, None),
        ([], scanner(9 * HOUR), 10, None),
    ],
)
def test_what_a_stolen_scanner_may_have_kept(
    sessions: list[SessionRow],
    row: ScannerRow | None,
    stolen: float | None,
    found: tuple[float, float | None, bool] | None,
) -> None:
    at = None if stolen is None else round(stolen * HOUR)
    known = coverage(EVENING, sessions, "North", 20 * HOUR, scanner=row, stolen_at=at)
    if found is None:
        assert known is None
        return
    since, until, is_known = found
    gate = row.gate if row else ""
    end = None if until is None else round(until * HOUR)
    assert known == Coverage(EVENING, round(since * HOUR), end, gate, is_known)
