"""Every error that headcount raises on purpose, in one tree.

HeadcountError                      exit 1
├── UsageError                      exit 2   a wrong flag, key, file or value
│   └── ConfigError                          names the file, the key and what was expected
├── RadioError                      exit 3   carries a RadioReason
├── BackendError                    exit 4   nothing lost: what was not acknowledged stays unsent
│   ├── BackendUnreachable                   no answer, or an answer that asks to come back later
│   ├── KeyRefused                           401 or 403
│   └── BackendRejected             exit 1   any other 4xx: the request itself is wrong
├── RecordsRefused                  exit 5   the server refused some records; kept with reasons
└── LogError                        exit 1
    ├── LogDamaged                  exit 6   intact records are safe
    ├── LogInUse                             another process holds the lock
    └── LogUnwritable                        full, read-only, broken

An error says what happened, what is safe, and what to do next; the three parts are kept apart, so
that a command line, a screen and a JSON object can each show them in their own way.
"""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar


class HeadcountError(Exception):
    """What happened (`what`), what is safe (`safe`), and what to do next (`remedy`)."""

    exit_code: ClassVar[int] = 1

    def __init__(self, what: str, *, safe: str = "", remedy: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.safe = safe
        self.remedy = remedy

    def __str__(self) -> str:
        return " ".join(part for part in (self.what, self.safe, self.remedy) if part)


class UsageError(HeadcountError):
    """A wrong flag, value or file."""

    exit_code = 2


class ConfigError(UsageError):
    """A configuration that can't be used; `what` names file or variable, key and expected type."""


class RadioReason(StrEnum):
    """Why the radio cannot listen. The values are stable: they go into logs and JSON."""

    NO_DBUS = "no-dbus"
    NO_DAEMON = "no-daemon"
    NO_ADAPTER = "no-adapter"
    ADAPTER_MISSING = "adapter-missing"
    POWERED_OFF = "powered-off"
    NO_LOW_ENERGY = "no-low-energy"
    NOT_PERMITTED = "not-permitted"
    DENIED_BY_SYSTEM = "denied-by-system"
    BUSY = "busy"
    TIMED_OUT = "timed-out"
    SCAN_DIED = "scan-died"
    SILENT = "silent"
    UNSUPPORTED = "unsupported"
    UNKNOWN = "unknown"


class RadioError(HeadcountError):
    """The radio cannot listen; `reason` is for programs, the texts are for people."""

    exit_code = 3

    def __init__(self, reason: RadioReason, what: str, *, remedy: str, safe: str = "") -> None:
        super().__init__(what, safe=safe, remedy=remedy)
        self.reason = reason


class BackendError(HeadcountError):
    """The backend did not take what was sent; what it did not acknowledge stays unsent."""

    exit_code = 4


class BackendUnreachable(BackendError):
    """No connection, no answer in time, or 429, 502, 503, 504: worth another try later.

    `retry_after` is the server's own wish in seconds, where it gave one.
    """

    def __init__(
        self, what: str, *, safe: str = "", remedy: str = "", retry_after: float | None = None
    ) -> None:
        super().__init__(what, safe=safe, remedy=remedy)
        self.retry_after = retry_after


class KeyRefused(BackendError):
    """The backend answered 401 or 403: another try with the same key cannot succeed."""


class BackendRejected(BackendError):
    """The backend answered another 4xx: `status` is HTTP's, `code` the problem's stable code.

    `detail` is the backend's own sentence, where it gave one.
    """

    exit_code = 1

    def __init__(
        self,
        what: str,
        *,
        status: int,
        code: str = "",
        detail: str = "",
        safe: str = "",
        remedy: str = "",
    ) -> None:
        super().__init__(what, safe=safe, remedy=remedy)
        self.status = status
        self.code = code
        self.detail = detail


class RecordsRefused(HeadcountError):
    """The server refused some records by index; they are kept with the reasons."""

    exit_code = 5


class LogError(HeadcountError):
    """Anything about an attendance log."""


class LogDamaged(LogError):
    """Some bytes of a log are not intact records. The others are safe."""

    exit_code = 6


class LogInUse(LogError):
    """Another process holds the log's lock."""


class LogUnwritable(LogError):
    """The log can't be written: full, read-only or broken. Records wait in memory."""
