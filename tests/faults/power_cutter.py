"""Cuts the power of a real ext4 file system: `power_cutter.py FOLDER CUTS SEED MODE`; needs root.

The process that writes is stopped, the file system is shut down without writing its journal
(FS_IOC_SHUTDOWN), the process is killed, and the file system is mounted again. MODE `whole` and
`pieces` write a log, as in kill_writer.py; `state` writes the station's state file. The negative
controls: `unflushed` is a log whose flush does nothing, `plain` a state file in TinyDB's own
storage. Run it in a mount namespace of its own. Prints one JSON object.
"""

from __future__ import annotations

import fcntl
import json
import os
import random
import select
import signal
import struct
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

from tinydb import TinyDB
from tinydb.storages import JSONStorage

from headcount.store.station_storage import AtomicStorage

from .kill_writer import Count, check, live, recover_log

SHUTDOWN = 0x8004587D
"""FS_IOC_SHUTDOWN, linux/fs.h."""

NO_LOG_FLUSH = struct.pack("I", 2)
"""EXT4_GOING_FLAGS_NOLOGFLUSH: what is not on the medium yet is gone."""

LONGEST_LIFE = 0.02
"""Seconds after the first acknowledgement."""

ROTATE_BYTES = 60_000


class Disk:
    """A small ext4 file system on a loop device."""

    def __init__(self, folder: Path) -> None:
        self._image, self.top = folder / "image", folder / "top"
        self.top.mkdir()
        with self._image.open("wb") as file:
            file.truncate(16 << 20)
        subprocess.run(["mkfs.ext4", "-q", "-F", self._image], check=True)

    def mount(self) -> None:
        subprocess.run(["mount", "-o", "loop", self._image, self.top], check=True)

    def unmount(self) -> None:
        subprocess.run(["umount", self.top], check=True)

    def cut(self) -> None:
        fd = os.open(self.top, os.O_RDONLY)
        try:
            fcntl.ioctl(fd, SHUTDOWN, NO_LOG_FLUSH)
        finally:
            os.close(fd)


def cut_one(disk: Disk, work: Callable[[int], None], chance: random.Random) -> list[str]:
    """Let a child work for a moment, and cut its power; return what it acknowledged."""
    life = chance.uniform(0, LONGEST_LIFE)
    read_end, write_end = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            work(write_end)
        finally:
            os._exit(1)
    os.close(write_end)
    if chance.random() < 0.9:  # the others end while the file is opened or mended
        select.select([read_end], [], [], 5)
    time.sleep(life)
    os.kill(child, signal.SIGSTOP)
    _, status = os.waitpid(child, os.WUNTRACED)
    assert os.WIFSTOPPED(status), "the writer ended by itself"
    disk.cut()
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    with os.fdopen(read_end, "rb") as pipe:
        acknowledged = pipe.read().decode().split()
    disk.unmount()
    disk.mount()
    return acknowledged


@dataclass
class Cuts(Count):
    """What all cuts together showed."""

    worked: int = 0
    """Cuts before which something was acknowledged."""
    losing: int = 0
    """Cuts that lost something."""

    def add(self, now: Count, fresh: int, torn: int) -> None:
        """Add what one cut showed; `fresh` records were acknowledged before it."""
        self.kills += 1
        self.acknowledged += fresh
        self.worked += fresh > 0
        self.losing += now.lost > 0
        self.lost += now.lost
        self.doubled += now.doubled
        self.damaged += now.damaged
        self.torn += torn


def cut_log(disk: Disk, cuts: int, mode: str, chance: random.Random) -> Cuts:
    """Every cut is checked at once; a log goes on over the cuts until it is full."""
    total = Cuts()
    acknowledged: list[str] = []
    path = disk.top / "0.jsonl"
    while total.kills < cuts:
        session, seed = f"k{total.kills}", chance.getrandbits(32)
        fresh = cut_one(disk, partial(_write_log, path, session, mode, seed), chance)
        acknowledged += fresh
        torn, now = recover_log(path), Count()
        check(path, acknowledged, now)
        total.add(now, len(fresh), torn)
        if now.lost or now.damaged or path.stat().st_size > ROTATE_BYTES:
            for file in disk.top.glob("*.jsonl*"):
                file.unlink()
            acknowledged.clear()
            path = disk.top / f"{total.kills}.jsonl"
    return total


def _write_log(path: Path, session: str, mode: str, seed: int, pipe: int) -> None:
    live(path, session, pipe, mode, seed)


def keep_state(path: Path, plain: bool, seed: int, pipe: int) -> None:
    """The child: change the state file as fast as possible, and say which change is safe."""
    chance = random.Random(seed)
    database = (
        TinyDB(path, storage=JSONStorage)
        if plain
        else TinyDB(storage=AtomicStorage, path=path, memory={}, warn=print)
    )
    change = 0
    while True:
        change += 1
        table = {"1": {"change": change, "names": ["x" * 90] * chance.randint(1, 300)}}
        database.storage.write({"station": table})
        os.write(pipe, b"%d\n" % change)


def cut_state(disk: Disk, cuts: int, plain: bool, chance: random.Random) -> dict[str, int]:
    """Count files that can't be read, and those that are older than what was acknowledged."""
    found = {"cuts": cuts, "acknowledged": 0, "unreadable": 0, "old": 0}
    path = disk.top / "station.json"
    for _ in range(cuts):
        seed = chance.getrandbits(32)
        acknowledged = cut_one(disk, partial(keep_state, path, plain, seed), chance)
        found["acknowledged"] += len(acknowledged)
        warnings: list[str] = []
        tables = AtomicStorage(path, {}, warnings.append).read()
        if warnings:
            found["unreadable"] += 1
        elif acknowledged:
            change = tables["station"]["1"]["change"] if tables else 0
            found["old"] += change < int(acknowledged[-1])
        for file in disk.top.glob("*station*"):
            file.unlink()
    return found


def main(folder: Path, cuts: int, seed: int, mode: str) -> dict[str, int]:
    chance = random.Random(seed)
    disk = Disk(folder)
    disk.mount()
    try:
        if mode in {"state", "plain"}:
            return cut_state(disk, cuts, mode == "plain", chance)
        return asdict(cut_log(disk, cuts, mode, chance))
    finally:
        disk.unmount()


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4])))
