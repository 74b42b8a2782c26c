"""Fills the disk under a log: `disk_filler.py FOLDER TIMES MODE`. Prints one JSON object.

MODE `bytes`: the file may not grow beyond a limit (RLIMIT_FSIZE), and the limit goes through the
bytes of a session; `early` is its negative control, a writer that acknowledges what it was handed.
MODE `reserve` needs root and a mount namespace of its own: small file systems with 0 bytes free.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from headcount.core.errors import LogUnwritable
from headcount.core.model import Instant, Logged, LogLine, Record
from headcount.store.attendance_log import AttendanceLog, LogSettings
from headcount.store.log_reader import distinct, read_all
from headcount.store.logline import decode

RECORDS = 12
GROUP = 10
"""Records that are handed over at once while the reserve is used up."""

PATIENCE = 20
"""Seconds, for what takes milliseconds."""

SETTINGS = LogSettings(gather_seconds=0, retry_seconds=(0.005,))


class Session:
    """A log, and what it told."""

    def __init__(self, path: Path) -> None:
        self.acknowledged: list[str] = []
        self.troubles = 0
        self.handed = 0
        self._told = threading.Condition()
        self.log = AttendanceLog.open(
            path,
            session="disk",
            on_durable=self._on_durable,
            on_trouble=self._on_trouble,
            settings=SETTINGS,
        )

    def _on_durable(self, logged: Sequence[Logged]) -> None:
        with self._told:
            self.acknowledged += [each.id for each in logged]
            self._told.notify_all()

    def _on_trouble(self, trouble: LogUnwritable | None) -> None:
        with self._told:
            self.troubles += trouble is not None
            self._told.notify_all()

    def append(self) -> None:
        self.handed += 1
        self.log.append(Record(f"badge-{self.handed}", "Door", Instant(1, 1.0, "boot"), rssi=-60))

    def settle(self) -> bool:
        """Wait for all to be acknowledged, or for the first trouble; say which it was."""
        with self._told:
            assert self._told.wait_for(
                lambda: self.troubles or len(self.acknowledged) == self.handed, PATIENCE
            )
            return not self.troubles

    def finish(self) -> int:
        """Wait until all is acknowledged; return how many are not."""
        with self._told:
            self._told.wait_for(lambda: len(self.acknowledged) == self.handed, PATIENCE)
        return self.log.close()


def on_disk(path: Path) -> set[str]:
    return {decode(item.raw).id for item in distinct(read_all(path)) if isinstance(item, LogLine)}


def fill_bytes(folder: Path, step: int, early: bool) -> dict[str, int]:
    """The limit goes through the bytes of a session, `step` by `step`."""
    found = {"limits": 0, "acknowledged": 0, "full": 0, "lost": 0, "unwritten": 0}
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    limit, size = 0, 1
    while limit < size:
        path = folder / f"{limit}.jsonl"
        session = Session(path)
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
        for _ in range(RECORDS):
            session.append()
        session.settle()
        told = {f"disk-{seq + 1}" for seq in range(RECORDS)} if early else {*session.acknowledged}
        found["full"] += session.troubles > 0
        found["acknowledged"] += len(told)
        found["lost"] += len(told - on_disk(path))
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
        found["unwritten"] += session.finish() + session.handed - len(on_disk(path))
        found["limits"] += 1
        files = list(folder.glob("*.jsonl"))
        size = max(size, sum(file.stat().st_size for file in files))
        for file in files:
            file.unlink()
        limit += step
    return found


def fill_reserve(folder: Path) -> dict[str, int]:
    """Fill a disk to 0 bytes free behind an open log; count what it still takes."""
    found = {"more": 10**9, "lost": 0, "unwritten": 0}
    ext4, tmpfs = folder / "ext4", folder / "tmpfs"
    with (folder / "image").open("wb") as image:
        image.truncate(8 << 20)
    subprocess.run(["mkfs.ext4", "-q", "-F", "-N", "16", "-m", "0", folder / "image"], check=True)
    for top, how in (
        (ext4, ["-o", "loop", folder / "image"]),
        (tmpfs, ["-t", "tmpfs", "-o", "size=4m", "none"]),
    ):
        top.mkdir()
        subprocess.run(["mount", *how, top], check=True)
        try:
            _fill_one(top, found)
        finally:
            subprocess.run(["umount", top], check=True)
    return found


def _fill_one(top: Path, found: dict[str, int]) -> None:
    path = top / "log.jsonl"
    session = Session(path)
    session.append()
    assert session.settle()
    fillers = _fill(top)
    while session.settle():
        for _ in range(GROUP):
            session.append()
    found["more"] = min(found["more"], len(session.acknowledged) - 1)
    found["lost"] += len(set(session.acknowledged) - on_disk(path))
    for filler in fillers:
        filler.unlink()
    found["unwritten"] += session.finish() + session.handed - len(on_disk(path))


def _fill(top: Path) -> list[Path]:
    """Use up the bytes, and then the inodes: a new file for the log can't be made either."""
    fillers = [top / "filler"]
    with fillers[0].open("wb", buffering=0) as file:
        for size in (1 << 16, 1 << 9, 1):
            try:
                while True:
                    file.write(b"x" * size)
            except OSError:
                continue
    for number in range(20):
        try:
            os.close(os.open(top / f"inode-{number}", os.O_CREAT | os.O_WRONLY))
            fillers.append(top / f"inode-{number}")
        except OSError:
            break
    assert os.statvfs(top).f_bavail == 0
    return fillers


def main(folder: Path, step: int, mode: str) -> dict[str, int]:
    if mode == "reserve":
        return fill_reserve(folder)
    return fill_bytes(folder, step, mode == "early")


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3])))
