"""A body in one of two places: a small one in memory, a large one in a file that has no name.

113 MB, a million records, would otherwise stay in memory until the last of them is stored.
"""

from __future__ import annotations

import tempfile
from contextlib import AbstractContextManager
from types import TracebackType

IN_MEMORY = 16 << 20
"""Bytes, some 150,000 records; `sync` sends 20,000 at a time."""


class Spooled(AbstractContextManager["Spooled"]):
    """Bytes that can be sliced, without steps. Not for several threads at once."""

    def __init__(self, in_memory: int = IN_MEMORY) -> None:
        # Closed by __exit__; once on the disk, the file goes with the process at the latest.
        self._file = tempfile.SpooledTemporaryFile(max_size=in_memory)  # noqa: SIM115
        self._length = 0
        self._in_memory = in_memory

    def __len__(self) -> int:
        return self._length

    def __getitem__(self, part: slice) -> bytes:
        start, end, _ = part.indices(self._length)
        self._file.seek(start)
        return self._file.read(max(0, end - start))

    def add(self, data: bytes) -> None:
        """Put it behind what is here, before anything is read. Raises OSError on a full disk."""
        self._file.write(data)
        self._length += len(data)

    def is_large(self, more: int) -> bool:
        """Whether with so many bytes more it goes to the disk, which takes time."""
        return self._length + more > self._in_memory

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()


Body = bytes | Spooled
"""What can be read in slices."""
