"""An operator's act as a record of POST /batchCheckIn (docs/log-format.md has the members)."""

from __future__ import annotations

from typing import Any, Protocol

from ..core.acts import ID_LIMIT, NAME_LIMIT
from ..core.backend import ActRecord
from ..core.identity import TEXT_LIMIT, clean_text
from ..core.model import NIL_UUID, Kind
from .stamps import stamp
from .wire import MAX_TIME_MS


class ActError(Exception):
    """Which member of an act is wrong, in a sentence."""


class Members(Protocol):
    """The members of a record as decoded, of any type where nothing is said here."""

    @property
    def check_in_time(self) -> int: ...  # noqa: D102
    @property
    def kind(self) -> str: ...  # noqa: D102

    id: Any
    boot: Any
    mono: Any
    user: Any
    by: Any
    why: Any
    of: Any
    of_time: Any
    name: Any
    email: Any


def act_record(record: Members, ble_uuid: str, scanner: str, place: int) -> ActRecord:
    """The act, its texts cleaned. Raises ActError."""
    kind = Kind(record.kind)
    boot, mono, *_ = stamp(record)
    act = ActRecord(
        id=_text(record.id, "id", ID_LIMIT),
        kind=kind,
        user=_text(record.user, "user", ID_LIMIT),
        ble_uuid=ble_uuid,
        time=record.check_in_time,
        scanner_id=scanner,
        by=_text(record.by, "by", TEXT_LIMIT) or scanner,
        why=_text(record.why, "why", NAME_LIMIT),
        of=_text(record.of, "of", ID_LIMIT),
        of_time=_time(record.of_time),
        name=_text(record.name, "name", NAME_LIMIT),
        email=_text(record.email, "email", NAME_LIMIT),
        place=place,
        boot=boot,
        mono=mono,
    )
    if missing := _missing(act):
        raise ActError(f"A record of kind {kind} needs {missing}.")
    return act


def _missing(act: ActRecord) -> str:
    if not act.id:
        return "an id"
    if act.kind is Kind.VOID:
        return "" if act.of else "of, the id of the record that it takes back"
    if not act.user:
        return "user"
    if act.kind is Kind.ASSIGN and act.ble_uuid == NIL_UUID:
        return "a bleUuid that is not all zero"
    return "name" if act.kind is Kind.WALK_IN and not act.name else ""


def _text(value: object, member: str, limit: int) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise ActError(f"{member} must be a string.")
    return clean_text(value, limit)


def _time(value: object) -> int | None:
    if value is None or (type(value) is int and 0 <= value <= MAX_TIME_MS):
        return value if isinstance(value, int) else None
    raise ActError("ofTime must be an integer: Unix milliseconds from 1970 to 9999.")
