"""The backend's store: what a report is folded from."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest

from headcount.core.attendance import Rules
from headcount.core.backend import (
    Batch,
    BatchRecord,
    EventNotFound,
    GapRecord,
    NewEvent,
    PersonRow,
)
from headcount.core.badges import NewBadge
from headcount.core.model import Event, ScanSession
from headcount.core.report import (
    EventFacts,
    GapFacts,
    Method,
    PersonFacts,
    ScannerFacts,
    UnknownFacts,
    build_report,
)
from headcount.store.server import Store, open_store


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    opened = open_store(database_url)
    opened.create_event(NewEvent("Class", 100, 900, "Europe/Berlin", "E"), now_ms=0)
    yield opened
    opened.close()


def badge(number: int) -> str:
    return str(uuid.UUID(int=number))


def test_an_event_without_anything_has_no_facts(store: Store) -> None:
    event = Event("E", "Class", 100, 900, "Europe/Berlin")
    assert store.report_facts("E") == EventFacts(event, [], [], [], [], Rules())


def test_an_unknown_event_has_no_report(store: Store) -> None:
    with pytest.raises(EventNotFound, match="nowhere"):
        store.report_facts("nowhere")


def test_everything_about_an_event_is_in_its_facts(store: Store) -> None:
    here = [PersonRow(1, "Ann", "ann@x.org", badge(1)), PersonRow(2, "Ben", "ben@x.org", "")]
    store.import_people(here, event_id="E", now_ms=1)
    ann = next(user.id for user in store.users(limit=9).items if user.name == "Ann")
    store.add_badge(ann, NewBadge(badge(2)), by="Ada", now_ms=2)
    elsewhere = [PersonRow(3, "Walk-in", "", badge(3)), PersonRow(4, "Away", "", badge(4))]
    store.import_people(elsewhere, now_ms=3)
    records = [
        BatchRecord(badge(2), 300, "Gate", 0),
        BatchRecord(badge(1), 200, "Door", 1),
        BatchRecord(badge(1), 400, "Door", 2),
        BatchRecord(badge(3), 250, "Gate", 3),
        BatchRecord(badge(8), 270, "Gate", 4),
        BatchRecord(badge(8), 260, "Gate", 5),
        BatchRecord(badge(8), 260, "Door", 6),
        BatchRecord(badge(9), 150, "Door", 7),
    ]
    sessions = [
        ScanSession("d1", "Door", 90, 500, ended_at=500),
        ScanSession("d2", "Door", 600, 700),
    ]
    gaps = [GapRecord("Door", 500, 600, "powered-off")]
    store.merge_batch(Batch("E", records, gaps, sessions), received_ms=1000)

    facts = store.report_facts("E")
    ids = {user.name: user.id for user in store.users(limit=9).items}
    assert facts.people == [
        PersonFacts(
            *(ids["Ann"], "Ann", "ann@x.org", badge(2), "approved", 200, "Door", (200, 300, 400)),
            method=Method.SCANNED,
        ),
        PersonFacts(ids["Ben"], "Ben", "ben@x.org", "", "approved", None, "", ()),
        PersonFacts(
            *(ids["Walk-in"], "Walk-in", "", badge(3), "", 250, "Gate", (250,)),
            method=Method.SCANNED,
        ),
    ]
    assert facts.unknown == [
        UnknownFacts(badge(9), 150, 150, 1, "Door"),
        UnknownFacts(badge(8), 260, 270, 3, "Door"),
    ]
    assert facts.scanners == [ScannerFacts("Door", 700, 1), ScannerFacts("Gate", 1000, 0)]
    assert facts.gaps == [GapFacts("Door", 500, 600, "powered-off")]


def test_the_report_counts_what_was_stored(store: Store) -> None:
    rows = [PersonRow(n, f"P{n}", f"p{n}@x.org", badge(n)) for n in range(1, 4)]
    store.import_people(rows, event_id="E", now_ms=1)
    records = [BatchRecord(badge(n), 150 + n, "Door", n) for n in (1, 2, 7)]
    store.merge_batch(Batch("E", records), received_ms=950)
    totals = build_report(store.report_facts("E"), 1000).totals
    assert (totals.registered, totals.checked_in, totals.absent, totals.unknown) == (3, 2, 1, 1)
