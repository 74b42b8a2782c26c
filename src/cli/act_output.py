"""An operator's act, for people and for programs."""

from __future__ import annotations

from ..core.model import Kind, Record
from ..core.news import Acted


def act_dict(record_id: str, record: Record) -> dict[str, object]:
    """Members as in the log; empty ones are left out."""
    members = {
        "id": record_id,
        "kind": record.kind,
        "bleUuid": record.ble_uuid,
        "checkInTime": record.instant.wall_ms,
        "scannerId": record.scanner_id,
        "user": record.user,
        "by": record.by,
        "why": record.why,
        "of": record.of,
        "name": record.name,
        "email": record.email,
    }
    return {key: value for key, value in members.items() if value}


def acted_words(acted: Acted) -> str:
    """What was done, for people."""
    record = acted.record
    name = acted.person.name if acted.person else record.name or record.user
    return {
        Kind.MANUAL: f"Checked in by hand: {name}",
        Kind.EXCUSED: f"Excused: {name}",
        Kind.ASSIGN: f"Badge {record.ble_uuid} is now {name}'s",
        Kind.WALK_IN: f"Walk-in checked in: {name}",
        Kind.VOID: f"Taken back: {record.of} {name}".rstrip(),
    }[record.kind]
