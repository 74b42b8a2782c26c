"""A purge that is killed: each event is whole or purged, and what was purged is in an archive."""

from __future__ import annotations

import csv
import random
import signal
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest
from tests.store.care_event import LATER, MINUTE, badge

from headcount.core.backend import Batch, BatchRecord, NewEvent, PersonRow
from headcount.core.report import Totals, build_report
from headcount.core.retention import Retention
from headcount.store.server import Store, archive, open_store

EVENTS = [f"e{number:03}" for number in range(60)]
PEOPLE, TIMES = 4, 30
KILLS = 3

PROGRAM = """
import sys
from headcount.core.retention import Retention
from headcount.store.server import open_store

store, keep, now = open_store(sys.argv[1]), Retention(), int(sys.argv[3])
for due in store.purge_plan(keep, now_ms=now):
    print(due.event_id, flush=True)
    store.purge(due, keep, f"{sys.argv[2]}-{due.event_id}", now_ms=now)
"""


def fill(store: Store) -> None:
    people = [PersonRow(row, f"P{row}", "", badge(row + 1)) for row in range(PEOPLE)]
    store.import_people(people, now_ms=0)
    times = [(row, time) for row in range(PEOPLE) for time in range(TIMES)]
    records = [
        BatchRecord(badge(row + 1), time * (2 + row) * MINUTE, "Door", place)
        for place, (row, time) in enumerate(times)
    ]
    for event in EVENTS:
        store.create_event(NewEvent(event, 0, TIMES * 2 * MINUTE, id=event), now_ms=0)
        store.merge_batch(Batch(event, records), received_ms=1)


def totals(store: Store) -> list[Totals]:
    return [build_report(store.report_facts(event), LATER).totals for event in EVENTS]


def kill(url: str, folder: Path, after: float) -> None:
    """After its first line the purge has so many seconds."""
    command = [sys.executable, "-c", PROGRAM, url, str(folder), str(LATER)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as run:
        assert run.stdout is not None
        assert run.stdout.readline()
        timer = threading.Timer(after, run.kill)
        timer.start()
        run.stdout.read()
        timer.join()
    assert run.returncode == -signal.SIGKILL


@pytest.mark.kill
@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
def test_after_a_kill_each_event_is_whole_or_purged(database_url: str, tmp_path: Path) -> None:
    with closing(open_store(database_url)) as store:
        fill(store)
        before = totals(store)
    moments, left = random.Random(5), len(EVENTS)
    for turn in range(KILLS):
        kill(database_url, tmp_path / str(turn), moments.uniform(0.02, 0.15))
        with closing(open_store(database_url)) as store:
            due = {
                due.event_id: dict(due.rows) for due in store.purge_plan(Retention(), now_ms=LATER)
            }
            assert totals(store) == before
        assert set(map(str, due.values())) == {str({"sightings": PEOPLE * TIMES})}
        archived = [path for path in tmp_path.iterdir() if path.suffix != ".part"]
        for path in archived:
            archive.verify(path)
            rows = list(csv.reader((path / "sightings.csv").read_text().splitlines()))
            assert len(rows) == PEOPLE * TIMES + 1
        purged = set(EVENTS) - due.keys()
        assert purged <= {path.name.partition("-")[2] for path in archived}
        assert len(due) <= left
        left = len(due)
    assert 0 < left < len(EVENTS)
