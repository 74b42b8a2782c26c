"""The answer-back beacon: a station says whom it has counted lately, and for which event.

docs/radio.md specifies the bytes, for those who write an app; `heard_me` is the reference decoder.
A legacy advertisement has 31 bytes (Bluetooth Core Specification, vol. 6, part B, 2.3.1). Flags
take 3 of them, the head of manufacturer data 4; the other 24 are ours.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from .identity import to_bytes

ANY_COMPANY = 0xFFFF
"""The company id for tests and internal use (Bluetooth Assigned Numbers)."""
WINDOW_MS = 300_000
"""Hashes change every five minutes. A receiver takes the windows beside, since clocks differ."""
ENTRIES = 4
"""(24 bytes - 8 of the head) / 4."""
MINUTES_MOST = 15
"""The four bits of an entry's age: so many minutes, or more."""

_HEAD = 8
_ENTRY = 4
_MAGIC = b"HC"
_VERSION = 1
_WINDOWS = 16
"""Windows that the head's four bits tell apart."""
_MINUTE_MS = 60_000
_HASH_BITS = 28
_EVENT_LABEL, _HEARD_LABEL = b"HC-EVENT", b"HC-HEARD"


class Counted(NamedTuple):
    """Somebody who was counted."""

    ble_uuid: str
    """Canonical: the id that was heard, also a rotating one."""
    time_ms: int
    """When the person was counted first, Unix ms."""


class HeardMe(NamedTuple):
    """What the beacon says of one bleUuid."""

    minutes_ago: int
    or_more: bool
    """It may be longer ago than that."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One advertisement of the beacon, as ble/advertise.py takes it."""

    payload: bytes
    """Manufacturer data, without the company id."""
    company: int = ANY_COMPANY
    interval_ms: int = 250
    until_ms: int | None = field(default=None, compare=False)
    """Unix ms at which another may follow."""

    @property
    def service_uuids(self) -> tuple[str, ...]:
        """None: its 16 bytes would leave no room for the list."""
        return ()

    @property
    def manufacturer(self) -> Mapping[int, bytes]:
        """By company id."""
        return {self.company: self.payload}


def encode(event_id: str, now_ms: int, counted: Sequence[Counted] = (), *, hears: bool) -> bytes:
    """The payload: 8 bytes, and 4 for each of at most `ENTRIES` who were counted.

    `hears`: the station's radio hears at this moment.
    """
    window = now_ms // WINDOW_MS
    tag = event_tag(event_id, window)
    head = _MAGIC + bytes([_VERSION << 4 | window % _WINDOWS, int(hears)]) + tag
    return head + b"".join(_entry(each, tag, window, now_ms) for each in counted[:ENTRIES])


def heard_me(payload: bytes, ble_uuid: str, now_ms: int) -> HeardMe | None:
    """Whether this bleUuid was counted lately, as an app finds out; None if nothing says so.

    `payload`: the manufacturer data without the company id, as received; anything is taken.
    """
    window = window_of(payload, now_ms)
    if window is None:
        return None
    mine = _hash(ble_uuid, payload[4:_HEAD], window)
    for at in range(_HEAD, len(payload), _ENTRY):
        entry = int.from_bytes(payload[at : at + _ENTRY], "big")
        if entry >> 4 == mine:
            minutes = entry & MINUTES_MOST
            return HeardMe(minutes, minutes == MINUTES_MOST)
    return None


def is_for(payload: bytes, event_id: str, now_ms: int) -> bool:
    """Whether the station that sends this listens for an event."""
    window = window_of(payload, now_ms)
    return window is not None and payload[4:_HEAD] == event_tag(event_id, window)


def hears(payload: bytes, now_ms: int) -> bool:
    """Whether the station that sends this says that its radio hears."""
    return window_of(payload, now_ms) is not None and bool(payload[3] & 1)


def window_of(payload: bytes, now_ms: int) -> int | None:
    """The time window of a payload: this one, the last or the next; None if it is none of ours."""
    well_formed = len(payload) >= _HEAD and not (len(payload) - _HEAD) % _ENTRY
    if not well_formed or payload[:2] != _MAGIC or payload[2] >> 4 != _VERSION:
        return None
    now = now_ms // WINDOW_MS
    fitting = (each for each in (now, now - 1, now + 1) if each % _WINDOWS == payload[2] & 0xF)
    return next(fitting, None)


def event_tag(event_id: str, window: int) -> bytes:
    """Four bytes that stand for an event in one window."""
    return hashlib.sha256(_EVENT_LABEL + _u32(window) + event_id.encode()).digest()[:4]


def _entry(counted: Counted, tag: bytes, window: int, now_ms: int) -> bytes:
    minutes = min(max(0, now_ms - counted.time_ms) // _MINUTE_MS, MINUTES_MOST)
    return (_hash(counted.ble_uuid, tag, window) << 4 | minutes).to_bytes(_ENTRY, "big")


def _hash(ble_uuid: str, tag: bytes, window: int) -> int:
    """28 bits; the window and the event's tag are the salt."""
    data = _HEARD_LABEL + _u32(window) + tag + to_bytes(ble_uuid)
    return int.from_bytes(hashlib.sha256(data).digest()[:4], "big") >> (32 - _HASH_BITS)


def _u32(number: int) -> bytes:
    return number.to_bytes(4, "little")
