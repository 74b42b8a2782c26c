"""The small windows of the People screen: a walk-in, a badge, and why somebody is not seen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.widgets import Button, Input, Static

from ...core.identity import canonical, clean_text
from ..look import look_of
from ..people_state import short
from ..state import LiveState, Seen
from ..times import span
from ..why import Question, Said, heard, means, steps
from ..widgets.field import field
from ..widgets.table import Cell, Column, Rows, Table
from ..words import N_, _
from .base import Dialog

REDRAW_SECONDS = 1.0


class WalkInForm(Dialog):
    """Somebody who is not on the roster. Answers with two lines: name and email."""

    def __init__(self, name: str, policy: str) -> None:
        super().__init__()
        self._begin = name
        self._policy = policy

    def compose(self) -> ComposeResult:
        """Two fields, and what will happen."""
        with Vertical(classes="box"):
            yield Static(_("Add a walk-in"), classes="headline", markup=False)
            yield Static(self._policy, classes="more", markup=False)
            yield from field("walk-name", _("Name"), self._begin, select=False)
            yield from field("walk-email", _("Email"), select=False)
            yield Static("", id="problem", markup=False)
            with Horizontal(classes="answers"):
                yield Button(_("Add"), id="add", variant="primary", compact=True)
                yield Button(_("Never mind"), id="never", compact=True)

    @on(Input.Submitted)
    @on(Button.Pressed, "#add")
    def add(self) -> None:
        """Check, hand over, close."""
        name = clean_text(self.query_one("#walk-name", Input).value)
        email = clean_text(self.query_one("#walk-email", Input).value)
        if not name:
            self.query_one("#problem", Static).update(_("Give a name."))
            return
        self.dismiss(f"{name}\n{email}")

    @on(Button.Pressed, "#never")
    def never(self) -> None:
        """Close without a person."""
        self.dismiss("")


class BadgeForm(Dialog):
    """Type a badge, or choose one of the unknown ones that are heard. Answers with the bleUuid."""

    DEFAULT_CSS = """
    BadgeForm Input { background: $background; padding: 0 1; }
    BadgeForm Table { height: 7; margin-top: 1; background: $panel; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("down", "list", show=False)]

    def __init__(self, name: str, has: Sequence[str], live: Callable[[], LiveState]) -> None:
        super().__init__()
        self._name = name
        self._has = has
        self._live = live

    def compose(self) -> ComposeResult:
        """The field above the badges."""
        columns = [
            Column(_("Unknown badges, strongest first"), 20, flex=1),
            Column(_("dBm"), 4, right=True),
            Column(_("Heard"), 6, right=True),
        ]
        with Vertical(classes="box"):
            headline = _("A badge for {name}").format(name=self._name)
            yield Static(headline, classes="headline", markup=False)
            yield Static(self._now(), classes="more", markup=False)
            entry = Input(placeholder=_("32 hexadecimal digits"), compact=True)
            entry.cursor_blink = False
            yield entry
            yield Static("", id="problem", markup=False)
            yield Table(columns, empty=_("None. Hold the badge close to the scanner."), id="near")
            yield Static(_("Enter takes it, Esc leaves all as it is."), classes="hint")

    def _now(self) -> str:
        if not self._has:
            return _("No badge so far.")
        badges = ", ".join(short(badge, look_of(self).symbols.more) for badge in self._has)
        return _("Has {badges}; the new one takes its place.").format(badges=badges)

    def on_mount(self) -> None:
        """Follow what is heard; begin with the list where there is something in it."""
        self.set_interval(REDRAW_SECONDS, self._draw)
        self._draw()
        if self._live().unknown:
            self.query_one("#near", Table).focus()

    def _draw(self) -> None:
        self.query_one("#near", Table).show(
            Rows(self._live().unknown, lambda seen: seen.ble_uuid, self._cells)
        )

    def _cells(self, seen: Seen) -> list[Cell]:
        last = self._live().last
        ago = span(last.now.mono - seen.mono) if last else ""
        return [Cell(seen.ble_uuid), Cell(str(seen.rssi)), Cell(ago)]

    def action_list(self) -> None:
        """From the field to the badges."""
        self.query_one("#near", Table).focus()

    @on(Table.Chosen)
    def chosen(self, event: Table.Chosen) -> None:
        """One that is heard."""
        self.dismiss(event.key)

    @on(Input.Submitted)
    def submitted(self, event: Input.Submitted) -> None:
        """One that was typed."""
        badge = canonical(event.value)
        if badge:
            self.dismiss(badge)
        else:
            words = _("A badge has 32 hexadecimal digits, such as {example}.")
            example = "6ba7b810-9dad-11d1-80b4-00c04fd430c8"
            self.query_one("#problem", Static).update(words.format(example=example))


class WhyForm(Dialog):
    """Why somebody is not seen; it follows what is heard."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q,enter", "dismiss('')", N_("Close"), show=False)
    ]

    def __init__(self, ask: Callable[[], Question]) -> None:
        super().__init__()
        self._ask = ask

    def compose(self) -> ComposeResult:
        """Lines under a headline."""
        name = self._ask().name
        headline = _("Why is {name} not seen?").format(name=name) if name else _("Why not seen?")
        with VerticalScroll(classes="box"):
            yield Static(headline, classes="headline", markup=False)
            yield Static("", id="why", markup=False)
            yield Static(_("Esc closes this."), classes="hint")

    def on_mount(self) -> None:
        """Now, and every second."""
        self.set_interval(REDRAW_SECONDS, self._draw)
        self._draw()

    def _draw(self) -> None:
        ask = self._ask()
        text = Text()
        for title, lines in (
            (_("The station hears"), heard(ask)),
            (_("That means"), means(ask)),
        ):
            text.append(f"{title}\n", style="bold")
            text.append("".join(self._line(said) for said in lines) + "\n")
        text.append(_("What to do") + "\n", style="bold")
        text.append("\n".join(f"{n}. {step}" for n, step in enumerate(steps(ask), 1)))
        self.query_one("#why", Static).update(text)

    def _line(self, said: Said) -> str:
        symbols = look_of(self).symbols
        return f"{symbols.of(said.level) or symbols.over} {said.words}\n"
