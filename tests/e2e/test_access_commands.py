"""Pairing, roles and sign-in as people do them: real processes, real HTTP, real files."""

from __future__ import annotations

import stat
import subprocess
from pathlib import Path

import pytest

from .conftest import Station

PASSWORD = "canary horse battery staple"
EMAIL = "ada@example.org"
BADGE = "9f2c4a6e0b1d4c3e8f5a7d9b1c3e5f70"


def typed(
    station: Station, text: str, *args: str, exit_code: int = 0
) -> subprocess.CompletedProcess[str]:
    """A command that reads a password from stdin, and never shows it."""
    done = station.done(*args, typed=text + "\n")
    assert done.returncode == exit_code, done.stdout + done.stderr
    assert PASSWORD not in done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done


@pytest.fixture
def office(station: Station) -> Station:
    """A backend's machine with an admin and an event, and no shared key."""
    del station.environ["SCANNER_API_KEY"]
    create = ("users", "create-admin", "--name", "Ada", "--email", EMAIL, "--sign-in")
    typed(station, PASSWORD, *create)
    for event in ("evening", "morning"):
        times = ("--start", "now", "--end", "+2h")
        station.run("events", "create", "--id", event, "--name", event, *times)
    return station


@pytest.fixture
def door(tmp_path: Path, office: Station) -> Station:
    """Another machine, which knows nothing but the backend's address."""
    folder = tmp_path / "door"
    folder.mkdir()
    door = Station(folder)
    del door.environ["SCANNER_API_KEY"]
    return door


def log_of(station: Station, event: str) -> None:
    """One record in the event's log."""
    path = station.log(event)
    path.parent.mkdir(parents=True, mode=0o700)
    record = f'{{"bleUuid": "{BADGE}", "checkInTime": 1721471400000, "scannerId": "Door"}}\n'
    path.write_text(record, encoding="utf-8")


def secret_files(station: Station) -> dict[str, str]:
    folder = station.data / "credentials"
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} <= {0o600}
    return {path.suffix: path.read_text().strip() for path in folder.iterdir()}


def test_a_scanner_is_paired_sends_and_is_shut_out(office: Station, door: Station) -> None:
    with office.backend():
        url = office.environ["HEADCOUNT_BACKEND__URL"]
        door.environ["HEADCOUNT_BACKEND__URL"] = url
        pairing = ("scanners", "pair", "--name", "North", "--event", "evening", "--json")
        code = office.json(*pairing)[0]["code"]
        paired = door.json("pair", code.lower(), "--json")[0]
        assert (paired["name"], paired["events"]) == ("North", ["evening"])
        key = secret_files(door)[".key"]
        again = door.run("pair", code, exit_code=1)
        assert "wrong, was used before, or is more than ten minutes old" in again.stderr
        # the records of an event that the key is not for stay, and hold up no others
        log_of(door, "evening")
        log_of(door, "aa-other")
        office.run(
            "events", "create", "--id", "aa-other", "--name", "O", "--start", "now", "--end", "+1h"
        )
        door.run("sync", exit_code=1)
        report = office.json("report", "--event", "evening", "--format", "json")[0]
        assert report["totals"]["unknown"] == 1
        listed = {row["name"]: row for row in office.json("scanners", "list", "--json")}
        assert listed["North"]["lastContact"] is not None
        office.run("scanners", "revoke", "North")
        refused = door.run("sync", exit_code=4)
        assert key not in refused.stdout + refused.stderr
    kept = office.data / "backend.sqlite3"
    assert key.encode() not in kept.read_bytes()
    assert code.replace("-", "").encode() not in kept.read_bytes()


def test_roles_are_given_over_http_by_who_is_signed_in(office: Station, door: Station) -> None:
    people = office.folder / "people.csv"
    people.write_text("name,email,bleUuid\nEve,eve@example.org,\n", encoding="utf-8")
    office.run("users", "import", people)
    with office.backend():
        door.environ["HEADCOUNT_BACKEND__URL"] = office.environ["HEADCOUNT_BACKEND__URL"]
        wrong = typed(door, PASSWORD[:-1], "sign-in", "--email", EMAIL, exit_code=1)
        assert "SIGN_IN_FAILED" in wrong.stderr
        signed_in = typed(door, PASSWORD, "sign-in", "--email", EMAIL)
        assert "as Ada (admin)" in signed_in.stdout
        token = secret_files(door)[".token"]
        assert token not in signed_in.stdout + signed_in.stderr
        eve = door.json("users", "set-role", "EVE@example.org", "operator", "--json")[0]
        assert eve["role"] == "operator"
        assert "rejected" in door.run("users", "reject", eve["id"]).stdout
        assert "active" in door.run("users", "approve", "eve@example.org").stdout
        last = door.run("users", "set-role", EMAIL, "user", exit_code=1)
        assert "LAST_ADMIN" in last.stderr
        assert "Nobody has" in door.run("users", "reject", "nobody", exit_code=2).stderr
        door.run("sign-out")
        assert secret_files(door) == {}
        assert "Nobody was signed in" in door.run("sign-out").stderr
    assert token.encode() not in (office.data / "backend.sqlite3").read_bytes()
    assert PASSWORD.encode() not in (office.data / "backend.sqlite3").read_bytes()


def test_a_short_password_makes_no_admin(station: Station) -> None:
    create = ("users", "create-admin", "--name", "Ada", "--email", EMAIL, "--sign-in")
    done = typed(station, "short", *create, exit_code=2)
    assert "12 to 256 characters" in done.stderr
    assert station.json("users", "list", "--json") == []


def test_a_key_is_only_sent_to_the_backend_that_gave_it(office: Station, door: Station) -> None:
    with office.backend():
        door.environ["HEADCOUNT_BACKEND__URL"] = office.environ["HEADCOUNT_BACKEND__URL"]
        door.run("pair", office.json("scanners", "pair", "--json")[0]["code"])
        log_of(door, "evening")
        other = door.environ["HEADCOUNT_BACKEND__URL"].replace("127.0.0.1", "localhost")
        assert "SCANNER_KEY_REFUSED" in door.run("sync", "--url", other, exit_code=4).stderr
        door.run("sync")
