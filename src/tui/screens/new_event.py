"""A form for an event that the backend does not know yet."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widgets import Button, Input, Static

from ...core.errors import HeadcountError
from ...core.model import Event
from ..event_text import made_of, proposed, slug
from ..widgets.field import field
from ..words import _
from .base import Dialog

FIELDS = ("name", "start", "end", "id")


class NewEvent(Dialog):
    """Name, start, end, id. Answers with the id."""

    def __init__(self) -> None:
        super().__init__()
        self._id_typed = False

    def compose(self) -> ComposeResult:
        """Four fields with sensible beginnings."""
        station = self.headcount.station
        start, end = proposed(station.now().wall_ms, station.time_zone)
        with Vertical(classes="box"):
            yield Static(_("New event"), classes="headline", markup=False)
            yield Static(
                _(
                    "Kept on this station. When the backend has an event with the same id, "
                    "they become one."
                ),
                classes="more",
                markup=False,
            )
            yield from field("new-name", _("Name"))
            yield from field("new-start", _("Start"), start)
            yield from field("new-end", _("End"), end)
            yield from field("new-id", _("Id"))
            yield Static("", id="problem", markup=False)
            with Horizontal(classes="answers"):
                yield Button(_("Create"), id="create", variant="primary", compact=True)
                yield Button(_("Never mind"), id="never", compact=True)

    @on(Input.Changed, "#new-name")
    def name_changed(self, event: Input.Changed) -> None:
        """The id follows the name, until it is typed."""
        if not self._id_typed:
            start = self.query_one("#new-start", Input).value[:10]
            self.query_one("#new-id", Input).value = slug(f"{event.value} {start}")

    @on(Input.Changed, "#new-id")
    def id_changed(self, event: Input.Changed) -> None:
        """What was typed there stays; an empty one follows the name again."""
        if event.input.has_focus:
            self._id_typed = bool(event.value)

    @on(Input.Submitted)
    @on(Button.Pressed, "#create")
    async def create(self) -> None:
        """Check, keep, close; or say what is wrong."""
        app = self.headcount
        try:
            event = self._event()
            await app.in_thread(app.station.create_event, event)
        except (HeadcountError, ValueError) as problem:
            self.query_one("#problem", Static).update(str(problem))
            return
        self.dismiss(event.id)

    def _event(self) -> Event:
        """What is in the form. Raises ValueError with words for people."""
        name, start, end, event_id = (self.query_one(f"#new-{n}", Input).value for n in FIELDS)
        return made_of(name, start, end, event_id, self.headcount.station.time_zone)

    @on(Button.Pressed, "#never")
    def never(self) -> None:
        """Close without an event."""
        self.dismiss("")
