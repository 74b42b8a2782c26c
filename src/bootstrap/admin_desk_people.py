"""People over HTTP: implements `tui.admin.ports_people.PeopleAdmin`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence

from ..api.admin_client import AdminClient
from ..api.wire import page_from_wire
from ..core.access import Status
from ..core.backend import ImportResult, PersonRow, Registration, Role, RowError, User
from ..core.badges import BadgePeriod, NewBadge
from ..core.corrections import Correction, NewCorrection
from ..core.errors import HeadcountError
from ..core.people_csv import parse_people
from ..core.person_record import PersonRecord
from ..core.registrations import Ruling, RulingResult
from .admin_desk_care import HttpPersonal
from .admin_desk_events import read_text
from .admin_follow import follow


class HttpPeople:
    """The people of one backend."""

    def __init__(self, client: AdminClient) -> None:
        self._client = client

    def follow(self) -> AsyncGenerator[Sequence[User] | HeadcountError, None]:
        """Everybody by name."""
        return follow(
            lambda: self._client.live("users", lambda value: page_from_wire(value, User).items)
        )

    def registrations(
        self, event_id: str
    ) -> AsyncGenerator[Sequence[Registration] | HeadcountError, None]:
        """Who is registered for an event."""
        return follow(
            lambda: self._client.live(
                "registrations",
                lambda value: page_from_wire(value, Registration).items,
                eventId=event_id,
            )
        )

    async def set_status(self, user_id: str, status: Status) -> None:
        """Let a person in, or shut them out."""
        await self._client.set_status(user_id, status)

    async def decide_registrations(
        self, event_id: str, rulings: Sequence[Ruling]
    ) -> Sequence[RulingResult]:
        """Approve and reject registrations; what can't be done is named."""
        return await self._client.decide_registrations(event_id, rulings)

    async def set_role(self, user_id: str, role: Role) -> None:
        """Change a role."""
        await self._client.set_role(user_id, role)

    async def read(self, file: str) -> tuple[Sequence[PersonRow], Sequence[RowError]]:
        """The good rows of a CSV file, and what is wrong with the others."""
        return parse_people(await asyncio.to_thread(read_text, file))

    async def take_in(self, rows: Sequence[PersonRow], event_id: str) -> ImportResult:
        """Create or update people, and register them."""
        return await self._client.import_people(rows, event_id)

    async def record(self, event_id: str, user_id: str) -> PersonRecord:
        """One person at one event."""
        return await self._client.person_record(event_id, user_id)

    async def acts(self, event_id: str, user_id: str) -> Sequence[Correction]:
        """What was done about a person by hand and holds, the latest last."""
        known = await self._client.corrections(event_id)
        void = {each.of for each in known if each.kind == "void"}
        return [
            each
            for each in known
            if each.user_id == user_id and each.kind != "void" and each.record_id not in void
        ]

    async def correct(self, event_id: str, wanted: NewCorrection) -> Correction:
        """Put a correction on record."""
        return await self._client.correct(event_id, wanted)

    async def badges(self, user_id: str) -> Sequence[BadgePeriod]:
        """A person's badges in the course of time."""
        return await self._client.badges(user_id)

    async def give_badge(self, user_id: str, ble_uuid: str) -> None:
        """Give a person one more badge."""
        await self._client.add_badge(user_id, NewBadge(ble_uuid))

    async def end_badge(self, user_id: str, ble_uuid: str) -> None:
        """Take a badge back from now on."""
        await self._client.end_badge(user_id, ble_uuid)

    def personal(self) -> HttpPersonal:
        """What is stored about one person."""
        return HttpPersonal(self._client)
