"""Whether this machine's time is right, and will be after the next power cut."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from pathlib import Path

from ...core.doctor import Area, Finding, Severity, good
from .adapters import SYS

BUILT_MS = 1_767_225_600_000
"""2026-01-01: no machine with this program has seen an earlier day."""

SLOW_SOURCES = frozenset({"jiffies", "refined-jiffies"})
"""The kernel's last resorts: milliseconds coarse, and they lose time under load."""

_TIME_ERROR = 5  # adjtimex(2): the clock is not synchronised
_TIMEX_BYTES = 512  # struct timex has 208 on 64-bit Linux


def clocks(now_ms: int, *, synchronised: bool | None, sys: Path = SYS) -> Iterator[Finding]:
    """The date, its source, and whether it survives a power cut.

    `synchronised`: what the kernel says; None where it can't be asked.
    """
    yield _date(now_ms)
    yield _synchronised(synchronised=synchronised)
    yield _source(sys / "devices/system/clocksource/clocksource0/current_clocksource")
    yield _battery(sys / "class/rtc")


def kernel_synchronised() -> bool | None:
    """Whether somebody (NTP, a GPS receiver) keeps this kernel's clock right (adjtimex(2))."""
    libc = ctypes.CDLL(None, use_errno=True)
    if not hasattr(libc, "adjtimex"):
        return None
    buffer = ctypes.create_string_buffer(_TIMEX_BYTES)  # modes = 0: only look
    state = libc.adjtimex(buffer)
    return None if state < 0 else state != _TIME_ERROR


def _date(now_ms: int) -> Finding:
    if now_ms >= BUILT_MS:
        return good(Area.CLOCK, "clock-date", "The date is plausible.")
    return Finding(
        Area.CLOCK,
        "clock-date",
        Severity.ERROR,
        "This machine's date is before this program was made.",
        "Every record would carry a wrong time; the backend can only put right those of one boot.",
        'sudo date -s "2026-05-01 18:00", or connect a network and run: '
        "sudo timedatectl set-ntp true",
    )


def _synchronised(*, synchronised: bool | None) -> Finding:
    if synchronised:
        return good(Area.CLOCK, "clock-synchronised", "The clock is kept right over the network.")
    unknown = synchronised is None
    return Finding(
        Area.CLOCK,
        "clock-synchronised",
        Severity.NOTE if unknown else Severity.WARNING,
        "Whether the clock is kept right can't be told here."
        if unknown
        else "Nobody keeps this machine's clock right.",
        "A clock that is off by minutes makes people late who were not; at a sync the backend "
        "puts right the records of this boot only.",
        "sudo timedatectl set-ntp true; without a network compare with: date",
    )


def _source(file: Path) -> Finding:
    try:
        source = file.read_text(encoding="ascii").strip()
    except OSError:
        source = ""
    if source and source not in SLOW_SOURCES:
        return good(Area.CLOCK, "clock-source", f"The kernel counts time by {source}.")
    return Finding(
        Area.CLOCK,
        "clock-source",
        Severity.WARNING if source else Severity.NOTE,
        f"The kernel counts time by {source or 'something that it does not name'}.",
        "A coarse source loses time under load, so that the time since boot is wrong, too.",
        "cat /sys/devices/system/clocksource/clocksource0/available_clocksource",
    )


def _battery(folder: Path) -> Finding:
    if any(folder.glob("rtc*")):
        return good(Area.CLOCK, "clock-battery", "There is a battery clock.")
    return Finding(
        Area.CLOCK,
        "clock-battery",
        Severity.NOTE,
        "This machine has no battery clock.",
        "After a power cut without a network it goes on from when it was last on; the backend "
        "puts this right at the next sync of the same boot.",
        "Add a clock module (dtoverlay=i2c-rtc,ds3231 in /boot/firmware/config.txt), or sync "
        "before the machine is switched off.",
    )
