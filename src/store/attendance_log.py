"""Writes a log: many threads hand records over, one thread writes, flushes and then says so.

A record is acknowledged only after fdatasync. After any failure the file is left alone, and what
was not acknowledged is written again, with the same ids, into a new file beside it.
"""

from __future__ import annotations

import itertools
import logging
import os
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

from ..core.chain import link, start
from ..core.errors import LogUnwritable
from ..core.model import Logged, Record
from .log_recovery import Recovery, recover
from .log_sealing import Seal, seal_with
from .log_segment import Segment, make_parents, next_segment, open_segment, sync_dir
from .log_trouble import WAITING, unwritable
from .logline import finish, line_body

logger = logging.getLogger(__name__)
T = TypeVar("T")

GROUP_LIMIT: Final = 2048
"""Lines of one write and one flush: about 0.5 MB, so that acknowledgements keep flowing."""

PROBE_LIMIT: Final = 64
"""Lines of the first write after a failure: what fails again leaves little behind."""

Durable = Callable[[Sequence[Logged]], None]
Trouble = Callable[[LogUnwritable | None], None]


@dataclass(frozen=True, slots=True)
class LogSettings:
    """How the writer works; seconds and bytes."""

    gather_seconds: float = 0.05
    """How long the first record of a group waits for others: a flush costs two device flushes, so
    a slow card does 47 records a second one by one, and 3,500 in groups of 100."""
    reserve_bytes: int = 256 * 1024
    """Kept allocated ahead, so that a full disk still takes about 1,300 records."""
    capacity: int = 100_000
    """Records that wait in memory while the disk is in trouble: about 80 MB."""
    retry_seconds: tuple[float, ...] = (1, 2, 4, 8, 15, 30)
    """Pauses between tries while the disk is in trouble; the last one repeats."""
    seal: Seal | None = None
    """What is written can then be read by the backend only (`log_sealing`)."""
    mono: Callable[[], float] | None = None
    """Monotonic seconds, to measure a flush (`AttendanceLog.flush_seconds`); None: not measured."""


class AttendanceLog:
    """The durable log of one event; implements `core.ports.SightingLog`.

    Only `open` makes one. Methods may be called from any thread.
    """

    def __init__(
        self,
        path: Path,
        *,
        base: Segment,
        current: Segment,
        recovery: Recovery,
        session: str,
        on_durable: Durable,
        on_trouble: Trouble,
        settings: LogSettings,
    ) -> None:
        self.path = path
        self.recovery = recovery
        self._base = base
        self._current = current
        self._broken = False
        self._session = session
        self._seq = recovery.last_seq
        self._chain = recovery.chain or start(session)
        self._body = seal_with(settings.seal) if settings.seal else line_body
        self._on_durable = on_durable
        self._on_trouble = on_trouble
        self._settings = settings
        self._mono = self._settings.mono or (lambda: 0.0)
        self.flush_seconds = 0.0
        """How long the last write and flush of a group took; 0 before the first."""
        self._waiting: deque[tuple[Logged, bytes]] = deque()
        self._state = threading.Condition()
        self._closing = False
        self._stopped: BaseException | None = None
        self._writer = threading.Thread(target=self._run, name="attendance-log", daemon=True)

    @classmethod
    def open(
        cls,
        path: Path,
        *,
        session: str,
        on_durable: Durable,
        on_trouble: Trouble,
        settings: LogSettings | None = None,
    ) -> AttendanceLog:
        """Lock the log, mend its end, and start the writer. Directories are created.

        `session` is unique for ever; it begins the ids of the records. `on_durable` gets what is
        safe now, in order; `on_trouble` gets an error at every failed try, and None when all is
        well again. Both are called in the writer's thread. `recovery` tells what was found.

        Raises LogInUse, LogUnwritable.
        """
        base = open_segment(path)
        try:
            current, recovery = recover(path, base)
        except OSError as error:
            base.close()
            raise unwritable(path, error, safe="Nothing that it holds was changed.") from error
        except BaseException:
            base.close()
            raise
        log = cls(
            path,
            base=base,
            current=current,
            recovery=recovery,
            session=session,
            on_durable=on_durable,
            on_trouble=on_trouble,
            settings=settings or LogSettings(),
        )
        log._writer.start()
        return log

    @property
    def unsaved(self) -> int:
        """Records that were handed over and are not on the disk yet."""
        return len(self._waiting)

    def segment(self) -> Path:
        """The file that is written now."""
        return self._current.path

    def free_bytes(self) -> int:
        """Free space of the log's disk for this user. Raises OSError."""
        disk = os.statvfs(self.path.parent)
        return disk.f_bavail * disk.f_frsize

    def append(self, record: Record) -> None:
        """Hand over a record; returns at once, without touching the disk.

        Raises LogUnwritable when the log is closed, or the memory that bridges a disk's trouble is
        used up: then the record was not taken.
        """
        with self._state:
            self._check_open()
            seq = self._seq + 1
            body = self._body(record, seq, self._session)
            self._seq, self._chain = seq, link(self._chain, body)
            line = finish(body, self._chain)
            self._waiting.append((Logged(seq, f"{self._session}-{seq}", record), line))
            if len(self._waiting) in (1, GROUP_LIMIT):
                self._state.notify()

    def _check_open(self) -> None:
        if self._closing or self._stopped is not None:
            reason = f" ({self._stopped})" if self._stopped else ""
            raise LogUnwritable(f"The log {self.path} is closed{reason}.", safe=WAITING)
        if len(self._waiting) >= self._settings.capacity:
            raise LogUnwritable(
                f"The log {self.path} has not taken a record for so long that memory is used up.",
                safe=f"{len(self._waiting)} records wait in memory.",
                remedy="Free some space or mend the disk now; they are written at once.",
            )

    def close(self, timeout: float | None = None) -> int:
        """Write what waits, and free the lock; return how many records could not be written.

        While the disk is in trouble one last try is made. `timeout` in seconds.
        """
        with self._state:
            self._closing = True
            self._state.notify()
        self._writer.join(timeout)
        return self.unsaved

    def unsaved_lines(self) -> list[bytes]:
        """The lines that wait, to be written elsewhere when the disk is lost."""
        with self._state:
            return [line for _, line in self._waiting]

    def _run(self) -> None:
        """The writer's thread."""
        try:
            while group := self._gather(GROUP_LIMIT):
                if not self._save(group) and not self._rescue():
                    return
        except Exception as error:  # a defect must be told, not end in silence
            logger.exception("the log's writer stopped")
            self._stopped = error
            self._on_trouble(LogUnwritable(f"The log's writer stopped: {error!r}.", safe=WAITING))
        finally:
            if self._current is not self._base:
                self._current.close()
            self._base.close()

    def _gather(self, limit: int) -> list[tuple[Logged, bytes]]:
        """Wait for records, and a little for others; empty when closing and all is written."""
        with self._state:
            self._state.wait_for(lambda: self._waiting or self._closing)
            self._state.wait_for(
                lambda: len(self._waiting) >= limit or self._closing,
                self._settings.gather_seconds,
            )
        return self._head(limit)

    def _head(self, limit: int) -> list[tuple[Logged, bytes]]:
        with self._state:
            return list(itertools.islice(self._waiting, limit))

    def _save(self, group: Sequence[tuple[Logged, bytes]]) -> bool:
        """Write and flush a group, and acknowledge it; False after a failure, which was told."""
        begin = self._mono()
        try:
            self._current.reserve(self._settings.reserve_bytes)
            self._current.write(b"".join(line for _, line in group))
            self._current.flush()
        except OSError as error:
            self._broken = self._current.size > 0  # an empty file was never flushed: use it again
            self._tell_trouble(error)
            return False
        self.flush_seconds = self._mono() - begin
        with self._state:
            for _ in group:
                self._waiting.popleft()
        _tell(self._on_durable, [logged for logged, _ in group])
        return True

    def _rescue(self) -> bool:
        """Try new files until the waiting records are safe; False if closing comes first."""
        for pause in self._pauses():
            with self._state:
                last_try = self._closing or self._state.wait_for(lambda: self._closing, pause)
            if self._renew() and self._save(self._head(PROBE_LIMIT)):
                _tell(self._on_trouble, None)
                return True
            if last_try:
                return False
        raise AssertionError  # the pauses never end

    def _pauses(self) -> Iterator[float]:
        """A first try at once, in a new file; then with growing pauses."""
        yield 0
        yield from self._settings.retry_seconds
        while True:
            yield self._settings.retry_seconds[-1]

    def _renew(self) -> bool:
        """Go on in a new file; False if there can't be one."""
        if not self._broken:
            return True
        try:
            make_parents(self.path)
            fresh = Segment.open(next_segment(self.path), new=True)
            sync_dir(self.path.parent)
        except OSError as error:
            self._tell_trouble(error)
            return False
        if self._current is not self._base:
            self._current.close()
        self._current, self._broken = fresh, False
        return True

    def _tell_trouble(self, error: OSError) -> None:
        trouble = unwritable(self._current.path, error, safe=f"{WAITING} ({self.unsaved} records)")
        _tell(self._on_trouble, trouble)


def _tell(listener: Callable[[T], None], value: T) -> None:
    """Call a listener; its mistakes must not stop the log."""
    try:
        listener(value)
    except Exception:
        logger.exception("a listener of the log failed")
