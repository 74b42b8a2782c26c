"""The backend as the admin's screens see it, over HTTP: implements `tui.admin.ports.AdminDesk`.

The client lives on the screens' own event loop; what blocks (files, certificates) is done in
threads.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

from pydantic import SecretStr

from ..api.admin_client import AdminClient
from ..clock import SystemClock
from ..config import Config
from ..core.backend import User
from ..core.errors import HeadcountError, KeyRefused, UsageError
from ..core.identity import clean_text
from ..core.ports import Clock
from ..core.report import Report
from ..store.station import StationStore
from ..tui.admin.ports import Door, Who
from .admin_desk_audit import HttpAudit
from .admin_desk_care import HttpCare
from .admin_desk_close import HttpCloseOut
from .admin_desk_events import HttpEvents
from .admin_desk_insights import HttpFeedback, HttpInsights
from .admin_desk_people import HttpPeople
from .admin_desk_requests import HttpRequests
from .admin_desk_scanners import HttpScanners
from .admin_follow import follow
from .asking import opened
from .credentials import person_token
from .pairing import sign_in, sign_out
from .paths import make_data_dir, state_dir
from .report_desk import HttpReports

DOOR = "adminDoor"
"""Where the address and email of the last sign-in are kept; the token is in its own file."""


class HttpAdmin:
    """One backend at a time, as one person."""

    def __init__(self, config: Config, *, clock: Clock | None = None) -> None:
        self._home = config
        self._config = config
        self._clock = clock or SystemClock()
        self._client: AdminClient | None = None

    def now_ms(self) -> int:
        """The time."""
        return self._clock.now().wall_ms

    # --- signing in and out ---

    async def door(self) -> Door:
        """Where one signed in last; the station's own backend at first."""
        return await asyncio.to_thread(self._door)

    def _door(self) -> Door:
        kept = StationStore(state_dir(self._home)).get(DOOR)
        if isinstance(kept, dict):
            url, email = kept.get("url"), kept.get("email")
            if isinstance(url, str) and isinstance(email, str):
                return Door(url, email)
        return Door(self._home.backend.url, "")

    async def who(self) -> Who | None:
        """Whose sign-in is remembered; None for nobody's."""
        self._config = self._of((await self.door()).url)
        token = await asyncio.to_thread(person_token, self._config)
        if not token:
            return None
        await self._open(token)
        try:
            return self._who((await self.client.session()).user)
        except KeyRefused:
            await self.close()
            return None

    async def sign_in(self, url: str, email: str, password: str) -> Who:
        """Sign in, and remember it."""
        config = self._of(url.strip().rstrip("/"))
        signed_in, _path = await asyncio.to_thread(sign_in, config, email, password)
        self._config = config
        await asyncio.to_thread(self._remember, Door(config.backend.url, email))
        await self._open(signed_in.token)
        return self._who(signed_in.user)

    def _remember(self, door: Door) -> None:
        make_data_dir(self._home)
        StationStore(state_dir(self._home)).set(DOOR, door._asdict())

    async def sign_out(self) -> None:
        """Forget the sign-in here, then there."""
        await self.close()
        await asyncio.to_thread(sign_out, self._config)

    def _of(self, url: str) -> Config:
        """The configuration for this address: another backend is not told this one's secrets."""
        backend = self._home.backend
        if url == backend.url.strip().rstrip("/"):
            return self._home
        none = SecretStr("")
        nothing: dict[str, object] = dict.fromkeys(("token_file", "key_file"), "")
        nothing |= {"token": none, "key": none}
        return self._home.model_copy(
            update={"backend": backend.model_copy(update={"url": url, **nothing})}
        )

    def _who(self, user: User) -> Who:
        url = clean_text(self._config.backend.url, 200)
        return Who(url, user.id, clean_text(user.name, 200), user.email, user.role.value)

    # --- the client ---

    @property
    def client(self) -> AdminClient:
        """The client of whoever is signed in. Raises UsageError for nobody."""
        if self._client is None:
            raise UsageError("Nobody is signed in.")
        return self._client

    async def _open(self, token: str) -> None:
        await self.close()
        self._client = await asyncio.to_thread(opened, AdminClient, self._config, token)

    def events(self) -> HttpEvents:
        """The events."""
        return HttpEvents(self.client)

    def people(self) -> HttpPeople:
        """The people."""
        return HttpPeople(self.client)

    def scanners(self) -> HttpScanners:
        """The scanners."""
        return HttpScanners(self.client, self.now_ms)

    def reports(self) -> HttpReports:
        """The reports, live."""
        return HttpReports(self.client, StationStore(state_dir(self._home)), self._follow_report)

    def _follow_report(self, event_id: str) -> AsyncGenerator[Report | HeadcountError, None]:
        return follow(lambda: self.client.live_report(event_id))

    def close_out(self) -> HttpCloseOut:
        """The close-out of events."""
        return HttpCloseOut(self.client)

    def insights(self) -> HttpInsights:
        """The insights of events."""
        return HttpInsights(self.client)

    def feedback(self) -> HttpFeedback:
        """What people say."""
        return HttpFeedback(self.client)

    def requests(self) -> HttpRequests:
        """What participants say is wrong."""
        return HttpRequests(self.client)

    def audit(self) -> HttpAudit:
        """Who did what."""
        return HttpAudit(self.client)

    def care(self) -> HttpCare:
        """Its backups, and the purge."""
        return HttpCare(self.client)

    async def close(self) -> None:
        """Leave nothing open."""
        client, self._client = self._client, None
        if client is not None:
            await client.__aexit__(None, None, None)
