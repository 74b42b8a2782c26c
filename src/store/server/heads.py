"""The book of heads: what each log was when the backend last saw it."""

from __future__ import annotations

from typing import NoReturn

from sqlalchemy import Connection, insert, select

from ...core.log_heads import Head, HeadContradicted, NotedHead, SeenHead
from .events import event_key
from .schema_heads import log_heads


def note_head(connection: Connection, event_id: str, head: Head, now_ms: int) -> NotedHead:
    """Keep a head, unless it is known, or does not follow the longest one that is.

    Raises HeadContradicted, EventNotFound.
    """
    event = event_key(connection, event_id)
    mine = (log_heads.c.event_id == event) & (log_heads.c.log == head.log)
    columns = (log_heads.c.seq, log_heads.c.chain, log_heads.c.seen_at)
    query = select(*columns).where(mine)
    same = connection.execute(query.where(log_heads.c.seq == head.seq)).first()
    last = connection.execute(query.order_by(log_heads.c.seq.desc()).limit(1)).first()
    latest = SeenHead(*last) if last else None
    if same:
        return NotedHead(same.seen_at, latest) if same.chain == head.chain else _refuse(head.seq)
    if latest and latest.seq != head.after_seq:
        return NotedHead(0, latest)
    if latest and latest.chain != head.after_chain:
        _refuse(latest.seq)
    connection.execute(
        insert(log_heads).values(
            event_id=event,
            log=head.log,
            seq=head.seq,
            scanner=head.scanner_id,
            chain=head.chain,
            bytes=head.bytes,
            seen_at=now_ms,
        )
    )
    return NotedHead(now_ms, latest)


def _refuse(seq: int) -> NoReturn:
    raise HeadContradicted(
        f"Record {seq} of this log had another chain value when it was countersigned.",
        safe="The countersigned value stays; the records that were sent are stored.",
        remedy="The log was edited or damaged since. Keep it, and run: headcount log verify",
    )
