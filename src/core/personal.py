"""Everything about one person: told to them, or erased."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

ERASED = "Erased person"
"""The name of whoever was erased: reports still count them."""


@dataclass(frozen=True, slots=True)
class PersonalData:
    """All that is stored about one person."""

    user_id: str
    generated_at: int
    """Unix milliseconds."""
    tables: Mapping[str, Sequence[Mapping[str, Any]]]
    """Rows by kind; times are Unix milliseconds. No passwords and tokens, not even hashed."""


@dataclass(frozen=True, slots=True)
class Erasure:
    """What an erasure takes away, or took."""

    user_id: str
    """Before: the person's; afterwards the new one, by which reports know an anonymous person."""
    rows: Mapping[str, int]
    """Rows that say something about the person, by kind."""


class Personal(Protocol):
    """What is asked of the database."""

    def personal_data(self, user_id: str, *, now_ms: int) -> PersonalData:
        """Everything about a person. Raises UserNotFound."""

    def erasure(self, user_id: str) -> Erasure:
        """What an erasure would take away. Raises UserNotFound."""

    def erase(self, user_id: str) -> Erasure:
        """Make a person anonymous, for good. Raises UserNotFound, LastAdmin."""
