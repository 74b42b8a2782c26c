"""A large body is decoded piece by piece, so that its records are never all objects at once.

It is cut where one object ends and the next one begins. Such a place can also be inside a text or
a nested array; then the piece before it is no JSON by itself. So where every piece is, all cuts
were between records, and the pieces hold what the whole holds.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Any, NamedTuple

import msgspec

from .spooled import Body

PIECE = 1 << 20
"""Bytes, some 10,000 records: their objects stay in the processor's cache (a fifth less time than
100,000 at once)."""

_HEAD_LIMIT = 4096
"""Bytes before the records: the event's id and the clock take 200; long scan sessions, which could
take more, are sent behind."""

_LONGEST = 1 << 16
"""Bytes in which a record must end; ours have 300. What has longer ones is decoded as a whole."""

_RECORDS = re.compile(rb'"records"\s*:\s*\[')
_BETWEEN = re.compile(rb"\}\s*,\s*\{")


class _Head(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """What may stand before the records; with an end put to it, it has none yet."""

    records: list[Any]
    event_id: Any = None
    sessions: Any = None
    clock: Any = None


_head = msgspec.json.Decoder(_Head)


class Pieces(NamedTuple):
    """A body in pieces."""

    arrays: Iterator[bytes]
    """JSON arrays with the first records, in order."""
    rest: bytes
    """The body without these."""


def cut(body: Body, size: int = PIECE) -> Pieces | None:
    """None if the body is not large, or begins in an unusual way."""
    if len(body) < 2 * size:
        return None
    begin = _RECORDS.search(body[:_HEAD_LIMIT])
    if begin is None or not _opens_records(body[: begin.end()]):
        return None
    cuts = list(_cuts(body, begin.end(), size))
    rest = body[: cuts[0]] + body[cuts[-1] :] if len(cuts) > 1 else b""
    if rest.count(b'"records"') != 1:  # of two in one object, the last would be the one
        return None
    return Pieces((b"[%b]" % body[a:b].rstrip(b", \t\r\n") for a, b in pairwise(cuts)), rest)


def _opens_records(head: bytes) -> bool:
    """Whether the array that begins at its end is the one of the records."""
    try:
        _head.decode(head + b"]}")
    except (msgspec.DecodeError, RecursionError, UnicodeError):
        return False
    return True


def _cuts(body: Body, at: int, size: int) -> Iterator[int]:
    """Where pieces begin; the last one belongs to the rest."""
    yield at
    while found := _BETWEEN.search(body[at + size : at + size + _LONGEST]):
        at += size + found.end() - 1
        yield at
