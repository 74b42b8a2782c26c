"""What stations tell of themselves and are told by the backend: HTTP, on both databases."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from starlette.types import ASGIApp

from headcount import __version__
from headcount.api.auth import token_hash
from headcount.core.access import NewScanner
from headcount.core.backend import Backend

START = 1_753_000_000_000
KEY = "scanner-key-of-the-tests"
VERSIONS = {
    "headcount": "0.0.9",
    "python": "3.11.2",
    "bleak": "0.22.3",
    "bluez": "5.66",
    "os": "Debian GNU/Linux 12",
}


def pair(store: Backend, name: str) -> dict[str, str]:
    store.add_pairing_code(name, NewScanner(name, "Foyer"), expires_at=START + 1, now_ms=START)
    store.redeem_code(name, name=name, key_hash=token_hash(f"key-{name}"), now_ms=START)
    return {"Authorization": f"Bearer key-{name}"}


@pytest.fixture
async def station(app: ASGIApp) -> AsyncIterator[httpx.AsyncClient]:
    """A client with the shared scanner key."""
    transport, headers = httpx.ASGITransport(app), {"Authorization": f"Bearer {KEY}"}
    async with httpx.AsyncClient(
        transport=transport, base_url="http://backend", headers=headers
    ) as client:
        yield client


async def rows(http: httpx.AsyncClient) -> dict[str, Any]:
    page = (await http.get("/scanners")).json()["page"]
    return {row["name"]: row for row in page}


async def test_versions_are_kept_by_scanner_and_old_ones_marked(
    http: httpx.AsyncClient, station: httpx.AsyncClient, store: Backend
) -> None:
    north = pair(store, "North")
    tell = {"scanner": "ignored with an own key", **VERSIONS}
    assert (await station.put("/scannerVersions", json=tell, headers=north)).json() == VERSIONS
    new = {"scanner": "South", "headcount": __version__, "os": "x\u202ey\n" + "z" * 200}
    assert (await station.put("/scannerVersions", json=new)).status_code == 200
    found = await rows(http)
    assert sorted(found) == ["North", "South"]
    assert (found["North"]["versions"], found["North"]["outdated"]) == (VERSIONS, True)
    assert found["South"]["outdated"] is False
    assert found["South"]["versions"]["os"] == "xy " + "z" * 97
    assert found["South"]["lastContact"] == START
    taken = await station.put("/scannerVersions", json={**tell, "scanner": "North"})
    assert (taken.status_code, taken.json()["code"]) == (403, "AUTH_FORBIDDEN")
    assert (await station.put("/scannerVersions", json={**tell, "scanner": " "})).status_code == 400
    assert (await rows(http))["North"]["versions"] == VERSIONS


async def test_a_station_is_told_what_is_for_all_and_over_it_its_own(
    http: httpx.AsyncClient, station: httpx.AsyncClient, store: Backend
) -> None:
    north = pair(store, "North")
    empty = await station.get("/scannerSettings", headers=north)
    assert empty.json()["gate"] == "Foyer"
    assert set(empty.json()["settings"].values()) == {None}
    tag = {"If-None-Match": empty.headers["etag"]}
    assert (await station.get("/scannerSettings", headers=north | tag)).status_code == 304

    all_of_them = {"minRssi": -75, "formats": ["ibeacon", "ibeacon"], "walkInPolicy": "refuse"}
    answer = await http.patch("/scanners", json={"settings": all_of_them})
    assert answer.json()["settings"]["formats"] == ["ibeacon"]
    own = {"minRssi": -60, "dedupeMinutes": 2, "companies": [0x118], "idPrefix": "AB"}
    row = (await http.patch("/scanners/North", json={"gate": "Hall", "settings": own})).json()
    assert (row["gate"], row["settings"]["minRssi"]) == ("Hall", -60)

    told = await station.get("/scannerSettings", headers=north | tag)
    assert told.status_code == 200
    assert told.json()["gate"] == "Hall"
    assert {name: each for name, each in told.json()["settings"].items() if each is not None} == {
        "minRssi": -60,
        "dedupeMinutes": 2.0,
        "formats": ["ibeacon"],
        "companies": [0x118],
        "idPrefix": "ab",
        "walkInPolicy": "refuse",
    }
    others = await station.get("/scannerSettings", params={"scanner": "South"})
    assert others.json()["settings"]["minRssi"] == -75

    back = {"settings": {"minRssi": None, "dedupeMinutes": 2}}
    assert (await http.patch("/scanners/North", json=back)).json()["settings"]["minRssi"] is None
    told = await station.get("/scannerSettings", headers=north)
    assert told.json()["settings"]["minRssi"] == -75


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"minRssi": 0}, "identify.min_rssi: expected a whole number from -127 to -50, not 0"),
        ({"minRssi": True}, "identify.min_rssi"),
        ({"minHits": 2.5}, "identify.min_hits"),
        ({"dedupeMinutes": "5"}, "identify.dedupe_minutes: expected a number from 1 to 60"),
        ({"formats": []}, "radio.formats: expected a list of formats, at least one"),
        ({"formats": ["morse"]}, "service_uuid"),
        ({"formats": "ibeacon"}, "radio.formats"),
        ({"companies": [70_000]}, "radio.companies"),
        ({"companies": list(range(51))}, "at most 50"),
        ({"serviceDataServices": ["fd6"]}, "four hexadecimal digits"),
        ({"idPrefix": "../x"}, "radio.id_prefix: expected hexadecimal digits"),
        ({"walkInPolicy": "maybe"}, "allow, ask, refuse"),
        ({"strict": True}, "unknown member 'strict'"),
        ({"url": "https://evil.example"}, "unknown member 'url'"),
        (5, "settings: expected an object"),
    ],
)
async def test_a_wrong_setting_is_refused_with_what_was_expected(
    http: httpx.AsyncClient, settings: Any, words: str
) -> None:
    good = {"minHits": 3} if isinstance(settings, dict) and "minHits" not in settings else {}
    body = {"settings": good | settings if isinstance(settings, dict) else settings}
    answer = await http.patch("/scanners", json=body)
    assert (answer.status_code, answer.json()["code"]) == (400, "BODY_INVALID")
    assert words in answer.json()["detail"]
    told = (await http.get("/scannerSettings")).json()["settings"]
    assert set(told.values()) == {None}  # not the good one beside it either


async def test_a_gate_is_a_paired_scanners_and_a_name_must_be_known(
    http: httpx.AsyncClient, station: httpx.AsyncClient
) -> None:
    await station.put("/scannerVersions", json={"scanner": "South", "headcount": "1"})
    for name, body, code in (
        ("South", {"gate": "Hall", "settings": {"minHits": 1}}, "SCANNER_NOT_FOUND"),
        ("Nobody", {"settings": {"minHits": 1}}, "SCANNER_NOT_FOUND"),
        ("South", {"gate": 5}, "BODY_INVALID"),
        ("South", {"key": "x"}, "BODY_INVALID"),
    ):
        answer = await http.patch(f"/scanners/{name}", json=body)
        assert answer.json()["code"] == code
    assert (await rows(http))["South"]["settings"]["minHits"] is None
    answer = await http.patch("/scanners/South", json={"settings": {"minHits": 1}})
    assert answer.json()["settings"]["minHits"] == 1


async def test_the_audit_log_has_before_and_after(http: httpx.AsyncClient) -> None:
    await http.patch("/scanners", json={"settings": {"minRssi": -75}})
    await http.patch("/scanners", json={"settings": {"minRssi": -70, "minHits": 1}})
    page = (await http.get("/auditLog", params={"action": "fleet"})).json()["page"]
    assert [(each["before"], each["after"]) for each in page] == [
        ({"min_rssi": -75}, {"min_rssi": -70, "min_hits": 1}),
        (None, {"min_rssi": -75}),
    ]
