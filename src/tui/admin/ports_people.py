"""People and their records, for whoever administers them."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from typing import Protocol

from ...core.access import Status
from ...core.backend import ImportResult, PersonRow, Registration, Role, RowError, User
from ...core.badges import BadgePeriod
from ...core.corrections import Correction, NewCorrection
from ...core.errors import HeadcountError
from ...core.person_record import PersonRecord
from ...core.registrations import Ruling, RulingResult
from .ports_care import PersonalDesk


class PeopleAdmin(Protocol):
    """People. Asynchronous methods raise HeadcountError."""

    def follow(self) -> AsyncGenerator[Sequence[User] | HeadcountError, None]:
        """Everybody by name, at once and after each change; errors as in `EventsDesk.follow`."""

    def registrations(
        self, event_id: str
    ) -> AsyncGenerator[Sequence[Registration] | HeadcountError, None]:
        """Who is registered for an event, by name; as `follow`."""

    async def set_status(self, user_id: str, status: Status) -> None:
        """Let a person in, or shut them out."""

    async def decide_registrations(
        self, event_id: str, rulings: Sequence[Ruling]
    ) -> Sequence[RulingResult]:
        """Approve and reject registrations; what can't be done is named."""

    async def set_role(self, user_id: str, role: Role) -> None:
        """Change a role."""

    async def read(self, file: str) -> tuple[Sequence[PersonRow], Sequence[RowError]]:
        """The good rows of a CSV file, and what is wrong with the others. Raises UsageError."""

    async def take_in(self, rows: Sequence[PersonRow], event_id: str) -> ImportResult:
        """Create or update people; register them if `event_id` is not empty."""

    async def record(self, event_id: str, user_id: str) -> PersonRecord:
        """One person at one event, and what decided the status."""

    async def acts(self, event_id: str, user_id: str) -> Sequence[Correction]:
        """What was done about a person by hand and holds, the latest last."""

    async def correct(self, event_id: str, wanted: NewCorrection) -> Correction:
        """Put a correction on record; it says what came of it."""

    async def badges(self, user_id: str) -> Sequence[BadgePeriod]:
        """A person's badges in the course of time."""

    async def give_badge(self, user_id: str, ble_uuid: str) -> None:
        """Give a person one more badge."""

    async def end_badge(self, user_id: str, ble_uuid: str) -> None:
        """Take a badge back from now on; what was heard before stays the person's."""

    def personal(self) -> PersonalDesk:
        """What is stored about one person."""
