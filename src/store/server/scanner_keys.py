"""Pairing codes and scanners' own keys."""

from __future__ import annotations

import base64
import json
from collections.abc import Collection
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    delete,
    insert,
    select,
    text,
    union,
    update,
)

from ... import __version__
from ...core.access import (
    CodeRefused,
    NewScanner,
    PairedScanner,
    ScannerExists,
    ScannerNotFound,
    ScannerRow,
)
from ...core.backend import Page
from ...core.errors import UsageError
from ...core.fleet import changed, is_older, read
from ...core.fleet_values import NOTHING, Versions
from . import schema
from .chunks import chunks
from .events import event_key
from .schema_accounts import pairing_codes, scanner_keys
from .schema_fleet import scanner_settings, scanner_versions

_KEY = text("""
INSERT INTO scanner_keys (name, key_hash, gate, events, paired_at, last_contact, revoked_at)
VALUES (:name, :hash, :gate, :events, :now, NULL, NULL)
ON CONFLICT (name) DO UPDATE SET key_hash = excluded.key_hash, gate = excluded.gate,
    events = excluded.events, paired_at = excluded.paired_at, last_contact = NULL,
    revoked_at = NULL
""")


def add_pairing_code(
    connection: Connection, code_hash: str, scanner: NewScanner, expires_at: int, now_ms: int
) -> None:
    """Keep a code, and remove those that are over. Raises EventNotFound."""
    for event_id in scanner.events:
        event_key(connection, event_id)
    connection.execute(delete(pairing_codes).where(pairing_codes.c.expires_at <= now_ms))
    connection.execute(
        insert(pairing_codes).values(
            code_hash=code_hash,
            name=scanner.name,
            gate=scanner.gate,
            events=" ".join(scanner.events),
            expires_at=expires_at,
        )
    )


def redeem_code(
    connection: Connection, code_hash: str, name: str, key_hash: str, now_ms: int
) -> PairedScanner:
    """Use a code up and keep the key. Raises CodeRefused, ScannerExists."""
    code = _take(connection, code_hash, now_ms)
    name = code.name or name
    if not code.name and _has_key(connection, name):
        raise ScannerExists(
            f"There is already a paired scanner named {name!r}.",
            safe="Its key was not changed, and the code still works.",
            remedy="Give this station another name (station.scanner_id), or ask for a code that "
            f"was made with --name {name}.",
        )
    values = {"name": name, "hash": key_hash, "gate": code.gate, "events": code.events}
    connection.execute(_KEY, {**values, "now": now_ms})
    return PairedScanner(name, "", code.gate, tuple(code.events.split()))


def _take(connection: Connection, code_hash: str, now_ms: int) -> Row[*tuple[Any, ...]]:
    """The code's row, which is gone then: of two who redeem it at once, one gets it."""
    found = connection.execute(
        select(pairing_codes).where(
            pairing_codes.c.code_hash == code_hash, pairing_codes.c.expires_at > now_ms
        )
    ).first()
    gone = connection.execute(delete(pairing_codes).where(pairing_codes.c.code_hash == code_hash))
    if found is None or gone.rowcount != 1:
        raise CodeRefused(
            "The pairing code is wrong, was used before, or is more than ten minutes old.",
            safe="Nothing was changed.",
            remedy="Ask for a new one: headcount scanners pair.",
        )
    return found


def _has_key(connection: Connection, name: str) -> bool:
    table = scanner_keys
    query = select(table.c.id).where(table.c.name == name, table.c.revoked_at.is_(None))
    return connection.execute(query).first() is not None


def names_with_key(connection: Connection, names: Collection[str]) -> frozenset[str]:
    """Those of these names whose scanner has a key that is good."""
    table, found = scanner_keys, set[str]()
    for some in chunks(sorted(names)):
        query = select(table.c.name).where(table.c.name.in_(some), table.c.revoked_at.is_(None))
        found.update(connection.scalars(query))
    return frozenset(found)


def scanners(connection: Connection, limit: int, cursor: str) -> Page[ScannerRow]:
    """Scanners by name: those with a key, and those that records or versions came from."""
    query, name = _scanners()
    if cursor:
        query = query.where(name > _name_of(cursor))
    rows = connection.execute(query.limit(limit + 1)).all()
    following = _cursor_of(rows[limit - 1][0]) if len(rows) > limit else ""
    return Page([_scanner(row) for row in rows[:limit]], following)


def scanner_row(connection: Connection, scanner: str) -> ScannerRow | None:
    """One of these; None for a name that nobody knows."""
    query, name = _scanners()
    row = connection.execute(query.where(name == scanner)).first()
    return None if row is None else _scanner(row)


def _scanners() -> tuple[Select[*tuple[Any, ...]], ColumnElement[str]]:
    """The query, by name, and the name."""
    keys, seen, runs, wanted = scanner_keys, schema.scanners, scanner_versions, scanner_settings
    heard = select(seen.c.name).where(seen.c.last_contact > 0)  # corrections have none
    names = union(select(keys.c.name), heard, select(runs.c.name)).subquery()
    joined = (
        names.outerjoin(keys, keys.c.name == names.c.name)
        .outerjoin(seen, seen.c.name == names.c.name)
        .outerjoin(runs, runs.c.name == names.c.name)
        .outerjoin(wanted, wanted.c.name == names.c.name)
    )
    told = (runs.c.headcount, runs.c.python, runs.c.bleak, runs.c.bluez, runs.c.os, runs.c.told_at)
    last_batch = seen.c.last_contact.label("last_batch")
    query = select(names.c.name, keys, last_batch, *told, wanted.c.settings).select_from(joined)
    return query.order_by(names.c.name), names.c.name


def _scanner(row: Row[*tuple[Any, ...]]) -> ScannerRow:
    times = (row.last_contact, row.last_batch, row.told_at)
    contacts = [time for time in times if time is not None]
    runs = (row.headcount, row.python, row.bleak, row.bluez, row.os)
    versions = Versions(*(each or "" for each in runs))
    return ScannerRow(
        name=row[0],
        gate=row.gate or "",
        events=tuple((row.events or "").split()),
        paired_at=row.paired_at,
        last_contact=max(contacts, default=None),
        revoked_at=row.revoked_at,
        versions=versions,
        outdated=is_older(versions.headcount, __version__),
        settings=changed(NOTHING, read(json.loads(row.settings or "{}"))[0]),
    )


def _cursor_of(name: str) -> str:
    return base64.urlsafe_b64encode(name.encode()).decode().rstrip("=")


def _name_of(cursor: str) -> str:
    try:
        name = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
    except ValueError:
        name = "\0"
    if "\0" in name:
        raise UsageError(
            "The cursor is not one of this list.", remedy="Begin again without a cursor."
        )
    return name


def revoke_scanner(connection: Connection, name: str, now_ms: int) -> ScannerRow:
    """Take a key back. Raises ScannerNotFound."""
    table = scanner_keys
    connection.execute(
        update(table)
        .where(table.c.name == name, table.c.revoked_at.is_(None))
        .values(revoked_at=now_ms)
    )
    row = scanner_row(connection, name)
    if row is None or row.paired_at is None:
        raise ScannerNotFound(
            "No paired scanner has this name.",
            safe="Nothing was changed.",
            remedy="`headcount scanners list` shows the names. One that sends with the shared key "
            "is shut out by a new SCANNER_API_KEY.",
        )
    return row
