"""Sealed records of a batch, opened before the batch is validated like any other."""

from __future__ import annotations

import base64
from typing import Final

import msgspec

from ..core.log_keys import LogKeys
from ..core.sealing import SEALED, minute_of

_MARK: Final = b'"sealed"'
_members = msgspec.json.Decoder(dict[str, msgspec.Raw])
_raw_list = msgspec.json.Decoder(list[msgspec.Raw])
_object = msgspec.json.Decoder(dict)

_TOLD_TWICE: Final = ("scannerId", "seq", "id")
"""What a sealed line tells in clear, and its record again: they must agree."""


def open_sealed(body: bytes, keys: LogKeys | None) -> bytes:
    """The body with its sealed records replaced by what they hide, where that can be had.

    What can't be opened stays as it is, and is refused by index with the rest of the validation.
    A body that is no batch is not this function's business, and comes back unchanged.
    """
    if keys is None or _MARK not in body:
        return body
    try:
        members = _members.decode(body)
        records = _raw_list.decode(members["records"])
    except (msgspec.DecodeError, RecursionError, UnicodeError, KeyError):
        return body
    opened = [_opened(raw, keys) if _MARK in bytes(raw) else raw for raw in records]
    return msgspec.json.encode({**members, "records": opened})


def _opened(raw: msgspec.Raw, keys: LogKeys) -> msgspec.Raw:
    try:
        line = _object.decode(raw)
        if line.get("kind") != SEALED:
            return raw
        record = keys.open(base64.b64decode(line["sealed"], validate=True))
        return msgspec.Raw(record) if _agree(line, _object.decode(record.decode())) else raw
    # msgspec's errors are ValueErrors, and so are base64's and UTF-8's
    except (ValueError, TypeError, KeyError, RecursionError):
        return raw


def _agree(line: dict[str, object], record: dict[str, object]) -> bool:
    """Whether the line's clear part is about this record: boxes must not change places."""
    time = record.get("checkInTime")
    return (
        isinstance(time, int)
        and minute_of(time) == line.get("checkInTime")
        and record.get("kind") != SEALED
        and all(record.get(name) == line.get(name) for name in _TOLD_TWICE)
    )
