"""From the bytes of POST /batchCheckIn to a core Batch, tolerant record by record.

The common case, sightings without a mistake, goes the quick way (quick_batch.py). Any other batch
is looked at record by record, to name what is wrong with which.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Annotated, Any, NamedTuple

import msgspec

from ..core.backend import ActRecord, Batch, BatchRecord, GapRecord
from ..core.clocks import StationClock
from ..core.identity import canonical, clean_text
from ..core.model import ACTS, NIL_UUID, Kind, Refusal, ScanSession
from ..core.sealing import SEALED
from .act_record import ActError, act_record
from .problems import Code, Problem, RefusalCode
from .quick_batch import quick_batch
from .spooled import Body
from .stamps import BOOT_LIMIT, stamp
from .wire import MAX_TIME_MS, WireError, from_wire

ENVELOPE = ("eventId", "records", "sessions", "clock")

_SEEN = frozenset({Kind.SIGHTING.value, Kind.DEPARTURE.value})
_SESSION_TEXT_LIMIT = 128
"""Characters of a scan session's id: a UUID has 36, the rest is room for other programs."""

_Time = Annotated[int, msgspec.Meta(ge=0, le=MAX_TIME_MS)]


class _Record(msgspec.Struct, gc=False, rename="camel"):
    """A record as sent; further members are skipped."""

    ble_uuid: str
    check_in_time: _Time
    scanner_id: str
    kind: str = Kind.SIGHTING.value
    until: Any = None
    why: Any = None
    # Any: an odd value here refuses no record.
    boot: Any = None
    mono: Any = None
    id: Any = None
    user: Any = None
    by: Any = None
    of: Any = None
    of_time: Any = None
    name: Any = None
    email: Any = None


class _Envelope(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    event_id: str
    records: list[_Record]
    sessions: Any = None
    clock: Any = None


class ParsedBatch(NamedTuple):
    """A batch whose good records are ready, and the refusals of the others."""

    batch: Batch
    received: int
    refused: list[Refusal]


class _Placed(NamedTuple):
    """Records in columns with their places in the request."""

    places: Sequence[int]
    records: list[_Record]


class _Refused(Exception):
    def __init__(self, code: RefusalCode, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


_envelope = msgspec.json.Decoder(_Envelope)
_loose_envelope = msgspec.json.Decoder(dict[str, msgspec.Raw])
_record = msgspec.json.Decoder(_Record)
_raw_list = msgspec.json.Decoder(list[msgspec.Raw])
_text = msgspec.json.Decoder(str)
_anything = msgspec.json.Decoder(Any)


def parse_batch(body: Body, opened: Callable[[bytes], bytes] = bytes) -> ParsedBatch:
    """Validate a body. Raises Problem when it has not the shape of a batch at all.

    `opened` gives the body with its sealed records opened; one that has some is not flawless.
    """
    try:
        return _parse(body, opened)
    except RecursionError:
        raise Problem(Code.BODY_NOT_JSON, "The JSON is nested too deeply.") from None
    except UnicodeError:
        raise Problem(Code.BODY_NOT_JSON, "The body is not UTF-8.") from None
    except msgspec.DecodeError as error:
        raise Problem(Code.BODY_NOT_JSON, f"{error}.") from None


def _parse(body: Body, opened: Callable[[bytes], bytes]) -> ParsedBatch:
    quick = quick_batch(body)
    if quick is None:
        whole = body[:]
        body = opened(whole)
        quick = None if body is whole else quick_batch(body)
        if quick is None:
            return _parse_closely(body)
    batch = Batch(
        quick.event_id,
        quick.records,
        sessions=_sessions(quick.sessions),
        clock=_clock(quick.clock),
        raw=partial(_raw_records, body),
    )
    return ParsedBatch(batch, len(quick.records), [])


def _parse_closely(body: bytes) -> ParsedBatch:
    refused: list[Refusal] = []
    try:
        envelope = _envelope.decode(body)
    except msgspec.ValidationError:
        event_id, raws, sessions, clock = _open_loosely(body)
        placed = _decode_each(raws, refused)
        received = len(raws)
    else:
        event_id, sessions, clock = envelope.event_id, envelope.sessions, envelope.clock
        received = len(envelope.records)
        placed = _Placed(range(received), envelope.records)
    records, gaps, acts = _check_each(placed, refused)
    refused.sort(key=operator.attrgetter("index"))
    raw = partial(_raw_records, body)
    batch = Batch(event_id, records, gaps, _sessions(sessions), _clock(clock), refused, raw, acts)
    return ParsedBatch(batch, received, refused)


def _open_loosely(body: bytes) -> tuple[str, list[msgspec.Raw], Any, Any]:
    """Take the envelope apart member by member, to say which one is wrong."""
    try:
        members = _loose_envelope.decode(body)
    except msgspec.ValidationError:
        raise _wrong_shape("The body must be an object.") from None
    if unknown := sorted(members.keys() - set(ENVELOPE)):
        known = ", ".join(ENVELOPE)
        raise _wrong_shape(f"Unknown member {clean_text(unknown[0])!r}. Known are: {known}.")
    event_id = _member(members, "eventId", _text, "a string")
    raws = _member(members, "records", _raw_list, "an array")
    sessions, clock = (
        _anything.decode(members[name]) if name in members else None
        for name in ("sessions", "clock")
    )
    return event_id, raws, sessions, clock


def _raw_records(body: Body, places: Sequence[int]) -> list[bytes]:
    """Some records as they were sent; costs as much as reading all, so only for what is refused."""
    raws = _raw_list.decode(_loose_envelope.decode(body[:])["records"])
    return [bytes(raws[place]) for place in places]


def _member(
    members: dict[str, msgspec.Raw], name: str, decoder: msgspec.json.Decoder[Any], expected: str
) -> Any:  # noqa: ANN401 - what the decoder gives
    if name not in members:
        raise _wrong_shape(f"The member {name!r} is missing.")
    try:
        return decoder.decode(members[name])
    except msgspec.ValidationError:
        raise _wrong_shape(f"The member {name!r} must be {expected}.") from None


def _decode_each(raws: Iterable[msgspec.Raw], refused: list[Refusal]) -> _Placed:
    places: list[int] = []
    records: list[_Record] = []
    for place, raw in enumerate(raws):
        try:
            record = _record.decode(raw)
        except msgspec.ValidationError:
            code, message = _diagnose(_anything.decode(raw))
            refused.append(Refusal(place, code, message))
        else:
            places.append(place)
            records.append(record)
    return _Placed(places, records)


def _diagnose(record: object) -> tuple[RefusalCode, str]:
    """Why a record does not decode: the first mistake, in the order of the contract's members."""
    if not isinstance(record, dict):
        return RefusalCode.RECORD_NOT_OBJECT, "A record must be an object."
    for name in ("bleUuid", "checkInTime", "scannerId"):
        if name not in record:
            return RefusalCode.MISSING_MEMBER, f"The member {name!r} is missing."
    if not isinstance(record["bleUuid"], str):
        return _BAD_UUID
    if type(record["checkInTime"]) is not int or not 0 <= record["checkInTime"] <= MAX_TIME_MS:
        return _BAD_TIME
    if not isinstance(record["scannerId"], str):
        return _BAD_SCANNER
    return _BAD_KIND


_BAD_UUID = (RefusalCode.INVALID_BLE_UUID, "bleUuid must be 32 hexadecimal digits, not all zero.")
_BAD_TIME = (
    RefusalCode.INVALID_CHECK_IN_TIME,
    "checkInTime must be an integer: Unix milliseconds from 1970 to 9999.",
)
_BAD_SCANNER = (RefusalCode.INVALID_SCANNER_ID, "scannerId must be a string with visible text.")
_STILL_SEALED = (
    RefusalCode.SEALED_UNREADABLE,
    "The record was sealed for another key, or changed since: this backend can't open it.",
)
_BAD_KIND = (RefusalCode.UNKNOWN_KIND, f"kind must be one of {', '.join(Kind)}.")
_BAD_GAP_UUID = (RefusalCode.INVALID_BLE_UUID, f"The bleUuid of a gap must be {NIL_UUID}.")
_BAD_GAP = (
    RefusalCode.INVALID_GAP,
    "A gap needs until, Unix milliseconds not before checkInTime; why must be a string.",
)


def _check_each(
    placed: _Placed, refused: list[Refusal]
) -> tuple[list[BatchRecord], list[GapRecord], list[ActRecord]]:
    names = {name: clean_text(name) for name in {record.scanner_id for record in placed.records}}
    records: list[BatchRecord] = []
    gaps: list[GapRecord] = []
    acts: list[ActRecord] = []
    for place, record in zip(placed.places, placed.records, strict=True):
        try:
            scanner = names[record.scanner_id]
            if record.kind == Kind.GAP:
                gaps.append(_gap(record, scanner, place))
            elif record.kind in ACTS:
                acts.append(_act(record, scanner, place))
            else:
                ble_uuid = _seen_badge(record, scanner)
                who = (ble_uuid, record.check_in_time, scanner, place)
                records.append(BatchRecord(*who, *stamp(record)))
        except _Refused as error:
            refused.append(Refusal(place, error.code, error.message))
    return records, gaps, acts


def _act(record: _Record, scanner: str, place: int) -> ActRecord:
    ble_uuid = canonical(record.ble_uuid)
    if ble_uuid is None:
        raise _Refused(*_BAD_UUID)
    if not scanner:
        raise _Refused(*_BAD_SCANNER)
    try:
        return act_record(record, ble_uuid, scanner, place)
    except ActError as error:
        raise _Refused(RefusalCode.INVALID_ACT, str(error)) from None


def _seen_badge(record: _Record, scanner: str) -> str:
    if record.kind == SEALED:  # what could be opened was, before the batch came here
        raise _Refused(*_STILL_SEALED)
    ble_uuid = canonical(record.ble_uuid)
    if ble_uuid is None or ble_uuid == NIL_UUID:
        # The nil id belongs to no badge; a gap has it.
        raise _Refused(*(_BAD_UUID if record.kind in _SEEN else _BAD_KIND))
    if not scanner:
        raise _Refused(*_BAD_SCANNER)
    if record.kind not in _SEEN:
        raise _Refused(*_BAD_KIND)
    return ble_uuid


def _gap(record: _Record, scanner: str, place: int) -> GapRecord:
    if canonical(record.ble_uuid) != NIL_UUID:
        raise _Refused(*_BAD_GAP_UUID)
    if not scanner:
        raise _Refused(*_BAD_SCANNER)
    until, why = record.until, "" if record.why is None else record.why
    if type(until) is not int or not record.check_in_time <= until <= MAX_TIME_MS:
        raise _Refused(*_BAD_GAP)
    if not isinstance(why, str):
        raise _Refused(*_BAD_GAP)
    boot, mono, id_, _ = stamp(record)
    return GapRecord(scanner, record.check_in_time, until, clean_text(why), place, boot, mono, id_)


def _sessions(value: object) -> tuple[ScanSession, ...]:
    """The scan sessions; a program writes them, so a wrong one fails the batch."""
    if value is None:
        return ()
    try:
        sessions = from_wire(value, tuple[ScanSession, ...], at="sessions", strict=True)
        return tuple(_session(session, f"sessions[{i}]") for i, session in enumerate(sessions))
    except WireError as error:
        raise _wrong_shape(f"{error}.") from None


def _clock(value: object) -> StationClock | None:
    """The sender's clocks; a program writes them, so wrong ones fail the batch."""
    if value is None:
        return None
    try:
        clock = from_wire(value, StationClock, at="clock", strict=True)
    except WireError as error:
        raise _wrong_shape(f"{error}.") from None
    boot = clean_text(clock.boot, BOOT_LIMIT)
    if not boot or not 0 <= clock.mono <= MAX_TIME_MS:
        raise _wrong_shape("clock: boot must have visible text, mono milliseconds since the boot.")
    return clock._replace(boot=boot)


def _session(session: ScanSession, at: str) -> ScanSession:
    times = (session.started_at, session.covered_until, session.ended_at or 0)
    if not all(0 <= time <= MAX_TIME_MS for time in times):
        raise WireError(f"{at}: times must be Unix milliseconds from 1970 to 9999")
    session_id = clean_text(session.id, _SESSION_TEXT_LIMIT)
    scanner_id = clean_text(session.scanner_id)
    if not session_id or not scanner_id:
        raise WireError(f"{at}: id and scannerId must have visible text")
    return ScanSession(session_id, scanner_id, *times[:2], session.ended_at)


def _wrong_shape(detail: str) -> Problem:
    return Problem(Code.BODY_INVALID, detail)
