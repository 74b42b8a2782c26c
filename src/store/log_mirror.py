"""The second copy of a log: the same files, byte for byte, in a directory that may vanish.

A thread of its own copies what the first copy holds safely. Nothing waits for it: neither the
radio nor the first copy. What is missing is read from the log itself, so that nothing is kept in
memory for a stick that was pulled out.
"""

from __future__ import annotations

import errno
import logging
import os
import threading
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ..core.news import MirrorChanged
from .log_reader import prefix_digest
from .log_recovery import unused_name
from .log_segment import segments, sync_dir

if TYPE_CHECKING:
    from collections.abc import Iterator

logger = logging.getLogger(__name__)

_BLOCK: Final = 1 << 20
"""Bytes copied at once."""

OnChange = Callable[[MirrorChanged], None]


@dataclass(frozen=True, slots=True)
class MirrorPace:
    """How often the second copy is written; seconds."""

    gather: float = 1.0
    """Between two passes: a stick wears out by small flushes, and the first copy is safe anyway."""
    retry: tuple[float, ...] = (2, 5, 10, 30)
    """Pauses while the directory is not there; the last one repeats. The first is short, so that a
    stick that is plugged in again is caught up while somebody still looks."""


class LogMirror:
    """Keeps the second copy of one log. `safe` may be called from any thread, and returns at once.

    `folder` is never created: a stick that is not plugged in is no empty directory to be filled.
    """

    def __init__(
        self,
        log: Path,
        folder: Path,
        name: str,
        *,
        now_ms: Callable[[], int],
        on_change: OnChange,
        pace: MirrorPace | None = None,
    ) -> None:
        self._log = log
        self._folder = folder
        self._target = folder / name
        self._now_ms = now_ms
        self._on_change = on_change
        self._pace = pace or MirrorPace()
        self._sizes = {file.name: file.stat().st_size for file in segments(log)}
        self._copies: dict[str, tuple[int, int, int]] = {}
        """Device, inode and size of each copy that is known to be a prefix of ours."""
        self._doubted: set[tuple[int, int]] = set()
        """Copies whose flush failed: what is read back from them proves nothing."""
        self._elsewhere = False
        """The folder was seen on another disk than the log's."""
        self._here: bool | None = None
        self._state = threading.Condition()
        self._news = True
        self._closing = False
        self._thread = threading.Thread(target=self._run, name="log-mirror", daemon=True)

    def start(self) -> None:
        """Begin to copy what is there already."""
        self._thread.start()

    def safe(self, file: Path, size: int) -> None:
        """The first `size` bytes of this file of the log are on the medium."""
        with self._state:
            self._sizes[file.name] = size
            self._news = True
            self._state.notify()

    def close(self, timeout: float) -> bool:
        """Catch up once more, for up to `timeout` seconds; whether the copy is complete."""
        with self._state:
            self._closing = True
            self._state.notify()
        self._thread.join(timeout)
        return not self._thread.is_alive() and self._here is True

    def _run(self) -> None:
        failures = 0
        while True:
            with self._state:
                self._state.wait_for(lambda: self._news or self._closing)
                closing, self._news = self._closing, False
            failures = 0 if self._pass() else failures + 1
            if closing:
                return
            pauses = self._pace.retry
            pause = pauses[min(failures, len(pauses)) - 1] if failures else self._pace.gather
            with self._state:
                self._state.wait_for(lambda: self._closing, pause)
                self._news = self._news or failures > 0

    def _pass(self) -> bool:
        """Copy what is missing; False if that failed, which is told once."""
        try:
            self._check_folder()
            with self._state:
                sizes = dict(self._sizes)
            for name, size in sizes.items():
                self._copy(name, size)
        except OSError as error:
            self._copies.clear()  # whatever comes back is looked at anew
            self._tell(here=False, why=error.strerror or str(error))
            return False
        except Exception as error:  # a defect must be told, not end in silence
            logger.exception("the second copy failed")
            self._tell(here=False, why=repr(error))
            return False
        self._tell(here=True, why="")
        return True

    def _check_folder(self) -> None:
        """Raises OSError when the folder is not there, or is an empty mount point by now."""
        same_disk = self._folder.stat().st_dev == self._log.parent.stat().st_dev
        if same_disk and self._elsewhere:
            raise OSError(errno.ENODEV, "the disk is not mounted")
        self._elsewhere = not same_disk
        if not self._target.is_dir():
            self._target.mkdir(mode=0o700)
            sync_dir(self._folder)

    def _copy(self, name: str, size: int) -> None:
        source, target = self._log.with_name(name), self._target / name
        found = _identity(target)
        if found is not None and found != self._copies.get(name):
            self._set_aside_if_other(source, target, found, size)
        elif found is not None and found[2] == size:
            return
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        with _opened(target, flags) as out, _opened(source, os.O_RDONLY | os.O_CLOEXEC) as ours:
            fresh = os.fstat(out).st_size == 0
            _append(ours, out, size)
            self._flush(out)
        if fresh:
            sync_dir(self._target)
        if copied := _identity(target):
            self._copies[name] = copied

    def _flush(self, out: int) -> None:
        try:
            os.fsync(out)
        except OSError:
            status = os.fstat(out)
            self._doubted.add((status.st_dev, status.st_ino))
            raise

    def _set_aside_if_other(
        self, source: Path, target: Path, found: tuple[int, int, int], size: int
    ) -> None:
        """Rename a file that is no prefix of ours: it may be the only copy of something else."""
        device, inode, length = found
        trusted = (device, inode) not in self._doubted and length <= size
        if trusted and prefix_digest(target, length) == prefix_digest(source, length):
            return
        target.rename(unused_name(target.with_name(f"{target.name}.other-1")))
        sync_dir(self._target)

    def _tell(self, *, here: bool, why: str) -> None:
        if here is self._here:
            return
        self._here = here
        same_disk = here and not self._elsewhere
        change = MirrorChanged(str(self._target), self._now_ms(), here, why, same_disk)
        try:
            self._on_change(change)
        except Exception:
            logger.exception("a listener of the second copy failed")


def _identity(path: Path) -> tuple[int, int, int] | None:
    """Device, inode and size; None where there is no file."""
    try:
        status = path.lstat()
    except FileNotFoundError:
        return None
    return status.st_dev, status.st_ino, status.st_size


@contextmanager
def _opened(path: Path, flags: int) -> Iterator[int]:
    fd = os.open(path, flags, 0o600)
    try:
        yield fd
    finally:
        os.close(fd)


def _append(source: int, target: int, size: int) -> None:
    """Copy the bytes of `source` from the end of `target` up to `size`. Raises OSError."""
    done = os.fstat(target).st_size
    while done < size:
        block = os.pread(source, min(_BLOCK, size - done), done)
        if not block:
            raise OSError(errno.EIO, "the first copy is shorter than it was")
        done += os.write(target, block)
