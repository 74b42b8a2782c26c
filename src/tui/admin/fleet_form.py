"""A form for the settings that stations are told: of one, or of all."""

from __future__ import annotations

from collections.abc import Mapping

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.widgets import Button, Input, Label, Static

from ...core.fleet import from_text, given_of, to_text
from ...core.fleet_values import NOTHING, PushedSettings
from ...core.identity import clean_text
from ..error_words import sentence
from ..fleet_words import LABELS
from ..screens.base import Dialog
from ..words import _


class FleetForm(Dialog):
    """Answers with a word; `changes` and `gate` hold what differs from what it began with."""

    DEFAULT_CSS = """
    FleetForm .member { height: 1; }
    FleetForm .member Label { width: 21; color: $text-muted; }
    FleetForm .member Input { width: 1fr; background: $surface; }
    FleetForm #problem { margin-bottom: 1; }
    """

    def __init__(
        self,
        headline: str,
        settings: PushedSettings,
        below: PushedSettings = NOTHING,
        gate: str | None = None,
    ) -> None:
        """`below`: what holds where nothing is written; `gate`: of a paired scanner."""
        super().__init__()
        self._headline = headline
        self._before = {member: to_text(value) for member, value in given_of(settings).items()}
        self._below = {member: to_text(value) for member, value in given_of(below).items()}
        self._gate = gate
        self.changes: Mapping[str, object] = {}
        self.gate: str | None = None

    def compose(self) -> ComposeResult:
        """A line for each setting."""
        more = _(
            "Empty: the station's own, or what is decided for all. A station shows changes at its "
            "next contact; they hold from its next scan, or when its operator takes them."
        )
        with VerticalScroll(classes="box", can_focus=False):
            yield Static(self._headline, classes="headline", markup=False)
            yield Static(more, classes="more", markup=False)
            yield Static("", id="problem", markup=False)
            if self._gate is not None:
                yield from self._line("gate", _("Gate"), self._gate, "")
            for member, label in LABELS.items():
                given = self._before.get(member, "")
                yield from self._line(member, _(label), given, self._below.get(member, ""))
            with Horizontal(classes="answers"):
                yield Button(_("Save"), id="save", variant="primary", compact=True)
                yield Button(_("Never mind"), id="never", compact=True)

    def _line(self, member: str, label: str, text: str, below: str) -> ComposeResult:
        with Horizontal(classes="member"):
            yield Label(label, markup=False)
            hint = _("for all: {value}").format(value=below) if below else ""
            entry = Input(text, hint, id=f"set-{member}", compact=True)
            entry.cursor_blink = False
            yield entry

    @on(Input.Submitted)
    @on(Button.Pressed, "#save")
    def save(self) -> None:
        """Check, hand over, close."""
        try:
            self.changes = self._read()
        except ValueError as problem:
            told = self.query_one("#problem", Static)
            told.update(sentence(clean_text(str(problem), 300)))
            told.scroll_visible()
            return
        if self._gate is not None:
            gate = clean_text(self._text("gate"))
            self.gate = None if gate == self._gate else gate
        self.dismiss("save" if self.changes or self.gate is not None else "")

    def _read(self) -> dict[str, object]:
        """The members that differ; None for one that is left to the station. Raises ValueError."""
        texts = {member: self._text(member) for member in LABELS}
        differ = {
            member: text for member, text in texts.items() if text != self._before.get(member, "")
        }
        return {
            member: from_text(member, text) if text else None for member, text in differ.items()
        }

    def _text(self, member: str) -> str:
        return self.query_one(f"#set-{member}", Input).value.strip()

    @on(Button.Pressed, "#never")
    def never(self) -> None:
        """Leave all as it is."""
        self.dismiss("")
