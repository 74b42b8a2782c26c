"""A lock between processes: an advisory lock on a file beside the database (flock, POSIX)."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from types import TracebackType

from ...core.errors import HeadcountError

if sys.platform != "win32":
    import fcntl


class FileLock:
    """Hold it with `with`. A killed process frees it. Not re-entrant; guard it between threads.

    Each hold opens the file anew, so two locks of one process exclude each other as well.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor = -1

    def __enter__(self) -> None:
        try:
            self._descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise HeadcountError(
                f"The lock file {self._path} can't be opened: {error.strerror}.",
                safe="Nothing was stored.",
                remedy="Make the file and its folder writable for this user.",
            ) from error
        if sys.platform != "win32":
            fcntl.flock(self._descriptor, fcntl.LOCK_EX)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        os.close(self._descriptor)  # closing frees the lock
