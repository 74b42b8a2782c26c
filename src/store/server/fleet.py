"""Stations' versions and settings."""

from __future__ import annotations

import json
from collections.abc import Mapping

from sqlalchemy import Connection, select, text, update

from ...core.fleet import changed, given_of, over, read
from ...core.fleet_values import NOTHING, PushedSettings, Versions
from .schema_accounts import scanner_keys
from .schema_fleet import scanner_settings, scanner_versions

FOR_ALL = ""
"""The name under which the settings for every station are kept; no scanner has it."""

_FRESH_MS = 60_000
"""A contact is noted to the minute, as with scanners' keys."""

_TOLD = text("""
INSERT INTO scanner_versions (name, headcount, python, bleak, bluez, os, told_at)
VALUES (:name, :headcount, :python, :bleak, :bluez, :os, :now)
ON CONFLICT (name) DO UPDATE SET headcount = excluded.headcount, python = excluded.python,
    bleak = excluded.bleak, bluez = excluded.bluez, os = excluded.os, told_at = excluded.told_at
""")
_SET = text("""
INSERT INTO scanner_settings (name, settings, changed_at) VALUES (:name, :settings, :now)
ON CONFLICT (name) DO UPDATE SET settings = excluded.settings, changed_at = excluded.changed_at
""")


def is_noted(connection: Connection, scanner: str, versions: Versions, now_ms: int) -> bool:
    """Whether this very thing was told within the last minute."""
    table = scanner_versions
    row = connection.execute(select(table).where(table.c.name == scanner)).first()
    if row is None or Versions(row.headcount, row.python, row.bleak, row.bluez, row.os) != versions:
        return False
    return bool(0 <= now_ms - row.told_at < _FRESH_MS)


def note_versions(connection: Connection, scanner: str, versions: Versions, now_ms: int) -> None:
    """Keep what runs on a station."""
    values = {
        "headcount": versions.headcount,
        "python": versions.python,
        "bleak": versions.bleak,
        "bluez": versions.bluez,
        "os": versions.os,
    }
    connection.execute(_TOLD, {"name": scanner, **values, "now": now_ms})


def settings_of(connection: Connection, scanner: str) -> PushedSettings:
    """What is decided for this name alone."""
    table = scanner_settings
    query = select(table.c.settings).where(table.c.name == scanner)
    return settings_from(connection.scalar(query) or "{}")


def settings_from(document: str) -> PushedSettings:
    """As they are kept; what this version can't use is left out."""
    return changed(NOTHING, read(json.loads(document))[0])


def told(connection: Connection, scanner: str) -> PushedSettings:
    """What a station is told: for all, and over it its own."""
    return over(settings_of(connection, FOR_ALL), settings_of(connection, scanner))


def gate_of(connection: Connection, scanner: str) -> str:
    """Where a scanner stands, if that is known."""
    query = select(scanner_keys.c.gate).where(scanner_keys.c.name == scanner)
    return str(connection.scalar(query) or "")


def change(
    connection: Connection, scanner: str, changes: Mapping[str, object], now_ms: int
) -> tuple[PushedSettings, PushedSettings]:
    """Change the settings of a name, which must be known; before and after."""
    before = settings_of(connection, scanner)
    after = changed(before, changes)
    if before != after:
        document = json.dumps(given_of(after), sort_keys=True)
        connection.execute(_SET, {"name": scanner, "settings": document, "now": now_ms})
    return before, after


def move(connection: Connection, scanner: str, gate: str) -> str | None:
    """Note where a paired scanner stands now; where it stood, None for one without a key."""
    keys = scanner_keys
    before = connection.scalar(select(keys.c.gate).where(keys.c.name == scanner))
    if before is not None and before != gate:
        connection.execute(update(keys).where(keys.c.name == scanner).values(gate=gate))
    return None if before is None else str(before)
