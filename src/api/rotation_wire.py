"""Rotation secrets and day keys as they go over the wire: 16 and 32 bytes in base64."""

from __future__ import annotations

import base64
from dataclasses import dataclass

from ..core.rotation import DayKey


@dataclass(frozen=True, slots=True)
class RotationAnswer:
    """A person's new rotation secret, base64; it is shown this once."""

    user_id: str
    secret: str
    created_at: int


@dataclass(frozen=True, slots=True)
class KeyOfDay:
    """What a station needs to know a person on one UTC day, and on no other."""

    user_id: str
    day: int
    """Days since 1970-01-01, UTC."""
    key: str
    """16 bytes, base64."""


def to_text(value: bytes) -> str:
    """As base64."""
    return base64.b64encode(value).decode()


def from_day_key(key: DayKey) -> KeyOfDay:
    """As it goes over the wire."""
    return KeyOfDay(key.user_id, key.day, to_text(key.key))


def to_day_key(key: KeyOfDay) -> DayKey:
    """As it came over the wire. Raises ValueError."""
    return DayKey(key.user_id, key.day, base64.b64decode(key.key, validate=True))
