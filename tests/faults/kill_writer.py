"""Kills the writer of a log with signal 9 at random moments, and counts what was lost.

A process of its own without threads, because it forks: `kill_writer.py FOLDER KILLS SEED MODE`.
MODE is `whole`, `pieces` (each write takes a few bytes only, so that kills go through lines) or
a negative control: `early` (the writer acknowledges before it writes), or, for power cuts,
`unflushed` (its flush does nothing). Prints one JSON object.
"""

from __future__ import annotations

import json
import os
import random
import select
import signal
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from headcount.core.model import Damage, Instant, Logged, Record
from headcount.store.attendance_log import AttendanceLog, LogSettings
from headcount.store.log_reader import read_log
from headcount.store.log_recovery import recover
from headcount.store.log_segment import Segment, open_segment, segments
from headcount.store.log_verify import verify
from headcount.store.logline import decode

LONGEST_LIFE = 0.006
"""Seconds. Opening takes about 2 ms: many lives end while the log is opened or mended."""

ROTATE_BYTES = 200_000
"""A small log keeps its recovery, and so each kill, short."""


@dataclass
class Count:
    """What all kills together showed."""

    kills: int = 0
    acknowledged: int = 0
    lost: int = 0
    doubled: int = 0
    damaged: int = 0
    torn: int = 0
    edited: int = 0
    """Places where the chain is broken although no byte is damaged."""


def live(path: Path, session: str, pipe: int, mode: str, seed: int) -> None:
    """The child: append and acknowledge as fast as possible, until killed."""
    chance = random.Random(seed)
    if mode == "pieces":
        write = os.write
        os.write = lambda fd, data: write(
            fd, data if fd == pipe else bytes(data)[: chance.randint(1, 99)]
        )

    if mode == "unflushed":
        os.fsync = os.fdatasync = lambda fd: None

    def on_durable(logged: Sequence[Logged]) -> None:
        if mode != "early":
            os.write(pipe, b"".join(b"%s\n" % each.id.encode() for each in logged))

    log = AttendanceLog.open(
        path,
        session=session,
        on_durable=on_durable,
        on_trouble=print,
        settings=LogSettings(gather_seconds=chance.choice([0, 0.0005]), reserve_bytes=0),
    )
    seq = log.recovery.last_seq
    while True:
        for _ in range(chance.randint(1, 9)):
            seq += 1
            if mode == "early":
                os.write(pipe, b"%s-%d\n" % (session.encode(), seq))
            log.append(Record("badge", "Door", Instant(1, 1.0, "boot")))
        while log.unsaved > 40:
            time.sleep(0.0001)
        time.sleep(0.0001)


def kill_one(path: Path, session: str, mode: str, chance: random.Random) -> list[str]:
    """Let a child live for a moment; return the ids that it acknowledged."""
    life, seed = chance.uniform(0, LONGEST_LIFE), chance.getrandbits(32)
    read_end, write_end = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            live(path, session, write_end, mode, seed)
        finally:
            os._exit(1)
    os.close(write_end)
    if chance.random() < 0.5:  # on a busy machine, too, half of the kills find it at work
        select.select([read_end], [], [], 5)
    time.sleep(life)
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status), "the writer ended by itself"
    with os.fdopen(read_end, "rb") as pipe:
        return pipe.read().decode().split()


def recover_log(path: Path) -> int:
    """Mend the log as the next scanner would; return how many half lines there were."""
    base = open_segment(path)
    current, recovery = recover(path, base)
    for segment in {base, current}:
        Segment.close(segment)
    return len(recovery.set_aside)


def check(path: Path, acknowledged: Sequence[str], count: Count) -> None:
    """Compare a log with everything that was acknowledged in it."""
    ids: Counter[str] = Counter()
    for segment in segments(path):
        for item in read_log(segment):
            if isinstance(item, Damage):
                count.damaged += 1
            else:
                ids[decode(item.raw).id] += 1
    count.acknowledged += len(acknowledged)
    count.lost += sum(record_id not in ids for record_id in acknowledged)
    count.edited += len(verify(path).edits)
    count.doubled += sum(number > 1 for number in ids.values())


def main(folder: Path, kills: int, seed: int, mode: str) -> Count:
    """Kill `kills` times; each log is checked when it is full, and the last one at the end."""
    chance = random.Random(seed)
    count = Count()
    acknowledged: list[str] = []
    path = folder / "0.jsonl"
    while count.kills < kills:
        acknowledged += kill_one(path, f"k{count.kills}", mode, chance)
        count.kills += 1
        count.torn += recover_log(path)
        if path.stat().st_size > ROTATE_BYTES or count.kills == kills:
            check(path, acknowledged, count)
            acknowledged.clear()
            path = folder / f"{count.kills}.jsonl"
    return count


if __name__ == "__main__":
    result = main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4])
    print(json.dumps(asdict(result)))
