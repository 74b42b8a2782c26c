"""The backend's events, for whoever administers them."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from ...core.backend import RowError
from ...core.errors import HeadcountError
from ...core.events_csv import EventLine
from ...core.model import Event


@dataclass(frozen=True, slots=True)
class Sheet:
    """An event with every member that the backend has of it, by its name on the wire."""

    event: Event
    members: Mapping[str, object] = field(default_factory=dict)

    @property
    def archived(self) -> bool:
        """Over and done with."""
        return self.members.get("archived") is True


class EventsDesk(Protocol):
    """Events. Asynchronous methods raise HeadcountError."""

    def follow(self) -> AsyncGenerator[Sequence[Sheet] | HeadcountError, None]:
        """All events by start, at once and after each change.

        While the backend is away an error comes in their place, and it is asked again. Close it.
        """

    async def create(self, members: Mapping[str, object]) -> Event:
        """Create an event of its members, by their names on the wire."""

    async def change(self, event_id: str, members: Mapping[str, object]) -> Event:
        """Change these members of an event, and no others."""

    async def read(self, file: str) -> tuple[Sequence[EventLine], Sequence[RowError]]:
        """The good lines of a CSV file, and what is wrong with the others. Raises UsageError."""

    async def write(self, file: str, sheets: Sequence[Sheet]) -> str:
        """Write a CSV file that only this user can read; its path. Raises UsageError."""
