"""The policy of supervision: facts about the radio in, events and recovery steps out. No I/O.

A scan can die without a word: no exception, the callbacks just stop. Two kinds of trouble are kept
apart. *Known-dead*: BlueZ says that the adapter is off, gone, or no longer discovering; that is
DEAF at once, and a ladder of restarts with back-off follows. *Silent*: nothing is heard, but the
scan looks healthy; that may be an empty room, so restarts come seldom and ever more seldom.

A coverage gap is told only where deafness is proven: by BlueZ, or by advertisements that come back
right after a restart. All times are monotonic seconds and never decrease.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

from ..core.errors import RadioError, RadioReason
from ..core.model import CoverageGap, Hearing, HearingChanged
from .scan_adapter import AdapterState
from .scan_errors import radio_error, span

Changes = tuple[HearingChanged, ...]

_SILENT_REMEDY = "Hold a phone or a badge close; check people in by name meanwhile."
_MAX_DOUBLINGS = 20  # far beyond every cap, far below a float's end


@dataclass(frozen=True, slots=True)
class Timings:
    """How long the supervision waits, in seconds."""

    start_timeout: float = 15.0
    """A healthy BlueZ starts a scan in under 1 s; habluetooth gives it 15 s, too."""
    stop_timeout: float = 5.0
    """Stopping takes milliseconds; at the end of a run nobody wants to wait for a hung daemon."""
    call_timeout: float = 5.0
    """For a question to BlueZ beside the scan; it answers in milliseconds."""
    silence_alarm: float = 30.0
    """A real controller may report an unchanging phone once in 10.3 s: three of these rounds."""
    restart_after: float = 90.0
    """Silence before the first gentle restart of a healthy scan; as in habluetooth."""
    reset_after: float = 120.0
    """Silence after that restart before the adapter is switched off and on; once in a silence,
    because it also cuts off keyboards and headphones."""
    silent_wait_max: float = 900.0
    """The doubling waits between restarts in silence end here: an empty hall costs 4 an hour."""
    proof: float = 5.0
    """Heard within this time of a restart, in a room that was silent: the scan had been deaf."""
    settle: float = 2.0
    """BlueZ sets Discovering a moment after it has answered StartDiscovery, and may take it back
    for a moment while it merges another program's filter."""
    retry_first: float = 1.0
    """Before the first attempt to revive a dead scan; doubled each time."""
    retry_max: float = 60.0
    """An adapter that was off over night is back within a minute, even if BlueZ does not say so."""
    refresh_every: float = 900.0
    """macOS and Windows never forget a device; a new scan makes them. Not used on Linux."""


@dataclass(frozen=True, slots=True)
class Wait:
    """Nothing to do before this time, unless a new fact comes in."""

    until: float


@dataclass(frozen=True, slots=True)
class Restart:
    """Stop the scan and start a fresh one."""


@dataclass(frozen=True, slots=True)
class ResetAdapter:
    """Stop the scan, switch the adapter off and on, and start a fresh scan."""


Step = Wait | Restart | ResetAdapter


class _Death(NamedTuple):
    since: float
    """From when on nothing can have been heard."""
    reason: RadioReason


class HearingMonitor:
    """Knows whether the radio hears, and what to do next when it does not.

    Feed it with `heard`, `adapter`, and the outcome of each start (`started`, `failed`); each
    returns the events to tell. Ask `tick` for what the passing of time tells, then `decide`.
    `refresh` is for systems whose device tables only grow: a fresh scan now and then.
    """

    def __init__(self, timings: Timings, *, adapter: str = "", refresh: bool = False) -> None:
        self._timings = timings
        self._named = adapter
        self._refresh = refresh
        self._state = Hearing.STARTING
        self._busy = True  # from a decision to its outcome; the first start is one, too
        self._adapter: AdapterState | None = None
        self._reported = 0.0  # when BlueZ said so
        self._step_begun = 0.0  # when `decide` gave the last step
        self._undiscovered_since = 0.0  # means something only while Discovering is false
        self._scan_since = 0.0
        self._last_heard: float | None = None
        self._silent_since = 0.0  # means something only in SILENT
        self._restarts = 0  # in this silence
        self._attempts = 0  # to revive the scan, since the radio heard anything
        self._retry_at = 0.0
        self._death: _Death | None = None
        self._obstacle = RadioReason.UNKNOWN  # why the last attempt failed
        self._ended: CoverageGap | None = None  # over, but not told yet

    # Facts

    def heard(self, mono: float) -> Changes:
        """Take note of a frame, whatever it was."""
        self._last_heard = mono
        if self._state is Hearing.HEARS or self._state is Hearing.DEAF or self._busy:
            return ()
        return (self._hears(mono),)

    def adapter(self, state: AdapterState, mono: float) -> Changes:
        """BlueZ says something new about the adapter."""
        before, self._adapter, self._reported = self._adapter, state, mono
        if not state.discovering and (before is None or before.discovering):
            self._undiscovered_since = mono
        if state.usable and before is not None and not before.usable:
            self._retry_at = mono
        return self.tick(mono)

    def started(self, mono: float) -> Changes:
        """A scan has been started: the first one, or a recovery step that went well."""
        self._busy = False
        self._scan_since = mono
        self._drop_old_report()
        told = self._begun(mono)
        # Frames may come in before the start is confirmed.
        early = self._last_heard is not None and self._last_heard > self._step_begun
        if early and self._state is not Hearing.HEARS:
            return (*told, self._hears(mono), *self.tick(mono))
        return (*told, *self.tick(mono))

    def failed(self, error: RadioError, mono: float) -> Changes:
        """A recovery step went wrong."""
        self._busy = False
        self._attempts += 1
        if self._state is Hearing.DEAF:
            return (self._deaf("Still deaf", error, mono),)
        return (self._dies(error, mono),)

    def stopped(self, mono: float) -> Changes:
        """Close the run; a gap that is still open or untold is told now."""
        gap = self._take_ended()
        if self._death is not None:
            gap = CoverageGap(self._death.since, mono, self._death.reason)
        if gap is None:
            return ()
        message = f"Stopped. The radio was deaf for {span(gap.end - gap.start)}."
        return (HearingChanged(self._state, mono, message, gap.why, gap=gap),)

    # Time

    def tick(self, mono: float) -> Changes:
        """What is true now and was not before."""
        if self._busy or self._state is Hearing.DEAF:
            return ()
        if (reason := self._known_dead(mono)) is not None:
            return (self._dies(radio_error(reason, adapter=self._name()), mono),)
        if self._state is not Hearing.SILENT and mono >= self._alarm_at():
            return (self._falls_silent(mono),)
        return ()

    def decide(self, mono: float) -> Step:
        """The next step. A step that is not Wait must be answered by `started` or `failed`."""
        due = self._due()
        if mono < due:
            return Wait(min(due, self._next_tick()))
        self._busy = True
        self._step_begun = mono
        if self._state is Hearing.DEAF:
            return ResetAdapter() if self._reset_may_revive() else Restart()
        return ResetAdapter() if self._state is Hearing.SILENT and self._may_reset() else Restart()

    def _due(self) -> float:
        if self._state is Hearing.DEAF:
            return self._retry_at
        if self._state is Hearing.SILENT:
            return self._quiet_from() + self._silent_wait()
        return self._scan_since + self._timings.refresh_every if self._refresh else math.inf

    def _next_tick(self) -> float:
        """When `tick` may have something to tell, should no new fact come in."""
        if self._state is Hearing.DEAF:
            return math.inf
        alarm = math.inf if self._state is Hearing.SILENT else self._alarm_at()
        if self._adapter is None or self._adapter.discovering:
            return alarm
        return min(alarm, self._undiscovered_from() + self._timings.settle)

    # The ladder

    def _silent_wait(self) -> float:
        if self._may_reset():
            return self._timings.reset_after
        doubled = self._timings.restart_after * 2.0 ** min(self._restarts, _MAX_DOUBLINGS)
        return min(doubled, self._timings.silent_wait_max)

    def _may_reset(self) -> bool:
        """Whether the next rung in silence is a reset: the second one, if the radio ever worked."""
        known = self._adapter is not None and self._adapter.usable
        return known and self._restarts == 1 and self._last_heard is not None

    def _reset_may_revive(self) -> bool:
        """Whether to reset now: every fourth time, sooner if an orphaned scan is in the way."""
        if self._adapter is None or not self._adapter.usable:
            return False
        every = 2 if self._obstacle is RadioReason.BUSY else 4
        return self._attempts > 0 and self._attempts % every == 0

    def _back_off(self) -> float:
        doubled = self._timings.retry_first * 2.0 ** min(self._attempts, _MAX_DOUBLINGS)
        return min(doubled, self._timings.retry_max)

    # What is known

    def _drop_old_report(self) -> None:
        """A scan that starts proves an older report wrong: the watch has lost its connection."""
        if self._adapter and not self._adapter.usable and self._reported <= self._step_begun:
            self._adapter = None

    def _name(self) -> str:
        return self._named or (self._adapter.name if self._adapter else "")

    def _quiet_from(self) -> float:
        """The silence clock: a restart sets it back."""
        return max(self._scan_since, self._last_heard or 0.0)

    def _alarm_at(self) -> float:
        return self._quiet_from() + self._timings.silence_alarm

    def _undiscovered_from(self) -> float:
        return max(self._undiscovered_since, self._scan_since)

    def _known_dead(self, mono: float) -> RadioReason | None:
        state = self._adapter
        if state is None:
            return None
        if not state.usable:
            return state.obstacle(named=bool(self._named))
        settled = mono >= self._undiscovered_from() + self._timings.settle
        return RadioReason.SCAN_DIED if settled and not state.discovering else None

    # Transitions

    def _begun(self, mono: float) -> Changes:
        if self._state is Hearing.STARTING:
            return (HearingChanged(Hearing.STARTING, mono, "The Bluetooth scan has begun."),)
        if self._state is Hearing.DEAF:
            return (self._revived(mono),)
        if self._state is Hearing.SILENT:
            self._restarts += 1
            return (self._still_silent(mono),)
        return ()

    def _hears(self, mono: float) -> HearingChanged:
        gap = self._take_ended() or self._proven_gap(mono)
        silence = mono - self._silent_since if self._state is Hearing.SILENT else 0.0
        self._state = Hearing.HEARS
        self._attempts = 0
        message = "The radio hears."
        if gap is not None:
            message = f"The radio hears again. It was deaf for {span(gap.end - gap.start)}."
        elif silence:
            message = f"The radio hears again, after {span(silence)} of silence."
        return HearingChanged(
            Hearing.HEARS, mono, message, None if gap is None else gap.why, gap=gap
        )

    def _proven_gap(self, mono: float) -> CoverageGap | None:
        """The silence was deafness if the restart ended it."""
        ended_by_restart = self._restarts > 0 and mono - self._scan_since <= self._timings.proof
        if self._state is not Hearing.SILENT or not ended_by_restart:
            return None
        return CoverageGap(self._silent_since, mono, RadioReason.SILENT)

    def _falls_silent(self, mono: float) -> HearingChanged:
        self._silent_since = self._quiet_from()
        self._state = Hearing.SILENT
        self._restarts = 0
        retry_in = max(self._due() - mono, 0.0)
        known = self._adapter is not None
        return HearingChanged(
            Hearing.SILENT,
            mono,
            f"Nothing heard for {span(mono - self._silent_since)}: an empty room, or a deaf radio."
            f"{' BlueZ says that the scan is running.' if known else ''}"
            f" To make sure, it is restarted in {span(retry_in)}.",
            RadioReason.SILENT,
            _SILENT_REMEDY,
            retry_in,
            self._take_ended(),
        )

    def _still_silent(self, mono: float) -> HearingChanged:
        wait = self._silent_wait()
        return HearingChanged(
            Hearing.SILENT,
            mono,
            "The scan was restarted, and nothing is heard yet: an empty room, or a deaf radio. "
            f"Next restart in {span(wait)}.",
            RadioReason.SILENT,
            _SILENT_REMEDY,
            wait,
        )

    def _dies(self, error: RadioError, mono: float) -> HearingChanged:
        self._death = _Death(self._death_time(error.reason, mono), error.reason)
        self._state = Hearing.DEAF
        return self._deaf("The radio is deaf", error, mono)

    def _death_time(self, reason: RadioReason, mono: float) -> float:
        """From when on it was deaf: an outage that was not told yet, or a silence, goes into it."""
        if (untold := self._take_ended()) is not None:
            return untold.start
        if self._state is Hearing.SILENT:
            return self._silent_since
        return self._undiscovered_from() if reason is RadioReason.SCAN_DIED else mono

    def _deaf(self, opening: str, error: RadioError, mono: float) -> HearingChanged:
        self._obstacle = error.reason
        wait = self._back_off()
        self._retry_at = mono + wait
        return HearingChanged(
            Hearing.DEAF,
            mono,
            f"{opening}: {error.what} Next attempt in {span(wait)}.",
            error.reason,
            error.remedy,
            wait,
        )

    def _revived(self, mono: float) -> HearingChanged:
        death, self._death = self._death, None
        if death is not None:
            self._ended = CoverageGap(death.since, mono, death.reason)
        self._attempts += 1
        self._state = Hearing.STARTING
        return HearingChanged(
            Hearing.STARTING, mono, "The Bluetooth scan is running again; nothing heard yet."
        )

    def _take_ended(self) -> CoverageGap | None:
        gap, self._ended = self._ended, None
        return gap
