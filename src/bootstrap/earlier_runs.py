"""What earlier runs left in a log, for a run that goes on with it."""

from __future__ import annotations

from ..core.model import Instant
from ..core.news import Sighted
from ..core.roster import Roster
from ..store.log_recovery import Recovery
from ..store.logline import LogEntry

SEALED_NOTE = (
    "The records of earlier runs are sealed: who is in them is not known here. Who is logged once "
    "more is counted once by the backend."
)


def recovery_notes(recovery: Recovery) -> list[str]:
    """What opening the log found, for people."""
    notes = [
        f"{path.name}, line {damage.line}, byte {damage.start}: {damage.why}. "
        "The file is left as it is, and a new one is written beside it."
        for path, damage in recovery.damages
    ]
    notes.extend(f"A half-written line was moved to {path}." for path in recovery.set_aside)
    return notes


def sighted(entry: LogEntry, roster: Roster) -> Sighted:
    """The sighting of an earlier run; its time decides nothing here."""
    person, time_ms = roster.owner(entry.ble_uuid), entry.check_in_time or 0
    return Sighted(entry.ble_uuid, person, time_ms, entry.rssi, arrival=True)


def logged_at(entry: LogEntry, now: Instant) -> float | None:
    """The monotonic time of a sighting of an earlier run, in terms of this boot's clock.

    Of another boot only the wall clock tells; a time in the future then means a clock that was
    wrong, and None: the badge is logged again, which changes nothing at the backend.
    """
    if entry.boot == now.boot and entry.mono is not None:
        return min(entry.mono / 1000, now.mono)
    if entry.check_in_time is None or entry.check_in_time > now.wall_ms:
        return None
    return now.mono - (now.wall_ms - entry.check_in_time) / 1000
