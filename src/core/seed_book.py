"""What the import of seed files asks of the database."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:  # core.backend builds on this protocol
    from .seed import SeedResult, SeedRows


class SeedBook(Protocol):
    """Files into the database. Blocks."""

    def seed(
        self, files: Sequence[SeedRows], *, preview: bool, strict: bool, now_ms: int
    ) -> list[SeedResult]:
        """Store the good rows, in one transaction a file; known ones are updated.

        `preview` stores nothing, and says what would be. `strict` stores everything, or nothing if
        one row of one file is wrong.
        """
