"""The care of data, for whoever administers it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from ...core.personal import Erasure
from ...core.retention import Due


class PersonalDesk(Protocol):
    """What is stored about one person. Asynchronous methods raise HeadcountError."""

    async def export(self, user_id: str, file: str) -> str:
        """Write everything about a person to a new JSON file; its path."""

    async def erasure(self, user_id: str) -> Erasure:
        """What an erasure would take away."""

    async def erase(self, user_id: str) -> Erasure:
        """Make a person anonymous, for good."""


class CareDesk(Protocol):
    """What is done where the database is."""

    async def plan(self) -> Sequence[Due] | None:
        """What a purge would take away now; None where the database is on another machine.

        Raises HeadcountError.
        """


class HasCare(Protocol):
    """Who hands it out."""

    def care(self) -> CareDesk:
        """The care of data, once somebody is signed in."""
