"""The part of the store that is about the care of data: each method is one transaction."""

from __future__ import annotations

from sqlalchemy import Connection

from ...core.audit import AuditFilter, AuditRow, Entry
from ...core.backend import Page
from . import audit
from .database import Database


class CareStore:
    """Implements `core.audit.AuditLog`."""

    _database: Database

    def add_audit(self, entry: Entry) -> None:
        """Keep an entry that no transaction of a change has written."""

        def work(connection: Connection) -> None:
            audit.add(connection, entry)

        self._database.run(work, event_id="")  # no event's: batches go on meanwhile

    def audit_log(self, wanted: AuditFilter, *, limit: int, cursor: str = "") -> Page[AuditRow]:
        """Entries, the newest first. Raises UsageError for a cursor of another list."""
        with self._database.read() as connection:
            return audit.page(connection, wanted, limit, cursor)
