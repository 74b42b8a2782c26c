"""/events/{id}/closeOut: look, accept, take back, seal, and what a later change does."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
from starlette.types import ASGIApp

from headcount.api.close_client import CloseClient
from headcount.api.wire import from_wire
from headcount.cli.close import _Wish, lines
from headcount.clock import ManualClock
from headcount.core.report import Report
from headcount.exports.words import headline

from .conftest import ADMIN, HOUR, START, Serve

ANA = "a1a1a1a1-a1a1-a1a1-a1a1-a1a1a1a1a1a1"
PATH = "/events/e1/closeOut"
Post = Callable[..., Awaitable[httpx.Response]]


def record(minute: int, badge: str = ANA) -> dict[str, Any]:
    return {"bleUuid": badge, "checkInTime": START + minute * 60_000, "scannerId": "Door-1"}


@pytest.fixture
async def ended(post: Post, clock: ManualClock) -> None:
    records = [record(minute) for minute in range(0, 30, 5)]
    await post({"eventId": "e1", "records": [*records, record(1, "9" * 32)]})
    clock.advance(2 * HOUR / 1000)


async def findings(http: httpx.AsyncClient) -> list[str]:
    return [each["id"] for each in (await http.get(PATH)).json()["findings"]]


@pytest.mark.usefixtures("ended")
async def test_a_close_out_from_the_first_look_to_the_second_version(
    http: httpx.AsyncClient, post: Post
) -> None:
    ids = await findings(http)
    assert [each.split(":")[0] for each in ids] == ["minimum", "unknown"]
    open_still = await http.post(
        f"{PATH}/seal", json={"digest": (await http.get(PATH)).json()["digest"]}
    )
    assert (open_still.status_code, open_still.json()["code"]) == (409, "CLOSE_OUT_OPEN")

    accepted = (await http.post(f"{PATH}/accept", json={"findings": ids, "why": "ok"})).json()
    assert [(each["accepted"], each["by"], each["why"]) for each in accepted["findings"]] == [
        (True, "Ada", "ok")
    ] * 2
    report = (await http.get("/events/e1/report")).json()
    assert report["people"][0]["status"] == "present"
    back = (await http.post(f"{PATH}/takeBack", json={"findings": ids[:1]})).json()
    assert [each["accepted"] for each in back["findings"]] == [False, True]
    report = (await http.get("/events/e1/report")).json()
    assert report["people"][0]["status"] == "left early"

    accepted = (await http.post(f"{PATH}/accept", json={"findings": ids})).json()
    sealed = (await http.post(f"{PATH}/seal", json={"digest": accepted["digest"]})).json()
    assert [(seal["version"], seal["by"]) for seal in sealed["seals"]] == [(1, "Ada")]
    again = (await http.post(f"{PATH}/seal", json={"digest": accepted["digest"]})).json()
    assert again["seals"] == sealed["seals"]
    frozen = await http.post(f"{PATH}/takeBack", json={"findings": ids})
    assert (frozen.status_code, frozen.json()["code"]) == (409, "EVENT_SEALED")
    report = from_wire((await http.get("/events/e1/report")).json(), Report)
    assert headline(report)[-1].startswith("Version 1, sealed by Ada at ")

    await post({"eventId": "e1", "records": [record(29)]})
    report = from_wire((await http.get("/events/e1/report")).json(), Report)
    assert headline(report)[-1].startswith("Version 2, not sealed: the facts have changed")
    now = (await http.get(PATH)).json()
    second = (await http.post(f"{PATH}/seal", json={"digest": now["digest"]})).json()
    assert [seal["version"] for seal in second["seals"]] == [1, 2]
    assert second["seals"][0] == sealed["seals"][0]


@pytest.mark.usefixtures("ended")
@pytest.mark.parametrize(
    ("act", "body", "code"),
    [
        ("accept", {"findings": ["nothing"]}, "CLOSE_OUT_OPEN"),
        ("accept", {"findings": []}, "BODY_INVALID"),
        ("accept", {"findings": ["a\x00b"]}, "BODY_INVALID"),
        ("takeBack", {"findings": "all"}, "BODY_INVALID"),
        ("seal", {"digest": "0"}, "CLOSE_OUT_OPEN"),
        ("seal", {}, "BODY_INVALID"),
    ],
)
async def test_what_can_not_be_done_changes_nothing(
    http: httpx.AsyncClient, act: str, body: dict[str, Any], code: str
) -> None:
    before = (await http.get(PATH)).json()
    answer = await http.post(f"{PATH}/{act}", json=body)
    assert answer.json()["code"] == code
    assert (await http.get(PATH)).json() == before


@pytest.mark.usefixtures("ended")
async def test_the_command_accepts_and_seals_over_http(app: ASGIApp, serving: Serve) -> None:
    with serving(app) as address:
        async with CloseClient(f"http://{address}", token=ADMIN) as client:
            shown = list(lines(await _Wish("e1", (), (), "", False).run(client)))
            assert shown[-1] == "Not sealed; 2 findings are open."
            before = "left early: last seen 35 min early; present 41 %, minimum 75 %"
            assert f"{'':<10}{before}  ->  present" in shown
            accepted = await _Wish("e1", ("all",), (), "fine", False).run(client)
            assert accepted.open == []
            back = await _Wish("e1", (), ("all",), "", False).run(client)
            assert len(back.open) == 2
            sealed = list(lines(await _Wish("e1", ("all",), (), "fine", True).run(client)))
            assert sealed[-1].startswith("Sealed: version 1 by Ada at ")
