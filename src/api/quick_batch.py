"""The common case of POST /batchCheckIn, a batch of sightings without a mistake.

It is decoded in one go, and what the decoder can't check is checked in columns. Whatever is not
flawless, or not a sighting, goes the other way (batch.py), which says what is wrong.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal, NamedTuple

import msgspec

from ..core.columns import Columns, same_in_all
from ..core.identity import clean_text
from ..core.model import NIL_UUID
from .stamps import BOOT_LIMIT, ID_LIMIT
from .wire import MAX_TIME_MS

_Time = Annotated[int, msgspec.Meta(ge=0, le=MAX_TIME_MS)]
_NONE = -1
"""No monotonic time; none that is sent can be it."""


class _Sighting(msgspec.Struct, gc=False, rename="camel"):
    """Few members: each that is not decoded is time saved. Further ones are skipped."""

    ble_uuid: str
    check_in_time: _Time
    scanner_id: str
    kind: Literal["sighting", "departure"] = "sighting"
    boot: str = ""
    mono: _Time = _NONE
    id: Annotated[str, msgspec.Meta(max_length=ID_LIMIT)] = ""


class _Envelope(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    event_id: str
    records: list[_Sighting]
    sessions: Any = None
    clock: Any = None


_envelope = msgspec.json.Decoder(_Envelope)


class QuickBatch(NamedTuple):
    """A body whose records are right; sessions and clock are as they came."""

    event_id: str
    records: Columns
    sessions: Any
    clock: Any


def quick_batch(body: bytes) -> QuickBatch | None:
    """None if it has to be looked at closely. Raises DecodeError for what is no JSON."""
    try:
        envelope = _envelope.decode(body)
    except msgspec.ValidationError:
        return None
    records = _checked(envelope.records)
    if records is None:
        return None
    return QuickBatch(envelope.event_id, records, envelope.sessions, envelope.clock)


def _checked(records: list[_Sighting]) -> Columns | None:
    ble_uuids = [record.ble_uuid for record in records]
    if not all_canonical(ble_uuids) or NIL_UUID in ble_uuids:
        return None
    scanners = _clean([record.scanner_id for record in records])
    boots = [record.boot for record in records]
    monos = [record.mono for record in records]
    ids = [record.id for record in records]
    stamped = _stamped(boots, monos)
    if scanners is None or stamped is None:
        return None
    times = [record.check_in_time for record in records]
    kinds = [record.kind for record in records]
    return Columns(ble_uuids, times, scanners, range(len(records)), *stamped, ids, kinds)


def _clean(names: list[str]) -> list[str] | None:
    """The scanners' names; None if one has no visible text."""
    clean = {name: clean_text(name) for name in set(names)}
    if not all(clean.values()):
        return None
    if len(clean) == 1:
        return list(clean.values()) * len(names)
    return [clean[name] for name in names]


def _stamped(boots: list[str], monos: list[int]) -> tuple[list[str], list[int]] | None:
    """Boots and monotonic times, if all records have the same boot, or none has any."""
    if not same_in_all(boots):
        return None
    boot = clean_text(boots[0], BOOT_LIMIT) if boots else ""
    if not boot:
        return [""] * len(boots), [0] * len(boots)
    return None if _NONE in monos else ([boot] * len(boots), monos)


def all_canonical(ids: Sequence[str]) -> bool:
    """Whether each id is in canonical form; some ten times faster than a pattern for each."""
    joined = "".join(ids)
    count = len(ids)
    if not joined.isascii() or set(map(len, ids)) - {_LENGTH}:
        return False
    digits = joined.replace("-", "")
    if len(digits) != count * _DIGITS or digits.lower() != digits:
        return False
    if any(joined[at::_LENGTH] != "-" * count for at in _DASHES):
        return False
    try:
        # fromhex skips white space; then the length tells.
        return len(bytes.fromhex(digits)) * 2 == count * _DIGITS
    except ValueError:
        return False


_LENGTH, _DIGITS, _DASHES = 36, 32, (8, 13, 18, 23)  # RFC 9562, 4
