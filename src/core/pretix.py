"""Tickets of pretix, and whose check-in belongs to which."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

from .backend import PersonRow, RowError
from .csv_rows import CellError, CsvRow
from .people_csv import person_of
from .report import PersonRow as ReportRow


class Ticket(NamedTuple):
    """An order position of a paid order."""

    order: str
    place: int
    """Within its order, from 1."""
    secret: str
    name: str
    email: str
    """The attendee's, else the order's."""


class Arrival(NamedTuple):
    """A check-in that pretix is to know, with its ticket."""

    user_id: str
    name: str
    time: int
    """Unix ms."""
    ticket: Ticket


class Outcome(StrEnum):
    """What became of a check-in."""

    DONE = "done"
    """It is in pretix, from this or an earlier push."""
    KNOWN = "known"
    """Somebody scanned the ticket there."""
    REFUSED = "refused"
    NO_TICKET = "noTicket"


class Pushed(NamedTuple):
    """One person's check-in, and what became of it."""

    user_id: str
    name: str
    outcome: Outcome
    why: str = ""
    """Of a refusal: pretix' reason. Of a missing ticket: in words."""


def people_of(tickets: Sequence[Ticket]) -> tuple[list[PersonRow], list[RowError]]:
    """Ticket holders as rows to import, counted from 1; several tickets of one person are one."""
    people, errors = [], []
    seen: set[tuple[str, str]] = set()
    for row, ticket in enumerate(tickets, start=1):
        person = person_of(CsvRow(row, {"name": ticket.name, "email": ticket.email}))
        if isinstance(person, CellError):
            errors.append(RowError(row, f"order {ticket.order}-{ticket.place}: {person.message}"))
        elif (person.name, person.email) not in seen:
            seen.add((person.name, person.email))
            people.append(person)
    return people, errors


def match(
    people: Sequence[ReportRow], tickets: Sequence[Ticket]
) -> tuple[list[Arrival], list[Pushed]]:
    """Everybody who is checked in, with their ticket: by email, and by name where it has several.

    No two people have one email, so no ticket goes to two. Who has none, or may have one of
    several, is named.
    """
    by_email: dict[str, list[Ticket]] = defaultdict(list)
    for ticket in tickets:
        by_email[ticket.email.strip().casefold()].append(ticket)
    arrivals, without = [], []
    for person in people:
        if person.check_in_time is None:
            continue
        found = _ticket_of(person, by_email)
        if isinstance(found, str):
            without.append(Pushed(person.user_id, person.name, Outcome.NO_TICKET, found))
        else:
            arrivals.append(Arrival(person.user_id, person.name, person.check_in_time, found))
    return arrivals, without


def _ticket_of(person: ReportRow, by_email: dict[str, list[Ticket]]) -> Ticket | str:
    email = person.email.strip().casefold()
    mine = by_email.get(email, []) if email else []
    if len(mine) > 1:
        mine = [each for each in mine if each.name.casefold() == person.name.casefold()]
        if not mine:
            return "several tickets have this email, none this name"
    if not mine:
        return "no ticket has this email"
    return mine[0]


def nonce_of(event_id: str, arrival: Arrival) -> str:
    """The same for the same check-in for ever: pretix keeps one for each nonce."""
    name = "\0".join((event_id, arrival.user_id, arrival.ticket.secret))
    return hashlib.sha256(name.encode()).hexdigest()[:32]
