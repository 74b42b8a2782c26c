"""The close-out over HTTP: implements `tui.admin.ports_close.CloseDesk`."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

from ..api.admin_client import AdminClient
from ..core.close_out import CloseOut
from ..core.errors import HeadcountError
from ..tui.admin.ports_close import Closing
from .admin_follow import follow


class HttpCloseOut:
    """The close-out of one backend's events."""

    def __init__(self, client: AdminClient) -> None:
        self._client = client

    def follow(self, event_id: str) -> AsyncGenerator[Closing | HeadcountError, None]:
        """Where it stands, at once and after each change."""
        return follow(lambda: self._states(event_id))

    async def _states(self, event_id: str) -> AsyncGenerator[Closing, None]:
        """The report rests on the same facts: when it changes, the close-out is asked for."""
        async with aclosing(
            self._client.live("report", lambda _report: None, eventId=event_id)
        ) as changes:
            async for _change in changes:
                event = await self._client.event(event_id)
                yield Closing(event, await self._client.close_out(event_id))

    async def accept(self, event_id: str, findings: Sequence[str], why: str) -> CloseOut:
        """Accept findings by id."""
        return await self._client.accept(event_id, findings, why)

    async def take_back(self, event_id: str, findings: Sequence[str]) -> CloseOut:
        """Take acceptances back."""
        return await self._client.take_back(event_id, findings)

    async def seal(self, event_id: str, digest: str) -> CloseOut:
        """Seal what was seen."""
        return await self._client.seal(event_id, digest)
