"""`headcount setup`: from answers to a configuration that is read, and a key that is kept."""

from __future__ import annotations

import io
import json
import os
import pty
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner
from starlette.types import ASGIApp
from tests.api.conftest import ADMIN, KEY, serve

from headcount.api.app import create_app
from headcount.api.auth import token_hash
from headcount.bootstrap.credentials import scanner_key
from headcount.bootstrap.setup import Answers, adapter_names, write_config
from headcount.cli import main
from headcount.cli.setup import Asked, ask
from headcount.clock import SystemClock
from headcount.config import SECRETS, Config, config_text, load, settings_of
from headcount.core.backend import NewEvent
from headcount.core.errors import ConfigError, UsageError
from headcount.keys import BackendKeys
from headcount.store.server import open_store
from headcount.store.station import StationStore

HOUR = 3_600_000
QUESTIONS = [
    "The backend's address",
    "Pairing code",
    "Is there a scanner key",
    "This scanner's name",
    "The event's id",
]


def test_the_file_documents_every_key_and_changes_none(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text(config_text({}))
    assert load(file, environ={}) == Config()
    text = file.read_text()
    prose = " ".join(text.replace("\n# ", " ").split())
    for key, _, about in settings_of(Config()):
        if tuple(key.split(".")) not in SECRETS and key != "keys":
            assert f"# {key.rpartition('.')[2]} = " in text
            assert " ".join(about.split()) in prose


def test_every_default_is_written_as_it_is() -> None:
    active = "\n".join(
        line.removeprefix("# ")
        for line in config_text({}).splitlines()
        if not line.startswith("# ") or line[2:].split(" = ")[0].isidentifier()
    )
    active = "\n".join(line for line in active.splitlines() if " = " in line or line[:1] == "[")
    assert Config(**tomllib.loads(active)) == Config()


def test_answers_win_and_nothing_is_lost(tmp_path: Path) -> None:
    file = tmp_path / "deep/config.toml"
    first = write_config(file, Answers(url="https://one.example.org", scanner_id='Door "A" ü'))
    assert first.kept is None
    assert first.config.station.scanner_id == 'Door "A" ü'
    own = file.read_text() + 'muster = "f2"\n'
    file.write_text(own)
    with pytest.raises(UsageError, match="is there already") as caught:
        write_config(file, Answers(adapter="hci1"))
    assert "not changed" in caught.value.safe
    second = write_config(file, Answers(adapter="hci1", automatic=True), force=True)
    assert second.kept is not None
    assert second.kept.read_text() == own
    config = load(file, environ={})
    assert (config.backend.url, config.radio.adapter) == ("https://one.example.org", "hci1")
    assert (config.sync.automatic, config.keys) == (True, {"muster": "f2"})
    third = write_config(file, Answers(), force=True)
    assert third.kept != second.kept


def test_a_wrong_answer_changes_nothing(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text("# mine\n")
    with pytest.raises(ConfigError, match=r"the answers: station\.scanner_id") as caught:
        write_config(file, Answers(scanner_id="x" * 65), force=True)
    assert "was not changed" in caught.value.safe
    assert [path.name for path in tmp_path.iterdir()] == ["config.toml"]
    file.write_text("not = [toml")
    assert write_config(file, Answers(), force=True).config == Config()


@pytest.mark.parametrize(
    ("given", "typed", "questions", "answers"),
    [
        (
            Asked(None, None, False, None, "hci0", None),
            ["", "", "n", "North", "evening"],
            QUESTIONS,
            ("https://one.example.org", "", False, "North", "evening"),
        ),
        (
            Asked(None, None, False, "", "hci0", None),
            ["https://two.example.org", "AB12", ""],
            [QUESTIONS[0], QUESTIONS[1], QUESTIONS[4]],
            ("https://two.example.org", "AB12", False, "", ""),
        ),
        (
            Asked("https://two.example.org", None, True, "North", "hci0", "evening"),
            [],
            [],
            ("https://two.example.org", None, True, "North", "evening"),
        ),
    ],
)
def test_what_no_flag_gives_is_asked_and_nothing_else(
    tmp_path: Path,
    given: Asked,
    typed: list[str],
    questions: list[str],
    answers: tuple[object, ...],
) -> None:
    """Enter keeps the address of the file that is replaced."""
    file = tmp_path / "config.toml"
    write_config(file, Answers(url="https://one.example.org"))
    with CliRunner().isolation("".join(f"{each}\n" for each in typed)) as (_, told, _):
        ask(given, file)  # one more question would find no answer
        asked = told.getvalue().decode()
    assert re.findall("|".join(QUESTIONS), asked) == questions
    assert (given.url, given.code, given.with_key, given.scanner_id, given.event_id) == answers


def test_nobody_answers_in_vain(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text("")
    ours, theirs = pty.openpty()
    os.write(ours, b"\x04")
    try:
        with os.fdopen(theirs, encoding="utf-8") as terminal, pytest.MonkeyPatch.context() as patch:
            patch.setattr("sys.stdin", terminal)
            assert run("--config", str(file), "setup") == 2
    finally:
        os.close(ours)


def test_adapters_are_offered(tmp_path: Path) -> None:
    for name in ("hci1", "hci0", "hci0:64"):
        (tmp_path / "class/bluetooth" / name).mkdir(parents=True)
    assert adapter_names(tmp_path) == ["hci0", "hci1"]


@pytest.fixture
def backend(tmp_path: Path) -> Iterator[str]:
    """Its address."""
    store = open_store(f"sqlite:///{tmp_path / 'backend.sqlite3'}")
    clock = SystemClock()
    now = clock.now().wall_ms
    store.create_event(NewEvent("Evening", now, now + HOUR, id="evening"), now_ms=now)
    store.create_admin("Ada", "ada@example.org", token_hash=token_hash(ADMIN), now_ms=now)
    app: ASGIApp = create_app(
        store,
        clock=clock,
        scanner_key=KEY,
        max_body_bytes=1 << 20,
        keys=BackendKeys(b"1" * 32, b"2" * 32),
    )
    with serve(app) as address:
        yield f"http://{address}"
    store.close()


def run(*args: str) -> int | str | None:
    with pytest.raises(SystemExit) as ended:
        main(list(args))
    return ended.value.code


def test_a_key_is_kept_and_the_events_are_fetched(
    backend: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.delenv("SCANNER_API_KEY", raising=False)
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{KEY}\n"))
    file, data = tmp_path / "station/config.toml", tmp_path / "data"
    where = ["--config", str(file), "--data-dir", str(data)]
    assert (
        run(*where, "setup", "--url", backend, "--shared", "--scanner-id", "North", "--json") == 0
    )
    captured = capsys.readouterr()
    assert json.loads(captured.out) == {"config": str(file), "kept": "", "paired": {}}
    assert "Events and people were fetched." in captured.err
    assert KEY not in captured.out + captured.err + file.read_text()
    config = load(file)
    assert (config.station.scanner_id, config.data_path, scanner_key(config)) == (
        "North",
        data,
        KEY,
    )
    (kept,) = (data / "credentials").iterdir()
    assert kept.stat().st_mode & 0o777 == 0o600
    assert [event.id for event in StationStore(data / "station").events()] == ["evening"]


def test_a_code_becomes_a_key_once(
    backend: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = httpx.post(
        f"{backend}/scanners/pairingCodes",
        headers={"Authorization": f"Bearer {ADMIN}"},
        json={"name": "North", "gate": "Foyer"},
    )
    code = answer.raise_for_status().json()["code"]
    file = tmp_path / "station/config.toml"
    where = ["--config", str(file), "--data-dir", str(tmp_path / "data"), "setup"]
    args = [*where, "--url", backend, "--code", code, "--event", "evening"]
    assert run(*args, "--json") == 0
    paired = json.loads(capsys.readouterr().out)["paired"]
    assert paired == {"name": "North", "gate": "Foyer", "events": []}
    assert run(*args, "--no-ui") == 2
    assert "is there already" in capsys.readouterr().err
    assert run(*args, "--no-ui", "--force") in {1, 4}
    told = capsys.readouterr().err
    assert "The configuration is written; only the pairing is missing." in told
    assert "headcount pair CODE" in told
    assert file.exists()
