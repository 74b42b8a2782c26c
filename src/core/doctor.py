"""What a check-up of a station finds: what is so, why it matters, the command that mends it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum, StrEnum


class Severity(IntEnum):
    """How bad it is; a higher one is worse."""

    OK = 0
    NOTE = 1
    """Worth knowing; nothing to do, or nothing that can be done from here."""
    WARNING = 2
    """It works now, and may not tomorrow."""
    ERROR = 3
    """A scan or a sync would fail."""

    @property
    def word(self) -> str:
        """As it is printed."""
        return self.name.lower()


class Area(StrEnum):
    """What a finding is about, in the order of a report: what a scan needs comes first."""

    CONFIG = "config"
    RADIO = "radio"
    CLOCK = "clock"
    DISK = "disk"
    FILES = "files"
    LOG = "log"
    BACKEND = "backend"
    LAN = "lan"
    TERMINAL = "terminal"
    PROGRAM = "program"


_EXIT_CODES = {Area.LOG: 6, Area.CONFIG: 2, Area.RADIO: 3, Area.BACKEND: 4}
"""The contract's codes, in the order in which they are taken where several fit: damaged records
first, since those are what can't be had again."""

_FAILED = 1


@dataclass(frozen=True, slots=True)
class Mode:
    """What `--fix` may do: give a file or directory of this user's another mode."""

    path: str
    mode: int


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    area: Area
    name: str
    """Short and stable, for programs: `rfkill`, `clock-synchronised`."""
    severity: Severity
    what: str
    """What is so, in a sentence."""
    why: str = ""
    """Why it matters; empty where all is well."""
    remedy: str = ""
    """The exact command that mends it, or what to do."""
    fixes: tuple[Mode, ...] = ()
    """What `--fix` does about it; empty where it could do harm."""


def good(area: Area, name: str, what: str) -> Finding:
    """All is well."""
    return Finding(area, name, Severity.OK, what)


def in_order(findings: Iterable[Finding]) -> list[Finding]:
    """By area, and as they came within one."""
    order = list(Area)
    return sorted(findings, key=lambda finding: order.index(finding.area))


def exit_code(findings: Sequence[Finding]) -> int:
    """0 without an error (warnings and notes are none), else the contract's code that fits."""
    wrong = {each.area for each in findings if each.severity is Severity.ERROR}
    if not wrong:
        return 0
    return next((code for area, code in _EXIT_CODES.items() if area in wrong), _FAILED)
