"""Passwords, tokens, codes and keys are in no log, error, answer or file but their own."""

from __future__ import annotations

import base64
import logging
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest
from tests.e2e.conftest import Station

from headcount.api.access import Access, SignUp
from headcount.api.app import create_app
from headcount.api.auth import token_hash
from headcount.clock import ManualClock
from headcount.store.server import Store, open_store

NOW = 1_753_000_000_000
PASSWORD = "canary password of eve"
NEW_PASSWORD = "canary password, the second"
ADMIN = "canary-admin-token-5d2c"
WEBHOOK = "whsec_" + base64.b64encode(b"canary webhook secret 77").decode()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "backend.db"


@pytest.fixture
def store(file: Path) -> Iterator[Store]:
    with closing(open_store(f"sqlite:///{file}")) as store:
        store.create_admin("Ada", "ada@x.org", token_hash=token_hash(ADMIN), now_ms=NOW)
        yield store


def bearer(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


async def test_no_secret_is_logged_answered_twice_or_stored(
    store: Store, file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    rules = Access(SignUp.OPEN, issuer="https://id.example.org", webhook_secret=WEBHOOK)
    app = create_app(store, clock=ManualClock(NOW), scanner_key="canary-key", access=rules)
    answers: list[httpx.Response] = []
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://backend"
    ) as web:

        async def ask(method: str, path: str, body: object = None, secret: str = ADMIN) -> str:
            answers.append(await web.request(method, path, json=body, headers=bearer(secret)))
            return answers[-1].text

        eve = {"email": "eve@x.org", "password": PASSWORD}
        await ask("POST", "/auth/signUp", {"name": "Eve", **eve})
        await ask("POST", "/auth/signUp", {"name": PASSWORD, "password": PASSWORD})
        await ask("POST", "/auth/signIn", {**eve, "pasword": PASSWORD})
        await ask("POST", "/auth/signIn", {"email": PASSWORD, "password": ADMIN})
        told = await web.post("/auth/signIn", json=eve)
        token = told.json()["token"]
        change = {"password": PASSWORD, "newPassword": NEW_PASSWORD}
        await ask("GET", "/auth/session", secret=token)
        await ask("POST", "/auth/password", change, token)
        await ask("POST", "/auth/password", {**change, "password": 7}, token)
        code = (await web.post("/scanners/pairingCodes", json={}, headers=bearer(ADMIN))).json()
        paired = await web.post("/scanners/pair", json={"code": code["code"], "name": "pi"})
        key = paired.json()["key"]
        for path in ("/scanners/pair", "/webhooks/users", f"/{token}", "/events?cursor=" + key):
            await ask("POST", path, {"code": code["code"], "name": "x"}, key)
        for secret in (token, key, code["code"], "canary-key", f"a.{key}.b"):
            await ask("GET", "/scanners", secret=secret)
    secrets = [PASSWORD, NEW_PASSWORD, ADMIN, WEBHOOK, "canary-key", token, key, code["code"]]
    places = {f"answer {n}": a.text + str(a.headers) for n, a in enumerate(answers)}
    ours = [each for each in caplog.records if not each.name.startswith("http")]  # the client's
    places["log"] = "\n".join(map(logging.Formatter().format, ours))
    for path in file.parent.iterdir():
        places[path.name] = path.read_bytes().decode("latin-1")
    found = {place: s for place, text in places.items() for s in secrets if s in text}
    assert found == {}
    assert "Eve" in places["backend.db-wal"]  # the search sees what is stored


def test_an_error_of_the_database_tells_no_hash(store: Store, file: Path) -> None:
    with sqlite3.connect(file) as other:
        other.execute("ALTER TABLE sign_ins RENAME COLUMN used_at TO gone")
    other.close()
    secret = token_hash("canary")
    with pytest.raises(Exception, match=r"used_at|no such column") as caught:
        store.holder(secret, now_ms=NOW, idle_ms=1)
    told: list[BaseException] = [caught.value]
    while (cause := told[-1].__cause__ or told[-1].__context__) is not None:
        told.append(cause)
    assert [str(each) for each in told if secret in str(each)] == []


@pytest.mark.parametrize(
    ("environ", "words"),
    [
        ({"WEBHOOK_SECRET": "canary-not-base64!"}, "webhook secret can't be used"),
        ({"WEBHOOK_SECRET": WEBHOOK}, "oidc_issuer is empty"),
        ({"OIDC_ISSUER": "https://id.example.org"}, "oidc_audience is empty"),
        ({"OIDC_ISSUER": "http://id.example.org", "OIDC_AUDIENCE": "x"}, "expected an https"),
        ({"SIGN_UP": "maybe"}, "server.sign_up"),
    ],
)
def test_rules_of_access_that_can_not_hold_stop_the_start(
    station: Station, environ: dict[str, str], words: str
) -> None:
    station.environ |= {f"HEADCOUNT_SERVER__{name}": value for name, value in environ.items()}
    err = station.run("serve", "--port", "0", exit_code=2).stderr
    assert words in err
    assert environ.get("WEBHOOK_SECRET", "-") not in err


@pytest.mark.parametrize("mode", [0o644, 0o660])
def test_a_kept_key_that_others_can_read_is_not_used(station: Station, mode: int) -> None:
    del station.environ["SCANNER_API_KEY"]
    with station.backend():
        station.environ["HEADCOUNT_BACKEND__TIMEOUT_SECONDS"] = "5"
        station.run("pair", station.json("scanners", "pair", "--json")[0]["code"])
        (kept,) = (station.data / "credentials").iterdir()
        kept.chmod(mode)
        err = station.run("sync", exit_code=2).stderr
    assert "chmod 600" in err
    assert kept.read_text().strip() not in err
