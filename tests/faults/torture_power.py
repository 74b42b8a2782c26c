"""Power cuts on a real ext4 file system: the log, and the station's state file."""

from __future__ import annotations

from pathlib import Path

from .figure import Harness, Outcome
from .process import OWN_MOUNTS, count

NEEDS = ("mkfs.ext4", "mount", "umount", "unshare")


def cut_log(times: int, folder: Path) -> Outcome:
    """Half of the cuts on whole writes, half on writes of a few bytes."""
    first = _cut(folder / "whole", times // 2, 1, "whole")
    second = _cut(folder / "pieces", times - times // 2, 2, "pieces")
    both = {name: first[name] + second[name] for name in first}
    return Outcome(
        both["lost"] + both["doubled"] + both["damaged"],
        f"{both['acknowledged']:,} acknowledged, {both['lost']:,} lost, "
        f"{both['doubled']:,} doubled; {both['torn']:,} half lines mended",
    )


def cut_unflushed_log(folder: Path) -> Outcome:
    """Without the flush nearly every cut of a writer at work must lose something."""
    found = _cut(folder / "unflushed", 30, 3, "unflushed")
    words = f"without the flush {found['losing']} of {found['worked']} cuts lost records"
    return Outcome(int(found["losing"] >= 0.9 * found["worked"] > 0), words)


def cut_state(times: int, folder: Path) -> Outcome:
    """The file is as it was after the last acknowledged change, or one later."""
    found = _cut(folder / "state", times, 4, "state")
    return Outcome(
        found["unreadable"] + found["old"],
        f"{found['acknowledged']:,} changes acknowledged, {found['unreadable']:,} files "
        f"unreadable, {found['old']:,} too old",
    )


def cut_plain_state(folder: Path) -> Outcome:
    """TinyDB's own storage writes in place."""
    found = _cut(folder / "plain", 40, 5, "plain")
    return Outcome(found["unreadable"], f"{found['unreadable']} of {found['cuts']} unreadable")


def _cut(folder: Path, times: int, seed: int, mode: str) -> dict[str, int]:
    folder.mkdir()
    return count("power_cutter", folder, times, seed, mode, under=OWN_MOUNTS)


HARNESSES = [
    Harness(
        name="power-log",
        fault="power cut on ext4 while the log is written",
        full=3_000,
        short=25,
        run=cut_log,
        needs=NEEDS,
        needs_root=True,
        control=cut_unflushed_log,
    ),
    Harness(
        name="power-state",
        fault="power cut on ext4 while the station's state file is written",
        full=500,
        short=25,
        run=cut_state,
        needs=NEEDS,
        needs_root=True,
        control=cut_plain_state,
    ),
]
