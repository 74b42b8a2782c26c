"""POST /batchCheckIn as the contract says it, over the real database."""

from __future__ import annotations

import itertools
import random
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

ANA, BEN, STRANGER = "a1" * 16, "b2" * 16, "c3" * 16
NIL = "0" * 32
START = 1_753_000_000_000
NOON = 1_753_000_600_000

Post = Callable[..., Awaitable[httpx.Response]]


def record(ble_uuid: Any = ANA, time: Any = NOON, scanner: Any = "Door-1", **more: Any) -> Any:
    return {"bleUuid": ble_uuid, "checkInTime": time, "scannerId": scanner} | more


def batch(*records: Any, event: str = "e1", **more: Any) -> dict[str, Any]:
    return {"eventId": event, "records": list(records)} | more


async def attendance(http: httpx.AsyncClient) -> dict[str, tuple[int, str]]:
    rows = (await http.get("/events/e1/attendance")).json()["page"]
    return {row["name"]: (row["checkInTime"], row["scannerId"]) for row in rows}


async def test_a_batch_is_answered_with_the_contracts_members(post: Post) -> None:
    answer = await post(batch(record(), record(BEN), record(BEN, NOON + 1), record(STRANGER)))
    assert answer.status_code == 200
    assert answer.json() == {
        "status": "success",
        "received": 4,
        "checkedIn": 2,
        "duplicates": 1,
        "unknown": 1,
        "refused": [],
    }


async def test_an_empty_batch_is_a_batch(post: Post) -> None:
    assert (await post(batch())).json()["received"] == 0


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        (5, "RECORD_NOT_OBJECT"),
        (None, "RECORD_NOT_OBJECT"),
        ([], "RECORD_NOT_OBJECT"),
        ({}, "MISSING_MEMBER"),
        ({"bleUuid": ANA, "checkInTime": NOON}, "MISSING_MEMBER"),
        (record("not-an-id"), "INVALID_BLE_UUID"),
        (record(ANA + "0"), "INVALID_BLE_UUID"),
        (record("а" * 32), "INVALID_BLE_UUID"),  # noqa: RUF001 - Cyrillic on purpose
        (record(NIL), "INVALID_BLE_UUID"),
        (record(NIL, kind="departure"), "INVALID_BLE_UUID"),
        (record(7), "INVALID_BLE_UUID"),
        (record(time="now"), "INVALID_CHECK_IN_TIME"),
        (record(time=str(NOON)), "INVALID_CHECK_IN_TIME"),
        (record(time=True), "INVALID_CHECK_IN_TIME"),
        (record(time=1.5), "INVALID_CHECK_IN_TIME"),
        (record(time=float(NOON)), "INVALID_CHECK_IN_TIME"),
        (record(time=-1), "INVALID_CHECK_IN_TIME"),
        (record(time=None), "INVALID_CHECK_IN_TIME"),
        (record(time=253_402_300_800_000), "INVALID_CHECK_IN_TIME"),
        (record(time=2**63), "INVALID_CHECK_IN_TIME"),
        (record(time=2**70), "INVALID_CHECK_IN_TIME"),
        (record(time=10**400), "INVALID_CHECK_IN_TIME"),
        (record(scanner=""), "INVALID_SCANNER_ID"),
        (record(scanner=" \u202e\x00 "), "INVALID_SCANNER_ID"),
        (record(scanner=3), "INVALID_SCANNER_ID"),
        (record(kind="party"), "UNKNOWN_KIND"),
        (record(kind=5), "UNKNOWN_KIND"),
        (record(kind=None), "UNKNOWN_KIND"),
        (record(kind="gap", until=NOON + 1), "INVALID_BLE_UUID"),
        (record(NIL, kind="gap"), "INVALID_GAP"),
        (record(NIL, kind="gap", until=NOON - 1), "INVALID_GAP"),
        (record(NIL, kind="gap", until="later"), "INVALID_GAP"),
        (record(NIL, kind="gap", until=2**70), "INVALID_GAP"),
        (record(NIL, kind="gap", until=NOON, why=5), "INVALID_GAP"),
        (record(NIL, kind="gap", until=NOON, scanner=""), "INVALID_SCANNER_ID"),
    ],
)
async def test_a_bad_record_is_refused_by_index_and_its_neighbours_are_stored(
    post: Post, http: httpx.AsyncClient, bad: Any, code: str
) -> None:
    answer = (await post(batch(record(ANA), bad, record(BEN)))).json()
    assert (answer["received"], answer["checkedIn"]) == (3, 2)
    (refusal,) = answer["refused"]
    assert (refusal["index"], refusal["code"]) == (1, code)
    assert refusal["message"]
    assert set(await attendance(http)) == {"Ana", "Ben"}


async def test_refusals_come_in_the_order_of_the_records(post: Post) -> None:
    answer = await post(batch(record("x"), 5, record("y"), record(), {}))
    assert [refusal["index"] for refusal in answer.json()["refused"]] == [0, 1, 2, 4]


@pytest.mark.parametrize(
    "spelling", [ANA, ANA.upper(), "a1a1a1a1-a1a1-a1a1-a1a1-a1a1a1a1a1a1", "A1A1A1A1" + ANA[8:]]
)
async def test_an_id_is_the_same_in_every_spelling(post: Post, spelling: str) -> None:
    assert (await post(batch(record(spelling)))).json()["checkedIn"] == 1


async def test_further_members_of_a_record_are_tolerated(post: Post) -> None:
    line = record(seq=1, id="s-1", rssi=-60, boot="b", mono=1.5, crc="00000000", why={"any": []})
    assert (await post(batch(line))).json()["checkedIn"] == 1


async def test_departures_extend_a_stay_and_gaps_are_reported(
    post: Post, http: httpx.AsyncClient
) -> None:
    lines = (
        record(),
        record(time=NOON + 9, kind="departure"),
        record(NIL, kind="gap", until=NOON + 5, why="silent\x1b"),
    )
    answer = (await post(batch(*lines))).json()
    assert (answer["received"], answer["checkedIn"], answer["refused"]) == (3, 1, [])
    report = (await http.get("/events/e1/report")).json()
    assert report["people"][0]["lastSeen"] == NOON + 9
    assert report["gaps"] == [
        {"scannerId": "Door-1", "start": NOON, "end": NOON + 5, "why": "silent"}
    ]


async def test_sessions_say_up_to_when_a_scanner_has_reported(
    post: Post, http: httpx.AsyncClient
) -> None:
    session = {
        "id": "s1",
        "scannerId": "Door-1",
        "startedAt": NOON,
        "coveredUntil": NOON + 60_000,
        "endedAt": None,
    }
    assert (await post(batch(record(), sessions=[session]))).status_code == 200
    scanners = (await http.get("/events/e1/report")).json()["scanners"]
    assert scanners == [{"scannerId": "Door-1", "coveredUntil": NOON + 60_000, "openSessions": 1}]


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ([], "object"),
        ("text", "object"),
        (None, "object"),
        ({}, "eventId"),
        ({"eventId": "e1"}, "records"),
        ({"records": []}, "eventId"),
        ({"eventId": 5, "records": []}, "eventId"),
        ({"eventId": None, "records": []}, "eventId"),
        ({"eventId": "e1", "records": {}}, "records"),
        ({"eventId": "e1", "records": None}, "records"),
        (batch(record(), record5=1), "record5"),
        (batch(record(), sessions={}), "sessions"),
        (batch(record(), sessions=[{}]), "sessions[0].id"),
        (batch(record(), sessions=[5]), "sessions[0]"),
    ],
)
async def test_another_shape_is_400_names_the_member_and_stores_nothing(
    post: Post, http: httpx.AsyncClient, body: Any, named: str
) -> None:
    answer = await post(body)
    assert (answer.status_code, answer.json()["code"]) == (400, "BODY_INVALID")
    assert named in answer.json()["detail"]
    assert await attendance(http) == {}


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("id", ""),
        ("id", 5),
        ("scannerId", "\x00"),
        ("startedAt", -1),
        ("coveredUntil", 2**63),
        ("endedAt", "now"),
        ("more", 1),
    ],
)
async def test_a_wrong_scan_session_fails_the_batch(
    post: Post, http: httpx.AsyncClient, member: str, value: Any
) -> None:
    session = {"id": "s1", "scannerId": "D", "startedAt": 1, "coveredUntil": 2, "endedAt": 3}
    answer = await post(batch(record(), sessions=[session | {member: value}]))
    assert (answer.status_code, answer.json()["code"]) == (400, "BODY_INVALID")
    assert await attendance(http) == {}


@pytest.mark.parametrize("event", ["nobody-knows-it", "", "../e1", "e1\x00", "é", "x" * 10_000])
async def test_an_unknown_event_is_404_and_nothing_is_stored(
    post: Post, http: httpx.AsyncClient, event: str
) -> None:
    answer = await post(batch(record(), event=event))
    assert (answer.status_code, answer.json()["code"]) == (404, "EVENT_NOT_FOUND")
    assert await attendance(http) == {}


async def test_the_same_batch_twice_changes_nothing(post: Post, http: httpx.AsyncClient) -> None:
    lines = batch(record(), record(BEN, NOON + 5), record(STRANGER))
    await post(lines)
    before = (await http.get("/events/e1/report")).json()
    again = (await post(lines)).json()
    assert (again["checkedIn"], again["duplicates"], again["unknown"]) == (0, 2, 1)
    assert (await http.get("/events/e1/report")).json() == before


@pytest.mark.parametrize("seed", range(4))
async def test_any_order_and_any_split_lead_to_the_earliest_sighting(
    post: Post, http: httpx.AsyncClient, seed: int
) -> None:
    chance = random.Random(seed)
    lines = [
        record(badge, NOON + minute, door)
        for badge, minute, door in itertools.product((ANA, BEN), range(5), ("Door-2", "Door-1"))
    ]
    chance.shuffle(lines)
    while lines:
        size = chance.randint(1, 7)
        assert (await post(batch(*lines[:size]))).status_code == 200
        del lines[:size]
    assert await attendance(http) == {"Ana": (NOON, "Door-1"), "Ben": (NOON, "Door-1")}


async def test_an_unknown_badge_becomes_a_check_in_when_somebody_owns_it(
    post: Post, http: httpx.AsyncClient
) -> None:
    await post(batch(record(STRANGER)))
    report = (await http.get("/events/e1/report")).json()
    assert (report["checkedIn"], report["totals"]["unknown"]) == (0, 1)
    person = {"row": 2, "name": "Cyd", "email": "cyd@example.org", "bleUuid": STRANGER}
    await http.post("/users/import", json={"eventId": "e1", "people": [person]})
    report = (await http.get("/events/e1/report")).json()
    assert (report["checkedIn"], report["totals"]["unknown"]) == (1, 0)


async def test_the_clocks_that_come_with_a_batch_put_its_times_right(
    post: Post, http: httpx.AsyncClient
) -> None:
    """The station believes that it is 1970; it was switched on 1,000 s ago."""
    started = START - 1_000_000
    line = record(time=70_000, boot="b1", mono=600_000, id="s-1", seq=1)
    sent = batch(line, clock={"wall": 470_000, "mono": 1_000_000, "boot": "b1"})
    assert (await post(sent)).json()["checkedIn"] == 1
    report = (await http.get("/events/e1/report")).json()
    row = report["people"][0]
    assert (row["checkInTime"], row["corrected"]) == (started + 600_000, started + 530_000)
    assert [note["scannerId"] for note in report["clocks"]] == ["Door-1"]


@pytest.mark.parametrize(
    "present",
    [
        5,
        {},
        {"wall": 1, "mono": 1},
        {"wall": 1, "mono": -1, "boot": "b"},
        {"wall": 1, "mono": 1.5, "boot": "b"},
        {"wall": 2**70, "mono": 1, "boot": "b"},
        {"wall": 1, "mono": 1, "boot": "\x00"},
        {"wall": 1, "mono": 1, "boot": "b", "more": 1},
    ],
)
async def test_a_wrong_clock_member_fails_the_batch(
    post: Post, http: httpx.AsyncClient, present: Any
) -> None:
    answer = await post(batch(record(), clock=present))
    assert (answer.status_code, answer.json()["code"]) == (400, "BODY_INVALID")
    assert await attendance(http) == {}


@pytest.mark.parametrize(
    "odd",
    [
        {"boot": 5, "mono": 7},
        {"boot": "b", "mono": "7"},
        {"boot": "b", "mono": -1},
        {"boot": "b", "mono": 2**70},
        {"boot": "b", "mono": True},
        {"boot": "\x00", "mono": 7},
        {"boot": [], "mono": {}, "id": []},
        {"mono": 7, "id": "x" * 10_000},
        {"boot": "b", "mono": None, "id": ""},
    ],
)
async def test_an_odd_boot_mono_or_id_is_as_good_as_none(
    post: Post, http: httpx.AsyncClient, odd: dict[str, Any]
) -> None:
    """Alone, and beside a record that has them right."""
    clock = {"wall": 1, "mono": 1_000_000, "boot": "b"}
    assert (await post(batch(record(**odd), clock=clock))).json()["refused"] == []
    right = record(BEN, NOON, boot="b2", mono=3, id="s-1")
    assert (await post(batch(right, record(**odd), clock=clock))).json()["refused"] == []
    assert await attendance(http) == {"Ana": (NOON, "Door-1"), "Ben": (NOON, "Door-1")}


async def test_a_record_whose_id_is_taken_is_refused_and_the_others_are_stored(
    post: Post, http: httpx.AsyncClient
) -> None:
    first = record(id="s-1")
    assert (await post(batch(first))).json()["refused"] == []
    answer = (await post(batch(first, record("bad"), record(BEN, id="s-1"), record(BEN)))).json()
    assert [(each["index"], each["code"]) for each in answer["refused"]] == [
        (1, "INVALID_BLE_UUID"),
        (2, "RECORD_CONFLICT"),
    ]
    assert (answer["received"], answer["checkedIn"], answer["duplicates"]) == (4, 1, 1)
    assert set(await attendance(http)) == {"Ana", "Ben"}
