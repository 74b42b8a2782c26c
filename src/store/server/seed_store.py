"""The part of the store that imports seed files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from ...core.seed import SeedResult, SeedRows
from .database import Database
from .rotation import catch_up_all
from .seeding import Tools, seed_file


class _UndoneError(Exception):
    """Ends a transaction without a trace; what would have been is told."""

    def __init__(self, results: Sequence[SeedResult]) -> None:
        super().__init__("undone")
        self.results = results


class SeedStore:
    """Implements `core.seed.SeedBook`."""

    _database: Database
    _new_id: Callable[[], str]

    def seed(
        self, files: Sequence[SeedRows], *, preview: bool, strict: bool, now_ms: int
    ) -> list[SeedResult]:
        """One transaction a file; with `preview` or `strict` one for all of them.

        So a preview sees what the files before would have made, and then it all is as before.
        """
        groups = [files] if preview or strict else [[file] for file in files]
        try:
            return [
                result
                for group in groups
                for result in self._together(group, now_ms, preview=preview, strict=strict)
            ]
        except _UndoneError as undone:
            return [replace(result, stored=False) for result in undone.results]

    def _together(
        self, files: Sequence[SeedRows], now_ms: int, *, preview: bool, strict: bool
    ) -> list[SeedResult]:
        with self._database.write() as connection:
            tools = Tools(self._database, connection, self._new_id, now_ms)
            results = [seed_file(tools, file) for file in files]
            catch_up_all(connection)
            if preview or (strict and any(result.errors for result in results)):
                raise _UndoneError(results)
        return results
