"""Signing in and out by keys, against a real backend."""

from __future__ import annotations

import asyncio
import stat
from pathlib import Path

import pytest
from pydantic import SecretStr
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from tests.api.conftest import serve
from tests.databases import Databases

from headcount.api.auth import token_hash
from headcount.bootstrap.admin_desk import HttpAdmin
from headcount.bootstrap.credentials import Kind, credential_file
from headcount.bootstrap.desk import StationDesk, make_desk
from headcount.config import Config
from headcount.core.access import NewUser, Status
from headcount.core.backend import Role
from headcount.core.errors import HeadcountError
from headcount.tui.admin.ports import Door, Who
from headcount.tui.app import HeadcountApp

from .conftest import ADA, HOUR, PASSWORD, Backend, running
from .steps import SIZE, admin_app, enter, paste, shown


async def test_sign_in_is_remembered_in_a_private_file_until_sign_out(
    backend: Backend, tmp_path: Path
) -> None:
    async with admin_app(backend.config).run_test(size=SIZE) as pilot:
        await enter(pilot)
        await shown(pilot, f"Ada Root · admin · {backend.url}")
    file = credential_file(backend.config, Kind.PERSON)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert PASSWORD not in file.read_text(encoding="utf-8")
    async with admin_app(backend.config).run_test(size=SIZE) as pilot:
        await shown(pilot, "Ada Root · admin")
        token = file.read_text(encoding="utf-8").strip()
        await pilot.press("x")
        await shown(pilot, "Nobody is signed in.")
        await pilot.press("i")
        await shown(pilot, "Password", ADA)
    assert not file.exists()
    assert backend.store.holder(token_hash(token), now_ms=backend.now_ms, idle_ms=HOUR) is None


async def test_what_keeps_somebody_out_is_said_plainly(backend: Backend) -> None:
    async with admin_app(backend.config).run_test(size=SIZE) as pilot:
        await enter(pilot, "wrong words for tests")
        await shown(pilot, "Email or password is wrong, or the account waits for an admin's")
        await paste(pilot, PASSWORD)
        await pilot.press("enter")
        await shown(pilot, "Ada Root · admin")


async def test_a_pending_account_gets_in_once_an_admin_says_yes(backend: Backend) -> None:
    store, eve = backend.store, "eve@example.org"
    kept = store.credential(ADA)
    assert kept is not None
    new = NewUser("Eve", eve, kept.password_hash)
    store.sign_up(new, status=Status.PENDING, now_ms=backend.now_ms)
    async with admin_app(backend.config).run_test(size=SIZE) as pilot:
        await enter(pilot, email=eve)
        await shown(pilot, "waits for an admin's approval")
        (found,) = [each for each in store.users(limit=9).items if each.email == eve]
        store.set_status(found.id, Status.ACTIVE, now_ms=backend.now_ms)
        store.set_role(found.id, Role.OPERATOR)
        await paste(pilot, PASSWORD)
        await pilot.press("enter")
        text = await shown(pilot, "Eve is no admin.", "Nothing here without an admin's sign-in.")
        assert "People" not in text
    held = await asyncio.to_thread(store.users, limit=9)
    assert [each.role for each in held.items if each.email == eve] == [Role.OPERATOR]


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://127.0.0.1:9", "can't be reached: Connection refused"),
        ("http://example.org", "is not encrypted"),
        ("nonsense", "not an http or https address"),
    ],
)
async def test_an_address_that_will_not_do(tmp_path: Path, url: str, words: str) -> None:
    config = Config(data_dir=str(tmp_path / "data"))
    async with admin_app(config).run_test(size=SIZE) as pilot:
        await shown(pilot, "Password")
        await pilot.press("shift+tab", "ctrl+u")
        await paste(pilot, url)
        for text in ("", ADA, PASSWORD):
            await paste(pilot, text)
            await pilot.press("enter")
        await shown(pilot, words)
    assert not credential_file(config, Kind.PERSON).exists()


async def test_a_backend_that_is_away_is_no_reason_to_forget_the_sign_in(
    sqlite: tuple[Databases, str], tmp_path: Path
) -> None:
    with running(*sqlite, tmp_path) as backend:
        async with admin_app(backend.config).run_test(size=SIZE) as pilot:
            await enter(pilot)
            await shown(pilot, "Ada Root · admin")
    async with admin_app(backend.config).run_test(size=SIZE) as pilot:
        await shown(pilot, "can't be reached: Connection refused", "Nobody is signed in")
    assert credential_file(backend.config, Kind.PERSON).exists()


async def test_a_token_never_goes_to_another_backend(backend: Backend) -> None:
    heard: list[str | None] = []

    async def other(scope: Scope, receive: Receive, send: Send) -> None:
        heard.append(Request(scope).headers.get("authorization"))
        await Response(status_code=404)(scope, receive, send)

    with serve(other) as address:
        mine = backend.config.backend.model_copy(update={"token": SecretStr("t")})
        desk = HttpAdmin(backend.config.model_copy(update={"backend": mine}))
        assert (await desk.who() or Who(*[""] * 5)).name == "Ada Root"
        with pytest.raises(HeadcountError):
            await desk.sign_in(f"http://{address}", ADA, PASSWORD)
        await desk.close()
        desk._remember(Door(f"http://{address}", ADA))
        assert await desk.who() is None
    assert heard == [None]


async def test_the_picker_leads_there_and_back(backend: Backend) -> None:
    app = HeadcountApp(make_desk(StationDesk(backend.config), backend.config))
    async with app.run_test(size=SIZE) as pilot:
        await shown(pilot, "a Admin")
        await pilot.press("a")
        await enter(pilot)
        await shown(pilot, "Ada Root · admin")
        await pilot.press("q")
        await shown(pilot, "Pick an event")
