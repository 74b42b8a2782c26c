"""Corrections at the backend: the same acts as an operator's at the door, with before and after.

Facts are appended, never changed: a correction is one more act, and the status follows from it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

from .errors import HeadcountError

if TYPE_CHECKING:
    from .backend import Page

CORRECTIONS = "Backend"
"""The scanner's name that stands where a station's would."""


class RecordNotFound(HeadcountError):
    """The event has no such record."""


class AlreadyVoid(HeadcountError):
    """The record was taken back before."""


@dataclass(frozen=True, slots=True)
class NewCorrection:
    """What an operator corrects, and why."""

    kind: Literal["manual", "excused", "void"]
    """Check in by hand, excuse, take a record back."""
    why: str
    user_id: str = ""
    """Whom to check in or excuse."""
    time: int | None = None
    """When the person came, Unix ms; None: now."""
    record_id: str = ""
    """The act to take back."""
    ble_uuid: str = ""
    """The badge of a sighting to take back."""
    check_in_time: int | None = None
    """The time of that sighting, Unix ms, as the backend shows it."""
    scanner_id: str = ""
    """The scanner of that sighting."""

    @property
    def is_of_sighting(self) -> bool:
        """Whether it takes back a sighting, not an act."""
        return self.kind == "void" and not self.record_id


def missing(wanted: NewCorrection) -> str:
    """What a correction still needs, in words; empty for a whole one."""
    if not wanted.why:
        return "why: expected the reason, in words"
    if wanted.kind != "void":
        return "" if wanted.user_id else "userId: expected the person's id"
    sighting = wanted.ble_uuid and wanted.check_in_time is not None and wanted.scanner_id
    if bool(wanted.record_id) == bool(sighting):
        return "expected recordId, or bleUuid with checkInTime and scannerId of a sighting"
    return ""


@dataclass(frozen=True, slots=True)
class Standing:
    """A person's status at a moment, and the rule that decided it."""

    status: str
    rule: str


@dataclass(frozen=True, slots=True)
class Correction:
    """An act on record, of a station or of the backend. Times are Unix ms."""

    record_id: str
    event_id: str
    kind: str
    """manual, walkIn, excused, assign, void."""
    user_id: str
    """Whom it is about; empty for nobody known."""
    name: str
    time: int
    """When it was true: of a check-in by hand, the arrival."""
    by: str
    """Who did it."""
    why: str
    of: str
    """The record that a void takes back."""
    scanner_id: str
    """The station; CORRECTIONS for one that was made at the backend."""
    received_at: int
    before: Standing | None
    """The person's standing before it; None for a station's act."""
    after: Standing | None


class Corrections(Protocol):
    """The part of the backend that corrects, and shows what was corrected."""

    def correct(self, event_id: str, wanted: NewCorrection, *, by: str, now_ms: int) -> Correction:
        """Store a correction, and derive what follows; `by` is the public id of who does it.

        Raises EventNotFound, UserNotFound, RecordNotFound, AlreadyVoid.
        """

    def corrections(self, event_id: str, *, limit: int, cursor: str = "") -> Page[Correction]:
        """Every act of an event in the order of arrival. Raises EventNotFound, UsageError."""
