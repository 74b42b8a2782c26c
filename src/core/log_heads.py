"""Heads of logs: how far a log had come, by its chain, and that the backend has seen it so.

A countersigned head can't be made by a forger who writes a log anew: that takes the backend's key.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from .errors import HeadcountError


class HeadContradicted(HeadcountError):
    """The same line of the same log had another chain value before: the log was written anew."""


@dataclass(frozen=True, slots=True)
class Head:
    """The last line of a log that the backend has acknowledged."""

    log: str
    """The scan session of the first line of the chain; it names the log."""
    scanner_id: str
    seq: int
    chain: str
    bytes: int
    """Where the line ends in its file."""
    after_seq: int = 0
    """A record that was countersigned before, and its chain value in this log as it is now."""
    after_chain: str = ""


@dataclass(frozen=True, slots=True)
class SeenHead:
    """A head that the backend has countersigned, and when (Unix milliseconds)."""

    seq: int
    chain: str
    time: int


@dataclass(frozen=True, slots=True)
class NotedHead:
    """What the backend's book says to a head."""

    time: int
    """When this very head was first seen; 0: it is not signed, since it does not follow `latest`,
    or the station has not said whether it does."""
    latest: SeenHead | None
    """The longest one of this log that was there before; None for the first one."""


@dataclass(frozen=True, slots=True)
class Countersigned:
    """The answer to POST /events/{id}/logHeads."""

    time: int
    key: str
    """The backend's public key (Ed25519), base64."""
    signature: str
    """Base64, over `statement`; empty where nobody has said that this head follows `latest`."""
    latest: SeenHead | None = None


def statement(event_id: str, head: Head, time_ms: int) -> bytes:
    """The text that is signed. Its parts can't hold a line break: they are cleaned or numbers."""
    parts = (
        "headcount log head 1",
        event_id,
        head.scanner_id,
        head.log,
        f"{head.seq:d} {head.chain} {head.bytes:d} {time_ms:d}",
    )
    return "\n".join(parts).encode("utf-8", "surrogatepass")


class HeadBook(Protocol):
    """Remembers heads. Implemented by `store.server.Store`."""

    def note_head(self, event_id: str, head: Head, *, now_ms: int) -> NotedHead:
        """Keep a head; the same again is no error. Raises HeadContradicted, EventNotFound."""
