"""The backend's store: a killed server loses nothing that it acknowledged, and keeps no halves."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import closing

import pytest

from headcount.core.backend import NewEvent
from headcount.store.server import open_store

HALF = 200
"""Of each batch, so many badges are known before it comes, and so many become known later."""

PROGRAM = f"""
import itertools, sys, uuid
from sqlalchemy import event
from headcount.core.backend import Batch, BatchRecord, PersonRow
from headcount.store.server import open_store, sqlite

store = open_store(sys.argv[1])
if sys.argv[3] == "unprotected":
    event.remove(store._database._database._writer, "begin", sqlite._begin_writing)
for batch in itertools.count(int(sys.argv[2])):
    ids = [str(uuid.UUID(int=batch * {2 * HALF} + n + 1)) for n in range({2 * HALF})]
    people = [PersonRow(1, f"P{{i}}", "", i) for i in ids]
    store.import_people(people[:{HALF}], now_ms=1)
    records = [BatchRecord(ble_uuid, 5, f"S{{batch}}", 0) for ble_uuid in ids]
    store.merge_batch(Batch("E", records), received_ms=1)
    store.import_people(people[{HALF}:], now_ms=1)
    print(batch, flush=True)
"""


@pytest.fixture
def url(database_url: str) -> str:
    with closing(open_store(database_url)) as store:
        store.create_event(NewEvent("Class", 0, 9, id="E"), now_ms=0)
    return database_url


@pytest.mark.kill
def test_after_a_kill_every_batch_and_import_is_whole_or_absent(url: str) -> None:
    for acknowledged in _kills(url, "protected", 5):
        assert _damage(url, acknowledged) == []


@pytest.mark.kill
@pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
def test_without_transactions_the_kills_do_leave_halves(url: str) -> None:
    """The control: were the kills harmless, the test above would say nothing."""
    assert any(_damage(url, acknowledged) for acknowledged in _kills(url, "unprotected", 20))


def _kills(url: str, how: str, times: int) -> Iterator[set[int]]:
    """Kill a process again and again while it writes; after each, the acknowledged batches."""
    moments = random.Random(7)
    acknowledged: set[int] = set()
    for turn in range(times):
        command = [sys.executable, "-c", PROGRAM, url, str(turn * 10_000), how]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as run:
            assert run.stdout is not None
            first = run.stdout.readline()
            timer = threading.Timer(moments.uniform(0.02, 0.2), run.kill)
            timer.start()
            words = (first + run.stdout.read()).split()
            timer.join()
        assert run.returncode == -signal.SIGKILL
        assert words
        acknowledged |= {int(word) for word in words}
        yield acknowledged


def _damage(url: str, acknowledged: set[int]) -> list[str]:
    """What is neither whole nor absent, and what was acknowledged and is not there."""
    with closing(open_store(url)) as store:
        facts = store.report_facts("E")
        users = store.users(limit=1_000_000).items
    people = Counter(person.scanner_id for person in facts.people)
    strangers = Counter(fact.scanner_id for fact in facts.unknown)
    named = {scanner.scanner_id for scanner in facts.scanners}
    found = [f"{name} is lost" for name in {f"S{batch}" for batch in acknowledged} - named]
    if len(users) % HALF or not all(user.ble_uuid for user in users):
        found.append(f"{len(users)} people, some without badge: half an import")
    for name in named:
        whole = {2 * HALF} if int(name[1:]) in acknowledged else {HALF, 2 * HALF}
        if people[name] not in whole or people[name] + strangers[name] != 2 * HALF:
            found.append(f"{name}: {people[name]} people, {strangers[name]} strangers")
    return found
