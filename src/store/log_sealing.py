"""Lines that this machine can write and not read: the record is sealed for the backend.

A sealed line has our lines' form: a nil bleUuid, the minute, the scanner's name, number and id in
clear, and the whole record, as an ordinary line would have it, inside `sealed`.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from json.encoder import encode_basestring_ascii as _quoted
from typing import Final

from ..core.model import NIL_UUID, Kind, Record
from ..core.sealing import BLOCK, SEALED, minute_of
from .logline import line_body

Seal = Callable[[bytes], bytes]
"""Makes of a text what only the holder of the private key can read."""

Body = Callable[[Record, int, str], bytes]

_CLEAR: Final = frozenset({Kind.GAP})
"""A deaf radio is nobody's secret, and `log show` can tell it without the key."""


def seal_with(seal: Seal) -> Body:
    """Makes the bodies of lines, sealed; gaps in the radio's hearing stay in clear."""

    def body(record: Record, seq: int, session: str) -> bytes:
        clear = line_body(record, seq, session)
        return clear if record.kind in _CLEAR else _sealed(record, seq, session, seal(_pad(clear)))

    return body


def _pad(body: bytes) -> bytes:
    """A JSON object of the record, with blanks after it: its length must not tell its kind."""
    text = body + b"}"
    return text.ljust(-(-len(text) // BLOCK) * BLOCK)


def _sealed(record: Record, seq: int, session: str, box: bytes) -> bytes:
    return (
        f'{{"bleUuid":"{NIL_UUID}","checkInTime":{minute_of(record.instant.wall_ms):d},'
        f'"scannerId":{_quoted(record.scanner_id)},"seq":{seq:d},"id":{_quoted(f"{session}-{seq}")},'
        f'"kind":"{SEALED}","sealed":"{base64.b64encode(box).decode("ascii")}"'
    ).encode("ascii")
