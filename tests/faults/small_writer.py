"""A real small writer of a log, for what breaks it from outside: `small_writer.py LOG COUNT MODE`.

Prints the id of each record once it is acknowledged (MODE `early`, the negative control: once it
was handed over), then `waiting N`: how many are not on the disk. Trouble goes to stderr as the
scanner says it. MODE `paced` has an event loop hand a record over every 10 ms, and prints
`slowest S`: the longest that it was held up, in seconds; `waiting` is its negative control, a loop
that waits for the disk.
"""

from __future__ import annotations

import asyncio
import os
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from headcount.core.errors import LogUnwritable
from headcount.core.model import Instant, Logged, Record
from headcount.store.attendance_log import AttendanceLog, LogSettings

PATIENCE = 0.3
"""Seconds. A disk that fails for good is given up after this; retries come every 10 ms."""


def say(text: str) -> None:
    """One write, so that a kill leaves whole lines."""
    os.write(1, f"{text}\n".encode())


class Writer:
    """Hands records over one by one."""

    def __init__(self, path: Path, mode: str) -> None:
        self._mode = mode
        self._told = threading.Semaphore(0)
        self.log = AttendanceLog.open(
            path,
            session="small",
            on_durable=self._on_durable,
            on_trouble=self._on_trouble,
            settings=LogSettings(gather_seconds=0, retry_seconds=(0.01,)),
        )

    def _on_durable(self, logged: Sequence[Logged]) -> None:
        if self._mode != "early":
            for each in logged:
                say(each.id)
        self._told.release()

    def _on_trouble(self, trouble: LogUnwritable | None) -> None:
        if trouble is not None:
            print(trouble, file=sys.stderr)

    def append(self, number: int) -> None:
        self.log.append(Record(f"badge-{number}", "Door", Instant(1, 1.0, "boot")))
        if self._mode == "early":
            say(f"small-{self.log.recovery.last_seq + number}")

    def write(self, number: int) -> None:
        for each in range(1, number + 1):
            self.append(each)
            self._told.acquire(timeout=PATIENCE if each == 1 else PATIENCE / number)
        end = time.monotonic() + PATIENCE
        while self.log.unsaved and time.monotonic() < end:
            time.sleep(0.005)

    async def pace(self, number: int) -> float:
        slowest = 0.0
        for each in range(1, number + 1):
            begin = time.monotonic()
            self.append(each)
            if self._mode == "waiting":
                self._told.acquire()
            await asyncio.sleep(0.01)
            slowest = max(slowest, time.monotonic() - begin - 0.01)
        return slowest


def main(path: Path, number: int, mode: str) -> int:
    try:
        writer = Writer(path, mode)
    except LogUnwritable as error:
        print(error, file=sys.stderr)
        return 1
    if mode in {"paced", "waiting"}:
        say(f"slowest {asyncio.run(writer.pace(number))}")
    else:
        writer.write(number)
    say(f"waiting {writer.log.close()}")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]))
