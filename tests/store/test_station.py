"""The station's small state: rebuilt when damaged, never a reason not to start."""

from __future__ import annotations

import json
import os
import random
import signal
import stat
import subprocess
import sys
import textwrap
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from headcount.core.model import Event, Person, ScanSession
from headcount.store.station import Receipt, RefusedRecord, StationStore

EVENTS = (Event("e1", "Fair", 1000, 2000, "Europe/Berlin"), Event("e2", "Talk", 3000, 4000))
MEMBERS = (
    (Person("u1", "Zoë"), ("badge-1", "badge-2")),
    (Person("u2", "Bob", "bob@example.org", registered=False), ()),
)
SESSION = ScanSession("s1", "Door", started_at=1000, covered_until=1500)
RECEIPT = Receipt(
    log="/data/attendance_log.jsonl",
    server="https://backend",
    event_id="e1",
    acked_bytes=2580,
    digest="ab" * 32,
    acked_records=10,
    received=10,
    checked_in=7,
    duplicates=2,
    unknown=0,
    refused=1,
    time_ms=5000,
)


def refused(start: int, event_id: str = "e1", message: str = "too old") -> RefusedRecord:
    return RefusedRecord(
        event_id,
        "/data/log.jsonl",
        1 + start,
        start,
        '{"bleUuid":"a"}',
        "TIME_INVALID",
        message,
        5000,
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "state"


@pytest.fixture
def store(folder: Path) -> StationStore:
    return StationStore(folder)


def test_a_new_store_is_empty(store: StationStore) -> None:
    assert store.events() == ()
    assert store.events_fetched_ms() is None
    assert store.event("e1") is None
    assert store.roster("e1") is None
    assert store.sessions("e1") == ()
    assert store.receipt("log", "server", "e1") is None
    assert store.refused("e1") == ()
    assert store.get("screen") is None
    assert store.warnings == []


def test_events_are_replaced(folder: Path, store: StationStore) -> None:
    store.save_events(EVENTS, 7)
    store.save_events(EVENTS[1:], 9)
    again = StationStore(folder)
    assert again.events() == EVENTS[1:]
    assert again.events_fetched_ms() == 9
    assert again.event("e2") == EVENTS[1]
    assert again.event("e1") is None


def test_a_roster_has_an_age(folder: Path, store: StationStore) -> None:
    store.save_roster("e1", MEMBERS, 60_000)
    store.save_roster("e2", (), 60_000)
    roster = StationStore(folder).roster("e1")
    assert roster is not None
    assert roster.members == MEMBERS
    assert roster.age_ms(90_000) == 30_000
    assert roster.age_ms(0) == 0


@pytest.mark.parametrize("event_id", ["a:b~c", "../../etc/passwd", "Ä ö/%2F"])
def test_no_event_id_leaves_the_directory(folder: Path, store: StationStore, event_id: str) -> None:
    store.save_roster(event_id, MEMBERS, 1)
    assert store.roster(event_id) is not None
    assert {entry.name for entry in folder.parent.iterdir()} == {"state"}


def test_a_roster_of_ten_thousand_is_kept_in_one_write(store: StationStore) -> None:
    members = tuple((Person(f"u{n}", f"Name {n}"), (f"badge-{n}",)) for n in range(10_000))
    store.save_roster("e1", members, 1)
    roster = store.roster("e1")
    assert roster is not None
    assert roster.members == members


def test_a_session_is_updated(store: StationStore) -> None:
    ended = replace(SESSION, covered_until=2000, ended_at=2000)
    later = replace(SESSION, id="s0", started_at=1001)
    for event_id, session in [("e1", later), ("e1", SESSION), ("e2", SESSION), ("e1", ended)]:
        store.save_session(event_id, session)
    assert store.sessions("e1") == (ended, later)


def test_a_receipt_belongs_to_one_file_server_and_event(store: StationStore) -> None:
    store.save_receipt(RECEIPT)
    store.save_receipt(replace(RECEIPT, server="https://other", acked_bytes=1))
    newer = replace(RECEIPT, acked_bytes=5160)
    store.save_receipt(newer)
    assert store.receipt(RECEIPT.log, RECEIPT.server, "e1") == newer
    assert store.receipt(RECEIPT.log, RECEIPT.server, "e2") is None
    assert store.receipt("/other.jsonl", RECEIPT.server, "e1") is None


def test_refused_records_are_kept_until_dropped(folder: Path, store: StationStore) -> None:
    store.save_refused([refused(500), refused(0), refused(0, "e2")])
    store.save_refused([refused(500, message="still too old"), refused(900)])
    assert StationStore(folder).refused("e1") == (
        refused(0),
        refused(500, message="still too old"),
        refused(900),
    )
    store.drop_refused("e1", "/data/log.jsonl", [0, 900, 12345])
    assert [record.start for record in store.refused("e1")] == [500]
    assert [record.start for record in store.refused("e2")] == [0]


def test_small_values_are_kept(folder: Path, store: StationStore) -> None:
    store.set("screen", {"name": "live", "event": "e1"})
    store.set("screen", "picker")
    store.set("notes", ["one"])
    assert StationStore(folder).get("screen") == "picker"
    assert StationStore(folder).get("notes") == ["one"]


def test_only_this_user_can_read_the_state(folder: Path, store: StationStore) -> None:
    store.save_events(EVENTS, 1)
    store.save_roster("e1", MEMBERS, 1)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()} == {0o600}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\0" * 500,
        b'{"events": {"1": {"a": ',
        b"[]",
        b'{"events": [1]}',
        b"[" * 99_999,
        b"\xff",
    ],
    ids=["empty", "NUL bytes", "cut off", "list", "no table", "deep", "not UTF-8"],
)
def test_a_damaged_file_is_set_aside_and_rebuilt(folder: Path, content: bytes) -> None:
    store = StationStore(folder)
    for number in (1, 2):
        (folder / "station.json").write_bytes(content)
        assert store.events() == ()
        store.save_events(EVENTS, number)
        assert store.events() == EVENTS
    names = sorted(file.name for file in folder.iterdir() if "damaged" in file.name)
    assert len(names) == 2
    assert (folder / names[0]).read_bytes() == content
    assert "was damaged. It is kept as" in store.warnings[0]
    assert len(store.warnings) == 2


def test_documents_of_another_shape_count_as_missing(folder: Path, store: StationStore) -> None:
    store.save_events(EVENTS, 1)
    store.save_receipt(RECEIPT)
    store.save_roster("e1", MEMBERS, 1)
    for file in folder.glob("*.json"):
        text = file.read_text()
        file.write_text(
            text.replace('"start":1000', '"start":"soon"')
            .replace('"acked_bytes"', '"bytes"')
            .replace('"badge-1"', "7")
            .replace('["u2",', "[")
        )
    assert store.events() == EVENTS[1:]
    assert store.receipt(RECEIPT.log, RECEIPT.server, "e1") is None
    assert store.roster("e1") is None
    assert store.warnings == ["The cached roster of e1 was not readable; fetch it again."]


def _file_in_the_way(folder: Path) -> None:
    folder.write_text("x")


def _directories_in_the_way(folder: Path) -> None:
    for name in (".station.json.tmp", ".roster-e1.json.tmp"):
        (folder / name).mkdir(parents=True)


@pytest.mark.parametrize("prepare", [_file_in_the_way, _directories_in_the_way])
def test_a_state_that_cant_be_written_stays_in_memory(
    folder: Path, prepare: Callable[[Path], None]
) -> None:
    prepare(folder)
    store = StationStore(folder)
    store.save_events(EVENTS, 1)
    store.save_roster("e1", MEMBERS, 1)
    store.save_session("e1", SESSION)
    assert store.events() == EVENTS
    assert store.sessions("e1") == (SESSION,)
    assert store.roster("e1") is not None
    assert any("kept in memory" in warning for warning in store.warnings)


SAVE_SESSIONS = """
    import itertools, sys
    from pathlib import Path
    from headcount.core.model import ScanSession
    from headcount.store.station import StationStore
    store = StationStore(Path(sys.argv[1]))
    print("ready", flush=True)
    for number in itertools.islice(itertools.count(), int(sys.argv[3])):
        store.save_session("e1", ScanSession(f"{sys.argv[2]}-{number}", "Door", number, number))
        print(number, flush=True)
    assert not store.warnings, store.warnings
"""


def save_sessions(folder: Path, name: str, count: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", textwrap.dedent(SAVE_SESSIONS), str(folder), name, str(count)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def test_two_processes_do_not_overwrite_each_other(folder: Path, store: StationStore) -> None:
    both = [save_sessions(folder, name, 40) for name in ("scan", "sync")]
    for process in both:
        process.communicate()
        assert process.returncode == 0
    assert len(store.sessions("e1")) == 80


@pytest.mark.kill
@pytest.mark.parametrize("seed", range(8))
def test_a_kill_leaves_the_old_or_the_new_state(folder: Path, seed: int) -> None:
    chance = random.Random(seed)
    process = save_sessions(folder, "killed", 10_000)
    assert process.stdout is not None
    saved = [process.stdout.readline().strip() for _ in range(chance.randint(1, 30))][1:]
    os.kill(process.pid, signal.SIGKILL)
    saved += process.communicate()[0].split()
    store = StationStore(folder)
    numbers = {session.started_at for session in store.sessions("e1")}
    assert numbers >= {int(number) for number in saved}
    assert len(numbers) <= len(saved) + 1
    assert store.warnings == []
    if numbers:
        json.loads((folder / "station.json").read_bytes())
