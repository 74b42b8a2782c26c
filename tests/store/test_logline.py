"""The codec of one log line."""

from __future__ import annotations

import json
import string
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headcount.core.model import ACTS, NIL_UUID, Instant, Kind, Logged, Record
from headcount.store.logline import LINE_LIMIT, check_line, decode, encode, is_own, to_logged

UUID = "9f2c0000-0000-0000-0000-000000000000"
AT = Instant(1_721_471_400_000, 12.3456, "boot-1")
SIGHTING = Record(UUID, "Entrance-Scanner-01", AT, rssi=-61)
THREE = b'{"bleUuid": "%s", "checkInTime": 1721471400000, "scannerId": "Door"}' % UUID.encode()
DEEP = b'{"bleUuid":1,"checkInTime":1,"scannerId":' + b"[" * 30_000 + b"]" * 30_000 + b"}"


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        pytest.param(
            SIGHTING,
            f'{{"bleUuid":"{UUID}","checkInTime":1721471400000,"scannerId":"Entrance-Scanner-01",'
            '"seq":7,"id":"s1-7","kind":"sighting","rssi":-61,"boot":"boot-1","mono":12346,'
            '"crc":"6fd7a3f9"}',
            id="sighting",
        ),
        pytest.param(
            Record(UUID, "A", AT, Kind.DEPARTURE),
            f'{{"bleUuid":"{UUID}","checkInTime":1721471400000,"scannerId":"A","seq":7,'
            '"id":"s1-7","kind":"departure","boot":"boot-1","mono":12346,"crc":"50214483"}',
            id="departure without rssi",
        ),
        pytest.param(
            Record(NIL_UUID, "A", AT, Kind.GAP, until_ms=1_721_471_460_000, why="powered-off"),
            f'{{"bleUuid":"{NIL_UUID}","checkInTime":1721471400000,"scannerId":"A","seq":7,'
            '"id":"s1-7","kind":"gap","until":1721471460000,"why":"powered-off","boot":"boot-1",'
            '"mono":12346,"crc":"400cfd19"}',
            id="gap",
        ),
        pytest.param(
            Record(NIL_UUID, "A", AT, Kind.MANUAL, user="u1", by="Eve"),
            f'{{"bleUuid":"{NIL_UUID}","checkInTime":1721471400000,"scannerId":"A","seq":7,'
            '"id":"s1-7","kind":"manual","user":"u1","by":"Eve","boot":"boot-1","mono":12346,'
            '"crc":"5987fb7b"}',
            id="checked in by hand",
        ),
    ],
)
def test_a_record_is_written_in_the_contracts_order(record: Record, expected: str) -> None:
    assert encode(record, 7, "s1") == expected.encode() + b"\n"


def test_the_three_members_of_the_contract_come_first() -> None:
    assert list(json.loads(encode(SIGHTING, 1, "s")))[:3] == ["bleUuid", "checkInTime", "scannerId"]


TEXTS = st.text(max_size=80)
ACT_MEMBERS: dict[str, Any] = {
    "of": "s-1",
    "of_time_ms": 0,
    "user": "u\u00fc",
    "by": 'E"ve',
    "name": "Zo\u00eb",
    "email": "zoe@example.org",
}
RECORDS = st.builds(
    Record,
    ble_uuid=TEXTS,
    scanner_id=TEXTS,
    instant=st.builds(
        Instant,
        st.integers(-(2**53), 2**53),
        st.integers(0, 2**40).map(lambda ms: ms / 1000),
        st.text(min_size=1, max_size=40),
    ),
    kind=st.sampled_from(Kind),
    rssi=st.none() | st.integers(-127, 20),
    until_ms=st.none() | st.integers(0, 2**53),
    why=TEXTS,
).map(lambda record: record if record.kind not in ACTS else replace(record, **ACT_MEMBERS))


@given(RECORDS, st.integers(1, 2**53), TEXTS)
def test_what_was_encoded_is_decoded(record: Record, seq: int, session: str) -> None:
    line = encode(record, seq, session)
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    assert line.isascii()
    assert check_line(line[:-1]) == ""
    assert to_logged(decode(line[:-1])) == Logged(seq, f"{session}-{seq}", record)


@pytest.mark.parametrize("name", ['","seq":0,"x":"', "Tür\n2", "\x00\x1b[31m", "\ud800", '\\"}'])
def test_no_scanner_name_breaks_the_line(name: str) -> None:
    line = encode(Record(UUID, name, AT), 1, "s")
    assert line.count(b"\n") == 1
    assert json.loads(line)["scannerId"] == name


def test_every_changed_byte_is_noticed() -> None:
    raw = encode(SIGHTING, 7, "s1")[:-1]
    for place, byte in enumerate(raw):
        for value in {*string.printable.encode(), 0, 0x7F, 0x80, 0xFF, byte ^ 1} - {byte}:
            changed = raw[:place] + bytes([value]) + raw[place + 1 :]
            assert check_line(changed), changed


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(THREE, id="three members"),
        pytest.param(THREE + b"\r", id="Windows line end"),
        pytest.param(THREE.replace(b" ", b""), id="compact"),
        pytest.param(THREE[:-1] + b', "note": "x", "seq": 4}', id="further members"),
        pytest.param(THREE.replace(b"Door", "Tür".encode()), id="UTF-8"),
        pytest.param(THREE.replace(b"Door", rb"\ud83d\ude00"), id="surrogate pair"),
        pytest.param(b'{"scannerId": 5, "checkInTime": "now", "bleUuid": null}', id="wrong kinds"),
    ],
)
def test_another_programs_line_is_accepted(raw: bytes) -> None:
    assert check_line(raw) == ""
    assert not is_own(raw)
    decode(raw)


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"", "not JSON"),
        (b"hello", "not JSON"),
        (THREE[:-1], "not JSON"),
        (b"[1, 2, 3]", "not a JSON object"),
        (b"null", "not a JSON object"),
        (b'{"bleUuid": "a", "checkInTime": 1}', "without scannerId"),
        (b'{"checkInTime": 1, "scannerId": "a"}', "without bleUuid"),
        (b'{"bleUuid": "a", "scannerId": "a"}', "without checkInTime"),
        (b"\0" * 50, "NUL bytes"),
        (THREE.replace(b"Door", b"T\xfcr"), "not UTF-8"),
        (THREE.replace(b"Door", rb"\ud800"), "not UTF-8"),
        (THREE.replace(b"1721471400000", b"NaN"), "not JSON"),
        (THREE.replace(b"1721471400000", b"9" * 5000), "not JSON"),
        (DEEP, "not JSON"),
        (THREE[:-1] + b" " * LINE_LIMIT + b"}", "longer than 65536 bytes"),
        (THREE[:-1] + b', "crc": "00000000"}', "without a valid checksum at its end"),
        (encode(SIGHTING, 7, "s")[:-21] + b"}", "without a valid checksum at its end"),
        (THREE.replace(b" ", b"")[:-1] + b',"crc":"00000000"}', "the checksum does not match"),
        (encode(SIGHTING, 7, "s").replace(b"-61", b"-62")[:-1], "the checksum does not match"),
        (encode(SIGHTING, 7, "s")[:-1] + b"x", "not JSON"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_damage_is_named(raw: bytes, why: str) -> None:
    assert check_line(raw) == why


@given(st.binary(max_size=300))
def test_no_bytes_crash_the_check(raw: bytes) -> None:
    if not check_line(raw):
        decode(raw)


def test_another_programs_values_are_shown_as_they_are() -> None:
    entry = decode(b'{"bleUuid": 5, "checkInTime": true, "scannerId": ["a"]}', 3)
    assert (entry.line, entry.ble_uuid, entry.check_in_time, entry.scanner_id) == (
        3,
        "5",
        None,
        '["a"]',
    )
    assert to_logged(entry) is None
