"""Shapes and examples that exist only on the wire, for its description.

Whatever the core has is described by the core's own types.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from ..core.clocks import StationClock
from ..core.model import BatchAnswer, ScanSession
from ..core.registrations import RulingResult
from ..core.report import Report

START = 1_753_000_000_000
"""Of the examples: July 2025."""

EVENT = {
    "id": "opening-2025",
    "name": "Opening",
    "start": START,
    "end": START + 3_600_000,
    "tz": "Europe/Berlin",
    "description": "At five",
    "checkInOpensMinutes": 15,
    "lateAfterMinutes": 10,
    "minimumPresencePercent": 75,
    "awayMinutes": 10,
    "walkInPolicy": "ask",
    "archived": False,
    "rotating": False,
    "approval": "byHand",
}
NEW_EVENT = {name: value for name, value in EVENT.items() if name != "archived"}
WORDS = "four words or so"
LETTERS = "wA3xk0Yb…"
"""Of the examples: what people choose, and the beginning of what is made for them."""
BADGE = "9f2c4a6e-0b1d-4c3e-8f5a-7d9b1c3e5f70"
PERSON = {
    "userId": "5c1e0b9a7d3f2468",
    "name": "Ana Lima",
    "email": "ana@example.org",
    "bleUuid": BADGE,
    "registration": "approved",
    "status": "present",
    "rule": "present 96 %",
    "checkInTime": START + 60_000,
    "firstSeen": START + 60_000,
    "lastSeen": START + 3_500_000,
    "dwellMs": 3_440_000,
    "presentMs": 3_440_000,
    "scannerId": "Entrance-Scanner-01",
    "sightings": 12,
    "corrected": 0,
    "method": "scanned",
    "assurance": "low",
    "reason": {"code": "rule.present", "percent": 96},
}
USER = {
    "id": "5c1e0b9a7d3f2468",
    "name": "Ana Lima",
    "email": "ana@example.org",
    "role": "user",
    "bleUuid": BADGE,
    "status": "active",
}
TOTALS = {
    "registered": 1,
    "checkedIn": 1,
    "notExpected": 0,
    "absent": 0,
    "unknown": 0,
    "replays": 0,
}
REPORT = {
    "eventId": "opening-2025",
    "name": "Opening",
    "status": "final",
    "checkedIn": 1,
    "event": EVENT,
    "provisional": False,
    "missing": [],
    "missingSaid": [],
    "totals": TOTALS,
    "people": [PERSON],
    "unknown": [],
    "scanners": [
        {"scannerId": "Entrance-Scanner-01", "coveredUntil": START + 3_600_000, "openSessions": 0}
    ],
    "gaps": [],
    "generatedAt": START + 4_000_000,
    "clocks": [],
    "refused": 0,
    "voids": [],
    "seals": [],
    "changed": False,
}
BATCH = {
    "eventId": "opening-2025",
    "records": [
        {
            "bleUuid": BADGE,
            "checkInTime": START,
            "scannerId": "Entrance-Scanner-01",
        }
    ],
    "sessions": [
        {
            "id": "s-1",
            "scannerId": "Entrance-Scanner-01",
            "startedAt": START,
            "coveredUntil": START + 3_600_000,
            "endedAt": None,
        }
    ],
}


def page_of(*items: object) -> dict[str, Any]:
    """The example of a list: its only page."""
    return {"page": list(items), "continueCursor": "", "isDone": True}


@dataclass(frozen=True, slots=True)
class Health:
    """The backend works."""

    status: Literal["ok"]
    version: str


@dataclass(frozen=True, slots=True)
class BatchBody:
    """A batch.

    `sessions` tells up to when the scanners' records are in, `clock` what the station's clocks show
    at the moment of sending.

    A record needs `bleUuid`, `checkInTime` and `scannerId`; whatever else it has is skipped. A bad
    record is refused by its index, so records of any form are let in here.
    """

    event_id: str
    records: Sequence[Any]
    sessions: Sequence[ScanSession] = ()
    clock: StationClock | None = None


@dataclass(frozen=True, slots=True)
class RulingResults:
    """What became of each ruling, in the order of the request."""

    results: Sequence[RulingResult]


@dataclass(frozen=True, slots=True)
class SignUpReceived:
    """The answer to a sign-up, the same whether the email is known or not."""

    status: Literal["received"]
    approval: bool
    """An admin must say yes first."""


@dataclass(frozen=True, slots=True)
class SignedOut:
    """The token is forgotten."""

    status: Literal["signedOut"]


@dataclass(frozen=True, slots=True)
class PasswordChanged:
    """The new password is in force, and every other sign-in has ended."""

    status: Literal["changed"]


@dataclass(frozen=True, slots=True)
class MessageTaken:
    """What became of a message: done, known already, or about something else."""

    status: Literal["applied", "duplicate", "ignored"]


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchReply(BatchAnswer):
    """The answer to a batch: all but the refused records are durable."""

    status: Literal["success"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportDocument(Report):
    """An event's report, with the members that most programs want at its top."""

    event_id: str
    name: str
    status: Literal["final", "provisional"]
    checked_in: int
