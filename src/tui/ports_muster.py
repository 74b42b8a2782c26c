"""What muster list and hand-over card need of the rest. `bootstrap.muster` implements it.

Times are Unix milliseconds. All methods but `now` read or write files: screens call them in a
thread.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple, Protocol

from ..core.model import Instant
from ..core.muster import HandOver, Here


class Mustered(NamedTuple):
    """Who is here at one moment."""

    people: Sequence[Here]
    """By name."""
    unknown: int
    """Badges that nobody owns, heard in the last ten minutes."""
    registered: int | None
    """People on the roster; None when it is not known."""


class MusterDesk(Protocol):
    """One event's people, now."""

    @property
    def event(self) -> str:
        """The event's name, or its id."""

    @property
    def time_zone(self) -> str:
        """An IANA zone."""

    @property
    def can_print(self) -> bool:
        """Whether this machine has a printer command."""

    def now(self) -> Instant:
        """Both clocks, read together."""

    def muster(self) -> Mustered:
        """Who is here. Raises HeadcountError."""

    def ticked(self) -> Collection[str]:
        """The keys of those who were ticked off by hand."""

    def tick(self, keys: Collection[str]) -> None:
        """Keep who is ticked off, also over a restart."""

    def card(self) -> HandOver:
        """The card's facts, with the notes of before. Raises HeadcountError."""

    def save_notes(self, notes: str) -> None:
        """Keep the operator's notes."""

    def suggested_file(self, what: str) -> str:
        """Where a list or card could be saved."""

    def save(self, file: str, text: str) -> str:
        """Write a new file, for this user alone; its path. Raises UsageError."""

    def save_table(self, file: str, rows: Sequence[Sequence[str]]) -> str:
        """Write rows as CSV, no cell of which is a formula. Raises UsageError."""

    def print_out(self, text: str) -> None:
        """Print a text; only where `can_print`. Raises UsageError."""
