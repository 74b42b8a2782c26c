"""A disk that refuses new files, or any change: `disk_limits.py FOLDER TIMES SEED MODE`.

MODE `readonly`: ext4 finds an error in itself at a random moment and makes itself read-only
(`errors=remount-ro`, `trigger_fs_error`); `early` is its negative control, a writer that
acknowledges what it was handed. MODE `inodes`: no inode is free, bytes are. Needs root and a mount
namespace of its own. Prints one JSON object.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from headcount.core.errors import LogUnwritable
from headcount.store.attendance_log import AttendanceLog
from headcount.store.station import StationStore

from .disk_filler import SETTINGS, Session, on_disk

RECORDS = 200
"""Records that are handed over in a life: the error comes somewhere among them."""

PEOPLE = 300
"""Check-ins of an evening, on a disk that takes no new file."""


class Disk:
    """A small ext4 file system on a loop device."""

    def __init__(self, folder: Path) -> None:
        self._image, self.top = folder / "image", folder / "top"
        self.top.mkdir()
        with self._image.open("wb") as image:
            image.truncate(8 << 20)

    def make(self) -> None:
        subprocess.run(["mkfs.ext4", "-q", "-F", "-N", "32", self._image], check=True)

    @contextmanager
    def mounted(self) -> Iterator[None]:
        how = "loop,errors=remount-ro"
        subprocess.run(["mount", "-o", how, self._image, self.top], check=True)
        try:
            yield
        finally:
            subprocess.run(["umount", self.top], check=True)

    def fail(self) -> None:
        """Let the file system find an error in itself."""
        device = subprocess.run(
            ["findmnt", "-n", "-o", "SOURCE", self.top], check=True, capture_output=True, text=True
        ).stdout.strip()
        trigger = Path("/sys/fs/ext4", Path(device).name, "trigger_fs_error")
        trigger.write_text("a fault for a test", encoding="ascii")


def read_only(disk: Disk, times: int, seed: int, *, early: bool) -> dict[str, int]:
    """Count acknowledged records that are gone, and records that nobody was told of."""
    chance = random.Random(seed)
    found = {"times": times, "acknowledged": 0, "lost": 0, "untold": 0}
    for _ in range(times):
        disk.make()
        with disk.mounted():
            session = Session(disk.top / "log.jsonl")
            error_at = chance.randrange(RECORDS)
            for number in range(RECORDS):
                if number == error_at:
                    disk.fail()
                session.append()
            session.settle()
            unsaved = session.log.close()
        told = {f"disk-{seq + 1}" for seq in range(RECORDS)} if early else {*session.acknowledged}
        with disk.mounted():
            there = on_disk(disk.top / "log.jsonl")
        found["acknowledged"] += len(told)
        found["lost"] += len(told - there)
        found["untold"] += not session.troubles
        found["untold"] += abs(unsaved + len(session.acknowledged) - RECORDS)
    return found


def no_inodes(disk: Disk) -> dict[str, int]:
    """A log that is open goes on; a new one, and new state, say that they can't be written."""
    found = {"more": 0, "lost": 0, "silent": 0}
    disk.make()
    with disk.mounted():
        path = disk.top / "log.jsonl"
        session = Session(path)
        fillers = _use_up_inodes(disk.top)
        for _ in range(PEOPLE):
            session.append()
        assert session.settle()
        found["more"] = len(session.acknowledged)
        found["silent"] += not _says_why(disk.top / "other.jsonl")
        state = StationStore(disk.top)
        state.set("screen", "live")
        found["silent"] += not state.warnings
        found["lost"] += state.get("screen") != "live"
        for filler in fillers:
            filler.unlink()
        found["silent"] += _says_why(disk.top / "other.jsonl")
        found["lost"] += session.finish() + len({*session.acknowledged} - on_disk(path))
    return found


def _use_up_inodes(top: Path) -> list[Path]:
    fillers: list[Path] = []
    while os.statvfs(top).f_favail:
        fillers.append(top / f"inode-{len(fillers)}")
        fillers[-1].touch()
    assert os.statvfs(top).f_bavail > 0
    return fillers


def _says_why(path: Path) -> bool:
    """Whether opening a log there fails with words for people."""
    try:
        log = AttendanceLog.open(
            path, session="new", on_durable=print, on_trouble=print, settings=SETTINGS
        )
    except LogUnwritable as error:
        return "space" in str(error)
    log.close()
    return False


def main(folder: Path, times: int, seed: int, mode: str) -> dict[str, int]:
    disk = Disk(folder)
    if mode == "inodes":
        return no_inodes(disk)
    return read_only(disk, times, seed, early=mode == "early")


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4])))
