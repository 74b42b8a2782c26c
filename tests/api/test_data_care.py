"""Backups, drills and the purge over HTTP, on a real database and real files."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
from starlette.types import ASGIApp

from headcount.api.app import create_app
from headcount.bootstrap.backups import back_up
from headcount.bootstrap.data_care import ServerCare
from headcount.clock import ManualClock
from headcount.config import Config
from headcount.store.server import Store

START = 1_753_000_000_000
DAY_SECONDS = 86_400
BADGE = "d4" * 16
UUID = f"{'d4' * 4}-{'d4' * 2}-{'d4' * 2}-{'d4' * 2}-{'d4' * 6}"

Post = Callable[..., Awaitable[httpx.Response]]


def said(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


async def test_a_backup_is_made_checked_and_listed_with_what_the_drill_said(
    http: httpx.AsyncClient, clock: ManualClock, config: Config, tmp_path: Path
) -> None:
    assert (await http.get("/backups")).json()["page"] == []
    back_up(config, START)
    clock.advance(3600)
    made = await http.post("/backups")
    assert made.status_code == 201
    name = made.json()["name"]
    assert made.json() | {"how": "asked", "state": "made", "checkedAt": None} == made.json()

    clock.advance(3600)
    drill = (await http.post(f"/backups/{name}/verify")).json()
    assert (drill["isSound"], drill["trouble"], drill["createdAt"]) == (True, "", START + 3600_000)
    assert (drill["rows"]["users"], drill["rows"]["events"]) == (3, 1)
    listed = (await http.get("/backups")).json()["page"]
    assert [(each["how"], each["state"], each["checkedAt"]) for each in listed] == [
        ("asked", "sound", START + 2 * 3600_000),
        ("routine", "made", None),
    ]

    with (tmp_path / "backups" / name).open("r+b") as file:
        file.seek(-100, 2)
        file.write(b"x" * 100)
    drill = (await http.post(f"/backups/{name}/verify")).json()
    assert drill["isSound"] is False
    assert name in drill["trouble"]
    assert drill["rows"] == {}
    (tmp_path / "backups" / f"{listed[1]['name']}.json").unlink()
    states = [each["state"] for each in (await http.get("/backups")).json()["page"]]
    assert states == ["damaged", "noManifest"]


async def test_the_list_has_pages_and_the_oldest_go(
    http: httpx.AsyncClient, clock: ManualClock
) -> None:
    names = []
    for _ in range(4):
        names.append((await http.post("/backups")).json()["name"])
        clock.advance(1)
    first = (await http.get("/backups", params={"limit": 2})).json()
    assert [each["name"] for each in first["page"]] == [names[3], names[2]]
    query = {"limit": 2, "cursor": first["continueCursor"]}
    second = (await http.get("/backups", params=query)).json()
    assert [each["name"] for each in second["page"]] == [names[1]]  # three are kept
    assert second["isDone"]
    assert said(await http.get("/backups", params={"cursor": "x"})) == (400, "QUERY_INVALID")


@pytest.mark.parametrize(
    "name", ["../secret.sqlite3", "/etc/passwd", "..", "a\x00b", "none.sqlite3", "."]
)
async def test_only_names_of_the_list_are_read(
    http: httpx.AsyncClient, tmp_path: Path, name: str
) -> None:
    (tmp_path / "backups").mkdir()
    (tmp_path / "secret.sqlite3").write_text("secret")
    answer = await http.post(f"/backups/{quote(name, safe='')}/verify")
    assert answer.status_code in {404, 405}
    assert "secret" not in answer.text.replace(name, "")


async def fill(http: httpx.AsyncClient, post: Post, event: str, end: int) -> None:
    await http.post("/events", json={"name": event, "start": end - 60_000, "end": end, "id": event})
    records = [{"bleUuid": UUID, "checkInTime": end - 30_000, "scannerId": "North"}]
    assert (await post({"eventId": event, "records": records})).status_code == 200


async def test_what_was_shown_is_purged_and_archived_and_nothing_else(
    http: httpx.AsyncClient, post: Post, clock: ManualClock, tmp_path: Path
) -> None:
    await fill(http, post, "spring", START)
    await fill(http, post, "summer", START + 3_600_000)
    clock.advance(21 * DAY_SECONDS + 1800)
    early = (await http.get("/purge")).json()
    assert early == early | {"due": [], "archive": str(tmp_path / "archive")}
    clock.advance(1800)
    plan = (await http.get("/purge")).json()
    assert plan["due"] == [{"eventId": "spring", "rows": {"sightings": 1}}]
    clock.advance(1800)  # within the hour it is the same plan
    assert (await http.get("/purge")).json() == plan

    for wrong in (early["digest"], "x"):
        refused = await http.post("/purge", json={"digest": wrong})
        assert said(refused) == (409, "PURGE_PLAN_CHANGED")
        assert "Nothing was deleted. Look at the dry run again." in refused.json()["detail"]
    (archive,) = (await http.post("/purge", json={"digest": plan["digest"]})).json()["archives"]
    assert archive["rows"] == {"sightings": 1}
    assert BADGE in (Path(archive["folder"]) / "sightings.csv").read_text().replace("-", "")
    assert (await http.get("/purge")).json()["due"] == []
    (entry,) = (await http.get("/auditLog", params={"action": "data.purge"})).json()["page"]
    assert (entry["actorName"], entry["subject"]) == ("Ada", "events/spring")
    assert entry["details"] == {"rows": {"sightings": 1}, "archive": archive["folder"]}

    clock.advance(366 * DAY_SECONDS)  # summer's sightings, and the audit log of then
    plan = (await http.get("/purge")).json()
    assert [each["eventId"] for each in plan["due"]] == ["summer", ""]
    assert (await http.post("/purge", json={"digest": plan["digest"]})).status_code == 200
    entries = (await http.get("/auditLog", params={"action": "data.purge"})).json()["page"]
    assert [entry["subject"] for entry in entries][:2] == ["", "events/summer"]


async def test_without_an_archive_folder_nothing_is_purged(
    store: Store, clock: ManualClock, config: Config, http: httpx.AsyncClient
) -> None:
    named = config.retention.model_copy(update={"archive_dir": ""})
    care = ServerCare(config.model_copy(update={"retention": named}), store, clock)
    app = create_app(store, clock=clock, scanner_key=None, care=care)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(
        transport=transport, base_url="http://b", headers=http.headers
    ) as client:
        plan = (await client.get("/purge")).json()
        assert plan["archive"] == ""
        refused = await client.post("/purge", json={"digest": plan["digest"]})
        assert said(refused) == (409, "CARE_NOT_HERE")
        assert "Set retention.archive_dir on its machine" in refused.json()["detail"]


async def test_one_job_at_a_time_and_the_server_answers_meanwhile(
    app: ASGIApp, http: httpx.AsyncClient, store: Store
) -> None:
    with store.maintaining() as mine:
        assert mine
        for path, body in (("/backups", None), ("/purge", {"digest": "x"})):
            refused = await http.post(path, json=body)
            assert said(refused) == (409, "CARE_BUSY")
            assert "Try again when it is done." in refused.json()["detail"]
    answers = await asyncio.gather(http.post("/backups"), *(http.get("/health") for _ in range(5)))
    assert [answer.status_code for answer in answers] == [201] + [200] * 5


async def test_a_job_that_the_machine_can_not_do_says_why(
    http: httpx.AsyncClient, tmp_path: Path
) -> None:
    (tmp_path / "backups").write_text("a file where the folder should be")
    refused = await http.post("/backups")
    assert said(refused) == (409, "CARE_REFUSED")
    assert "can't be written" in refused.json()["detail"]
