"""Who did what to the backend's data: the entries, and the one that is being made right now.

The caller's entry travels beside the call (a context variable), so that the store can write it in
the very transaction of the change, without each of its methods having a parameter for it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

if TYPE_CHECKING:  # core.backend builds on this protocol
    from .backend import Page


class Actor(StrEnum):
    """Kinds of those who act."""

    PERSON = "person"
    SCANNER = "scanner"
    ANYONE = "anyone"
    """Nobody who was known: no key, a wrong one, or an address that asks for none."""
    LOCAL = "local"
    """A command on the database itself, by a user of that machine."""
    SYSTEM = "system"
    """The backend's own maintenance."""


class Outcome(StrEnum):
    """What became of it."""

    DONE = "done"
    REFUSED = "refused"


@dataclass(slots=True)
class Entry:
    """One entry while it is made. Never a secret, nor a hash of one."""

    at: int
    """Unix milliseconds."""
    action: str
    actor: Actor = Actor.ANYONE
    actor_id: str = ""
    """A person's id (names are looked up when the log is read), a scanner's or a local user's name;
    empty for nobody known."""
    address: str = ""
    request_id: str = ""
    subject: str = ""
    """What it was done to, as its address without the first slash: `events/opening-2025`."""
    outcome: Outcome = Outcome.DONE
    status: int = 0
    """The HTTP status of a refusal; 0 for what was done."""
    code: str = ""
    """Why it was refused: a problem's code."""
    times: int = 1
    """How often it happened within a minute from `at` on."""
    before: Mapping[str, Any] | None = None
    after: Mapping[str, Any] | None = None
    details: dict[str, Any] = field(default_factory=dict)
    stored: bool = False
    """The transaction of the change has written it."""


@dataclass(frozen=True, slots=True)
class AuditRow:
    """One entry as it was stored."""

    id: int
    at: int
    actor: str
    actor_id: str
    actor_name: str
    """A person's name as of now; otherwise as `actor_id`."""
    address: str
    request_id: str
    action: str
    subject: str
    outcome: str
    status: int
    code: str
    times: int
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None
    details: Mapping[str, Any]


class AuditFilter(NamedTuple):
    """Which entries are wanted; what is empty or None does not count."""

    actor: str = ""
    """A kind, an id, or a scanner's or local user's name."""
    action: str = ""
    """The whole action, or its beginning up to a dot: `users` has `users.import`."""
    subject: str = ""
    since: int | None = None
    until: int | None = None
    """Unix milliseconds; this moment itself is not in."""


class AuditLog(Protocol):
    """What is asked of the database."""

    def add_audit(self, entry: Entry) -> None:
        """Keep an entry that no transaction of a change has written."""

    def audit_log(self, wanted: AuditFilter, *, limit: int, cursor: str = "") -> Page[AuditRow]:
        """Entries, the newest first. Raises UsageError for a cursor of another list."""


_NOW: ContextVar[Entry | None] = ContextVar("headcount_audit", default=None)


@contextmanager
def auditing(entry: Entry) -> Iterator[Entry]:
    """What is changed inside the block, also in threads that it starts, is this entry's."""
    token = _NOW.set(entry)
    try:
        yield entry
    finally:
        _NOW.reset(token)


def pending() -> Entry | None:
    """The entry that a transaction which changes something has to write; None if none is due."""
    entry = _NOW.get()
    return None if entry is None or entry.stored else entry


def note(
    *,
    subject: str = "",
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    **details: Any,  # noqa: ANN401 - any JSON value
) -> None:
    """Say more of what is being done, from wherever it is known; without an entry, nothing."""
    entry = pending()
    if entry is None:
        return
    entry.subject = subject or entry.subject
    entry.before = before if before is not None else entry.before
    entry.after = after if after is not None else entry.after
    entry.details.update(details)
