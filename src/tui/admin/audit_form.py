"""Which entries of the audit log: who, what, to what, from when to when."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widgets import Button, Input, Static

from ...core.audit import AuditFilter
from ..screens.base import Dialog
from ..widgets.field import field
from ..words import _
from .audit_words import FIELDS, filter_of, typed_as


class AuditForm(Dialog):
    """Answers with a word; `wanted` holds the filter."""

    def __init__(self, wanted: AuditFilter) -> None:
        super().__init__()
        self.wanted = wanted

    def compose(self) -> ComposeResult:
        """A field for each condition; empty: none."""
        given = typed_as(self.wanted)
        more = _(
            "Who: a person's id, a scanner's or local user's name, or person, scanner, local, "
            "system, anyone. What: an action such as users.import, or users for all of them. "
            "Times in UTC. What is empty does not count."
        )
        with Vertical(classes="box"):
            yield Static(_("Which entries?"), classes="headline", markup=False)
            yield Static(more, classes="more", markup=False)
            for name, label in FIELDS:
                yield from field(f"audit-{name}", _(label), given[name])
            yield Static("", id="problem", markup=False)
            with Horizontal(classes="answers"):
                yield Button(_("Show them"), id="save", variant="primary", compact=True)
                yield Button(_("Never mind"), id="never", compact=True)

    @on(Input.Submitted)
    @on(Button.Pressed, "#save")
    def save(self) -> None:
        """Check, hand over, close."""
        typed = {name: self.query_one(f"#audit-{name}", Input).value for name, _label in FIELDS}
        try:
            self.wanted = filter_of(typed)
        except (ValueError, OverflowError):
            problem = _("Write the time like 2026-05-01 18:00.")
            self.query_one("#problem", Static).update(problem)
        else:
            self.dismiss("show")

    @on(Button.Pressed, "#never")
    def never(self) -> None:
        """Leave all as it is."""
        self.dismiss("")
