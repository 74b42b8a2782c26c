"""The hash chain over a log's lines: each line's value is made of the one before and its own bytes.

It goes along the sequence numbers, not along the files: a line that is written again into a new
file after a failure keeps its bytes, and so its value.
"""

from __future__ import annotations

import hashlib
from typing import Final

DIGITS: Final = 32
"""Hexadecimal digits: 128 of SHA-256's 256 bits. To change a line and keep its value takes 2^128
tries, which nobody has; the other 128 bits would make each line a tenth longer, and each batch."""

_START: Final = b"headcount attendance log 1\0"


def start(session: str) -> str:
    """What the chain of a log begins with; `session` is the scan session of its first line.

    It also names the log: a new chain over other lines needs the same session to pass for it.
    """
    return _digest(_START + session.encode("utf-8", "surrogatepass"))


def link(before: str, body: bytes) -> str:
    """The value of a line: `before` is the one before, `body` the line's bytes up to its own."""
    return _digest(before.encode("ascii") + body)


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:DIGITS]
