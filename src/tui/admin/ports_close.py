"""Closing an event, for whoever administers it."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from typing import NamedTuple, Protocol

from ...core.close_out import CloseOut
from ...core.errors import HeadcountError
from ...core.model import Event


class Closing(NamedTuple):
    """Where the close-out of an event stands."""

    event: Event
    state: CloseOut


class CloseDesk(Protocol):
    """The close-out of events. Asynchronous methods raise HeadcountError."""

    def follow(self, event_id: str) -> AsyncGenerator[Closing | HeadcountError, None]:
        """Where it stands, at once and after each change; errors as in `EventsDesk.follow`."""

    async def accept(self, event_id: str, findings: Sequence[str], why: str) -> CloseOut:
        """Accept findings by id."""

    async def take_back(self, event_id: str, findings: Sequence[str]) -> CloseOut:
        """Take acceptances back."""

    async def seal(self, event_id: str, digest: str) -> CloseOut:
        """Seal what was seen."""


class HasCloseOut(Protocol):
    """Who hands it out."""

    def close_out(self) -> CloseDesk:
        """The close-out, once somebody is signed in."""
