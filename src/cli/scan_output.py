"""What `headcount scan` prints."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import TYPE_CHECKING

from ..core.battery import LowBattery
from ..core.identity import clean_text
from ..core.model import HearingChanged
from ..core.news import (
    Acted,
    DoorsChanged,
    Left,
    LogTroubled,
    MirrorChanged,
    News,
    Sending,
    SendingState,
    SettingsPushed,
    Sighted,
)
from ..tui.fleet_words import pushed_words
from .act_output import act_dict, acted_words
from .doors_output import DoorNotes
from .output import clock_time, emit, note, plural, say

if TYPE_CHECKING:
    from ..bootstrap.scan import Started, Summary


class Printer:
    """Lines for people."""

    def __init__(self) -> None:
        self._doors = DoorNotes()

    def started(self, started: Started) -> None:
        """Say where records go, and what is known."""
        for warning in started.warnings:
            note(f"Note: {warning}")
        title = clean_text(started.event_name) or started.event_id
        note(f"Scanning for {title} as {started.scanner_id}. Log: {started.log}")
        if started.already_logged:
            note(f"The log holds {plural(started.already_logged, 'badge')} already.")
        if started.roster.known:
            note(f"Roster: {plural(len(started.roster), 'person', 'people')}.")
        else:
            note(
                "The roster is not known: badges are logged without names, and the backend "
                "resolves them. 'headcount sync' fetches it."
            )
        note("Press Ctrl-C to stop.")

    def news(self, news: News) -> None:
        """A line for each arrival, and for each change that needs attention."""
        match news:
            case Sighted(arrival=True):
                nobody = "copied id?" if news.copied else "unknown badge"
                name = news.person.name if news.person else nobody
                signal_text = "" if news.rssi is None else f"  {news.rssi} dBm"
                say(f"{clock_time(news.time_ms)}  + {name}  {news.ble_uuid}{signal_text}")
            case Left():
                name = news.person.name if news.person else "unknown badge"
                say(f"{clock_time(news.time_ms)}  - {name}  {news.ble_uuid}  last heard")
            case Acted():
                say(f"{clock_time(news.record.instant.wall_ms)}  {acted_words(news)}")
            case LogTroubled():
                self._trouble(news)
            case _:
                for words in self._notes(news):
                    note(words)

    def _notes(self, news: News) -> Iterable[str]:
        """What is said of everything that is no record."""
        match news:
            case MirrorChanged():
                return [mirror_words(news)]
            case Sending():
                return [sending_words(news)]
            case DoorsChanged():
                return self._doors.notes(news)
            case SettingsPushed():
                return pushed_words(news)
            case HearingChanged():
                return [f"Radio: {news.message} {news.remedy}".rstrip()]
            case _:
                return []

    def _trouble(self, news: LogTroubled) -> None:
        if news.error is None:
            note("The log is written again; nothing was lost.")
        else:
            note(f"Log: {news.error} {plural(news.waiting, 'record')} safe in memory.")

    def summary(self, summary: Summary) -> None:
        """Say what is on the disk."""
        counters = summary.counters
        note(
            f"Stopped. {plural(summary.frames, 'advert')} heard, "
            f"{plural(counters.records, 'record')} written, "
            f"{plural(summary.badges, 'badge')} in the log."
        )
        if summary.background_apps:
            note(
                f"{plural(summary.background_apps, 'advert')} came from iPhone apps in the "
                "background, which can't be identified: check those people in by name."
            )
        for each in summary.low_batteries:
            who = clean_text(each.person.name) if each.person else each.ble_uuid
            note(f"Battery low: {who} ({each.battery}).")
        if summary.trouble:
            note(summary.trouble)
        if counters.overflowed:
            note(f"{plural(counters.overflowed, 'advert')} dropped: this machine was too slow.")
        if summary.mirror and summary.mirrored:
            note(f"The second copy in {summary.mirror} is complete.")
        elif summary.mirror:
            note(f"The second copy in {summary.mirror} is not complete; the first copy is.")
        next_step = "The backend has it, too." if summary.synced else "Next: headcount sync"
        note(f"Everything is in {summary.log}. {next_step}")


def mirror_words(change: MirrorChanged) -> str:
    """What became of the second copy, what is safe, and what to do."""
    if not change.here:
        return (
            f"Second copy: not there since {clock_time(change.time_ms)} ({change.why}); everything "
            "is in the first copy. It is caught up when the directory is back."
        )
    warning = " It is on the first copy's disk: use a stick." if change.same_disk else ""
    return f"Second copy: complete, in {change.folder}.{warning}"


def sending_words(news: Sending) -> str:
    """What the sync in the background did, or why it can't."""
    if news.state is SendingState.ONLINE:
        refused = f", {news.refused:,} refused and kept with the reasons" if news.refused else ""
        return f"Sync: sent {plural(news.records, 'record')}{refused}."
    after = "It is tried again." if news.state is SendingState.OFFLINE else "Sending is paused."
    return f"Sync: {news.message} Everything is safe here. {after} {news.remedy}".rstrip()


def pushed_dict(news: SettingsPushed) -> dict[str, object]:
    """Settings of the backend, as JSON has them."""
    return {
        "state": "inForce" if news.in_force else "waiting",
        "changes": [change._asdict() for change in news.changes],
        "refused": list(news.refused),
        "fetchedAt": news.fetched_ms,
    }


class JsonPrinter(Printer):
    """One JSON object a line on stdout; members as in the log."""

    def started(self, started: Started) -> None:
        """Begin with the session."""
        for warning in started.warnings:
            note(f"Note: {warning}")
        emit(
            {
                "type": "started",
                "eventId": started.event_id,
                "scannerId": started.scanner_id,
                "log": str(started.log),
                "rosterKnown": started.roster.known,
            }
        )

    def news(self, news: News) -> None:
        """Every piece of news."""
        match news:
            case Sighted():
                emit(
                    {
                        "type": "arrival" if news.arrival else "sighting",
                        "bleUuid": news.ble_uuid,
                        "checkInTime": news.time_ms,
                        "name": news.person.name if news.person else None,
                        "rssi": news.rssi,
                        **({"copied": True} if news.copied else {}),
                    }
                )
            case Left():
                emit({"type": "departure", "bleUuid": news.ble_uuid, "checkInTime": news.time_ms})
            case Acted():
                emit({"type": "act", **act_dict(news.id, news.record)})
            case LogTroubled():
                message = str(news.error) if news.error else None
                emit({"type": "log", "error": message, "waiting": news.waiting})
            case _:
                self._state(news)

    def _state(self, news: News) -> None:
        """What is no record: how the station is."""
        match news:
            case HearingChanged():
                emit(
                    {
                        "type": "hearing",
                        "state": news.state,
                        "reason": news.reason,
                        "message": news.message,
                        "remedy": news.remedy,
                    }
                )
            case MirrorChanged():
                emit(
                    {
                        "type": "mirror",
                        "here": news.here,
                        "folder": news.folder,
                        "time": news.time_ms,
                        "why": news.why or None,
                        "sameDisk": news.same_disk,
                    }
                )
            case Sending():
                emit({"type": "sync", **asdict(news)})
            case SettingsPushed():
                emit({"type": "settings", **pushed_dict(news)})
            case DoorsChanged():
                if document := self._doors.document(news):
                    emit(document)

    def summary(self, summary: Summary) -> None:
        """End with the counts."""
        counters = summary.counters
        emit(
            {
                "type": "stopped",
                "log": str(summary.log),
                "records": counters.records,
                "arrivals": counters.arrivals,
                "badges": summary.badges,
                "frames": summary.frames,
                "backgroundApps": summary.background_apps,
                "overflowed": counters.overflowed,
                "trouble": summary.trouble,
                "lowBatteries": [_low_battery(each) for each in summary.low_batteries],
                "synced": summary.synced,
                "mirrored": summary.mirrored if summary.mirror else None,
            }
        )


def _low_battery(low: LowBattery) -> dict[str, object]:
    """`percent` or `millivolts`, whichever the beacon tells."""
    told = {key: value for key, value in low.battery._asdict().items() if value is not None}
    return {"bleUuid": low.ble_uuid, **told}
