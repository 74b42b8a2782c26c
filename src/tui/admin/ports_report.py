"""What the report's screen needs of the backend. `bootstrap.report_desk` implements it."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from typing import Protocol

from ...core.errors import HeadcountError
from ...core.model import Event
from ...core.report import Report
from .ports_people import PeopleAdmin


class ReportDesk(Protocol):
    """Reports of events. Asynchronous methods raise HeadcountError."""

    def follow(self, event_id: str) -> AsyncGenerator[Report | HeadcountError, None]:
        """The report, at once and after each change.

        While the backend is away an error comes in its place, and it is asked again. Close it.
        """

    async def fetch(self, event_id: str) -> Report:
        """The report as of now."""

    async def events(self) -> Sequence[Event]:
        """Every event by start: what this one can be compared with."""

    async def columns(self) -> Sequence[str]:
        """The columns of the last export; none for the usual ones."""

    async def export(self, report: Report, file: str, columns: Sequence[str]) -> str:
        """Write a new file that only this user can read, and remember the columns; its path.

        The name's end says the form: csv, xlsx, json, html, pdf. Raises UsageError.
        """


class HasReports(Protocol):
    """Whatever hands the desk out."""

    def people(self) -> PeopleAdmin:
        """The people, once somebody is signed in."""

    def reports(self) -> ReportDesk:
        """The reports, once somebody is signed in."""
