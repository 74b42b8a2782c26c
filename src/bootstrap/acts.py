"""An operator's act without a scan: open the log, make the act durable, close it."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from pathlib import Path

from ..clock import SystemClock
from ..config import Config
from ..core.acts import Act, ActBook, WalkIns, fold, to_record
from ..core.desk import Desk
from ..core.errors import LogInUse, LogUnwritable
from ..core.model import ACTS, Instant, Logged, LogLine
from ..core.news import Acted
from ..core.roster import Roster
from ..store.attendance_log import AttendanceLog
from ..store.log_reader import read_all
from ..store.logline import decode, to_logged
from ..store.station import StationStore
from .paths import log_path, make_data_dir, state_dir
from .scan import scanner_name

Decide = Callable[[Desk, Roster, ActBook, Instant], Act]
"""What to do, from who is known and what was done; raises UsageError."""


def new_person_id() -> str:
    """A walk-in's id: 64 random bits, so that no two stations make the same."""
    return secrets.token_hex(8)


def make_desk(config: Config, event_id: str, by: str = "") -> Desk:
    """The operator's rules for an event at this station; without a name the station signs.

    The event's walk-in policy goes before the station's own.
    """
    station, name = config.station, by or scanner_name(config)
    event = StationStore(state_dir(config)).event(event_id)
    if event is None or not event.walk_in_policy:
        return Desk(name, station.undo_minutes, station.walk_in_policy)
    policy = WalkIns(event.walk_in_policy)
    return Desk(name, station.undo_minutes, policy, "event.walkInPolicy")


def known_before(config: Config, event_id: str, log: Path) -> tuple[Roster, ActBook]:
    """The cached roster with the log's walk-ins and badges, and the log's acts."""
    cached = StationStore(state_dir(config)).roster(event_id)
    roster = Roster(cached.members, cached.fetched_ms) if cached else Roster()
    entries = (decode(line.raw) for line in read_all(log) if isinstance(line, LogLine))
    book = fold(act for entry in entries if entry.kind in ACTS and (act := to_logged(entry)))
    return book.apply(roster), book


def perform(
    config: Config, event_id: str, by: str, decide: Decide, at_ms: int | None = None
) -> Acted:
    """Decide on an act and make it durable. Blocks.

    `at_ms`: when it was true, if not now (Unix ms); of that moment no other clock is known.
    Raises UsageError, LogInUse (while a scan runs), LogUnwritable.
    """
    make_data_dir(config)
    path = log_path(config, event_id)
    done: list[Logged] = []
    log = _open(path, done.extend)
    try:
        roster, book = known_before(config, event_id, path)
        now = SystemClock().now()
        act = decide(make_desk(config, event_id, by), roster, book, now)
        when = now if at_ms is None else Instant(at_ms, 0.0, "")
        log.append(to_record(act, scanner_name(config), when))
    finally:
        unsaved = log.close()
    if unsaved:
        raise LogUnwritable(
            f"The act could not be written to {path}.",
            safe="Everything before it is safe.",
            remedy="Free some space or mend the disk, then try again.",
        )
    return Acted(done[0].id, done[0].record, roster.person(done[0].record.user))


def _open(path: Path, on_durable: Callable[[Sequence[Logged]], None]) -> AttendanceLog:
    try:
        return AttendanceLog.open(
            path, session=secrets.token_hex(8), on_durable=on_durable, on_trouble=lambda _: None
        )
    except LogInUse as error:
        raise LogInUse(
            f"{error.what} A scan of this event is running.",
            safe="Nothing was written.",
            remedy="Do it there: on its People screen, or (scan --no-ui) typed at its terminal, "
            "such as: checkin NAME",
        ) from None
