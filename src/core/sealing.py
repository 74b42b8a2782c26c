"""What both ends know about sealed records."""

from __future__ import annotations

from typing import Final

SEALED: Final = "sealed"
"""The kind of a line whose record only the backend can read. No kind of a record: it hides one."""

BLOCK: Final = 320
"""Bytes to which a record is filled up before it is sealed; ours have 200 to 300."""

_MINUTE_MS: Final = 60_000


def minute_of(time_ms: int) -> int:
    """The minute that a sealed line tells.

    The very millisecond would tell who, to somebody who saw the door; the minute places damage.
    """
    return time_ms - time_ms % _MINUTE_MS
