"""The commands for the care of data, on a database of this machine."""

from __future__ import annotations

import csv
import json
import uuid
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from headcount.cli import cli
from headcount.core.backend import Batch, BatchRecord
from headcount.store.server import open_store


class Here:
    """Runs commands on one database."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.url = f"sqlite:///{folder / 'backend.sqlite3'}"

    def run(self, *args: str) -> str:
        """What a command that works prints."""
        given = ["--data-dir", str(self.folder), *args, "--database-url", self.url]
        done = CliRunner().invoke(cli, given, catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return done.stdout

    def rows(self, *args: str) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.run(*args, "--json").splitlines()]


@pytest.fixture
def here(tmp_path: Path) -> Here:
    return Here(tmp_path)


def people(folder: Path) -> str:
    file = folder / "people.csv"
    file.write_text("name,email,bleUuid\nAna,ana@example.org,\n=Ben,ben@example.org,\n")
    return str(file)


def test_commands_on_the_database_are_in_the_audit_log(here: Here) -> None:
    here.run(
        "events", "create", "--name", "=1+1", "--start", "2026-05-01", "--end", "+1h", "--id", "e"
    )
    here.run("users", "import", people(here.folder), "--event", "e")
    here.run("users", "set-role", "ana@example.org", "operator")
    here.run("users", "create-admin", "--name", "Ada", "--email", "ada@example.org")
    here.run("scanners", "pair", "--name", "North", "--event", "e")
    rows = here.rows("audit", "list", "--actor", "local")
    assert [row["action"] for row in reversed(rows)] == [
        "events.create",
        "users.import",
        "users.set-role",
        "users.create-admin",
        "scanners.pairing-code",
    ]
    assert rows[2]["before"] == {"role": "user"}
    assert rows[3]["details"] == {"created": 2, "updated": 0, "registered": 2}
    assert here.run("audit", "list", "--action", "events").count("events/e") == 1
    assert len(here.rows("audit", "list", "--limit", "2")) == 2
    here.run("report", "--event", "e", "--format", "csv")
    (read,) = here.rows("audit", "list", "--action", "report.read")
    assert (read["actor"], read["subject"]) == ("local", "events/e")
    file = here.folder / "audit.csv"
    assert "6 entries" in here.run("audit", "export", "--output", str(file))
    assert file.stat().st_mode & 0o777 == 0o600
    table = list(csv.DictReader(file.read_text().splitlines()))
    assert json.loads(table[-1]["after"])["name"] == "=1+1"
    assert [row["action"] for row in table[1:]] == [row["action"] for row in rows]


def test_one_person_is_shown_then_erased(here: Here) -> None:
    here.run("users", "import", people(here.folder))
    shown = json.loads(here.run("users", "export-person", "Ana@example.org"))
    assert shown["tables"]["users"][0]["name"] == "Ana"
    file = here.folder / "ana.json"
    here.run("users", "export-person", "ana@example.org", "--output", str(file))
    assert json.loads(file.read_text())["userId"] == shown["userId"]
    assert file.stat().st_mode & 0o777 == 0o600
    assert here.rows("users", "erase", "ana@example.org") == [
        {"userId": shown["userId"], "rows": {"users": 1, "auditLog": 2}, "erased": False}
    ]
    (done,) = here.rows("users", "erase", "ana@example.org", "--yes")
    assert done["erased"]
    names = {row["name"]: row["id"] for row in here.rows("users", "list")}
    assert names["Erased person"] == done["userId"] != shown["userId"]
    (entry,) = here.rows("audit", "list", "--action", "users.erase")
    assert (entry["subject"], entry["actor"]) == (f"users/{done['userId']}", "local")


def test_a_purge_is_shown_then_done(here: Here) -> None:
    here.run(
        "events", "create", "--name", "E", "--start", "2020-05-01", "--end", "+1h", "--id", "e"
    )
    with closing(open_store(here.url)) as store:
        record = BatchRecord(str(uuid.UUID(int=1)), 1_588_291_200_000, "North", 0)
        store.merge_batch(Batch("e", [record]), received_ms=1_588_291_200_000)
    assert "sightings: 1 row" in here.run("purge", "--dry-run")
    expected = {"eventId": "e", "rows": {"sightings": 1}}
    assert here.rows("purge", "--dry-run") == [expected | {"archive": ""}]
    assert here.rows("purge", "--event", "e", "--dry-run") == [expected | {"archive": ""}]
    (done,) = here.rows("purge")
    archive = Path(done["archive"])
    assert archive.parent == here.folder / "archive"
    assert sorted(file.name for file in archive.iterdir()) == ["manifest.json", "sightings.csv"]
    assert here.rows("purge") == []
    (entry,) = here.rows("audit", "list", "--action", "data")
    assert (entry["subject"], entry["details"]["rows"]) == ("events/e", {"sightings": 1})
