"""The digest of a log's first bytes, without reading again what was read before.

A log only grows, and a sync asks for the digest of a little more of it after each answer. Reading
all of it each time would cost a long log the square of its length.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from hashlib import _Hash

_BLOCK: Final = 1 << 20
"""Bytes read at once."""


class Prefixes:
    """Digests of the files that one sync, or one scan's syncs, work with. For one thread at a time.

    It trusts that a file which is still the same one (by device and inode) and no shorter has only
    grown. Who begins with nothing known, as each new sync does, reads everything once.
    """

    def __init__(self) -> None:
        self._known: dict[str, _Prefix] = {}

    def digest(self, path: Path, end: int) -> str:
        """SHA-256 (hex) of the file's first `end` bytes. Raises OSError."""
        stat = path.stat()
        file = (stat.st_dev, stat.st_ino)
        known = self._known.get(str(path))
        if known is None or known.file != file or not known.end <= min(end, stat.st_size):
            known = self._known[str(path)] = _Prefix(file)
        known.read_on(path, end)
        return known.state.hexdigest()


class _Prefix:
    """How far a file was read, and the state of its digest there."""

    def __init__(self, file: tuple[int, int]) -> None:
        self.file = file
        self.end = 0
        self.state: _Hash = hashlib.sha256()

    def read_on(self, path: Path, end: int) -> None:
        """Add the bytes up to `end`, or to the end of the file."""
        with path.open("rb") as file:
            file.seek(self.end)
            while self.end < end and (block := file.read(min(end - self.end, _BLOCK))):
                self.state.update(block)
                self.end += len(block)
