"""The close-out in the database: acceptances and seals, each change checked in its transaction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, delete, select, text

from ...core.close_out import CloseOut, close_out, require_open, require_sealable
from ...core.seals import Acceptance, Seal
from .events import event_key
from .schema import users
from .schema_seals import acceptances, seals

_ACCEPT = text("""
INSERT INTO acceptances (event_id, finding, accepted_by, accepted_at, why)
VALUES (:event, :finding, :by, :at, :why)
ON CONFLICT (event_id, finding) DO NOTHING
""")
_SEAL = text("""
INSERT INTO seals (event_id, version, digest, sealed_at, sealed_by)
VALUES (:event, :version, :digest, :at, :by)
""")


def load_acceptances(connection: Connection, event: int) -> tuple[Acceptance, ...]:
    """What was accepted, by finding."""
    table = acceptances.c
    query = select(table.finding, table.accepted_by, table.accepted_at, table.why)
    rows = connection.execute(query.where(table.event_id == event).order_by(table.finding))
    return tuple(Acceptance(*row) for row in rows)


def load_seals(connection: Connection, event: int) -> tuple[Seal, ...]:
    """The seals by version."""
    table = seals.c
    query = select(table.version, table.digest, table.sealed_at, table.sealed_by)
    rows = connection.execute(query.where(table.event_id == event).order_by(table.version))
    return tuple(Seal(*row) for row in rows)


def state(connection: Connection, event_id: str, now_ms: int) -> CloseOut:
    """Where the close-out stands. Raises EventNotFound."""
    from .facts import report_facts  # it reads what this module keeps

    return close_out(report_facts(connection, event_id), now_ms)


def accept(
    connection: Connection,
    event_id: str,
    findings: Sequence[str],
    note: dict[str, Any],
    now_ms: int,
) -> CloseOut:
    """Accept findings; `note` has `by` and `why`. Raises EventSealed, CloseOutOpen."""
    require_open(state(connection, event_id, now_ms), findings)
    event = event_key(connection, event_id)
    by = _name(connection, note["by"])
    for finding in sorted(set(findings)):
        row = {"event": event, "finding": finding, "by": by, "at": now_ms, "why": note["why"]}
        connection.execute(_ACCEPT, row)
    return state(connection, event_id, now_ms)


def take_back(
    connection: Connection, event_id: str, findings: Sequence[str], now_ms: int
) -> CloseOut:
    """Take acceptances back. Raises EventSealed, CloseOutOpen."""
    require_open(state(connection, event_id, now_ms), findings)
    event = event_key(connection, event_id)
    for finding in sorted(set(findings)):
        connection.execute(
            delete(acceptances).where(
                acceptances.c.event_id == event, acceptances.c.finding == finding
            )
        )
    return state(connection, event_id, now_ms)


def seal(connection: Connection, event_id: str, digest: str, by: str, now_ms: int) -> CloseOut:
    """Seal the facts of this digest. Raises CloseOutOpen."""
    found = state(connection, event_id, now_ms)
    require_sealable(found, digest)
    if found.sealed:
        return found
    row = {
        "event": event_key(connection, event_id),
        "version": len(found.seals) + 1,
        "digest": digest,
        "at": now_ms,
        "by": _name(connection, by),
    }
    connection.execute(_SEAL, row)
    return state(connection, event_id, now_ms)


def _name(connection: Connection, by: str) -> str:
    """The name of the user with this id; any other text as it is."""
    name = connection.scalar(select(users.c.name).where(users.c.public_id == by))
    return str(name or by)
