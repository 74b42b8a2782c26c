"""Canary secrets: in no output, log, error, state file, database or process argument."""

from __future__ import annotations

import ast
import hashlib
import json
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from sqlalchemy.exc import SQLAlchemyError
from tests.e2e.conftest import Station

import headcount
from headcount.cli import cli
from headcount.core.backend import NewEvent, PersonRow
from headcount.store.server import open_store

from .backend import ask, head
from .hostile import BADGE, NOW

KEY = "canary-environment-key-71f3"
FILE_KEY = "canary-key-in-a-file-88aa"
TOKEN = "canary-token-5d2c"
PASSWORD = "canary-password-90e1"
CANARIES = (KEY, FILE_KEY, TOKEN, PASSWORD)
SOURCE = Path(headcount.__file__).parent


@pytest.fixture
def secretive(station: Station) -> Station:
    """A station that knows four secrets."""
    station.environ["SCANNER_API_KEY"] = KEY
    key_file = station.folder / "secret.key"
    key_file.write_text(FILE_KEY + "\n", encoding="utf-8")
    key_file.chmod(0o600)
    station.environ["HEADCOUNT_BACKEND__KEY_FILE"] = str(key_file)
    station.environ["HEADCOUNT_BACKEND__TOKEN"] = TOKEN
    station.environ["HEADCOUNT_SYNC__ATTEMPTS"] = "1"
    return station


def leaks(text: str) -> list[str]:
    return [canary for canary in CANARIES if canary in text]


def run(station: Station, *args: str | Path) -> str:
    """Everything that a command prints, however it ends."""
    done = station.done(*args)
    return done.stdout + done.stderr


def files_below(folder: Path) -> Iterator[tuple[Path, str]]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.name != "secret.key":
            yield path, path.read_bytes().decode("latin-1")


COMMANDS = [
    ["events", "list"],
    ["events", "list", "--json"],
    ["events", "show", "evening"],
    ["events", "show", "nothing"],
    ["events", "create", "--name", "N", "--start", "now", "--end", "+1h"],
    ["users", "list"],
    ["users", "import", "none.csv"],
    ["report", "--event", "evening"],
    ["report", "--event", "evening", "--format", "json"],
    ["report", "--event", "nothing", "--format", "html"],
    ["sync"],
    ["sync", "--json"],
    ["sync", "--url", "https://127.0.0.1:9"],
    ["scan", "--event", "evening", "--radio", "simulated", "--duration", "0.5"],
    ["scan", "--event", "evening", "--radio", "simulated", "--duration", "0.5", "--json"],
    ["log", "show"],
    ["log", "verify", "--json"],
    ["log", "path"],
    ["--config", "none.toml", "sync"],
    ["--help"],
]


@pytest.mark.timeout(300)  # some forty processes, on two busy cores
def test_no_command_and_no_file_shows_a_secret(secretive: Station) -> None:
    database = f"sqlite:///{secretive.data / 'backend.sqlite3'}"
    times = ("--start", "now", "--end", "+1h", "--database-url", database)
    secretive.run("events", "create", "--id", "evening", "--name", "Evening", *times)
    with secretive.backend() as process:
        line = Path(f"/proc/{process.pid}/cmdline").read_bytes().decode("latin-1")
        assert leaks(line) == []
        for args in COMMANDS:
            assert leaks(run(secretive, *args)) == [], args
        for path in ("/health", "/events", "/nothing", f"/events?cursor={KEY}"):
            answer = ask(secretive, head("GET", path, key=KEY))
            assert leaks(f"{answer.headers} {answer.body}") == [], path
    for args in COMMANDS:  # once more, and nobody listens
        assert leaks(run(secretive, *args)) == [], args
    assert {
        str(path): found for path, text in files_below(secretive.folder) if (found := leaks(text))
    } == {}


@pytest.mark.parametrize(
    "args",
    [
        ["doctor", "--listen", "0"],
        ["doctor", "--listen", "0", "--json"],
        ["service", "install", "--event", "evening", "--dry-run"],
        ["setup", "--url", "http://127.0.0.1:9", "--scanner-id", "North", "--no-ui"],
        ["setup", "--url", f"http://u:{PASSWORD}@127.0.0.1:9", "--no-ui"],
        ["upgrade", "--database-url", f"postgresql://u:{PASSWORD}@127.0.0.1:9/d"],
        ["backup", "--database-url", f"postgresql://u:{PASSWORD}@127.0.0.1:9/d"],
    ],
    ids=lambda args: args[0],
)
def test_what_prints_settings_shows_no_secret(
    secretive: Station, monkeypatch: pytest.MonkeyPatch, args: list[str]
) -> None:
    for name, value in secretive.environ.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(secretive.folder / "config"))
    monkeypatch.chdir(secretive.folder)
    done = CliRunner().invoke(cli, args)
    assert done.output + str(done.exception or "") != ""
    assert leaks(done.output + str(done.exception)) == []
    found = {str(path): leaks(text) for path, text in files_below(secretive.folder)}
    assert [path for path, leaked in found.items() if leaked] == []


@pytest.mark.parametrize(
    ("config", "environ"),
    [
        (f'[backend]\nkey = "{KEY}"\n', {}),
        (f'[backend]\nkye = "{KEY}"\n', {}),
        (f'[server]\nscanner_key = "{KEY}"\n', {}),
        (f'[backend]\ntimeout_seconds = "{KEY}"\nkey = "{KEY}"\n', {}),
        (f'[backend]\nkey = "{KEY}\n', {}),
        (f'SCANNER_API_KEY = "{KEY}"\n', {}),
        ("", {"SCANNER_API_KEY": f"{KEY}\nX-Evil: 1"}),
        ("", {"HEADCOUNT_BACKEND__KEY": f'["{KEY}"]'}),
        ("", {"HEADCOUNT_BACKEND__KYE": KEY}),
        ("", {"HEADCOUNT_BACKEND": f'{{"key": "{KEY}"}}'}),
        ("", {"HEADCOUNT_BACKEND": KEY}),
        ("", {"HEADCOUNT_BACKEND__URL": f"https://user:{PASSWORD}@example.org"}),
        ("", {"HEADCOUNT_BACKEND__URL": f"https://example.org/?key={KEY}"}),
        ("", {"HEADCOUNT_SERVER__DATABASE_URL": f"postgresql://u:{PASSWORD}@127.0.0.1:9/db"}),
        ("", {"HEADCOUNT_SERVER__DATABASE_URL": f"nonsense://u:{PASSWORD}@h/db"}),
    ],
    ids=range(15),
)
def test_a_secret_in_the_wrong_place_is_not_quoted(
    station: Station, config: str, environ: dict[str, str]
) -> None:
    if config:
        (station.folder / "config.toml").write_text(config, encoding="utf-8")
    station.environ |= {"HEADCOUNT_SYNC__ATTEMPTS": "1"} | environ
    for args in (["sync"], ["events", "list"], ["report", "--event", "e"], ["demo", "--help"]):
        assert leaks(run(station, *args)) == [], args


@pytest.mark.parametrize(
    ("content", "mode"),
    [(FILE_KEY.encode(), 0o644), (FILE_KEY.encode() + b"\xff", 0o600), (b"\xff", 0o644)],
)
def test_a_key_file_that_is_not_accepted_is_not_quoted(
    secretive: Station, content: bytes, mode: int
) -> None:
    del secretive.environ["SCANNER_API_KEY"]
    file = secretive.folder / "secret.key"
    file.write_bytes(content)
    file.chmod(mode)
    err = secretive.run("sync", exit_code=2).stderr
    assert leaks(err) == []
    assert "backend.key_file" in err
    assert "0xff" not in err


def test_an_admins_token_is_shown_once_and_stored_as_a_hash(station: Station) -> None:
    made = station.json("users", "create-admin", "--name", "A", "--email", "a@x.org", "--json")[0]
    token = made["token"]
    kept = "".join(text for _, text in files_below(station.data))
    assert token not in kept
    assert hashlib.sha256(token.encode()).hexdigest() in kept
    assert token not in run(station, "users", "list", "--json")


def options(command: click.Command) -> Iterator[click.Option]:
    """Of a command and all below it."""
    yield from (each for each in command.params if isinstance(each, click.Option))
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            found = command.get_command(context, name)
            assert found is not None
            yield from options(found)


def test_no_option_takes_a_secret() -> None:
    """What is given as an option is in the list of processes and in the shell's history."""
    every = list(options(cli))
    assert "--event" in {name for option in every for name in option.opts}
    words = ("key", "token", "password", "secret")
    named = [name for option in every for name in option.opts if any(w in name for w in words)]
    assert named == []


def test_secrets_are_compared_in_constant_time() -> None:
    """No == or != with a name that holds a secret; hmac.compare_digest compares digests."""
    secret_names = {
        "secret",
        "key",
        "token",
        "scanner_key",
        "password",
        "_scanner",
        "_key",
        "_token",
    }
    found = []
    for path in sorted((SOURCE / "api").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.Eq | ast.NotEq):
                names = {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
                names |= {n.attr for n in ast.walk(node) if isinstance(n, ast.Attribute)}
                found += [f"{path.name}:{node.lineno}"] if names & secret_names else []
    assert found == []
    auth = (SOURCE / "api" / "auth.py").read_text("utf-8")
    assert "hmac.compare_digest(digest, self._scanner)" in auth


def test_an_error_of_the_database_names_nobody(tmp_path: Path) -> None:
    file = tmp_path / "backend.db"
    store = open_store(f"sqlite:///{file}")
    store.create_event(NewEvent("Evening", NOW, NOW + 1, id="e"), now_ms=NOW)
    with sqlite3.connect(file) as other:
        other.execute("PRAGMA foreign_keys = OFF")
        other.execute("ALTER TABLE users RENAME COLUMN email TO gone")
    other.close()
    rows = [PersonRow(2, "Alice Canary", "alice.canary@x.org", BADGE % 1)]
    with pytest.raises(Exception, match=r"email|could not") as caught:
        store.import_people(rows, event_id="e", now_ms=NOW)
    store.close()
    told: list[BaseException] = [caught.value]
    while (cause := told[-1].__cause__ or told[-1].__context__) is not None:
        told.append(cause)
    assert any(isinstance(each, SQLAlchemyError | sqlite3.Error) for each in told)
    assert [str(each) for each in told if "anary" in str(each)] == []


def test_the_canaries_can_be_found(secretive: Station) -> None:
    """The search works: a program that prints its environment is caught."""
    done = subprocess.run(
        ["/usr/bin/env"], env=secretive.environ, capture_output=True, text=True, check=True
    )
    assert leaks(done.stdout) == [KEY, TOKEN]
    assert json.dumps(leaks(FILE_KEY)) == json.dumps([FILE_KEY])
