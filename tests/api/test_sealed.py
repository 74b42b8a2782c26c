"""Sealed records in a batch: opened where they can be, refused one by one where not."""

from __future__ import annotations

import base64
import json
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
from starlette.types import ASGIApp

from headcount.api.app import create_app
from headcount.api.sealed import open_sealed
from headcount.clock import ManualClock
from headcount.core.backend import Backend
from headcount.core.model import NIL_UUID, Instant, Kind, Record
from headcount.keys import BackendKeys, sealer
from headcount.store.log_sealing import seal_with
from headcount.store.logline import encode, finish

from .conftest import KEY, KEYS, START

ANA = "a1a1a1a1-a1a1-a1a1-a1a1-a1a1a1a1a1a1"
BEN = "b2b2b2b2-b2b2-b2b2-b2b2-b2b2b2b2b2b2"
Post = Callable[..., Awaitable[httpx.Response]]

body = seal_with(sealer(KEYS.public().seal))


def record(ble_uuid: str, kind: Kind = Kind.SIGHTING) -> Record:
    return Record(ble_uuid, "Door", Instant(START + 61_234, 5.0, "boot"), kind)


def sealed(seq: int, ble_uuid: str = ANA, kind: Kind = Kind.SIGHTING) -> dict[str, Any]:
    line: dict[str, Any] = json.loads(finish(body(record(ble_uuid, kind), seq, "s")))
    return line


def box_of(inside: object, key: str = KEYS.public().seal) -> str:
    text = inside if isinstance(inside, bytes) else json.dumps(inside).encode()
    return base64.b64encode(sealer(key)(text)).decode()


def batch(*records: object) -> dict[str, object]:
    return {"eventId": "e1", "records": list(records)}


async def attendance(http: httpx.AsyncClient) -> dict[str, tuple[int, str]]:
    rows = (await http.get("/events/e1/attendance")).json()["page"]
    return {row["name"]: (row["checkInTime"], row["scannerId"]) for row in rows}


async def test_a_sealed_record_counts_like_the_one_it_hides(
    http: httpx.AsyncClient, post: Post
) -> None:
    clear = json.loads(encode(record(BEN), 2, "s"))
    answer = await post(batch(sealed(1), clear, sealed(3, ANA, Kind.DEPARTURE)))
    assert answer.json() == {
        "status": "success",
        "received": 3,
        "checkedIn": 2,
        "duplicates": 1,
        "unknown": 0,
        "refused": [],
    }
    assert await attendance(http) == {
        "Ana": (START + 61_234, "Door"),
        "Ben": (START + 61_234, "Door"),
    }


def flipped(text: str) -> str:
    data = bytearray(base64.b64decode(text))
    data[60] ^= 1
    return base64.b64encode(data).decode()


INSIDE = json.loads(encode(record(ANA), 1, "s"))


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"sealed": flipped(sealed(1)["sealed"])}, id="a byte changed"),
        pytest.param({"sealed": sealed(2)["sealed"]}, id="another line's box"),
        pytest.param({"seq": 2}, id="another number"),
        pytest.param({"id": "t-1"}, id="another id"),
        pytest.param({"scannerId": "Other"}, id="another scanner"),
        pytest.param({"checkInTime": START}, id="another minute"),
        pytest.param({"sealed": "not base64!"}, id="not base64"),
        pytest.param({"sealed": ""}, id="empty"),
        pytest.param({"sealed": 5}, id="a number"),
        pytest.param({"sealed": None}, id="null"),
        pytest.param({"sealed": box_of(b"[" * 50_000)}, id="deep inside"),
        pytest.param({"sealed": box_of(b'{"a":"\xff"}')}, id="not UTF-8 inside"),
        pytest.param({"sealed": box_of([INSIDE])}, id="no object inside"),
        pytest.param({"sealed": box_of({**INSIDE, "kind": "sealed"})}, id="sealed twice"),
        pytest.param(
            {"sealed": box_of(INSIDE, BackendKeys(b"3" * 32, b"4" * 32).public().seal)},
            id="for another key",
        ),
    ],
)
async def test_what_cant_be_opened_is_refused_alone(
    http: httpx.AsyncClient, post: Post, change: dict[str, Any]
) -> None:
    answer = (await post(batch(sealed(1) | change, sealed(7, BEN)))).json()
    assert [(each["index"], each["code"]) for each in answer["refused"]] == [
        (0, "SEALED_UNREADABLE")
    ]
    assert (answer["received"], answer["checkedIn"]) == (2, 1)
    assert list(await attendance(http)) == ["Ben"]


async def test_a_wrong_record_inside_is_refused_by_its_own_fault(post: Post) -> None:
    inside = {**INSIDE, "bleUuid": "nobody"}
    answer = (await post(batch(sealed(1) | {"sealed": box_of(inside)}))).json()
    assert [each["code"] for each in answer["refused"]] == ["INVALID_BLE_UUID"]


async def test_a_backend_without_keys_refuses_what_is_sealed(
    store: Backend, clock: ManualClock
) -> None:
    app: ASGIApp = create_app(store, clock=clock, scanner_key=KEY)
    transport = httpx.ASGITransport(app)
    headers = {"Authorization": f"Bearer {KEY}"}
    async with httpx.AsyncClient(transport=transport, base_url="http://b", headers=headers) as http:
        answer = (await http.post("/batchCheckIn", json=batch(sealed(1)))).json()
        assert (await http.get("/logKeys")).status_code == 404
        assert (await http.get("/events/e1/lanKey")).status_code == 404
    assert [each["code"] for each in answer["refused"]] == ["SEALED_UNREADABLE"]


async def test_the_public_keys_are_told_to_anybody(http: httpx.AsyncClient) -> None:
    answer = await http.get("/logKeys", headers={"Authorization": ""})
    assert answer.json() == {"seal": KEYS.public().seal, "sign": KEYS.public().sign}


async def test_the_stations_of_an_event_get_one_key_and_others_another(
    http: httpx.AsyncClient,
) -> None:
    scanner = {"Authorization": f"Bearer {KEY}"}
    key = (await http.get("/events/e1/lanKey", headers=scanner)).json()["key"]
    assert key == KEYS.lan_key("e1") != KEYS.lan_key("e2")
    assert (await http.get("/events/nowhere/lanKey", headers=scanner)).status_code == 404
    assert (await http.get("/events/e1/lanKey")).status_code == 403  # an admin is no station


@pytest.mark.parametrize(
    "not_a_batch",
    [b'"sealed"', b'{"sealed"', b'["sealed"]', b'{"records": {"sealed": 1}}', b'\xff"sealed"'],
)
def test_what_is_no_batch_is_left_to_the_validation(not_a_batch: bytes) -> None:
    assert open_sealed(not_a_batch, KEYS) == not_a_batch


def test_a_sealed_line_tells_the_minute_and_nobodys_name() -> None:
    line = sealed(1)
    assert list(line)[:3] == ["bleUuid", "checkInTime", "scannerId"]
    assert (line["bleUuid"], line["checkInTime"]) == (NIL_UUID, (START + 61_234) // 60_000 * 60_000)
    assert {"boot", "mono", "rssi"} & set(line) == set()
    assert len(line["sealed"]) == len(sealed(2, BEN, Kind.DEPARTURE)["sealed"])
