"""The care of data, for whoever administers it."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from typing import Protocol

from ...core.data_care import Drill, KeptBackup, Purged, PurgePlan
from ...core.errors import HeadcountError
from ...core.personal import Erasure
from .ports_events import EventsDesk


class PersonalDesk(Protocol):
    """What is stored about one person. Asynchronous methods raise HeadcountError."""

    async def export(self, user_id: str, file: str) -> str:
        """Write everything about a person to a new JSON file; its path."""

    async def erasure(self, user_id: str) -> Erasure:
        """What an erasure would take away."""

    async def erase(self, user_id: str) -> Erasure:
        """Make a person anonymous, for good."""


class CareDesk(Protocol):
    """The backend's own data. Asynchronous methods raise HeadcountError."""

    def follow(self) -> AsyncGenerator[Sequence[KeptBackup] | HeadcountError, None]:
        """The backups, the newest first, or why there is no answer; again and again."""

    async def back_up(self) -> KeptBackup:
        """Make one now."""

    async def drill(self, name: str) -> Drill:
        """Read one to its end, and count; nothing is restored."""

    def plan(self) -> AsyncGenerator[PurgePlan | HeadcountError, None]:
        """What has outlived its time, once: what is deleted is what was looked at.

        It is tried again while the backend does not answer.
        """

    async def purge(self, digest: str) -> Purged:
        """Archive, then delete what the plan of this digest says."""


class HasCare(Protocol):
    """Who hands it out."""

    def now_ms(self) -> int:
        """The time."""

    def events(self) -> EventsDesk:
        """The events, for their names."""

    def care(self) -> CareDesk:
        """The care of data, once somebody is signed in."""
