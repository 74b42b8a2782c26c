"""Wrong tries, counted in the database: every worker sees them, and a restart forgets none."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from sqlalchemy import Connection, delete, select, text, update

from ...core.backoff import Subject, pause_ms
from .schema_accounts import throttles

KEEP_MS = 24 * 3_600_000
"""The longest time after which a count begins anew (core.backoff)."""

# Holds the row until the end of the transaction, so that tries at the same moment count one by one.
_HOLD = text("""
INSERT INTO throttles (subject, tries, last_at, blocked_until) VALUES (:subject, 0, 0, 0)
ON CONFLICT (subject) DO UPDATE SET tries = throttles.tries
""")
_COUNT = text("""
INSERT INTO throttles (subject, tries, last_at, blocked_until)
VALUES (:subject, :tries, :now, :until)
ON CONFLICT (subject) DO UPDATE SET
    tries = excluded.tries, last_at = excluded.last_at, blocked_until = excluded.blocked_until
""")


def begin_attempt(connection: Connection, subjects: Sequence[Subject], now_ms: int) -> int:
    """Count a try, and return 0; or milliseconds to wait, and nothing is counted."""
    hashes = {_hash(subject.key): subject for subject in subjects}
    connection.execute(_HOLD, [{"subject": name} for name in sorted(hashes)])
    query = select(throttles).where(throttles.c.subject.in_(hashes))
    found = {row.subject: row for row in connection.execute(query)}
    wait: int = max(row.blocked_until - now_ms for row in found.values())
    if wait > 0:
        return wait
    rows = []
    for name, subject in sorted(hashes.items()):
        row = found[name]
        tries = row.tries + 1 if row.last_at + subject.limit.forget > now_ms else 1
        until = now_ms + pause_ms(subject.limit, tries)
        rows.append({"subject": name, "tries": tries, "now": now_ms, "until": until})
    connection.execute(_COUNT, rows)
    connection.execute(delete(throttles).where(throttles.c.last_at < now_ms - KEEP_MS))
    return 0


def forgive(connection: Connection, keys: Sequence[str], refund: Sequence[str]) -> None:
    """Forget what was counted for `keys`, and take back one try of `refund`."""
    names = [_hash(key) for key in keys]
    connection.execute(delete(throttles).where(throttles.c.subject.in_(names)))
    connection.execute(
        update(throttles)
        .where(throttles.c.subject.in_([_hash(key) for key in refund]), throttles.c.tries > 0)
        .values(tries=throttles.c.tries - 1, blocked_until=0)
    )


def _hash(key: str) -> str:
    """Addresses and emails that were only typed are not kept in clear."""
    return hashlib.sha256(key.encode()).hexdigest()
