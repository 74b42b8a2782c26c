"""A large body is read in pieces: that must say the same as reading it as a whole."""

from __future__ import annotations

import json
from typing import Any

import pytest

from headcount.api.batch import parse_batch
from headcount.api.batch_pieces import cut
from headcount.api.problems import Problem
from headcount.api.quick_batch import quick_batch
from headcount.api.spooled import Spooled
from headcount.core.model import NIL_UUID

BADGE = "{:08x}-0000-4000-8000-0000000000{:02x}"
CLOCK = {"wall": 9, "mono": 7, "boot": "b"}
PIECE = 1 << 20


def record(number: int, **members: object) -> dict[str, object]:
    badge = BADGE.format(number, number % 251)
    mine = {"bleUuid": badge, "checkInTime": number, "scannerId": "Door", "why": "x" * 60}
    return mine | members


def body(records: list[dict[str, Any]], indent: int | None = None, **members: object) -> bytes:
    return json.dumps({"eventId": "e", "records": records} | members, indent=indent).encode()


MANY = [record(number) for number in range(22_000)]


@pytest.mark.parametrize(
    "members",
    [
        {},
        {"boot": "b", "mono": 5, "id": "s-{}"},
        {"kind": "departure", "id": "s-{}"},
        {"why": "},{[]},\n{" * 9},  # looks like the end of a record and the beginning of another
    ],
    ids=["bare", "ours", "kind", "odd text"],
)
@pytest.mark.parametrize("indent", [None, 1])
def test_pieces_say_what_the_whole_says(members: dict[str, object], indent: int | None) -> None:
    records = [
        record(n, **members | {name: f"s-{n}" for name in members if name == "id"})
        for n in range(22_000)
    ]
    sent = body(records, indent, clock=CLOCK)
    assert len(sent) > 2 * PIECE
    found = parse_batch(sent)
    assert (found.received, found.refused, found.batch.clock) == (22_000, [], (9, 7, "b"))
    for part in (slice(0, 3), slice(9_000, 13_000), slice(-3, None)):
        few = parse_batch(body(records[part])).batch.records
        read = [one._replace(place=0) for one in found.batch.records[part]]
        assert read == [one._replace(place=0) for one in few]
    assert [one.place for one in found.batch.records] == list(range(22_000))


def test_only_records_are_cut() -> None:
    found = cut(body(MANY, clock=CLOCK), 1 << 16)
    assert found is not None
    pieces = [json.loads(piece) for piece in found.arrays]
    rest = json.loads(found.rest)
    assert [each for piece in pieces for each in piece] + rest["records"] == MANY
    assert len(pieces) > 9
    assert rest["clock"] == CLOCK


@pytest.mark.parametrize(
    ("place", "wrong", "code"),
    [
        (0, {"bleUuid": NIL_UUID}, "INVALID_BLE_UUID"),
        (11_000, {"checkInTime": -1}, "INVALID_CHECK_IN_TIME"),
        (21_999, {"scannerId": "\u202e"}, "INVALID_SCANNER_ID"),
    ],
)
def test_a_bad_record_of_a_large_body_is_refused_alone(
    place: int, wrong: dict[str, object], code: str
) -> None:
    records = [*MANY[:place], MANY[place] | wrong, *MANY[place + 1 :]]
    found = parse_batch(body(records))
    assert [(each.index, each.code) for each in found.refused] == [(place, code)]
    assert len(found.batch.records) == 21_999
    assert json.loads(found.batch.raw([place])[0])["why"] == MANY[0]["why"]


@pytest.mark.parametrize(
    "sent",
    [
        json.dumps({"sessions": [{"records": MANY}], "records": [], "eventId": "e"}).encode(),
        body(MANY)[:-1] + b',"records":[]}',
        json.dumps(MANY).encode(),
        b'{"text":"\\"records\\":[' + json.dumps(MANY).encode()[1:] + b"}",
    ],
    ids=["not the batch's", "twice", "no object", "in a text"],
)
def test_an_unusual_body_is_not_cut(sent: bytes) -> None:
    assert cut(sent) is None


@pytest.mark.parametrize("tail", [b',"x":{"records":[{}, {}]}}', b",]}", b'],"eventId":7}', b""])
def test_what_is_wrong_behind_many_records_is_found(tail: bytes) -> None:
    with pytest.raises(Problem):
        parse_batch(body(MANY)[:-2] + tail)


def test_what_comes_before_the_records_may_be_the_clock() -> None:
    sent = json.dumps({"clock": CLOCK, "records": MANY, "eventId": "e"}).encode()
    assert cut(sent) is not None
    quick = quick_batch(sent)
    assert quick is not None
    assert (quick.event_id, quick.clock, len(quick.records)) == ("e", CLOCK, 22_000)


@pytest.mark.parametrize("refused", [0, 1])
def test_a_body_on_the_disk_is_read_like_one_in_memory(refused: int) -> None:
    sent = body([*MANY, *[{"bleUuid": 5}] * refused], clock=CLOCK)
    with Spooled(in_memory=1000) as spooled:
        for start in range(0, len(sent), 100_000):
            spooled.add(sent[start : start + 100_000])
        assert spooled.is_large(0)
        assert (len(spooled), spooled[-9:], spooled[:]) == (len(sent), sent[-9:], sent)
        found, same = parse_batch(spooled), parse_batch(sent)
        assert list(found.batch.records) == list(same.batch.records)
        assert (found.refused, len(found.refused)) == (same.refused, refused)
        assert found.batch.raw([21_999]) == same.batch.raw([21_999])
    with pytest.raises(ValueError, match="closed"):
        spooled[:]
