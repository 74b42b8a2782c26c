"""Operators' acts over HTTP: what is taken, what is refused, what the report says."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from headcount.core.identity import from_bytes
from headcount.core.model import NIL_UUID, Instant, Kind, Record
from headcount.store.logline import encode

from .conftest import START, Post

BADGE = "c3c3c3c3-c3c3-c3c3-c3c3-c3c3c3c3c3c3"
AT = Instant(START, 5, "boot")


def act(kind: str, **members: Any) -> dict[str, Any]:
    return {
        "bleUuid": NIL_UUID,
        "checkInTime": START,
        "scannerId": "Door",
        "id": "s-1",
        "kind": kind,
        **members,
    }


@pytest.mark.parametrize(
    ("record", "code", "says"),
    [
        (act("manual"), "INVALID_ACT", "user"),
        (act("manual", user=5), "INVALID_ACT", "user must be a string"),
        (act("manual", user="u", id=""), "INVALID_ACT", "an id"),
        (act("manual", user="u", id=None), "INVALID_ACT", "an id"),
        (act("void"), "INVALID_ACT", "of"),
        (act("void", of="s-9", ofTime="now"), "INVALID_ACT", "ofTime"),
        (act("void", of="s-9", ofTime=True), "INVALID_ACT", "ofTime"),
        (act("void", of="s-9", ofTime=-1), "INVALID_ACT", "ofTime"),
        (act("assign", user="u"), "INVALID_ACT", "bleUuid"),
        (act("walkIn", user="w"), "INVALID_ACT", "name"),
        (act("walkIn", user="w", name="\u202e"), "INVALID_ACT", "name"),
        (act("excused", user="u", why=[]), "INVALID_ACT", "why"),
        (act("excused", user="u", bleUuid="zz"), "INVALID_BLE_UUID", "32"),
        (act("excused", user="u", scannerId=" "), "INVALID_SCANNER_ID", "visible"),
        (act("dance", user="u"), "UNKNOWN_KIND", "walkIn"),
    ],
)
async def test_a_bad_act_is_refused_and_its_neighbour_is_stored(
    post: Post, record: dict[str, Any], code: str, says: str
) -> None:
    good = {"bleUuid": BADGE, "checkInTime": START, "scannerId": "Door"}
    answer = (await post({"eventId": "e1", "records": [record, good]})).json()
    (refused,) = answer["refused"]
    assert (refused["index"], refused["code"]) == (0, code)
    assert says in refused["message"]
    assert (answer["received"], answer["unknown"]) == (2, 1)


async def test_a_log_line_of_an_act_is_taken_as_it_stands(
    post: Post, http: httpx.AsyncClient
) -> None:
    walk_in = Record(
        NIL_UUID, "Door", AT, Kind.WALK_IN, user="w1", by="Eve", name="Zoë", email="zoe@x.org"
    )
    void = Record(
        *(from_bytes(b"\xa1" * 16), "Door", AT, Kind.VOID),
        of="s-9",
        of_time_ms=START,
        by="Eve",
        why="lost phone",
    )
    lines = b",".join(encode(record, n, "s").strip() for n, record in enumerate((walk_in, void), 1))
    body = b'{"eventId":"e1","records":[' + lines + b"]}"
    for _ in range(2):
        assert (await post(body)).json()["refused"] == []
    sighting = {"bleUuid": "a1" * 16, "checkInTime": START, "scannerId": "Door"}
    await post({"eventId": "e1", "records": [sighting]})
    report = (await http.get("/events/e1/report")).json()
    methods = {row["name"]: row["method"] for row in report["people"]}
    assert methods == {"Zoë": "manual", "Ana": None, "Ben": None}
    (taken_back,) = report["voids"]
    assert (taken_back["kind"], taken_back["by"], taken_back["why"], taken_back["time"]) == (
        "sighting",
        "Eve",
        "lost phone",
        START,
    )
