"""What live queries ask of the database: what a result rests on, and word of every change.

Each transaction that writes raises the version of each topic it wrote to, within that transaction.
A result and the versions it rests on are read from one snapshot; so a result whose versions are
still the same is still true, and nobody needs to know which rows changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol, TypeVar

T = TypeVar("T")


class Topic(NamedTuple):
    """What a transaction wrote to."""

    event_id: str
    """Empty: rows of any event, or of none."""
    table: str


EVERYTHING = Topic("", "*")
"""Said when nobody knows what was written: to every table, of every event."""


@dataclass(frozen=True, slots=True)
class Footing:
    """What a result rests on."""

    event_id: str
    """The event that the query is about; empty: all of them."""
    tables: frozenset[str]
    """The tables that the query read."""
    version: int
    """The sum of the topics' versions: it grows with each change to what was read."""

    def touched_by(self, topics: Iterable[Topic]) -> bool:
        """Whether a transaction that wrote to these topics may have changed the result."""
        return any(
            topic == EVERYTHING
            or (
                topic.table in self.tables
                and (not self.event_id or topic.event_id in {"", self.event_id})
            )
            for topic in topics
        )


Listener = Callable[[frozenset[Topic]], None]
"""Told after a commit, on the writer's thread or a listening one; must return at once."""


class LatelySynced(Protocol):
    """Which reports are likely to be asked for."""

    def lately_synced(self, since_ms: int, limit: int) -> Sequence[str]:
        """Events with a batch since then (Unix ms), the latest first."""


class LiveTokens(Protocol):
    """Short-lived tokens for event streams, for clients that can't send headers."""

    def add_live_token(
        self, token_hash: str, *, parent_hash: str, expires_at: int, now_ms: int
    ) -> None:
        """Keep a token (SHA-256, hex) that stands for another secret; drop expired ones."""

    def parent_of_live_token(self, token_hash: str, *, now_ms: int) -> str | None:
        """The hash of the secret that the token stands for; None for no valid token."""


class Observable(Protocol):
    """The part of the backend that live queries and caches stand on."""

    def observe(self, ask: Callable[[], T], *, event_id: str = "") -> tuple[T, Footing]:
        """Ask in one snapshot; `ask` uses the backend's reading methods, on this thread.

        With an `event_id` only what concerns this event (or all of them) counts as a change.
        """

    def version(self, footing: Footing) -> int:
        """The version that the same question would rest on now. One short query."""

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Tell of each commit of this process from now on; call the result to end it.

        Other processes' commits are told where the database can, and EVERYTHING where something
        may have been missed.
        """
