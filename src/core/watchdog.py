"""When a service's watchdog may be fed: while the radio hears, or is known to recover.

The radio's supervision says at each step when the next one comes. As long as that promise is kept,
a silent room or a lost adapter is in good hands; a promise that is not kept means that the program
itself is stuck, and then only a fresh process helps.
"""

from __future__ import annotations

from .model import Hearing, HearingChanged

MARGIN = 60.0
"""Seconds beyond a promise: a recovery step takes up to 15 s for a start and 5 s for a stop, with a
reset of the adapter and its calls between them."""

DEAF_LIMIT = 600.0
"""Seconds. Every step of the ladder was tried several times by then; a fresh process brings a fresh
connection, and ends in order first, so that the outage stands in the log."""


class Watchdog:
    """Judges the radio by what it tells. All times are monotonic seconds of one clock."""

    def __init__(self, now: float, *, silence_alarm: float) -> None:
        """`silence_alarm`: seconds after which the radio tells that it hears nothing."""
        self._silence_alarm = silence_alarm
        self._due = now + silence_alarm + MARGIN
        self._deaf_since: float | None = None
        self._hears = False
        self._frames = 0

    def told(self, change: HearingChanged, now: float) -> None:
        """The radio has told something."""
        self._hears = change.state is Hearing.HEARS
        if change.state is Hearing.DEAF:
            self._deaf_since = now if self._deaf_since is None else self._deaf_since
        elif change.state is not Hearing.STARTING:
            self._deaf_since = None
        wait = self._silence_alarm if change.retry_in is None else change.retry_in
        self._due = now + wait + MARGIN

    def counted(self, frames: int, now: float) -> None:
        """So many frames were heard in all."""
        if frames > self._frames:
            self._frames = frames
            if self._hears:
                self._due = now + self._silence_alarm + MARGIN

    def well(self, now: float) -> bool:
        """Whether the watchdog may be fed."""
        long_deaf = self._deaf_since is not None and now - self._deaf_since > DEAF_LIMIT
        return now <= self._due and not long_deaf
