"""The store's methods for the close-out of events."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlalchemy import Connection

from ...core.close_out import CloseOut
from . import closing
from .account_store import AccountStore


class CloseStore(AccountStore):
    """Implements `core.close_out.CloseBook`."""

    def close_out(self, event_id: str, *, now_ms: int) -> CloseOut:
        """Where the close-out stands. Raises EventNotFound."""
        with self._database.read() as connection:
            return closing.state(connection, event_id, now_ms)

    def accept(
        self, event_id: str, findings: Sequence[str], *, by: str, why: str, now_ms: int
    ) -> CloseOut:
        """Accept findings by id. Raises EventSealed, CloseOutOpen, EventNotFound."""
        note = {"by": by, "why": why}
        return self._change(
            event_id,
            lambda connection: closing.accept(connection, event_id, findings, note, now_ms),
        )

    def take_back(self, event_id: str, findings: Sequence[str], *, now_ms: int) -> CloseOut:
        """Take acceptances back. Raises EventSealed, CloseOutOpen, EventNotFound."""
        return self._change(
            event_id,
            lambda connection: closing.take_back(connection, event_id, findings, now_ms),
        )

    def seal(self, event_id: str, digest: str, *, by: str, now_ms: int) -> CloseOut:
        """Seal what was seen. Raises CloseOutOpen, EventNotFound."""
        return self._change(
            event_id, lambda connection: closing.seal(connection, event_id, digest, by, now_ms)
        )

    def _change(self, event_id: str, work: Callable[[Connection], CloseOut]) -> CloseOut:
        return self._database.run(work, event_id=event_id)
