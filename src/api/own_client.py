"""A participant's side of the HTTP interface: only what is their own."""

from __future__ import annotations

from urllib.parse import quote

import msgspec

from ..core.backend import User
from ..core.badges import BadgePeriod
from ..core.own_record import OwnRecord
from ..core.personal import Erasure, PersonalData
from ..core.registrations import OwnRegistration
from .client import answer_as
from .request_client import RequestClient
from .shapes import SignUpReceived


class OwnClient(RequestClient):
    """Asks one backend as the person who is signed in. Raises BackendError."""

    async def sign_up(self, name: str, email: str, password: str) -> SignUpReceived:
        """Ask for an account."""
        body = msgspec.json.encode({"name": name, "email": email, "password": password})
        return await self._ask("POST", "/auth/signUp", answer_as(SignUpReceived), body=body)

    async def own_registrations(self) -> list[OwnRegistration]:
        """All, by the events' start."""
        return await self._pages("/users/me/registrations", OwnRegistration)

    async def register_me(self, event_id: str) -> OwnRegistration:
        """Ask to take part."""
        path = f"{_of(event_id)}/registrations"
        return await self._ask("POST", path, answer_as(OwnRegistration), body=b"{}")

    async def cancel(self, event_id: str) -> OwnRegistration:
        """Cancel the registration."""
        path = f"{_of(event_id)}/registrations/me"
        return await self._ask("DELETE", path, answer_as(OwnRegistration))

    async def own_badges(self) -> list[BadgePeriod]:
        """In the course of time."""
        return await self._pages("/users/me/badges", BadgePeriod)

    async def new_badge(self, *, end_others: bool) -> BadgePeriod:
        """A new one, which the backend makes."""
        body = msgspec.json.encode({"endOthers": end_others})
        return await self._ask("POST", "/users/me/badges", answer_as(BadgePeriod), body=body)

    async def own_record(self, event_id: str) -> OwnRecord:
        """Status, rule, and where one was heard."""
        return await self._ask("GET", f"{_of(event_id)}/people/me", answer_as(OwnRecord))

    async def own_data(self) -> PersonalData:
        """Everything that is stored."""
        user = await self._ask("GET", "/users/me", answer_as(User))
        return await self.personal_data(user.id)

    async def own_erasure(self) -> Erasure:
        """What an erasure would take away."""
        return await self._ask("GET", "/users/me/erasure", answer_as(Erasure))

    async def erase_me(self, password: str) -> Erasure:
        """Become anonymous, for good."""
        body = msgspec.json.encode({"password": password})
        return await self._ask("POST", "/users/me/erase", answer_as(Erasure), body=body)


def _of(event_id: str) -> str:
    return f"/events/{quote(event_id, safe='')}"
