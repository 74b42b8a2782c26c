"""A correction of one person's record: when, and why."""

from __future__ import annotations

from datetime import datetime

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widgets import Button, Input, Static

from ...core.identity import clean_text
from ...core.model import Event
from ..screens.base import Dialog
from ..times import clock_time, zone
from ..widgets.field import field
from ..words import _

FORM = "%Y-%m-%d %H:%M"
WHY_LIMIT = 200
"""Characters; the backend keeps no longer reason."""


class CorrectForm(Dialog):
    """Answers with a word; `why` and `time_ms` (None: no time was asked) hold what was typed.

    Both may be filled in before; without a time it is the event's start.
    """

    def __init__(
        self,
        headline: str,
        more: str,
        event: Event,
        *,
        timed: bool,
        why: str = "",
        time_ms: int | None = None,
    ) -> None:
        super().__init__()
        self._headline = headline
        self._more = more
        self._event = event
        self._timed = timed
        self.why = why
        self.time_ms = time_ms

    def compose(self) -> ComposeResult:
        """What it is about, when, why."""
        with Vertical(classes="box"):
            yield Static(self._headline, classes="headline", markup=False)
            yield Static(self._more, classes="more", markup=False)
            fields = [("why", _("Why"), self.why)]
            if self._timed:
                begin = self._event.start if self.time_ms is None else self.time_ms
                came = clock_time(begin, zone(self._event.tz), FORM)
                fields.append(("time", _("Came at"), came))
            for name, label, value in fields:
                yield from field(f"correct-{name}", label, value)
            yield Static("", id="problem", markup=False)
            with Horizontal(classes="answers"):
                yield Button(_("Put on record"), id="save", variant="primary", compact=True)
                yield Button(_("Never mind"), id="never", compact=True)

    @on(Input.Submitted)
    @on(Button.Pressed, "#save")
    def save(self) -> None:
        """Check, hand over, close."""
        self.why = clean_text(self.query_one("#correct-why", Input).value, WHY_LIMIT)
        try:
            self.time_ms = self._time() if self._timed else None
        except (ValueError, OverflowError):
            problem = _("Write the time like 2026-05-01 18:00.")
        else:
            problem = "" if self.why else _("Give a reason; it stays on record.")
        if problem:
            self.query_one("#problem", Static).update(problem)
        else:
            self.dismiss("save")

    def _time(self) -> int:
        text = self.query_one("#correct-time", Input).value.strip()
        moment = datetime.strptime(text, FORM).replace(tzinfo=zone(self._event.tz))
        return round(moment.timestamp() * 1000)

    @on(Button.Pressed, "#never")
    def never(self) -> None:
        """Leave all as it is."""
        self.dismiss("")
