"""Events over HTTP: implements `tui.admin.ports_events.EventsDesk`."""

from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import AsyncGenerator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from ..api.admin_client import AdminClient
from ..api.wire import WireError, from_wire
from ..core.backend import RowError
from ..core.errors import HeadcountError, UsageError
from ..core.events_csv import RULES, EventLine, events_to_csv, parse_events
from ..core.model import Event
from ..tui.admin.ports_events import Sheet
from .admin_follow import follow
from .private_file import not_written, private_file

FILE_LIMIT = 16 << 20
"""Bytes of a CSV file: more than a hundred thousand lines."""


class HttpEvents:
    """The events of one backend."""

    def __init__(self, client: AdminClient) -> None:
        self._client = client

    def follow(self) -> AsyncGenerator[Sequence[Sheet] | HeadcountError, None]:
        """All events by start, at once and after each change."""
        return follow(lambda: self._client.live("events", _sheets))

    async def create(self, members: Mapping[str, object]) -> Event:
        """Create an event of its members."""
        return await self._client.create_event_of(members)

    async def change(self, event_id: str, members: Mapping[str, object]) -> Event:
        """Change these members of an event."""
        return await self._client.change_event(event_id, members)

    async def read(self, file: str) -> tuple[Sequence[EventLine], Sequence[RowError]]:
        """The good lines of a CSV file, and what is wrong with the others."""
        return parse_events(await asyncio.to_thread(read_text, file), read_time)

    async def write(self, file: str, sheets: Sequence[Sheet]) -> str:
        """Write a CSV file."""
        buffer = io.StringIO()
        events_to_csv(map(_cells, sheets), csv.writer(buffer).writerow)
        return await asyncio.to_thread(write_text, file, buffer.getvalue())


def _sheets(value: Any) -> list[Sheet]:  # noqa: ANN401 - any JSON value
    """The live answer; every member is kept."""
    rows = value.get("page") if isinstance(value, dict) else None
    if not isinstance(rows, list):
        raise WireError("no page")
    return [Sheet(from_wire(row, Event), row) for row in rows]


def _cells(sheet: Sheet) -> list[str]:
    event = sheet.event
    times = (written(ms, event.tz) for ms in (event.start, event.end))
    rules = (str(sheet.members.get(each, "")) for each in RULES)
    return [event.name, *times, event.tz, event.id, *rules]


def written(ms: int, zone: str) -> str:
    """ISO 8601 local time in a zone, with its offset."""
    return datetime.fromtimestamp(ms / 1000, _zone(zone)).isoformat(timespec="minutes")


def read_time(text: str, zone: str) -> int:
    """Unix ms of ISO 8601; without an offset it is local in `zone`. Raises ValueError."""
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text!r} is no time such as 2026-05-01 18:00") from None
    local = time if time.tzinfo else time.replace(tzinfo=_zone(zone))
    return round(local.astimezone(UTC).timestamp() * 1000)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError(f"{name!r} is no time zone such as Europe/Berlin") from None


def read_text(file: str) -> str:
    """A file that somebody named. Raises UsageError."""
    path = Path(file).expanduser()
    try:
        with path.open("rb") as opened:
            data = opened.read(FILE_LIMIT + 1)
    except OSError as error:
        raise UsageError(f"{path} can't be read: {error.strerror}.") from None
    if len(data) > FILE_LIMIT:
        raise UsageError(f"{path} is too long.", remedy="Split it into several files.")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise UsageError(f"{path} is not UTF-8.", remedy="Save it as CSV UTF-8.") from None


def write_text(file: str, text: str) -> str:
    """A new file that only this user can read. Raises UsageError."""
    path = Path(file).expanduser()
    try:
        with private_file(path, new=True) as opened:
            opened.write(text.encode("utf-8"))
    except OSError as error:
        raise not_written(path, error) from None
    return str(path)
