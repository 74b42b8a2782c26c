"""The codec of one log line: a JSON object whose last member is a checksum of the bytes before it.

`{"bleUuid":…,"checkInTime":…,"scannerId":…,"seq":…,"id":…,"kind":…,"rssi":…,"boot":…,"mono":…,`
`"chain":"…","crc":"…"}`, compact and in ASCII; a gap has `until` and `why` before `boot`. Any JSON
reader can read it. The checksum catches accidents to a line, the sequence number a line that is
gone, the chain (core/chain.py) what somebody changed.
"""

from __future__ import annotations

import json
import zlib
from json.encoder import encode_basestring_ascii as _quoted
from typing import NamedTuple

from ..core.chain import DIGITS
from ..core.model import ACTS, Instant, Kind, Logged, Record

LINE_LIMIT = 64 * 1024
"""Bytes of a line. Ours have about 250; what is longer is damage, and is never held in memory."""

MEMBERS = ("bleUuid", "checkInTime", "scannerId")
"""What every line must have, another program's too."""

_OWN_MEMBERS = ("seq", "id", "boot", "mono")
"""A line with all of these is ours, and so must have its checksum."""

_HEX = frozenset(b"0123456789abcdef")

_KINDS = frozenset(kind.value for kind in Kind)
_ACT_TEXTS = ("of", "user", "by", "name", "email")
"""Further members of an operator's act, each left out where it is empty."""

_CRC = b',"crc":"'
_CRC_SIZE = len(_CRC) + 8 + len(b'"}')
_CHAIN = b',"chain":"'
_CHAIN_SIZE = len(_CHAIN) + DIGITS + len(b'"')


class LogEntry(NamedTuple):
    """What one intact line says. Of another program's line only the three members are sure."""

    line: int
    """Counts from 1; 0 where it is not known."""
    seq: int | None
    id: str
    """Empty in another program's line."""
    ble_uuid: str
    check_in_time: int | None
    """Unix milliseconds; None where the line has something else."""
    scanner_id: str
    kind: str = Kind.SIGHTING
    rssi: int | None = None
    boot: str = ""
    mono: int | None = None
    """Milliseconds since boot."""
    until: int | None = None
    why: str = ""
    of: str = ""
    of_time: int | None = None
    user: str = ""
    by: str = ""
    name: str = ""
    email: str = ""


class Link(NamedTuple):
    """What ties a line to the one before it."""

    body: bytes
    """The line up to its chain value."""
    chain: str


def encode(record: Record, seq: int, session: str, chain: str = "") -> bytes:
    """The line of a record, with its newline. The record's id is `<session>-<seq>`."""
    return finish(line_body(record, seq, session), chain)


def finish(body: bytes, chain: str = "") -> bytes:
    """A line of its body: the chain's value (none in an older version's line) and checksum."""
    text = b'%s,"chain":"%s"' % (body, chain.encode("ascii")) if chain else body
    return b'%s,"crc":"%08x"}\n' % (text, zlib.crc32(text))


def line_body(record: Record, seq: int, session: str) -> bytes:
    """The members of a line, without chain, checksum and closing brace."""
    instant = record.instant
    return (
        f'{{"bleUuid":{_quoted(record.ble_uuid)},"checkInTime":{instant.wall_ms:d},'
        f'"scannerId":{_quoted(record.scanner_id)},"seq":{seq:d},"id":{_quoted(f"{session}-{seq}")},'
        f'"kind":{_quoted(record.kind)}{_optional(record)},'
        f'"boot":{_quoted(instant.boot)},"mono":{round(instant.mono * 1000):d}'
    ).encode("ascii")


def _optional(record: Record) -> str:
    text = "" if record.rssi is None else f',"rssi":{record.rssi:d}'
    if record.until_ms is not None:
        text += f',"until":{record.until_ms:d}'
    if record.why:
        text += f',"why":{_quoted(record.why)}'
    return text + _act_members(record) if record.kind in ACTS else text


def _act_members(record: Record) -> str:
    members = [
        f',"{name}":{_quoted(value)}' for name in _ACT_TEXTS if (value := getattr(record, name))
    ]
    if record.of_time_ms is not None:
        members.append(f',"ofTime":{record.of_time_ms:d}')
    return "".join(members)


def check_line(raw: bytes) -> str:
    """Say why a line (without its newline) is damaged; empty for an intact one.

    Values of a wrong kind are no damage: the server refuses them one by one, with the reason.
    """
    if is_own(raw):
        return "" if _crc_matches(raw) else "the checksum does not match"
    if len(raw) > LINE_LIMIT:
        return f"longer than {LINE_LIMIT} bytes"
    if b"\0" in raw:
        return "NUL bytes"
    try:
        value = _parse(raw)
    except UnicodeError:
        return "not UTF-8"
    except (ValueError, RecursionError):
        return "not JSON"
    return _check_foreign(value)


def is_own(raw: bytes) -> bool:
    """Whether a line has the form of ours, and so must have the right checksum."""
    return raw[-_CRC_SIZE : len(_CRC) - _CRC_SIZE] == _CRC and raw.startswith(b'{"bleUuid":')


def link_of(raw: bytes) -> Link | None:
    """The chain's part of one of our own lines; None for a line without."""
    body, chain = raw[: -_CRC_SIZE - _CHAIN_SIZE], raw[-_CRC_SIZE - _CHAIN_SIZE : -_CRC_SIZE]
    digits = chain[len(_CHAIN) : -1]
    if not is_own(raw) or not chain.startswith(_CHAIN) or not _HEX.issuperset(digits):
        return None
    return Link(body, digits.decode("ascii"))


def session_of(record_id: str) -> str:
    """The scan session of a record's id, `<session>-<seq>`."""
    return record_id.rpartition("-")[0]


def _crc_matches(raw: bytes) -> bool:
    return raw[-10:-2] == b"%08x" % zlib.crc32(raw[:-_CRC_SIZE]) and raw.endswith(b'"}')


def _check_foreign(value: object) -> str:
    if not isinstance(value, dict):
        return "not a JSON object"
    for member in MEMBERS:
        if member not in value:
            return f"without {member}"
    if "crc" in value or all(member in value for member in _OWN_MEMBERS):
        return "without a valid checksum at its end"
    return ""


def _parse(raw: bytes) -> object:
    """Parse strictly: what a strict server would refuse as a whole must not pass here.

    Raises UnicodeError (also for lone surrogates, which UTF-8 can't carry), ValueError,
    RecursionError.
    """
    text = raw.decode("utf-8")
    value: object = json.loads(text, parse_constant=_no_constant)
    if "\\u" in text:
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    return value


def _no_constant(name: str) -> None:
    raise ValueError(name)  # NaN and Infinity are Python's, not JSON's (RFC 8259, 6)


def decode(raw: bytes, line: int = 0) -> LogEntry:
    """What an intact line says; lenient with the values of another program's line."""
    value = json.loads(raw)
    return LogEntry(
        line=line,
        seq=_integer(value.get("seq")),
        id=_text(value.get("id", "")),
        ble_uuid=_text(value["bleUuid"]),
        check_in_time=_integer(value["checkInTime"]),
        scanner_id=_text(value["scannerId"]),
        kind=_text(value.get("kind", Kind.SIGHTING)),
        rssi=_integer(value.get("rssi")),
        boot=_text(value.get("boot", "")),
        mono=_integer(value.get("mono")),
        until=_integer(value.get("until")),
        why=_text(value.get("why", "")),
        of_time=_integer(value.get("ofTime")),
        **{name: _text(value.get(name, "")) for name in _ACT_TEXTS},
    )


def _integer(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def to_logged(entry: LogEntry) -> Logged | None:
    """The record of one of our own lines; None for another program's."""
    if entry.seq is None or entry.mono is None or entry.check_in_time is None or not entry.boot:
        return None
    if entry.kind not in _KINDS:
        return None
    record = Record(
        ble_uuid=entry.ble_uuid,
        scanner_id=entry.scanner_id,
        instant=Instant(entry.check_in_time, entry.mono / 1000, entry.boot),
        kind=Kind(entry.kind),
        rssi=entry.rssi,
        until_ms=entry.until,
        why=entry.why,
        of=entry.of,
        of_time_ms=entry.of_time,
        user=entry.user,
        by=entry.by,
        name=entry.name,
        email=entry.email,
    )
    return Logged(entry.seq, entry.id, record)
