"""Frames and messages. Bytes in, values out; limits first (docs/lan.md has the format)."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping, Sequence
from enum import IntEnum, StrEnum
from typing import Final

MAGIC: Final = b"headcount lan 1\n"
"""Begins what a listener says first, so that another protocol's client is known at once."""
LINE_LIMIT: Final = 64 * 1024
"""Bytes of a log line: the log's own limit."""
FRAME_LIMIT: Final = 2 * LINE_LIMIT
"""Bytes of a message: one line of any length fits, some 400 usual ones do."""
SIZE: Final = struct.Struct(">I")
_TEXT_LIMIT: Final = 256
"""Characters of any text in a message that is not a line."""
_MOST_SEQ: Final = 2**53
"""JSON's numbers are exact so far (RFC 8259, 6)."""


class Reason(StrEnum):
    """Why a connection was ended from this side."""

    WRONG_KEY = "wrong key"
    """The other side does not know the fleet key, or means another event."""
    CHANGED = "changed or replayed"
    """A frame does not open: changed on the way, replayed, out of order."""
    TOO_LONG = "too long"
    NONSENSE = "not this protocol"
    TOO_SLOW = "too slow"
    CUT_OFF = "cut off"
    NOT_KEPT = "not kept"


class Refused(Exception):
    """The other side did what this protocol forbids."""

    def __init__(self, reason: Reason, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else str(reason))
        self.reason = reason
        self.detail = detail


class Type(IntEnum):
    """The first byte of a message."""

    WELCOME = 1
    """Teller: who I am."""
    LOG = 2
    """Teller: this is the log that I tell."""
    HAVE = 3
    """Listener: I have it up to here."""
    UNKNOWN = 4
    """Teller: my log has no such line; another HAVE is awaited."""
    LINES = 5
    BEAT = 6
    """Teller: I am there, and so late is it."""


def pack(kind: Type, members: Mapping[str, object]) -> bytes:
    """A message with members."""
    return bytes([kind]) + json.dumps(members, separators=(",", ":")).encode("ascii")


def pack_lines(lines: Sequence[bytes]) -> bytes:
    """A message of log lines."""
    return bytes([Type.LINES]) + b"\n".join(lines)


def kind_of(message: bytes) -> Type:
    """The message's type. Raises Refused."""
    try:
        return Type(message[0])
    except (IndexError, ValueError):
        raise Refused(Reason.NONSENSE, "a message of no known type") from None


def lines_of(message: bytes) -> list[bytes]:
    """The lines of a message of lines."""
    return message[1:].split(b"\n")


class Members:
    """The members of a message, each asked for with its type. Raises Refused."""

    def __init__(self, message: bytes) -> None:
        try:
            value = json.loads(message[1:])
        except (ValueError, RecursionError):
            raise Refused(Reason.NONSENSE, "a message that is not JSON") from None
        if not isinstance(value, dict):
            raise Refused(Reason.NONSENSE, "a message that is no object")
        self._members = value

    def text(self, name: str) -> str:
        """A short text."""
        value = self._members.get(name)
        if not isinstance(value, str) or len(value) > _TEXT_LIMIT:
            raise Refused(Reason.NONSENSE, f"no text {name}")
        return value

    def number(self, name: str) -> int:
        """A whole number, not negative."""
        value = self._members.get(name)
        if type(value) is not int or not 0 <= value <= _MOST_SEQ:
            raise Refused(Reason.NONSENSE, f"no number {name}")
        return value
