"""A form for an event that the backend does not know yet."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widgets import Button, Input, Label, Static

from ...core.errors import HeadcountError
from ...core.identity import clean_text, is_event_id
from ...core.model import Event
from ..words import _
from .base import Dialog

FORM = "%Y-%m-%d %H:%M"
HOURS = 2


class NewEvent(Dialog):
    """Name, start, end, id. Answers with the id."""

    def __init__(self) -> None:
        super().__init__()
        self._id_typed = False

    def compose(self) -> ComposeResult:
        """Four fields with sensible beginnings."""
        now = local(self._now_ms())
        hour = now.replace(minute=0)
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
            yield from field("name", _("Name"), "")
            yield from field("start", _("Start"), hour.strftime(FORM))
            end = hour.replace(hour=min(23, hour.hour + HOURS))
            yield from field("end", _("End"), end.strftime(FORM))
            yield from field("id", _("Id"), "")
            yield Static("", id="problem", markup=False)
            with Horizontal(classes="answers"):
                yield Button(_("Create"), id="create", variant="primary", compact=True)
                yield Button(_("Never mind"), id="never", compact=True)

    def _now_ms(self) -> int:
        return self.headcount.station.now().wall_ms

    @on(Input.Changed, "#new-name")
    def name_changed(self, event: Input.Changed) -> None:
        """The id follows the name, until it is typed."""
        if not self._id_typed:
            start = self.query_one("#new-start", Input).value[:10]
            self.query_one("#new-id", Input).value = slug(f"{event.value} {start}")

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
        values = {name: self.query_one(f"#new-{name}", Input).value for name in FIELDS}
        name = clean_text(values["name"])
        if not name:
            raise ValueError(_("Give it a name."))
        start, end = moment(values["start"]), moment(values["end"])
        if end <= start:
            raise ValueError(_("It must end after it starts."))
        if not is_event_id(values["id"]):
            raise ValueError(_("An id is 1 to 64 letters, digits and . _ ~ : -"))
        return Event(values["id"], name, start, end)

    @on(Button.Pressed, "#never")
    def never(self) -> None:
        """Close without an event."""
        self.dismiss("")


FIELDS = ("name", "start", "end", "id")


def field(name: str, label: str, value: str) -> ComposeResult:
    """A label and its input on one line."""
    with Horizontal(classes="field"):
        yield Label(label, markup=False)
        entry = Input(value, id=f"new-{name}", compact=True)
        entry.cursor_blink = False
        yield entry


def local(ms: int) -> datetime:
    """This machine's local time."""
    return datetime.fromtimestamp(ms / 1000, tz=UTC).astimezone()


def moment(text: str) -> int:
    """Unix milliseconds of a local time. Raises ValueError with words for people."""
    try:
        return round(datetime.strptime(text.strip(), FORM).astimezone().timestamp() * 1000)
    except (ValueError, OverflowError, OSError):
        words = _("{text} is no time. Write it like 2026-05-01 18:00.")
        raise ValueError(words.format(text=repr(clean_text(text)))) from None


def slug(text: str) -> str:
    """An id made of a name: small letters, digits, dashes."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:64]
