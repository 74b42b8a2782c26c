"""An event with everything that happens at one, for the tests of the care of data."""

from __future__ import annotations

import uuid

from headcount.core.backend import ActRecord, Batch, BatchRecord, NewEvent, PersonRow
from headcount.core.clocks import StationClock
from headcount.core.model import NIL_UUID, Kind, Refusal
from headcount.core.report import Report, build_report
from headcount.core.retention import DAY_MS, Retention
from headcount.store.server import Store

MINUTE = 60_000
START = 30 * DAY_MS
DOORS = ("Door", "Gate")
END = START + 100 * MINUTE
LATER = END + 22 * DAY_MS
KEEP = Retention()
CLOCK = StationClock(END, END - START, "b1")


def badge(number: int) -> str:
    return str(uuid.UUID(int=number))


def seen(number: int, minute: int, scanner: str = "Door", place: int = 0) -> BatchRecord:
    return BatchRecord(badge(number), START + minute * MINUTE, scanner, place)


def act(store: Store, kind: Kind, who: str, **members: object) -> ActRecord:
    users = {user.name: user.id for user in store.users(limit=10).items}
    values: dict[str, object] = {
        "id": f"{kind}-{who}",
        "kind": kind,
        "user": users.get(who, ""),
        "ble_uuid": NIL_UUID,
        "time": START,
        "scanner_id": "Door",
        "by": "Eve",
        "why": "",
        "of": "",
        "of_time": None,
        "name": "",
        "email": "",
        "place": 90,
        "boot": "",
        "mono": 0,
    }
    return ActRecord(**{**values, **members})  # type: ignore[arg-type]


def records() -> list[BatchRecord]:
    """Ann by two doors, Ben with a pause, Cid too short, a stranger, Dan by two badges."""
    rows = [
        seen(1, minute, scanner) for minute in range(-20, 120, 5) for scanner in ("Door", "Gate")
    ]
    rows += [seen(2, minute) for minute in (*range(0, 40, 7), *range(60, 100, 9))]
    rows += [seen(3, minute, "Gate") for minute in (12, 15, 19)]
    rows += [seen(9, minute, scanner) for minute in (3, 55) for scanner in ("Gate", "Door")]
    rows += [seen(4, minute) for minute in range(1, 50, 8)]
    rows += [seen(5, minute) for minute in range(52, 101, 8)]
    wrong = BatchRecord(badge(2), 5 * MINUTE, "Gate", 0, "b1", 30 * MINUTE)
    return [row._replace(place=place) for place, row in enumerate([*rows, wrong])]


def fill(store: Store) -> None:
    for event in ("old", "new"):
        shift = 0 if event == "old" else 30 * DAY_MS
        store.create_event(NewEvent(event, START + shift, END + shift, id=event), now_ms=START)
    names = {"Ann": 1, "Ben": 2, "Cid": 3, "Dan": 4, "Eve": 0}
    people = [
        PersonRow(row, name, f"{name}@x.org", badge(number) if number else "")
        for row, (name, number) in enumerate(names.items())
    ]
    store.import_people(people, event_id="old", now_ms=START)
    send(store)
    send(store, "new", shift=30 * DAY_MS)


def send(store: Store, event: str = "old", shift: int = 0) -> None:
    rows = [row._replace(check_in_time=row.check_in_time + shift) for row in records()]
    if event == "new":  # Dan has another badge by then: the old one would be nobody's
        rows = [row for row in rows if row.ble_uuid != badge(4)]
    acts = [
        act(store, Kind.EXCUSED, "Eve", why="sick"),
        act(store, Kind.ASSIGN, "Dan", ble_uuid=badge(5), time=START + 50 * MINUTE),
        act(
            store,
            Kind.VOID,
            "Cid",
            ble_uuid=badge(3),
            of="x",
            of_time=START + 12 * MINUTE,
            scanner_id="Gate",
            user="",
        ),
    ]
    refused = [Refusal(999, "INVALID_BLE_UUID", "no")]
    batch = Batch(event, rows, refused=refused, clock=CLOCK, acts=acts if event == "old" else [])
    store.merge_batch(batch, received_ms=END)


def report(store: Store, event: str = "old") -> Report:
    return build_report(store.report_facts(event), LATER)
