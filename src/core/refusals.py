"""The backend's own list of the records that it refused."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from .backend import Page


@dataclass(frozen=True, slots=True)
class RefusedAtServer:
    """A record that was refused, once or at every try. Times are Unix ms by the server."""

    first_received_at: int
    last_received_at: int
    times: int
    """How often it came."""
    records: int
    """1; or how many this row stands for, where one batch had too many to list."""
    scanner_id: str
    """As the record has it; empty where that can't be read."""
    index: int
    """Its place in the first batch that it came with."""
    code: str
    message: str
    record: str
    """What was sent, without control characters, cut."""


class RefusalLog(Protocol):
    """What was refused, kept in the transaction that stored the rest of the batch."""

    def refusals(self, event_id: str, *, limit: int, cursor: str = "") -> Page[RefusedAtServer]:
        """The event's refused records, the first received first. Raises EventNotFound."""
