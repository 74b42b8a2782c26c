"""One file of a log: opened for appending, locked, with space reserved ahead.

A log is one file, `attendance_log.jsonl`; where that one can't be trusted any more (damage, a
failed flush), it goes on in `attendance_log-0002.jsonl` and so on, beside it.
"""

from __future__ import annotations

import ctypes
import errno
import fcntl
import functools
import itertools
import os
import stat
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

from .log_trouble import in_use, unwritable

_LOCK_TRIES: Final = 10
_LOCK_PAUSE: Final = 0.02
"""Seconds. A reader holds the lock for microseconds, to see whether a scanner has it."""

_KEEP_SIZE: Final = 0x01  # FALLOC_FL_KEEP_SIZE, linux/falloc.h
_GIVEN_UP: Final = frozenset({errno.EROFS, errno.EIO})


def segments(path: Path) -> list[Path]:
    """The files of a log that exist, in the order of writing."""
    first = [path] if path.exists() else []
    return first + list(itertools.takewhile(Path.exists, _numbered(path)))


def next_segment(path: Path) -> Path:
    """The name of a new file for the log at `path`, after all that exist."""
    return next(file for file in _numbered(path) if not os.path.lexists(file))


def _numbered(path: Path) -> Iterator[Path]:
    """Without a hole: `log-2025.jsonl` beside `log.jsonl` is somebody else's."""
    return (path.with_name(f"{path.stem}-{n:04d}{path.suffix}") for n in itertools.count(2))


def sync_dir(folder: Path) -> None:
    """Make the names in a directory durable. Raises OSError."""
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def make_parents(path: Path) -> None:
    """Create the directories that are missing, for this user only. Raises OSError."""
    missing = [parent for parent in path.parents if not parent.exists()]
    for parent in reversed(missing):
        parent.mkdir(mode=0o700, exist_ok=True)


class Segment:
    """One file of a log, open for appending and locked against other writers."""

    def __init__(self, path: Path, fd: int) -> None:
        self.path = path
        self._fd = fd
        self._size = os.fstat(fd).st_size
        self._reserved = 0

    @classmethod
    def open(cls, path: Path, *, new: bool = False) -> Segment:
        """Open or create the file (0600), and lock it. Raises LogInUse, OSError."""
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        while True:
            fd = os.open(path, flags | (os.O_EXCL if new else 0), 0o600)
            try:
                lock(fd, path)
                if _is_regular(fd) and _is_at(fd, path):
                    return cls(path, fd)
            except BaseException:
                os.close(fd)
                raise
            os.close(fd)  # archived between our open and our lock: the name is free again

    def fileno(self) -> int:
        """The file descriptor, for recovery."""
        return self._fd

    @property
    def size(self) -> int:
        """Bytes written."""
        return self._size

    def write(self, data: bytes) -> None:
        """Append all of `data`. Raises OSError, and leaves whole lines only."""
        view = memoryview(data)
        done = 0
        try:
            while done < len(data):
                done += os.write(self._fd, view[done:])
        except OSError:
            self._drop_torn_line(data[:done])
            raise
        self._size += done

    def _drop_torn_line(self, written: bytes) -> None:
        """Cut off the half line that a short write left: it was never acknowledged."""
        whole = written.rfind(b"\n") + 1
        self._size += whole
        try:
            os.ftruncate(self._fd, self._size)
        except OSError:
            self._size += len(written) - whole  # the next recovery will do it

    def cut(self, size: int) -> None:
        """Drop the bytes after `size`, durably. Raises OSError."""
        os.ftruncate(self._fd, size)
        os.fsync(self._fd)
        self._size = size

    def flush(self) -> None:
        """Wait until the medium has it. Raises OSError; after that, never use this file again.

        A second flush would report success although the medium holds the old bytes.
        """
        os.fdatasync(self._fd)
        if os.fstat(self._fd).st_nlink == 0:
            raise FileNotFoundError(errno.ENOENT, "the file was deleted")
        _require_writable(self._fd, self._size)

    def reserve(self, ahead: int) -> None:
        """Keep at least `ahead` bytes allocated after the end, without changing the size."""
        if ahead <= 0 or self._reserved - self._size >= ahead:
            return
        if _fallocate(self._fd, self._size, 2 * ahead) == 0:
            self._reserved = self._size + 2 * ahead

    def close(self) -> None:
        """Close the file, which frees the lock; never fails.

        What was acknowledged is flushed, and Linux closes a file whatever it answers (close(2)).
        """
        with suppress(OSError):
            os.close(self._fd)


def _require_writable(fd: int, size: int) -> None:
    """Raise OSError if the file system has given itself up, as ext4 does after an error.

    A flush that is under way at that moment claims success although the file's new size never
    reaches the medium (Linux 6.18, one in ten: `tests/faults/disk_limits.py`). What needs the
    journal fails from that moment on, so the last byte, which is there, is allocated once more.
    """
    if _fallocate(fd, max(0, size - 1), 1) in _GIVEN_UP or os.fstatvfs(fd).f_flag & os.ST_RDONLY:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))


def _is_regular(fd: int) -> bool:
    if not stat.S_ISREG(os.fstat(fd).st_mode):
        raise OSError(errno.EINVAL, "it is not a regular file")
    return True


def _is_at(fd: int, path: Path) -> bool:
    """Whether the file is still the one of that name."""
    try:
        return os.path.samestat(os.fstat(fd), path.stat(follow_symlinks=False))
    except FileNotFoundError:
        return False


def lock(fd: int, path: Path) -> None:
    """Lock an open file for this process. A kill frees the lock. Raises LogInUse."""
    for _ in range(_LOCK_TRIES):
        if _try_lock(fd, fcntl.LOCK_EX):
            return
        threading.Event().wait(_LOCK_PAUSE)
    raise in_use(path, _holder(fd))


def is_locked(fd: int) -> bool:
    """Whether some process (this one as well) has the file open for writing lines."""
    if not _try_lock(fd, fcntl.LOCK_SH):
        return True
    fcntl.flock(fd, fcntl.LOCK_UN)
    return False


def _try_lock(fd: int, how: int) -> bool:
    try:
        fcntl.flock(fd, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _holder(fd: int) -> int | None:
    """The process that holds the file's lock, where the system says so (proc(5), locks)."""
    inode = os.fstat(fd).st_ino
    try:
        lines = Path("/proc/locks").read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    for line in lines:
        fields = line.split()
        if fields[1] == "FLOCK" and fields[5].endswith(f":{inode}") and int(fields[4]) > 0:
            return int(fields[4])
    return None


def _fallocate(fd: int, offset: int, length: int) -> int:
    """Allocate blocks without changing the size; 0, or the error's number. Only Linux has it."""
    call = _libc_fallocate()
    if call is None:
        return errno.ENOSYS
    return 0 if call(fd, _KEEP_SIZE, offset, length) == 0 else ctypes.get_errno()


@functools.cache
def _libc_fallocate() -> Callable[[int, int, int, int], int] | None:
    if sys.platform != "linux":
        return None
    libc = ctypes.CDLL(None, use_errno=True)
    call = getattr(libc, "fallocate64", None) or getattr(libc, "fallocate", None)
    if call is not None:
        call.argtypes = (ctypes.c_int, ctypes.c_int, ctypes.c_int64, ctypes.c_int64)
    return call


def open_segment(path: Path) -> Segment:
    """Open a log's first file, with its directories. Raises LogInUse, LogUnwritable."""
    try:
        make_parents(path)
        return Segment.open(path)
    except OSError as error:
        raise unwritable(path, error) from error
