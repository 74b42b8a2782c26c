"""A report with everything in it: names from hostile people, wrong clocks, doors, gaps, voids."""

from __future__ import annotations

from typing import Any

from headcount.core.clocks import ClockFacts
from headcount.core.model import Event
from headcount.core.report import (
    EventFacts,
    GapFacts,
    Method,
    PersonFacts,
    Report,
    ScannerFacts,
    UnknownFacts,
    VoidFacts,
    build_report,
)

MINUTE, HOUR = 60_000, 3_600_000
START = 1_753_000_200_000  # 2025-07-20 08:30 UTC
END = START + HOUR
BADGE = "9f2c4a6e-0b1d-4c3e-8f5a-7d9b1c3e5f70"
HOSTILE = '=cmd|"/C calc"!A0<script>alert(1)</script>\u202e'


def seen(first: int, last: int) -> list[int]:
    """Every five minutes, from one minute after the start to another."""
    return [START + minute * MINUTE for minute in range(first, last + 1, 5)]


def person(name: str, first: int, last: int, door: str = "Main", **more: Any) -> PersonFacts:
    times = seen(first, last)
    facts = PersonFacts(
        *(f"u-{name}", name, f"{name.lower()[:3]}@x.org", BADGE, "approved", times[0], door),
        times,
        method=Method.SCANNED,
    )
    return facts._replace(**more)


PEOPLE = [
    person("Ana Lima", 0, 60, corrected=843_000),
    person("Bo", 2, 40, "Side"),
    person("Chidi", 25, 60),
    person(HOSTILE, 5, 60, by_hand=[START], method=Method.MANUAL),
    PersonFacts("u-dana", "Dana Dvořák", "", "", "approved", None, "", ()),
    PersonFacts("u-emil", "Emil", "", "", "approved", None, "", (), excused="ill"),
    person("Fay", 3, 60, "Side", registration=""),
]
FACTS = EventFacts(
    event=Event("evening", "Evening <b>", START, END, "Europe/Berlin"),
    people=PEOPLE,
    unknown=[UnknownFacts(BADGE, START, START + MINUTE, 4, "+Door")],
    scanners=[ScannerFacts("Main", END, 0), ScannerFacts("Side", END, 0)],
    gaps=[GapFacts("Main", START + 10 * MINUTE, START + 20 * MINUTE, "powered-off")],
    clocks=[ClockFacts("Main", "b", START + 843_000, START, START, 0, 0, START)],
    refused=2,
    voids=[VoidFacts("r-1", "manual", "u-bo", "Bo", "Jo", START, "@mistake", "Main")],
)


def sample(now: int = END + HOUR) -> Report:
    return build_report(FACTS, now)


def crowd(people: int) -> Report:
    """A large event."""
    facts = [person(f"Person {n:05}", n % 30, 60, f"Door {n % 5}") for n in range(people)]
    event = Event("crowd", "Crowd", START, END, "Europe/Berlin")
    doors = [ScannerFacts(f"Door {n}", END, 0) for n in range(5)]
    return build_report(EventFacts(event, facts, [], doors, []), END)
