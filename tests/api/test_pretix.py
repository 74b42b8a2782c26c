"""pretix: a small one that answers as its documentation says, and what we ask of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from headcount.api.pretix import PretixClient
from headcount.bootstrap import pretix as pretix_commands
from headcount.bootstrap.admin import DatabaseAdmin
from headcount.cli import cli
from headcount.core.attendance import Status
from headcount.core.backend import Batch, BatchRecord, NewEvent, PersonRow
from headcount.core.errors import (
    BackendRejected,
    BackendUnreachable,
    HeadcountError,
    KeyRefused,
    UsageError,
)
from headcount.core.identity import from_bytes
from headcount.core.pretix import Arrival, Outcome, Ticket, match, nonce_of, people_of
from headcount.core.report import PersonRow as ReportRow
from headcount.store.server import Store, open_store

START = 1_753_000_000_000
TOKEN = "e1l6gq2ye72thbwkacj7jbri7a7tvxe614ojv8ybureain92ocub46t5gab5966k"


def position(number: int, secret: str, name: str | None, email: str | None) -> dict[str, Any]:
    """An order position, as documented; only members that could matter."""
    return {
        "id": 23442 + number,
        "positionid": number,
        "canceled": False,
        "attendee_name": name,
        "attendee_name_parts": {"full_name": name},
        "attendee_email": email,
        "secret": secret,
        "checkins": [],
    }


ORDERS = [
    {"code": "ABC12", "status": "p", "testmode": False, "email": "ana@example.org",
     "positions": [position(1, "sec-ana", "Ana", None), position(2, "sec-ben", "Ben", None)]},
    {"code": "ABC13", "status": "p", "testmode": False, "email": "office@example.org",
     "positions": [position(1, "sec-cid", "Cid\x1b", "cid@example.org"),
                   position(2, "sec-add", None, None)]},
    {"code": "ABC14", "status": "p", "testmode": True, "email": "test@example.org",
     "positions": [position(1, "sec-test", "Test", None)]},
    {"code": "ABC15", "status": "p", "testmode": False, "email": "dan@example.org",
     "positions": [{**position(1, "sec-gone", "Gone", None), "canceled": True},
                   position(2, "sec-dan", "Dan", None)]},
]  # fmt: skip


class Pretix:
    """Two orders a page; a nonce makes one check-in; a ticket is good once."""

    def __init__(self) -> None:
        self.checkins: dict[str, dict[str, Any]] = {}
        self.blocked: dict[str, tuple[int, dict[str, Any]]] = {}
        self.requests = 0
        base = "/api/v1/organizers/bigevents"
        self.app = Starlette(
            routes=[
                Route(f"{base}/events/sampleconf/orders/", self.orders),
                Route(f"{base}/checkinrpc/redeem/", self.redeem, methods=["POST"]),
            ]
        )

    async def orders(self, request: Request) -> Response:
        if request.headers["authorization"] != f"Token {TOKEN}":
            return JSONResponse({"detail": "Invalid token."}, 401)
        assert request.query_params["status"] == "p"
        page = int(request.query_params["page"])
        rows = ORDERS[2 * page - 2 : 2 * page]
        more = f"{request.url.replace_query_params(page=page + 1)}"
        following = more if 2 * page < len(ORDERS) else None
        return JSONResponse(
            {"count": len(ORDERS), "next": following, "previous": None, "results": rows}
        )

    async def redeem(self, request: Request) -> Response:
        self.requests += 1
        asked = await request.json()
        secret, nonce = asked["secret"], asked["nonce"]
        head = {"require_attention": False, "checkin_texts": []}
        known = self.checkins.get(secret)
        if secret in self.blocked:
            status, answer = self.blocked[secret]
            return JSONResponse({**head, **answer}, status)
        if known and known["nonce"] != nonce:
            error = {"status": "error", "reason": "already_redeemed", "reason_explanation": None}
            return JSONResponse({**head, **error})
        self.checkins.setdefault(secret, asked)
        listed = {"id": 1, "name": "Default", "event": "sampleconf", "subevent": None}
        return JSONResponse({**head, "status": "ok", "position": {}, "list": listed}, 201)

    def client(self, token: str = TOKEN) -> PretixClient:
        transport = httpx.ASGITransport(self.app)
        return PretixClient("https://pretix.example.org", "bigevents", token, transport=transport)


@pytest.fixture
def pretix() -> Pretix:
    return Pretix()


@pytest.fixture
def store(tmp_path: Path) -> Any:
    opened = open_store(f"sqlite:///{tmp_path / 'b.db'}")
    opened.create_event(NewEvent("Conf", START, START + 9000, id="conf"), now_ms=START)
    yield opened
    opened.close()


def arrive(store: Store, *people: str) -> None:
    """These people get badges, and are seen one after the other."""
    records = []
    for place, name in enumerate(people):
        badge = from_bytes(bytes([place + 1]) * 16)
        row = PersonRow(2, name.title(), f"{name}@example.org", badge)
        store.import_people([row], now_ms=START)
        records.append(BatchRecord(badge, START + 1000 * place, "Door", place))
    store.merge_batch(Batch("conf", records), received_ms=START)


async def push(pretix: Pretix, store: Store, *, dry_run: bool = False) -> dict[str, str]:
    async with pretix.client() as client:
        done = await pretix_commands.push(
            client, DatabaseAdmin(store), "sampleconf", "conf", 1, dry_run=dry_run
        )
    return {each.name: f"{each.outcome} {each.why}".strip() for each in done}


async def test_people_with_paid_tickets_are_imported_and_again_nothing_changes(
    pretix: Pretix, store: Store
) -> None:
    for expected in ((3, 0, 3), (0, 3, 0)):
        async with pretix.client() as client:
            result = await pretix_commands.import_tickets(
                client, DatabaseAdmin(store), "sampleconf", "conf"
            )
        assert (result.created, result.unchanged, result.registered) == expected
    rows = store.registrations("conf", limit=9).items
    assert [(row.name, row.email) for row in rows] == [
        ("Ana", "ana@example.org"),
        ("Cid", "cid@example.org"),
        ("Dan", "dan@example.org"),
    ]
    words = [error.message for error in result.errors]
    assert words == ["order ABC13-2: name is empty", "Row 1 is about the same person."]


async def test_check_ins_are_sent_once_whatever_happens(pretix: Pretix, store: Store) -> None:
    arrive(store, "ana", "cid", "zoe")
    dry = await push(pretix, store, dry_run=True)
    assert dry == {"Ana": "done", "Cid": "done", "Zoe": "noTicket no ticket has this email"}
    assert pretix.requests == 0
    for _ in range(3):
        assert await push(pretix, store) == dry
    assert pretix.requests == 6
    assert set(pretix.checkins) == {"sec-ana", "sec-cid"}
    sent = pretix.checkins["sec-cid"]
    assert sent["datetime"] == "2025-07-20T08:26:41+00:00"
    assert (sent["lists"], sent["type"], sent["force"], sent["questions_supported"]) == (
        [1],
        "entry",
        False,
        False,
    )


@pytest.mark.parametrize(
    ("status", "answer", "outcome"),
    [
        (200, {"status": "error", "reason": "already_redeemed"}, "known"),
        (
            200,
            {"status": "error", "reason": "unpaid", "reason_explanation": None},
            "refused unpaid",
        ),
        (400, {"status": "incomplete", "questions": []}, "refused incomplete"),
        (404, {"detail": "Not found.", "status": "error", "reason": "invalid"}, "refused invalid"),
    ],
)
async def test_each_documented_answer_has_its_outcome_and_the_others_go_on(
    pretix: Pretix, store: Store, status: int, answer: dict[str, Any], outcome: str
) -> None:
    arrive(store, "ana", "dan")
    pretix.blocked["sec-ana"] = (status, answer)
    assert await push(pretix, store) == {"Ana": outcome, "Dan": "done"}


@pytest.mark.parametrize(
    ("status", "answer", "kind", "words"),
    [
        (500, {}, BackendUnreachable, "can't answer now"),
        (429, {"detail": "slow down"}, BackendUnreachable, "can't answer now"),
        (403, {"detail": "no"}, KeyRefused, "refused the token"),
        (400, {"lists": ["no \x1b99"], "x": 1}, BackendRejected, r"\(HTTP 400\): lists: no 99 "),
        (404, {"detail": "Not found."}, BackendRejected, "Not found"),
        (400, {}, BackendRejected, "no reason given"),
        (201, {}, BackendUnreachable, "without a status"),
    ],
)
async def test_what_is_no_answer_ends_the_push_and_nothing_is_lost(
    pretix: Pretix,
    store: Store,
    status: int,
    answer: dict[str, Any],
    kind: type[HeadcountError],
    words: str,
) -> None:
    arrive(store, "dan", "ana")
    pretix.blocked["sec-ana"] = (status, answer)
    with pytest.raises(kind, match=words) as caught:
        await push(pretix, store)
    assert TOKEN not in str(caught.value)
    assert "\x1b" not in str(caught.value)
    assert set(pretix.checkins) == {"sec-dan"}
    pretix.blocked.clear()
    assert await push(pretix, store) == {"Dan": "done", "Ana": "done"}


async def test_a_wrong_token_is_named_as_such(pretix: Pretix) -> None:
    async with pretix.client("wrong") as client:
        with pytest.raises(KeyRefused, match="refused the token"):
            await client.tickets("sampleconf")


@pytest.mark.parametrize(
    "answer",
    [b"<html>", b"[]", b"{}", b'{"results": [1]}', b'{"results": [{"positions": 1}]}'],
)
async def test_another_server_is_not_taken_for_pretix(answer: bytes) -> None:
    transport = httpx.MockTransport(lambda _: httpx.Response(200, content=answer))
    async with PretixClient("https://x.example.org", "o", "t", transport=transport) as client:
        with pytest.raises(BackendUnreachable, match="not as pretix"):
            await client.tickets("e")


def test_the_token_is_not_sent_in_clear() -> None:
    with pytest.raises(UsageError, match="not encrypted"):
        PretixClient("http://pretix.example.org", "o", TOKEN)


def ticket(name: str, email: str = "a@x.org") -> Ticket:
    return Ticket("ABC12", 1, f"sec-{name}", name, email)


@pytest.mark.parametrize(
    ("tickets", "expected"),
    [
        ([ticket("Other")], "sec-Other"),
        ([ticket("Ben"), ticket("ANA")], "sec-ANA"),
        ([ticket("Ben"), ticket("Cid")], "several tickets have this email, none this name"),
        ([ticket("Ana", "b@x.org")], "no ticket has this email"),
    ],
)
def test_a_ticket_is_found_by_email_then_by_name(tickets: list[Ticket], expected: str) -> None:
    arrivals, without = match([_person("Ana", "A@x.org")], tickets)
    assert [each.ticket.secret for each in arrivals] + [each.why for each in without] == [expected]


def _person(name: str, email: str) -> ReportRow:
    status, times = Status.PRESENT, (START, None, None)
    return ReportRow(name, name, email, "", "approved", status, "", *times, 0, 0, "", 1)


def test_a_nonce_stays_the_same() -> None:
    arrivals, without = match([_person("Ana", "a@x.org"), _person("Zoe", "")], [ticket("Ana")])
    later = arrivals[0]._replace(time=START + 5)
    assert nonce_of("e", arrivals[0]) == nonce_of("e", later)
    assert nonce_of("e", arrivals[0]) != nonce_of("f", later)
    assert isinstance(arrivals[0], Arrival)
    assert without[0].outcome is Outcome.NO_TICKET
    assert len(people_of([ticket("Ana"), ticket("Ana")])[0]) == 1


def test_the_commands_say_what_is_missing_and_what_was_done(
    pretix: Pretix, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    arrive(store, "ana", "dan", "zoe")
    pretix.blocked["sec-dan"] = (200, {"status": "error", "reason": "blocked"})
    database = f"sqlite:///{tmp_path / 'b.db'}"
    args = ["pretix", "push", "sampleconf", "--event", "conf", "--list", "1"]
    missing = CliRunner().invoke(cli, [*args, "--database-url", database])
    assert "pretix.organizer is empty" in str(missing.exception)
    monkeypatch.setenv("HEADCOUNT_PRETIX__ORGANIZER", "bigevents")
    missing = CliRunner().invoke(cli, [*args, "--database-url", database])
    assert "There is no token" in str(missing.exception)
    monkeypatch.setattr(pretix_commands, "make_pretix", lambda _: pretix.client())
    done = CliRunner().invoke(cli, [*args, "--database-url", database])
    assert "1 in pretix, 0 scanned there before, 1 refused, 1 without a ticket" in done.output
    assert "Dan: blocked" in done.output
    assert getattr(done.exception, "exit_code", 0) == 5
    rows = CliRunner().invoke(cli, [*args, "--json", "--database-url", database]).output
    assert {json.loads(row)["outcome"] for row in rows.splitlines() if row[0] == "{"} == {
        "done",
        "refused",
        "noTicket",
    }
