"""The backend countersigns a log's head at each sync, and log verify holds the log against it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from tests.api.conftest import serve

from headcount.api.app import create_app
from headcount.api.client import BackendClient
from headcount.bootstrap.countersign import Countersigner
from headcount.clock import SystemClock
from headcount.core.chain import link, start
from headcount.core.model import Record
from headcount.keys import BackendKeys
from headcount.store.attendance_log import AttendanceLog
from headcount.store.log_archive import archive
from headcount.store.log_heads import add_receipt, read_receipts
from headcount.store.logline import finish, link_of
from headcount.store.server import open_store
from headcount.store.station import StationStore

from .conftest import KEY, Station

SESSION = "0123456789abcdef"
FOREIGN = b'{"bleUuid": "%s", "checkInTime": 1721471400000, "scannerId": "Door"}\n'


def ignore(_told: object) -> None:
    pass


def badge(number: int) -> str:
    return f"9f2c0000-0000-4000-8000-{number:012x}"


def scan(path: Path, first: int, count: int, session: str = SESSION) -> None:
    now = SystemClock().now()
    log = AttendanceLog.open(path, session=session, on_durable=ignore, on_trouble=ignore)
    for number in range(first, first + count):
        log.append(Record(badge(number), "Door", now.at(now.mono + number), rssi=-60))
    assert log.close() == 0


def forge(path: Path, old: str, new: str, session: str = SESSION) -> None:
    """Change a record and write the chain anew to the end, as whoever knows the format can."""
    chain, lines = start(session), []
    for line in path.read_bytes().splitlines():
        tie = link_of(line)
        assert tie
        body = tie.body.replace(old.encode(), new.encode())
        chain = link(chain, body)
        lines.append(finish(body, chain))
    path.write_bytes(b"".join(lines))


@pytest.fixture
def synced(station: Station) -> Station:
    """A log of ten records, synced and countersigned."""
    station.set_up_event([badge(number) for number in range(20)])
    scan(station.log(), 0, 10)
    with station.backend():
        sent = station.json("sync", "--json")[0]
    assert (sent["countersigned"], sent["warnings"]) == (10, [])
    return station


def test_an_untouched_log_is_countersigned_up_to_its_head(synced: Station) -> None:
    receipts = synced.log().with_name("attendance_log.jsonl.heads")
    assert receipts.stat().st_mode & 0o777 == 0o600
    assert json.loads(receipts.read_text())["seq"] == 10
    done = synced.run("log", "verify")
    assert "Countersigned up to record 10 at 20" in done.stderr
    scan(synced.log(), 10, 3, "fedcba9876543210")
    with synced.backend():
        told = synced.json("sync", "--json")
        again = synced.json("sync", "--json")
    assert (told[0]["countersigned"], told[0]["warnings"]) == (13, [])
    assert (again[0]["countersigned"], again[0]["warnings"]) == (None, [])
    assert "Countersigned up to record 13 at 20" in synced.run("log", "verify").stderr


def put_in_front(path: Path) -> None:
    path.write_bytes(FOREIGN % badge(15).encode() + path.read_bytes())


def cut_off(path: Path) -> None:
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:8]))


def sign_by_hand(path: Path) -> None:
    receipts = path.with_name("attendance_log.jsonl.heads")
    receipts.write_text(receipts.read_text().replace('"seq": 10', '"seq": 9'))


@pytest.mark.parametrize(
    ("tamper", "told"),
    [
        (lambda path: forge(path, badge(3), badge(19)), "the log was something else then"),
        (put_in_front, "bytes were put in or taken out before it"),
        (cut_off, "the log ends before it"),
        (sign_by_hand, "its signature is wrong"),
    ],
    ids=["written anew", "a line in front", "the end cut off", "the receipt changed"],
)
def test_an_edit_behind_the_backends_back_is_seen(
    synced: Station, tamper: Callable[[Path], None], told: str
) -> None:
    tamper(synced.log())
    done = synced.run("log", "verify", exit_code=6)
    assert told in done.stderr
    assert "was edited after it was written" in done.stderr
    assert synced.json("log", "verify", "--json", exit_code=6)[0]["verdict"] == "edited"


def test_receipts_of_another_key_are_named(synced: Station) -> None:
    """Somebody forged the log, and the receipt with a key of their own."""
    forge(synced.log(), badge(3), badge(19))
    path = synced.log().with_name("attendance_log.jsonl.heads")
    (receipt,), _ = read_receipts(synced.log())
    tie = link_of(synced.log().read_bytes().splitlines()[-1])
    assert tie
    mine = BackendKeys(b"1" * 32, b"2" * 32)
    forged = replace(receipt, chain=tie.chain, key=mine.public().sign)
    path.unlink()
    add_receipt(synced.log(), replace(forged, signature=mine.sign(forged.statement())))
    done = synced.run("log", "verify")
    assert "gave this station the key" in done.stderr
    assert "renewed since, or forged" in done.stderr


def test_a_damaged_record_is_no_edit(synced: Station) -> None:
    content = bytearray(synced.log().read_bytes())
    content[-60] ^= 1
    synced.log().write_bytes(bytes(content))
    found = synced.json("log", "verify", "--json", exit_code=6)[0]
    assert (found["verdict"], found["edits"]) == ("damaged", [])


def test_a_scan_that_goes_on_behind_a_damaged_end_is_no_edit(synced: Station) -> None:
    content = bytearray(synced.log().read_bytes())
    content[-60] ^= 1
    synced.log().write_bytes(bytes(content))
    scan(synced.log(), 10, 3, "fedcba9876543210")
    done = synced.run("log", "verify", exit_code=6)
    assert "as by an accident" in done.stderr
    assert "damaged or lost, so this can't be checked" in done.stderr


def test_the_next_sync_says_that_the_log_was_written_anew(synced: Station) -> None:
    forge(synced.log(), badge(3), badge(19))
    scan(synced.log(), 10, 1, "fedcba9876543210")
    with synced.backend():
        done = synced.run("sync", exit_code=5)
    assert "is taken by a record with other content" in done.stderr
    assert "countersigned another log of this name" in done.stderr
    assert "Record 10 of this log had another chain value" in done.stderr


def test_without_receipts_the_backend_still_knows(synced: Station) -> None:
    """The station was wiped; only the log that was written anew is left."""
    copy = synced.folder / "copy.jsonl"
    shutil.copy(synced.log(), copy)
    forge(copy, badge(3), badge(19))
    with synced.backend():
        refused = synced.run("sync", "--event", "evening", "--log", copy, exit_code=5)
        assert "countersigned another log of this name" in refused.stderr
        scan(copy, 10, 1, "fedcba9876543210")
        longer = synced.run("sync", "--event", "evening", "--log", copy, exit_code=5)
        assert "Record 10 of this log had another chain value" in longer.stderr
        cut_off(copy)
        shorter = synced.run("sync", "--event", "evening", "--log", copy, exit_code=5)
        assert "The backend has seen this log up to record 10" in shorter.stderr


def test_a_copy_without_receipts_is_countersigned_where_it_follows(synced: Station) -> None:
    copy = synced.folder / "copy.jsonl"
    shutil.copy(synced.log(), copy)
    scan(copy, 10, 2, "fedcba9876543210")
    with synced.backend():
        sent = synced.json("sync", "--json", "--event", "evening", "--log", copy)[0]
    assert (sent["countersigned"], sent["warnings"]) == (12, [])


def test_a_new_key_of_the_backend_is_told_once(tmp_path: Path) -> None:
    client = BackendClient("http://127.0.0.1:1")
    countersigner = Countersigner(client, StationStore(tmp_path))
    keys = [BackendKeys(b"1" * 32, seed * 32).public().sign for seed in (b"2", b"3")]
    told = [countersigner._pin(key) for key in (keys[0], keys[0], keys[1], keys[1])]
    assert [len(notes) for notes in told] == [0, 0, 1, 0]
    assert "The backend's signing key has changed" in told[2][0]


def test_an_older_backend_that_countersigns_nothing_is_no_trouble(synced: Station) -> None:
    scan(synced.log(), 10, 1, "fedcba9876543210")
    store = open_store(f"sqlite:///{synced.data}/backend.sqlite3")
    app = create_app(store, clock=SystemClock(), scanner_key=KEY)
    with closing(store), serve(app) as address:
        synced.environ["HEADCOUNT_BACKEND__URL"] = f"http://{address}"
        sent = synced.json("sync", "--json")[0]
    assert (sent["countersigned"], sent["warnings"], sent["refused"]) == (None, [], [])


def test_an_archived_log_takes_its_receipts_along(synced: Station) -> None:
    moved = archive(synced.log(), "20260501T200000Z")
    done = synced.run("log", "verify", "--log", moved[0])
    assert "Countersigned up to record 10 at 20" in done.stderr
