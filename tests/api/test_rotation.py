"""Rotating ids over HTTP: the participant's secret, the stations' day keys, and the way back."""

from __future__ import annotations

import base64
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.types import ASGIApp
from tests.store.test_server_rotation import shown

from headcount.api.auth import token_hash
from headcount.api.client import BackendClient
from headcount.bootstrap.badge import rotating
from headcount.bootstrap.cache import Cache
from headcount.clock import ManualClock
from headcount.core.backend import Backend, Role
from headcount.core.badge import BadgeFormat, Broadcast
from headcount.core.model import NIL_UUID
from headcount.core.rotation import DAY_MS, day_of, window_of
from headcount.rotating import day_key, id_at
from headcount.store.day_keys import day_keys_file, load_day_keys
from headcount.store.station import StationStore

KEY, START, HOUR = "scanner-key-of-the-tests", 1_753_000_000_000, 3_600_000
ANA_TOKEN = {"Authorization": "Bearer anas-token"}
Post = Callable[..., Awaitable[httpx.Response]]
Serve = Callable[..., AbstractContextManager[str]]


@pytest.fixture
async def ana(store: Backend, http: httpx.AsyncClient) -> str:
    """Ana's id; she has a token, and the event has rotating ids."""
    digest = token_hash("anas-token")
    user = store.create_admin("Ana", "ana@example.org", token_hash=digest, now_ms=1)
    store.set_role(user.id, Role.USER)
    assert (await http.patch("/events/e1", json={"rotating": True})).json()["rotating"] is True
    return user.id


async def secret_of(http: httpx.AsyncClient, user: str) -> bytes:
    made = await http.post(f"/users/{user}/rotation", headers=ANA_TOKEN)
    assert (made.status_code, made.headers["cache-control"]) == (201, "no-store")
    return base64.b64decode(made.json()["secret"])


async def test_a_person_makes_an_own_secret_and_nobody_elses(
    http: httpx.AsyncClient, ana: str, store: Backend
) -> None:
    first, second = await secret_of(http, ana), await secret_of(http, ana)
    assert (len(first), len(second), first != second) == (32, 32, True)
    ben = next(user.id for user in store.users(limit=9).items if user.name == "Ben")
    assert (await http.post(f"/users/{ben}/rotation", headers=ANA_TOKEN)).status_code == 404
    assert (await http.post(f"/users/{ben}/rotation")).status_code == 201
    assert (await http.post("/users/nobody/rotation")).json()["code"] == "USER_NOT_FOUND"
    log = (await http.get("/auditLog")).text
    assert "rotation.create" in log
    assert base64.b64encode(second).decode() not in log


async def test_the_whole_way_of_an_id(
    http: httpx.AsyncClient, post: Post, ana: str, clock: ManualClock
) -> None:
    secret = await secret_of(http, ana)
    phone = rotating(secret, Broadcast(NIL_UUID, BadgeFormat.IBEACON, 1000, 0, 0))
    clock.advance(HOUR / 1000)
    heard = [
        {"bleUuid": phone(at).ble_uuid, "checkInTime": at + 1, "scannerId": "Door"}
        for at in (START, START + HOUR // 2)
    ]
    copied = {"bleUuid": shown(secret, START), "checkInTime": START + HOUR, "scannerId": "Door"}
    answer = (await post({"eventId": "e1", "records": [*heard, copied]})).json()
    counts = [answer[name] for name in ("checkedIn", "duplicates", "unknown")]
    assert counts == [1, 1, 1]
    report: dict[str, Any] = (await http.get("/events/e1/report")).json()
    row = next(row for row in report["people"] if row["name"] == "Ana")
    assert (row["checkInTime"], row["sightings"], row["assurance"]) == (START + 1, 2, "medium")
    assert next(row for row in report["people"] if row["name"] == "Ben")["assurance"] is None
    assert (report["totals"]["unknown"], report["totals"]["replays"]) == (1, 1)
    assert [badge["replay"] for badge in report["unknown"]] == [True]
    records = (await http.get("/events/e1/records")).json()["page"]
    assert {(each["name"], each["assurance"]) for each in records} == {
        ("Ana", "medium"),
        ("", "low"),
    }


async def test_a_sync_brings_day_keys_and_takes_them_away(
    app: ASGIApp,
    serving: Serve,
    http: httpx.AsyncClient,
    ana: str,
    clock: ManualClock,
    tmp_path: Path,
) -> None:
    secret = await secret_of(http, ana)
    store = StationStore(tmp_path)
    with serving(app) as address:
        async with BackendClient(f"http://{address}", key=KEY) as client:
            cache = Cache(client, store, clock)
            await cache.fetch_events()
            await cache.fetch_roster("e1")
            keys = load_day_keys(tmp_path, "e1", START)
            day = day_of(START)
            assert [(key.user_id, key.day) for key in keys] == [(ana, day)]
            assert keys[0].key == day_key(secret, day)
            assert id_at(secret, window_of(START)) != keys[0].key
            clock.advance((HOUR + DAY_MS) / 1000)
            await cache.fetch_events()
            assert not day_keys_file(tmp_path, "e1").exists()
