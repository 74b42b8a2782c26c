"""`headcount scanners set|missing|list`, on a database of this machine."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from headcount.cli import cli
from headcount.core.backend import Batch, NewEvent
from headcount.core.fleet_values import Versions
from headcount.core.model import ScanSession
from headcount.store.server import open_store

START = 1_753_000_000_000
MINUTE = 60_000


class Here:
    """Runs commands on one database, in which the station North was heard at one event."""

    def __init__(self, folder: Path) -> None:
        self.url = f"sqlite:///{folder / 'backend.sqlite3'}"
        self.folder = folder
        with closing(open_store(self.url)) as store:
            evening = NewEvent("Evening", START, START + 120 * MINUTE, id="evening")
            event = store.create_event(evening, now_ms=START)
            session = ScanSession("s", "North", START, START + 30 * MINUTE)
            batch = Batch(event.id, [], sessions=[session])
            store.merge_batch(batch, received_ms=START + 30 * MINUTE)
            store.note_versions("North", Versions("0.0.9"), now_ms=START + 30 * MINUTE)

    def ask(self, *args: str) -> tuple[int, str]:
        given = ["--data-dir", str(self.folder), *args, "--database-url", self.url]
        done = CliRunner().invoke(cli, given)
        return done.exit_code, f"{done.output}{done.exception or ''}"

    def run(self, *args: str) -> str:
        code, said = self.ask(*args)
        assert code == 0, said
        return said

    def rows(self, *args: str) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.run(*args, "--json").splitlines()]


@pytest.fixture
def here(tmp_path: Path) -> Here:
    return Here(tmp_path)


def test_settings_are_decided_shown_taken_back_and_audited(here: Here) -> None:
    assert "left to the station" in here.run("scanners", "set", "North")
    decided = ("identify.min_rssi=-75", "radio.formats=ibeacon, altbeacon")
    assert here.run("scanners", "set", "North", *decided).splitlines() == [
        "identify.min_rssi = -75",
        "radio.formats = ibeacon, altbeacon",
    ]
    here.run("scanners", "set", "--all", "identify.min_hits=1")
    assert here.rows("scanners", "set", "--all") == [{"identify.min_hits": 1}]
    line = here.run("scanners", "list")
    assert "headcount 0.0.9 (older than the backend)  2 own settings" in line
    assert "radio.formats" not in here.run("scanners", "set", "North", "--unset", "radio.formats")
    log = here.rows("audit", "list", "--action", "scanners.set")
    assert log[0]["before"] == {"min_rssi": -75, "formats": ["ibeacon", "altbeacon"]}
    assert log[0]["after"] == {"min_rssi": -75}
    assert len(here.rows("audit", "list", "--action", "fleet.set")) == 1


WRONG = (
    (("North", "identify.min_rssi=0"), "identify.min_rssi: expected a whole number"),
    (("North", "backend.url=http://x"), "can't be decided for stations"),
    (("North", "identify.strict=true"), "can't be decided for stations"),
    (("North", "identify.min_hits"), "is no KEY=VALUE"),
    (("identify.min_hits=1",), "Name one scanner, or give --all"),
    ((), "Name one scanner, or give --all"),
    (("--all", "--gate", "x"), "a gate is one scanner's"),
    (("Nobody", "identify.min_hits=1"), "No scanner has this name"),
    (("North", "--gate", "Foyer"), "has no key of its own"),
)


def test_what_is_wrong_is_said_and_nothing_is_changed(here: Here) -> None:
    for args, words in WRONG:
        code, said = here.ask("scanners", "set", *args)
        assert code != 0
        assert words in said
    assert here.rows("scanners", "set", "North") == here.rows("scanners", "set", "--all") == [{}]


def test_after_a_theft_the_stretch_that_may_be_missing_is_named(here: Here) -> None:
    stolen = str(START + 45 * MINUTE)
    (row,) = here.rows("scanners", "missing", "North", "--stolen-at", stolen)
    assert (row["coveredUntil"], row["missingUntil"], row["known"]) == (
        START + 30 * MINUTE,
        START + 45 * MINUTE,
        True,
    )
    said = here.run("scanners", "missing", "North", "--stolen-at", stolen)
    assert said.startswith("Evening, no gate: in up to ")
    assert "may be missing." in said
    (later,) = here.rows("scanners", "missing", "North")
    assert later["missingUntil"] == START + 120 * MINUTE
    assert "has not scanned for any" in here.run("scanners", "missing", "South")
