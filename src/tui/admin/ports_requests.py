"""What participants say is wrong, for whoever decides about it."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from typing import Protocol

from ...core.correction_requests import CorrectionRequest, RequestDecision
from ...core.errors import HeadcountError
from ...core.model import Event
from .ports_events import EventsDesk
from .ports_people import PeopleAdmin


class RequestsDesk(Protocol):
    """Correction requests. Asynchronous methods raise HeadcountError."""

    def follow(self) -> AsyncGenerator[Sequence[CorrectionRequest] | HeadcountError, None]:
        """Every event's, the oldest first, at once and after each change."""

    async def event(self, event_id: str) -> Event:
        """The event that a request is about."""

    async def decide(
        self, request: CorrectionRequest, decision: RequestDecision
    ) -> CorrectionRequest:
        """Accept, which puts a correction on record, or decline; once."""


class HasRequests(Protocol):
    """Who hands them out."""

    def now_ms(self) -> int:
        """The time."""

    def requests(self) -> RequestsDesk:
        """The requests, once somebody is signed in."""

    def events(self) -> EventsDesk:
        """The events, once somebody is signed in."""

    def people(self) -> PeopleAdmin:
        """The people, once somebody is signed in."""
