"""From an OSError to words: what happened to the log, what is safe, what to do next."""

from __future__ import annotations

import errno
from pathlib import Path

from ..core.errors import LogInUse, LogUnwritable

_CAUSES: dict[int, tuple[str, str]] = {
    errno.ENOSPC: ("the disk is full", "Free some space, or set --log to another disk."),
    errno.EDQUOT: ("the disk quota is used up", "Free some space, or set --log to another disk."),
    errno.EFBIG: ("the file may not grow further", "Raise the file size limit (ulimit -f)."),
    errno.EROFS: (
        "the file system is read-only",
        "Remount it writable (a worn-out card turns read-only), or set --log to another disk.",
    ),
    errno.EIO: (
        "the disk reports an input/output error",
        "The card or disk may be failing: set --log to another one.",
    ),
    errno.EACCES: ("permission denied", "Give this user the right to write there, or set --log."),
    errno.EPERM: ("permission denied", "Give this user the right to write there, or set --log."),
    errno.EISDIR: ("it is a directory", "Set --log to a file."),
    errno.ENOTDIR: ("a part of the path is no directory", "Set --log to another path."),
    errno.ELOOP: ("it is a symbolic link", "Set --log to the file itself."),
    errno.ENOENT: (
        "it was deleted while a scanner had it open",
        "Writing goes on in a new file; bring the deleted one back if you can.",
    ),
    errno.ENAMETOOLONG: ("the name is too long", "Set --log to a shorter path."),
}

WAITING = "What was heard since then waits in memory; what was acknowledged is on the disk."


def unwritable(path: Path, error: OSError, *, safe: str = "") -> LogUnwritable:
    """The error for a log that can't be written, with the remedy that fits the cause."""
    cause, remedy = _CAUSES.get(
        error.errno or 0, (error.strerror or str(error), "Set --log to another disk.")
    )
    return LogUnwritable(f"Can't write the log {path}: {cause}.", safe=safe, remedy=remedy)


def in_use(path: Path, pid: int | None) -> LogInUse:
    """The error for a log that another process holds; `pid` is None where it is not known."""
    by = f"process {pid}" if pid else "another process"
    return LogInUse(
        f"The log {path} is in use by {by}.",
        safe="Nothing was changed.",
        remedy="Stop the other scanner first, or set --log to another file.",
    )
