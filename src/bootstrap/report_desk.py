"""Reports for the screens, over HTTP: implements `tui.admin.ports_report.ReportDesk`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from pathlib import Path
from typing import Protocol

from ..api.wire import report_to_json
from ..core.errors import BackendRejected, HeadcountError, KeyRefused, UsageError
from ..core.model import Event
from ..core.report import Report
from ..exports.forms import Form, Wish, render
from ..store.station import StationStore
from .private_file import not_written, private_file

AGAIN_SECONDS = 5.0
"""Until the report is asked for again, where there is no live query: by its tag it is cheap."""

COLUMNS = "reportColumns"
"""Under which the columns of the last export are kept."""

FORMS = (Form.CSV, Form.XLSX, Form.JSON, Form.HTML, Form.PDF)


class ReportSource(Protocol):
    """What is asked of the client."""

    async def report(self, event_id: str) -> Report:
        """The event's report as of now."""

    async def events(self) -> Sequence[Event]:
        """All events by start."""


Follow = Callable[[str], AsyncGenerator[Report | HeadcountError, None]]
"""Reports of an event, at once and after each change."""


class HttpReports:
    """The reports of one backend. `follow` is its live query; without one it is asked again."""

    def __init__(
        self, client: ReportSource, store: StationStore, follow: Follow | None = None
    ) -> None:
        self._client = client
        self._store = store
        self._follow = follow

    def follow(self, event_id: str) -> AsyncGenerator[Report | HeadcountError, None]:
        """The report, at once and after each change."""
        return (self._follow or self._ask_again)(event_id)

    async def _ask_again(self, event_id: str) -> AsyncGenerator[Report | HeadcountError, None]:
        while True:
            try:
                yield await self._client.report(event_id)
            except (KeyRefused, BackendRejected) as error:
                yield error
                return
            except HeadcountError as error:
                yield error
            await asyncio.sleep(AGAIN_SECONDS)

    async def fetch(self, event_id: str) -> Report:
        """The report as of now."""
        return await self._client.report(event_id)

    async def events(self) -> Sequence[Event]:
        """Every event by start."""
        return await self._client.events()

    async def columns(self) -> Sequence[str]:
        """The columns of the last export."""
        kept = await asyncio.to_thread(self._store.get, COLUMNS)
        return [key for key in kept if isinstance(key, str)] if isinstance(kept, list) else []

    async def export(self, report: Report, file: str, columns: Sequence[str]) -> str:
        """Write a new file, and remember the columns; its path. Raises UsageError."""
        return await asyncio.to_thread(self._export, report, file, columns)

    def _export(self, report: Report, file: str, columns: Sequence[str]) -> str:
        path = Path(file).expanduser()
        suffix = path.suffix.lower().removeprefix(".")
        if suffix not in {form.value for form in FORMS}:
            raise UsageError(
                f"{path.name} does not say its form.",
                safe="Nothing was written.",
                remedy="Let the name end in .csv, .xlsx, .json, .html or .pdf.",
            )
        wish = Wish(Form(suffix), columns)
        data = report_to_json(report) if wish.form is Form.JSON else render(report, wish)
        try:
            with private_file(path, new=True) as stream:
                stream.write(data)
        except OSError as error:
            raise not_written(path, error) from None
        self._store.set(COLUMNS, list(columns))
        return str(path.absolute())  # in a browser nobody knows the server's directory
