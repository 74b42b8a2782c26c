"""Whether there is room for the log, and how fast what is written is safe."""

from __future__ import annotations

import os
import shutil
import statistics
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from ...core.doctor import Area, Finding, Severity, good

MIB = 2**20
FULL_MIB = 50
"""Below this the log itself is in danger: 50 MiB are some 200,000 records."""
LITTLE_MIB = 200
SLOW_SECONDS = 0.25
"""A tired card: a group of records still needs one flush only, but arrivals show late."""
TRIES = 5
"""Flushes; the median of five is not moved by one that met another program's."""
_BLOCK = b"\0" * 4096


def disk(
    folder: Path,
    now: Callable[[], float],
    *,
    full_mib: int = FULL_MIB,
    little_mib: int = LITTLE_MIB,
    slow_seconds: float = SLOW_SECONDS,
) -> Iterator[Finding]:
    """Free space and the time of a flush. `now`: monotonic seconds."""
    here = _existing(folder)
    try:
        yield _space(shutil.disk_usage(here).free // MIB, full_mib, little_mib)
        if here == folder:
            yield _flush(flush_seconds(folder, now), slow_seconds)
    except OSError as error:
        yield Finding(
            Area.DISK,
            "disk-writable",
            Severity.ERROR,
            f"{here} can't be written: {error.strerror}.",
            "No record can be kept.",
            f"ls -ld {here}; if its disk is read-only: sudo mount -o remount,rw "
            f"$(findmnt -no TARGET -T {here}), and look for the cause: dmesg",
        )


def flush_seconds(folder: Path, now: Callable[[], float]) -> float:
    """The median time until 4 KiB are safe. Raises OSError."""
    times = []
    with tempfile.TemporaryFile(dir=folder, prefix=".doctor-") as file:
        for _ in range(TRIES):
            begin = now()
            file.write(_BLOCK)
            file.flush()
            os.fdatasync(file.fileno())
            times.append(now() - begin)
    return statistics.median(times)


def _space(free_mib: int, full_mib: int, little_mib: int) -> Finding:
    if free_mib >= little_mib:
        return good(Area.DISK, "disk-space", f"{free_mib:,} MiB are free.")
    return Finding(
        Area.DISK,
        "disk-space",
        Severity.ERROR if free_mib < full_mib else Severity.WARNING,
        f"Only {free_mib:,} MiB are free.",
        "When the disk is full, some thousand more check-ins fit into what is kept for them; "
        "then they wait in memory.",
        "sudo apt clean; sudo journalctl --vacuum-size=50M; then look with: df -h",
    )


def _flush(seconds: float, slow: float) -> Finding:
    if seconds < slow:
        return good(Area.DISK, "disk-flush", f"A record is safe after {seconds * 1000:.1f} ms.")
    return Finding(
        Area.DISK,
        "disk-flush",
        Severity.WARNING,
        f"It takes {seconds * 1000:.0f} ms until a record is safe.",
        "Arrivals show late, and a card that has become slow often fails soon.",
        "Use another card (one marked A1 or A2) or a USB disk: copy the data directory there and "
        "set data_dir in config.toml",
    )


def _existing(folder: Path) -> Path:
    return next(path for path in (folder, *folder.parents) if path.exists())
