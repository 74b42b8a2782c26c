"""The admin screens' side of the HTTP interface: who is signed in, and live queries."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from functools import partial
from typing import Any, TypeVar
from urllib.parse import quote

import httpx
import msgspec

from ..core.access import Session
from ..core.badges import BadgePeriod, NewBadge
from ..core.corrections import Correction, NewCorrection
from ..core.model import Event
from ..core.person_record import PersonRecord
from ..core.report import Report
from . import quick_read, wire
from .access_client import badges_of
from .answers import error_of, no_answer, not_headcount
from .client import MAX_ANSWER_BYTES, answer_as
from .data_care_client import DataCareClient
from .insight_client import InsightClient
from .request_client import RequestClient

T = TypeVar("T")

SILENT_SECONDS = 40.0
"""A stream has a heartbeat every 15 s: without two of them the way to the backend is cut."""


class AdminClient(InsightClient, RequestClient, DataCareClient):
    """Asks one backend as whoever is signed in."""

    async def session(self) -> Session:
        """Who is signed in, and until when."""
        return await self._ask("GET", "/auth/session", answer_as(Session))

    async def create_event_of(self, members: Mapping[str, object]) -> Event:
        """Create an event of its members, by their names on the wire."""
        body = msgspec.json.encode(members)
        return await self._ask("POST", "/events", answer_as(Event), body=body)

    async def change_event(self, event_id: str, members: Mapping[str, object]) -> Event:
        """Change members of an event, by their names on the wire."""
        path, body = f"/events/{quote(event_id, safe='')}", msgspec.json.encode(members)
        return await self._ask("PATCH", path, answer_as(Event), body=body)

    async def add_badge(self, user_id: str, badge: NewBadge) -> BadgePeriod:
        """Give a person one more badge."""
        body = msgspec.json.encode(wire.to_wire(badge))
        return await self._ask("POST", badges_of(user_id), answer_as(BadgePeriod), body=body)

    async def end_badge(self, user_id: str, ble_uuid: str) -> BadgePeriod:
        """Take a badge back from now on."""
        path = f"{badges_of(user_id)}/{quote(ble_uuid, safe='')}"
        return await self._ask("DELETE", path, answer_as(BadgePeriod))

    async def corrections(self, event_id: str) -> list[Correction]:
        """Every act of an event in the order of arrival."""
        return await self._pages(f"/events/{quote(event_id, safe='')}/corrections", Correction)

    async def correct(self, event_id: str, wanted: NewCorrection) -> Correction:
        """Put a correction on record."""
        path = f"/events/{quote(event_id, safe='')}/corrections"
        body = msgspec.json.encode(wire.to_wire(wanted))
        return await self._ask("POST", path, answer_as(Correction), body=body)

    async def person_record(self, event_id: str, user_id: str) -> PersonRecord:
        """One person at one event, and what decided the status."""
        path = f"/events/{quote(event_id, safe='')}/people/{quote(user_id, safe='')}"
        return await self._ask("GET", path, answer_as(PersonRecord))

    def live(self, query: str, parse: Callable[[Any], T], **args: str) -> AsyncGenerator[T, None]:
        """A query's result, at once and after each change, until the backend ends the stream.

        Raises BackendUnreachable, KeyRefused, BackendRejected. Close it when it is left early.
        """
        return self._live(query, lambda data: parse(wire.decode(data)), args)

    def live_report(self, event_id: str) -> AsyncGenerator[Report, None]:
        """An event's report, in the same way."""
        return self._live("report", partial(quick_read.read, kind=Report), {"eventId": event_id})

    async def _live(
        self, query: str, read: Callable[[bytes], T], args: Mapping[str, str]
    ) -> AsyncGenerator[T, None]:
        request = self._http.build_request(
            "GET",
            f"{self.url}/live/{query}",
            params=args,
            headers={"Authorization": f"Bearer {self._token}"},
            timeout=httpx.Timeout(self._http.timeout.connect, read=SILENT_SECONDS),
        )
        try:
            response = await self._http.send(request, stream=True)
            try:
                if not response.is_success:
                    told = await response.aread()
                    raise error_of(self.url, response.status_code, response.headers, told)
                async for data in _events(self.url, response):
                    yield await asyncio.to_thread(self._understood, read, data)
            finally:
                await response.aclose()
        except httpx.HTTPError as error:
            raise no_answer(self.url, error) from None

    def _understood(self, read: Callable[[bytes], T], data: bytes) -> T:
        try:
            return read(data)
        except wire.WireError as error:
            raise not_headcount(self.url, str(error)) from None


async def _events(url: str, response: httpx.Response) -> AsyncIterator[bytes]:
    """The data of each server-sent event; our backend writes it on one line."""
    waiting = bytearray()
    async for chunk in response.aiter_raw():
        waiting += chunk
        if len(waiting) > MAX_ANSWER_BYTES:
            raise not_headcount(url, "an endless line")
        if b"\n" not in chunk:
            continue
        *lines, rest = bytes(waiting).split(b"\n")
        waiting = bytearray(rest)
        for line in lines:
            if line.startswith(b"data: "):
                yield line[6:]
