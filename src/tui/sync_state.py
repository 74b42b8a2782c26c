"""What the sync screen shows. No terminal, no clock: monotonic seconds come in as arguments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from ..core.errors import BackendUnreachable, HeadcountError
from .error_words import sentence
from .look import Level
from .ports_sync import Plan, Receipt, Sent, SyncOutcome
from .times import span
from .words import _, ngettext

SURE_AFTER: Final = 2.0
"""Seconds after which a rate says something about the time left."""

NOTHING: Final = Sent("", 0, 0)


class Phase(StrEnum):
    """Where a sync stands."""

    READING = "reading"
    READY = "ready"
    SENDING = "sending"
    WAITING = "waiting"
    """The backend did not answer; another try follows."""
    STOPPED = "stopped"
    DONE = "done"
    FAILED = "failed"


@dataclass(slots=True)
class SyncState:
    """One sync after another, in words and numbers."""

    phase: Phase = Phase.READING
    plan: Plan | None = None
    sent: Sent = NOTHING
    outcome: SyncOutcome | None = None
    error: HeadcountError | None = None
    _began: float = 0.0
    _next_try: float = 0.0

    @property
    def busy(self) -> bool:
        """Whether a sync runs."""
        return self.phase in {Phase.SENDING, Phase.WAITING}

    # --- what happens ---

    def planned(self, plan: Plan) -> None:
        """It is known what waits."""
        self.plan = plan
        if self.phase is Phase.READING:
            self.phase = Phase.READY

    def began(self, mono: float) -> None:
        """Sending has begun."""
        self.phase, self.error, self.outcome = Phase.SENDING, None, None
        self.sent, self._began = NOTHING, mono

    def progressed(self, sent: Sent) -> None:
        """The backend has acknowledged more."""
        self.sent, self.phase, self.error = sent, Phase.SENDING, None

    def retrying(self, error: HeadcountError, wait: float, mono: float) -> None:
        """It is tried again in `wait` seconds."""
        self.phase, self.error, self._next_try = Phase.WAITING, error, mono + wait

    def stopped(self) -> None:
        """The operator broke it off."""
        self.phase, self.error = Phase.STOPPED, None

    def finished(self, outcome: SyncOutcome) -> None:
        """It came to its end, a good one or not."""
        self.outcome, self.error = outcome, outcome.error
        self.phase = Phase.FAILED if outcome.error else Phase.DONE

    def failed(self, error: HeadcountError) -> None:
        """It could not begin."""
        self.phase, self.error = Phase.FAILED, error

    # --- what is shown ---

    @property
    def part(self) -> float:
        """How much of the bytes is acknowledged, 0 to 1."""
        if self.phase is Phase.DONE:
            return 1.0
        total = self.plan.bytes if self.plan else 0
        return min(1.0, self.sent.bytes / total) if total else 0.0

    def seconds_left(self, mono: float) -> float | None:
        """By the pace so far; None while that says nothing."""
        elapsed = mono - self._began
        if self.phase is not Phase.SENDING or not self.sent.bytes or elapsed < SURE_AFTER:
            return None
        total = self.plan.bytes if self.plan else 0
        return max(0.0, (total - self.sent.bytes) * elapsed / self.sent.bytes)

    def progress(self, mono: float) -> str:
        """Records, bytes and the time left."""
        if self.plan is None:
            return ""
        words = _("{done} of {all} records, {bytes} of {total}").format(
            done=f"{self.sent.records:,}",
            all=f"{max(self.plan.records, self.sent.records):,}",
            bytes=size(self.sent.bytes),
            total=size(max(self.plan.bytes, self.sent.bytes)),
        )
        left = self.seconds_left(mono)
        return words if left is None else words + _(", about {span} left").format(span=span(left))

    def headline(self, mono: float) -> tuple[Level, str]:
        """Where it stands, in a sentence."""
        if self.phase is Phase.WAITING:
            wait = span(max(0.0, self._next_try - mono))
            return Level.WARN, _("No answer. Next try in {span}.").format(span=wait)
        if self.phase is Phase.DONE and self.outcome:
            return _done(self.outcome.receipts)
        if self.phase is Phase.FAILED:
            return Level.BAD, sentence(self.error.what) if self.error else ""
        return Level.PLAIN, {
            Phase.READING: _("Counting what is unsent …"),
            Phase.READY: self._ready(),
            Phase.SENDING: _("Sending. Scanning goes on meanwhile."),
            Phase.STOPPED: _("Stopped. What was acknowledged stays so; the rest is safe here."),
        }.get(self.phase, "")

    def _ready(self) -> str:
        plan = self.plan
        if plan is None or not plan.logs:
            return _("There is no log here yet: nothing to send.")
        if not plan.records and not plan.refused:
            return _("Everything is acknowledged. A sync still fetches events and rosters.")
        return _("Ready to send.")

    def advice(self, copy: str = "") -> Sequence[str]:
        """What is safe and what to do, a sentence each. `copy`: how logs get onto a stick here."""
        error = self.error
        if error is None:
            return ()
        safe = sentence(error.safe) or _("Every record is safe in the log on this machine.")
        advice = [safe, sentence(error.remedy)]
        if self.phase is Phase.FAILED and isinstance(error, BackendUnreachable):
            advice.append(copy or _("Without a network: e copies the logs to a stick."))
        return [sentence for sentence in advice if sentence]


def _done(receipts: Sequence[Receipt]) -> tuple[Level, str]:
    acknowledged = sum(receipt.acknowledged for receipt in receipts)
    refused = sum(receipt.refused for receipt in receipts)
    damaged = sum(receipt.damaged for receipt in receipts)
    words = ngettext("{n} record acknowledged.", "{n} records acknowledged.", acknowledged)
    if refused:
        words += " " + ngettext(
            "{n} refused: kept, with the reason.", "{n} refused: kept, with the reasons.", refused
        )
    if damaged:
        words += " " + ngettext(
            "{n} damaged stretch was not sent.", "{n} damaged stretches were not sent.", damaged
        )
    return (Level.WARN if refused or damaged else Level.OK), words


def receipt_counts(receipt: Receipt) -> str:
    """What the backend made of the records, in a sentence."""
    words = _(
        "{acknowledged} acknowledged: {checked_in} checked in, {duplicates} already known, "
        "{unknown} of unknown badges, {others} acts, gaps and departures; {refused} refused"
    )
    names = ("acknowledged", "checked_in", "duplicates", "unknown", "others", "refused")
    return words.format(**{name: f"{getattr(receipt, name):,}" for name in names})


def size(count: int) -> str:
    """An amount of bytes: `312 B`, `78 KB`, `1.2 MB`."""
    if count < 1000:  # noqa: PLR2004
        return f"{count} B"
    if count < 1_000_000:  # noqa: PLR2004
        return f"{count / 1000:.0f} KB"
    return f"{count / 1_000_000:,.1f} MB"
