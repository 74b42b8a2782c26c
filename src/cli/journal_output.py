"""What a scan writes into the journal of a service: one JSON object a line, with its priority.

Who came is not written there: names and badges belong into the attendance log, whose retention
is known.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from ..core.model import Hearing, HearingChanged
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
from .scan_output import Printer, pushed_dict

if TYPE_CHECKING:
    from ..bootstrap.scan import Started, Summary

ERROR, WARNING, INFO = 3, 4, 6
"""syslog(3); the journal reads them from the beginning of a line (sd-daemon(3))."""


class JournalPrinter(Printer):
    """Beginning, end, and every trouble; no names, no badges."""

    def started(self, started: Started) -> None:
        """Begin with the session."""
        for warning in started.warnings:
            write(WARNING, "note", message=warning)
        write(
            INFO,
            "started",
            eventId=started.event_id,
            scannerId=started.scanner_id,
            log=str(started.log),
            rosterKnown=started.roster.known,
            badges=started.already_logged,
        )

    def news(self, news: News) -> None:
        """The radio, the disk and the sync; people are counted at the end."""
        match news:
            case HearingChanged():
                self._hearing(news)
            case LogTroubled(error=error, waiting=waiting):
                level = INFO if error is None else ERROR
                write(level, "log", message=str(error) if error else None, waiting=waiting)
            case SettingsPushed(refused=refused):
                write(WARNING if refused else INFO, "settings", **pushed_dict(news))
            case MirrorChanged():
                level = INFO if news.here else WARNING
                write(level, "mirror", here=news.here, folder=news.folder, message=news.why or None)
            case Sending():
                level = INFO if news.state is SendingState.ONLINE else WARNING
                write(
                    level,
                    "sync",
                    state=news.state,
                    records=news.records,
                    refused=news.refused,
                    message=news.message,
                )
            case DoorsChanged():
                for words in self._doors.notes(news):
                    write(WARNING if news.trouble else INFO, "doors", message=words)
            case Sighted() | Left() | Acted():
                pass

    def _hearing(self, news: HearingChanged) -> None:
        levels = {Hearing.DEAF: ERROR, Hearing.SILENT: WARNING}
        write(
            levels.get(news.state, INFO),
            "hearing",
            state=news.state,
            reason=news.reason,
            message=news.message,
            remedy=news.remedy,
            gapSeconds=round(news.gap.end - news.gap.start, 1) if news.gap else None,
        )

    def summary(self, summary: Summary) -> None:
        """End with the counts."""
        counters = summary.counters
        write(
            ERROR if summary.not_saved else INFO,
            "stopped",
            log=str(summary.log),
            records=counters.records,
            badges=summary.badges,
            frames=summary.frames,
            overflowed=counters.overflowed,
            notSaved=summary.not_saved,
            synced=summary.synced,
        )


def write(priority: int, kind: str, **members: object) -> None:
    """One line, in ASCII: nothing in it steers a terminal."""
    document = {"type": kind} | {name: value for name, value in members.items() if value != ""}
    click.echo(f"<{priority}>{json.dumps(document, separators=(',', ':'))}")
