"""docs/api.md says what the code does."""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx

from headcount.api.app import MAX_BODY_BYTES
from headcount.api.auth import Principal
from headcount.api.problems import CATALOGUE, Code, RefusalCode
from headcount.api.query import DEFAULT_LIMIT, MAX_LIMIT
from headcount.api.resources import ENDPOINTS

TEXT = (Path(__file__).parents[2] / "docs" / "api.md").read_text(encoding="utf-8")


def section(title: str) -> str:
    return TEXT.partition(f"## {title}\n")[2].partition("\n## ")[0]


def test_the_addresses_are_the_route_table() -> None:
    rows = re.findall(
        r"^\| (GET|POST|PATCH|PUT|DELETE) \| `(.+?)` \| (.+?) \|",
        section("Addresses"),
        re.MULTILINE,
    )
    documented = {(method, path): set(who.split(", ")) for method, path, who in rows}
    everyone = set(Principal)
    actual = {
        (e.method, e.path): {"anyone"} if e.allowed == everyone else set(e.allowed)
        for e in ENDPOINTS
    }
    assert documented == actual


def test_the_problems_are_the_catalogue() -> None:
    rows = re.findall(r"^\| `([A-Z_]+)` \| (\d+) \|", section("Problems"), re.MULTILINE)
    assert {(code, int(status)) for code, status in rows} == {
        (code, kind.status) for code, kind in CATALOGUE.items()
    }
    assert set(CATALOGUE) == set(Code)


def test_the_refusals_are_the_catalogue() -> None:
    rows = re.findall(r"^\| `([A-Z_]+)` \| ", section("POST /batchCheckIn"), re.MULTILINE)
    assert rows == list(RefusalCode)


def test_the_limits_are_the_codes() -> None:
    assert f"at most {MAX_BODY_BYTES >> 20} MiB" in TEXT
    assert f"1 to {MAX_LIMIT} ({DEFAULT_LIMIT} if absent)" in TEXT


async def test_the_example_batch_is_accepted(
    http: httpx.AsyncClient, post: Callable[..., Awaitable[httpx.Response]]
) -> None:
    request, answer = (
        json.loads(example)
        for example in re.findall(r"```json\n(.+?)```", section("POST /batchCheckIn"), re.DOTALL)
    )
    event = {"id": request["eventId"], "name": "Opening", "start": 1, "end": 2}
    await http.post("/events", json=event)
    given = (await post(request)).json()
    assert set(given) == set(answer)
    assert (given["received"], given["refused"]) == (1, [])
