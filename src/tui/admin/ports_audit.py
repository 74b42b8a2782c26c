"""The audit log, for whoever administers the backend."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from typing import NamedTuple, Protocol

from ...core.audit import AuditFilter, AuditRow
from ...core.errors import HeadcountError


class Entries(NamedTuple):
    """The newest entries."""

    rows: Sequence[AuditRow]
    more: bool
    """Whether there are older ones that fit."""


class AuditDesk(Protocol):
    """Who did what. Asynchronous methods raise HeadcountError."""

    def latest(
        self, wanted: AuditFilter, most: int
    ) -> AsyncGenerator[Entries | HeadcountError, None]:
        """At most so many entries, the newest first, once: reading them is an entry itself.

        It is tried again while the backend does not answer.
        """

    async def export(self, wanted: AuditFilter, file: str) -> tuple[str, int]:
        """Write every entry that fits to a new CSV file; its path, and how many."""


class HasAudit(Protocol):
    """Who hands it out."""

    def audit(self) -> AuditDesk:
        """The audit log, once somebody is signed in."""
