"""Keeps what was refused, so that the server can say so itself, and lists it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from hashlib import blake2b
from typing import Any

from sqlalchemy import Connection, func, select, text

from ...core.backend import Batch, Page
from ...core.identity import clean_text
from ...core.model import Refusal
from ...core.refusals import RefusedAtServer
from .events import event_key
from .lists import page_of
from .schema_refusals import refusals

LISTED = 100
"""Refusals of one batch that get a row each; the rest is counted. A station that sends nothing but
mistakes does not fill the disk, and a hundred show what is wrong."""

RECORD_LIMIT = 500
"""Characters of a refused record that are kept: twice a log line of ours."""

MESSAGE_LIMIT = 300

AND_MORE = "AND_MORE"
"""The code of the row that stands for the rest of a batch."""

_KEEP = text("""
INSERT INTO refusals (event_id, digest, first_received_at, last_received_at, times, records,
    scanner_name, place, code, message, record)
VALUES (:event, :digest, :received, :received, 1, :records, :scanner, :place, :code, :message,
    :record)
ON CONFLICT (event_id, digest) DO UPDATE SET
    times = refusals.times + 1,
    last_received_at = CASE WHEN excluded.last_received_at > refusals.last_received_at
        THEN excluded.last_received_at ELSE refusals.last_received_at END
""")


def keep(
    connection: Connection, batch: Batch, conflicts: Sequence[Refusal], known: dict[str, int]
) -> None:
    """Keep the refusals of a batch, of the parser and of the merge."""
    refused = sorted([*batch.refused, *conflicts], key=lambda refusal: refusal.index)
    if not refused:
        return
    sent = batch.raw([refusal.index for refusal in refused])
    pairs = list(zip(refused, sent, strict=True))
    rows = [known | _row(refusal, raw) for refusal, raw in pairs[:LISTED]]
    if rest := pairs[LISTED:]:
        rows.append(known | _rest(rest))
    # In the order of the key, as every writer, so that none waits in a circle.
    connection.execute(_KEEP, sorted(rows, key=lambda row: row["digest"]))


def count(connection: Connection, event: int) -> int:
    """How many records of the event were refused; one that came several times counts once."""
    query = select(func.coalesce(func.sum(refusals.c.records), 0))
    return int(connection.execute(query.where(refusals.c.event_id == event)).scalar_one())


def list_refusals(
    connection: Connection, event_id: str, limit: int, cursor: str
) -> Page[RefusedAtServer]:
    """The event's refused records, the first received first. Raises EventNotFound."""
    table = refusals
    query = select(table).where(table.c.event_id == event_key(connection, event_id))
    key = (table.c.first_received_at, table.c.id)
    rows, following = page_of(connection, query, key, limit, cursor)
    found = [
        RefusedAtServer(
            first_received_at=row.first_received_at,
            last_received_at=row.last_received_at,
            times=row.times,
            records=row.records,
            scanner_id=row.scanner_name,
            index=row.place,
            code=row.code,
            message=row.message,
            record=row.record,
        )
        for row in rows
    ]
    return Page(found, following)


def _row(refusal: Refusal, raw: bytes) -> dict[str, Any]:
    return {
        "digest": _digest(refusal.code, raw),
        "records": 1,
        "scanner": _scanner(raw),
        "place": refusal.index,
        "code": refusal.code,
        "message": clean_text(refusal.message, MESSAGE_LIMIT),
        "record": clean_text(raw[: 4 * RECORD_LIMIT].decode(errors="replace"), RECORD_LIMIT),
    }


def _rest(pairs: Sequence[tuple[Refusal, bytes]]) -> dict[str, Any]:
    """One row for all that are not listed."""
    first, raw = pairs[0]
    together = b"".join(_digest(refusal.code, sent) for refusal, sent in pairs)
    return _row(first, raw) | {
        "digest": _digest(AND_MORE, together),
        "records": len(pairs),
        "code": AND_MORE,
        "message": f"{len(pairs)} more records of the same batch; the first of them is shown.",
    }


def _digest(code: str, raw: bytes) -> bytes:
    return blake2b(code.encode() + b"\0" + raw, digest_size=16).digest()


def _scanner(raw: bytes) -> str:
    """The scanner that the record names, if it can be read at all."""
    try:
        record = json.loads(raw)
    except (ValueError, RecursionError):
        return ""
    name = record.get("scannerId") if isinstance(record, dict) else None
    return clean_text(name) if isinstance(name, str) else ""
