"""What the admin's screens need of the backend. `bootstrap.admin_desk` implements it over HTTP.

Every asynchronous method raises HeadcountError: BackendUnreachable, KeyRefused (the sign-in has
ended, or the role may not do this), BackendRejected, UsageError. Times are Unix milliseconds.
"""

from __future__ import annotations

from typing import NamedTuple, Protocol

from .ports_audit import AuditDesk
from .ports_care import CareDesk
from .ports_close import CloseDesk
from .ports_events import EventsDesk
from .ports_insights import FeedbackDesk, InsightsDesk
from .ports_people import PeopleAdmin
from .ports_report import ReportDesk
from .ports_requests import RequestsDesk
from .ports_scanners import ScannersDesk


class Door(NamedTuple):
    """Where one signed in last, to begin the form with."""

    url: str
    email: str


class Who(NamedTuple):
    """Who is signed in."""

    url: str
    user_id: str
    name: str
    email: str
    role: str
    """user, operator or admin."""

    @property
    def is_admin(self) -> bool:
        """Whether the admin's screens are theirs."""
        return self.role == "admin"


class AdminDesk(Protocol):
    """The backend, for whoever is signed in. Parts of it have ports of their own."""

    def now_ms(self) -> int:
        """The time."""

    async def door(self) -> Door:
        """Where to sign in."""

    async def who(self) -> Who | None:
        """Whose sign-in this machine remembers, as the backend knows them now; None for nobody.

        A remembered sign-in that has ended is nobody's.
        """

    async def sign_in(self, url: str, email: str, password: str) -> Who:
        """Sign in, and remember it in a file that only this user can read."""

    async def sign_out(self) -> None:
        """Forget the sign-in here, then there; here also where the backend can't be told."""

    async def close(self) -> None:
        """Leave nothing open."""

    def events(self) -> EventsDesk:
        """The events, once somebody is signed in."""

    def people(self) -> PeopleAdmin:
        """The people, once somebody is signed in."""

    def scanners(self) -> ScannersDesk:
        """The scanners, once somebody is signed in."""

    def reports(self) -> ReportDesk:
        """The reports, once somebody is signed in."""

    def close_out(self) -> CloseDesk:
        """The close-out of events, once somebody is signed in."""

    def insights(self) -> InsightsDesk:
        """The insights of events, once somebody is signed in."""

    def feedback(self) -> FeedbackDesk:
        """What people say, once somebody is signed in."""

    def requests(self) -> RequestsDesk:
        """What participants say is wrong, once somebody is signed in."""

    def audit(self) -> AuditDesk:
        """Who did what, once somebody is signed in."""

    def care(self) -> CareDesk:
        """What is done where the database is, once somebody is signed in."""
