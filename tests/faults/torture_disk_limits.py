"""A file system that turns read-only under the writer, and one without a free inode."""

from __future__ import annotations

from pathlib import Path

from .figure import Harness, Outcome
from .process import OWN_MOUNTS, count

NEEDS = ("mkfs.ext4", "mount", "umount", "unshare", "findmnt")


def read_only(times: int, folder: Path, mode: str = "readonly") -> Outcome:
    """ext4 finds an error in itself at a random moment of a session."""
    found = count("disk_limits", folder, times, 1, mode, under=OWN_MOUNTS)
    return Outcome(
        found["lost"] + found["untold"],
        f"{found['acknowledged']:,} acknowledged, {found['lost']:,} lost; {found['untold']:,} "
        "records or troubles that nobody was told of",
    )


def control(folder: Path) -> Outcome:
    """The writer acknowledges what it was handed."""
    return read_only(2, folder, "early")


def inodes(times: int, folder: Path) -> Outcome:
    """The open log goes on."""
    bad, more = 0, 0
    for number in range(times):
        (folder / str(number)).mkdir()
        found = count("disk_limits", folder / str(number), 1, 1, "inodes", under=OWN_MOUNTS)
        bad += found["lost"] + found["silent"]
        more += found["more"]
    return Outcome(bad, f"{more:,} more check-ins, {bad} lost or failures without a word")


HARNESSES = [
    Harness(
        name="read-only",
        fault="ext4 turns itself read-only while the log is written",
        full=200,
        short=4,
        run=read_only,
        needs=NEEDS,
        needs_root=True,
        control=control,
    ),
    Harness(
        name="inodes",
        fault="no inode is free, bytes are",
        full=5,
        short=1,
        run=inodes,
        needs=NEEDS,
        needs_root=True,
    ),
]
