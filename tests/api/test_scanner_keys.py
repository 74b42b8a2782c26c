"""Pairing by a one-time code, and scanners' own keys: over HTTP, with the real database."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from headcount.api.app import create_app
from headcount.clock import ManualClock
from headcount.core.backend import Backend, NewEvent

ADMIN = {"Authorization": "Bearer admin-token-of-the-tests"}
BADGE = "a1" * 16
START = 1_753_000_000_000


@pytest.fixture
async def web(store: Backend, clock: ManualClock) -> AsyncIterator[httpx.AsyncClient]:
    """A backend without a shared key, with the events e1 and e2."""
    store.create_event(NewEvent("Other", START, START + 1, id="e2"), now_ms=START)
    app = create_app(store, clock=clock, scanner_key=None)
    transport = httpx.ASGITransport(app, client=("192.0.2.1", 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://backend") as web:
        yield web


async def new_code(web: httpx.AsyncClient, **wanted: Any) -> str:
    answer = await web.post("/scanners/pairingCodes", json=wanted, headers=ADMIN)
    assert answer.status_code == 201, answer.text
    given: str = answer.json()["code"]
    return given


async def redeem(web: httpx.AsyncClient, code: str, name: str = "pi") -> httpx.Response:
    return await web.post("/scanners/pair", json={"code": code, "name": name})


async def key_of(web: httpx.AsyncClient, **wanted: Any) -> dict[str, str]:
    """The header of a newly paired scanner."""
    paired = (await redeem(web, await new_code(web, **wanted))).json()
    return {"Authorization": f"Bearer {paired['key']}"}


async def batch(
    web: httpx.AsyncClient, headers: dict[str, str], event_id: str = "e1"
) -> httpx.Response:
    record = {"bleUuid": BADGE, "checkInTime": START, "scannerId": "pi"}
    body = {"eventId": event_id, "records": [record]}
    return await web.post("/batchCheckIn", json=body, headers=headers)


def code_of(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json().get("code", "")


async def rows(web: httpx.AsyncClient) -> dict[str, dict[str, Any]]:
    page = (await web.get("/scanners", headers=ADMIN)).json()["page"]
    return {row["name"]: row for row in page}


async def test_a_code_becomes_a_key_that_sends_batches(web: httpx.AsyncClient) -> None:
    code = await new_code(web, name="North", gate="North door", events=["e1"])
    paired = await redeem(web, code.replace("-", "").lower())
    assert paired.status_code == 201
    key = paired.json().pop("key")
    assert {**paired.json(), "key": ""} == {
        "name": "North",
        "key": "",
        "gate": "North door",
        "events": ["e1"],
    }
    assert (await batch(web, {"Authorization": f"Bearer {key}"})).status_code == 200
    assert key not in json.dumps(await rows(web))


async def test_a_code_works_once_and_for_ten_minutes(
    web: httpx.AsyncClient, clock: ManualClock
) -> None:
    used, late = await new_code(web), await new_code(web)
    assert (await redeem(web, used)).status_code == 201
    answers = [await redeem(web, used, "other"), await redeem(web, "0000-0000", "other")]
    clock.advance(600)
    answers.append(await redeem(web, late, "other"))
    assert {code_of(answer) for answer in answers} == {(400, "PAIRING_CODE_REFUSED")}
    assert len({answer.text for answer in answers}) == 1
    assert set(await rows(web)) == {"pi"}


async def test_of_many_who_redeem_a_code_at_once_one_gets_a_key(web: httpx.AsyncClient) -> None:
    code = await new_code(web)
    answers = await asyncio.gather(*(redeem(web, code, f"pi-{n}") for n in range(9)))
    assert sorted(answer.status_code for answer in answers) == [201] + [400] * 8
    assert len(await rows(web)) == 1


async def test_wrong_codes_are_slowed_down(web: httpx.AsyncClient, clock: ManualClock) -> None:
    code = await new_code(web)
    answers = [await redeem(web, f"0000-{number:04}") for number in range(12)]
    assert [answer.status_code for answer in answers] == [400] * 10 + [429] * 2
    assert (await redeem(web, code)).headers["retry-after"] == "10"
    clock.advance(10)
    assert (await redeem(web, code)).status_code == 201


async def test_a_key_is_good_for_its_events_only(web: httpx.AsyncClient) -> None:
    mine = await key_of(web, events=["e1"])
    assert (await batch(web, mine)).status_code == 200
    assert code_of(await batch(web, mine, "e2")) == (403, "SCANNER_EVENT_REFUSED")
    for path in ("", "/registrations", "/attendance", "/report"):
        assert (await web.get(f"/events/e1{path}", headers=mine)).status_code == 200
        refused = await web.get(f"/events/e2{path}", headers=mine)
        assert code_of(refused) == (403, "SCANNER_EVENT_REFUSED")
    lan_key = await web.get("/events/e2/lanKey", headers=mine)
    assert code_of(lan_key) == (403, "SCANNER_EVENT_REFUSED")
    listed = (await web.get("/events", headers=mine)).json()["page"]
    assert [event["id"] for event in listed] == ["e1"]
    report = (await web.get("/events/e2/report", headers=ADMIN)).json()
    assert report["unknown"] == []


async def test_a_key_without_events_is_good_for_all(web: httpx.AsyncClient) -> None:
    mine = await key_of(web)
    assert {(await batch(web, mine, event)).status_code for event in ("e1", "e2")} == {200}
    assert len((await web.get("/events", headers=mine)).json()["page"]) == 2


async def test_a_revoked_key_opens_nothing_from_the_next_request_on(
    web: httpx.AsyncClient,
) -> None:
    mine, other = await key_of(web, name="A"), await key_of(web, name="B")
    assert (await batch(web, mine)).status_code == 200
    revoked = await web.post("/scanners/A/revoke", headers=ADMIN)
    assert revoked.json()["revokedAt"] is not None
    assert code_of(await batch(web, mine)) == (403, "SCANNER_KEY_REFUSED")
    assert (await web.get("/events", headers=mine)).status_code == 401
    assert (await batch(web, other)).status_code == 200
    missing = await web.post("/scanners/nobody/revoke", headers=ADMIN)
    assert code_of(missing) == (404, "SCANNER_NOT_FOUND")


async def test_a_code_for_a_name_replaces_that_scanners_key(web: httpx.AsyncClient) -> None:
    old = await key_of(web, name="North")
    await web.post("/scanners/North/revoke", headers=ADMIN)
    new = await key_of(web, name="North", events=["e2"])
    assert (await batch(web, old)).status_code == 403
    assert (await batch(web, new, "e2")).status_code == 200
    assert (await rows(web))["North"]["revokedAt"] is None


async def test_a_code_for_anybody_takes_no_other_scanners_name(web: httpx.AsyncClient) -> None:
    old = await key_of(web, name="North")
    code = await new_code(web)
    assert code_of(await redeem(web, code, "North")) == (409, "SCANNER_EXISTS")
    assert (await batch(web, old)).status_code == 200
    assert (await redeem(web, code, "South")).json()["name"] == "South"


async def test_the_last_contact_is_noted_to_the_minute(
    web: httpx.AsyncClient, clock: ManualClock
) -> None:
    mine = await key_of(web, name="North")
    assert (await rows(web))["North"]["lastContact"] is None
    noted = []
    for seconds in (0, 59, 1):
        clock.advance(seconds)
        await web.get("/events", headers=mine)
        noted.append((await rows(web))["North"]["lastContact"] - START)
    assert noted == [0, 0, 60_000]


async def test_scanners_that_share_a_key_are_listed_by_their_records(
    store: Backend, clock: ManualClock, web: httpx.AsyncClient
) -> None:
    await batch(web, await key_of(web, name="North"))
    listed = await rows(web)
    assert {name: row["pairedAt"] for name, row in listed.items()} == {"North": START, "pi": None}
    first = (await web.get("/scanners?limit=1", headers=ADMIN)).json()
    rest = await web.get(f"/scanners?cursor={first['continueCursor']}", headers=ADMIN)
    assert [row["name"] for row in first["page"] + rest.json()["page"]] == ["North", "pi"]
    assert code_of(await web.get("/scanners?cursor=A", headers=ADMIN)) == (400, "QUERY_INVALID")


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({"events": ["nowhere"]}, (404, "EVENT_NOT_FOUND")),
        ({"events": ["a b"]}, (404, "EVENT_NOT_FOUND")),
        ({"events": "e1"}, (400, "BODY_INVALID")),
        ({"events": ["e1"] * 101}, (400, "BODY_INVALID")),
        ({"name": "a/b"}, (400, "BODY_INVALID")),
        ({"colour": "red"}, (400, "BODY_INVALID")),
    ],
)
async def test_a_code_that_makes_no_sense_is_not_made(
    web: httpx.AsyncClient, wanted: dict[str, Any], expected: tuple[int, str]
) -> None:
    answer = await web.post("/scanners/pairingCodes", json=wanted, headers=ADMIN)
    assert code_of(answer) == expected


@pytest.mark.parametrize("body", [{"code": "x"}, {"code": 1, "name": "pi"}, {"name": "pi"}, []])
async def test_a_pairing_that_makes_no_sense_is_refused(
    web: httpx.AsyncClient, body: object
) -> None:
    assert code_of(await web.post("/scanners/pair", json=body)) == (400, "BODY_INVALID")


async def test_a_paired_scanner_does_not_speak_for_another_one(web: httpx.AsyncClient) -> None:
    """Its own old names, and those of stations without a key, are let through."""
    north = await key_of(web, name="North")
    await key_of(web, name="South")
    records = [
        {"bleUuid": badge * 16, "checkInTime": START, "scannerId": name}
        for badge, name in (("a1", "North"), ("b2", "South"), ("c3", "pi-of-last-year"))
    ]
    records.append({**records[1], "bleUuid": "wrong"})
    session = {"id": "s", "scannerId": "South", "startedAt": 1, "coveredUntil": 2, "endedAt": None}
    body = {"eventId": "e1", "records": records, "sessions": [session]}
    answer = (await web.post("/batchCheckIn", json=body, headers=north)).json()
    assert [(each["index"], each["code"]) for each in answer["refused"]] == [
        (1, "SCANNER_NAME_TAKEN"),
        (3, "INVALID_BLE_UUID"),
    ]
    assert "Send it from South" in answer["refused"][0]["message"]
    kept = (await web.get("/events/e1/refusals", headers=ADMIN)).json()["page"]
    assert [(row["scannerId"], row["code"]) for row in kept] == [
        ("South", "SCANNER_NAME_TAKEN"),
        ("South", "INVALID_BLE_UUID"),
    ]
    report = (await web.get("/events/e1/report", headers=ADMIN)).json()
    assert {each["scannerId"] for each in report["scanners"]} == {"North", "pi-of-last-year"}
    await web.post("/scanners/South/revoke", headers=ADMIN)  # nobody speaks for it any more
    again = (await web.post("/batchCheckIn", json=body, headers=north)).json()
    assert [each["code"] for each in again["refused"]] == ["INVALID_BLE_UUID"]
