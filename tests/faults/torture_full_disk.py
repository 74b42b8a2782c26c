"""A disk that is full at every byte of a session, and one with 0 bytes free behind the reserve."""

from __future__ import annotations

from pathlib import Path

from .figure import Harness, Outcome
from .process import OWN_MOUNTS, count

SESSION_BYTES = 2_072
"""About what twelve records take; `times` limits are spread over them."""

MORE = 1_000
"""Check-ins that the reserve must still take."""


def at_every_byte(times: int, folder: Path) -> Outcome:
    """The limit is lifted after the first trouble: then all must be written."""
    return _outcome(count("disk_filler", folder, max(1, SESSION_BYTES // times), "bytes"))


def control(folder: Path) -> Outcome:
    """The writer acknowledges what it was handed."""
    return _outcome(count("disk_filler", folder, SESSION_BYTES // 10, "early"))


def _outcome(found: dict[str, int]) -> Outcome:
    return Outcome(
        found["lost"] + found["unwritten"],
        f"{found['limits']:,} limits, full in {found['full']:,}: {found['acknowledged']:,} "
        f"acknowledged, {found['lost']:,} lost, {found['unwritten']:,} not written afterwards",
    )


def with_reserve(times: int, folder: Path) -> Outcome:
    """Nothing free, no inode either: ext4 and tmpfs."""
    least, bad = 10**9, 0
    for number in range(times):
        (folder / str(number)).mkdir()
        found = count("disk_filler", folder / str(number), 1, "reserve", under=OWN_MOUNTS)
        least = min(least, found["more"])
        bad += found["lost"] + found["unwritten"]
    words = f"at least {least:,} more check-ins, {bad:,} lost or not written afterwards"
    return Outcome(bad + (least < MORE), words)


HARNESSES = [
    Harness(
        name="full-disk",
        fault="disk full at each byte of a session of twelve records",
        full=SESSION_BYTES,
        short=SESSION_BYTES // 37,
        run=at_every_byte,
        control=control,
    ),
    Harness(
        name="reserve",
        fault="0 bytes and no inode free, on ext4 and tmpfs",
        full=10,
        short=1,
        run=with_reserve,
        needs=("mkfs.ext4", "mount", "umount", "unshare"),
        needs_root=True,
    ),
]
