"""A participant's own data in plain words."""

from __future__ import annotations

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from ..core.attendance import status_word
from ..core.badges import BadgePeriod
from ..core.correction_requests import CorrectionRequest
from ..core.identity import clean_text
from ..core.own_record import OwnRecord
from ..core.registrations import OwnRegistration
from .output import local_time, plural

LIMIT = 500
"""Characters of a text that somebody wrote."""


def registration_words(mine: OwnRegistration | None) -> str:
    """One's registration, with the reason."""
    if mine is None:
        return "not registered"
    return _with_reason(mine.status, mine.why)


def _with_reason(status: str, why: str) -> str:
    return clean_text(status) + (f": {clean_text(why, LIMIT)}" if why else "")


def badge_words(badge: BadgePeriod) -> str:
    """A bleUuid, and since when and until when it is one's own."""
    since = f" from {local_time(badge.valid_from)}" if badge.valid_from is not None else ""
    until = f" until {local_time(badge.valid_to)}" if badge.valid_to is not None else ""
    return f"{clean_text(badge.ble_uuid)}{since}{until}"


def heard_words(record: OwnRecord) -> Iterator[str]:
    """When and where one was heard, the newest first, in the event's time."""
    zone = ZoneInfo(record.event.tz)
    if not record.heard:
        yield "Not heard yet, as far as the scanners have sent what they have."
    for each in record.heard:
        yield f"{local_time(each.time, zone)}  {clean_text(each.scanner_id)}"


def record_words(record: OwnRecord) -> Iterator[str]:
    """Status, rule, registration and check-in."""
    zone = ZoneInfo(record.event.tz)
    yield f"{clean_text(record.event.name, 200)}"
    status = clean_text(status_word(record.status, provisional=record.provisional))
    yield f"status: {status}: {clean_text(record.rule, LIMIT)}"
    held = _with_reason(record.registration, record.why) if record.registration else "none"
    yield f"registration: {held}"
    if record.check_in_time is None:
        yield "check-in: none"
    else:
        at = local_time(record.check_in_time, zone)
        yield f"check-in: {at} at {clean_text(record.scanner_id)}"
    yield f"heard: {plural(record.sightings, 'time')}"


def request_words(request: CorrectionRequest) -> str:
    """What one found wrong, and the answer."""
    said = clean_text(request.text, LIMIT)
    return f"request: {said} [{_with_reason(request.status.value, request.why)}]"
