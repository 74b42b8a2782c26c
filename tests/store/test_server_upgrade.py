"""A database of the first version, with data in it, is brought to the newest one."""

from __future__ import annotations

import sqlite3
import uuid
from contextlib import closing
from pathlib import Path

import pytest
from tests.store.earlier import ANN, FILL, START, bring

from headcount.core.attendance import DEFAULT_RULES
from headcount.core.backend import Batch, BatchRecord, PersonRow
from headcount.core.badges import BadgePeriod
from headcount.core.clocks import StationClock
from headcount.store.server import open_store, schema


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """What the first version left behind."""
    path = tmp_path / "backend.db"
    bring(f"sqlite:///{path}", "0001")
    with closing(sqlite3.connect(path)) as db:
        db.executescript(FILL)
    return path


def test_what_was_there_is_still_there_and_new_records_go_on(old: Path) -> None:
    with closing(open_store(f"sqlite:///{old}")) as store:
        (person,) = store.report_facts("E").people
        assert (person.check_in_time, person.sightings) == (START + 5000, (START + 5000,))
        # The station sends again what the first version had, and a new one with a wrong clock.
        lines = [
            BatchRecord(str(ANN), START + 5000, "Door", 0, "b", 5000),
            BatchRecord(str(ANN), 7000, "Door", 1, "b", 7000),
        ]
        clock = StationClock(9000, 9000, "b")
        answer = store.merge_batch(Batch("E", lines, (), (), clock), received_ms=START + 9000)
        assert (answer.checked_in, answer.duplicates) == (0, 2)
        (person,) = store.report_facts("E").people
        assert person.sightings == (START + 5000, START + 7000)
        assert person.corrected == START
    with closing(sqlite3.connect(old)) as db:
        assert db.execute("SELECT version_num FROM alembic_version").fetchone() == (schema.HEAD,)
        assert db.execute("SELECT count(*) FROM batches").fetchone() == (2,)


def test_people_keep_their_badges_and_events_their_rules(old: Path) -> None:
    with closing(open_store(f"sqlite:///{old}")) as store:
        assert store.badges("u1") == [BadgePeriod(str(ANN), None, None, "import")]
        assert store.event("E").rules == DEFAULT_RULES
        assert store.event("E").walk_in_policy == ""
        new = PersonRow(1, "Ann", "ann@x.org", str(uuid.UUID(int=2)))
        store.import_people([new], now_ms=START + 9000)
        (person,) = store.report_facts("E").people
        assert (person.ble_uuid, person.sightings) == (new.ble_uuid, (START + 5000,))
