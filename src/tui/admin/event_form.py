"""A form for everything that an event has; FIELDS is the table of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, tzinfo
from typing import NamedTuple

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.widgets import Button, Input, Label, Static

from ...core.identity import clean_text
from ..screens.base import Dialog
from ..times import clock_time, zone
from ..widgets.field import field
from ..widgets.switch import Switch
from ..words import N_, _
from .event_words import rule_sentence

APPROVALS = {"auto": "auto", "byhand": "byHand"}
"""The wire's word for what was typed, without its blanks."""
FORM = "%Y-%m-%d %H:%M"


class Field(NamedTuple):
    """One member of an event: its name on the wire, its words, and how it is read and written."""

    member: str
    label: str
    read: Callable[[str, tzinfo], object]
    """Raises ValueError with words for people."""
    write: Callable[[object, tzinfo], str]
    default: object = ""


def _text(text: str, _where: tzinfo) -> object:
    return clean_text(text, 2000)


def _name(text: str, _where: tzinfo) -> object:
    if not (name := clean_text(text, 200)):
        raise ValueError(_("Give it a name."))
    return name


def _moment(text: str, where: tzinfo) -> object:
    try:
        moment = datetime.strptime(text.strip(), FORM).replace(tzinfo=where)
        return round(moment.timestamp() * 1000)
    except (ValueError, OverflowError, OSError):
        words = _("{text} is no time. Write it like 2026-05-01 18:00.")
        raise ValueError(words.format(text=repr(clean_text(text)))) from None


def _number(text: str, _where: tzinfo) -> object:
    if not text.strip().isdecimal():
        raise ValueError(_("{text} is no whole number.").format(text=repr(clean_text(text))))
    return int(text)


def _policy(text: str, _where: tzinfo) -> object:
    if text.strip() not in {"", "allow", "ask", "refuse"}:
        raise ValueError(_("Walk-ins: write allow, ask or refuse, or nothing."))
    return text.strip()


def _approval(text: str, _where: tzinfo) -> object:
    found = APPROVALS.get("".join(text.lower().split()))
    if found is None:
        raise ValueError(_("Registrations: write auto or by hand."))
    return found


def _as_approval(value: object, _where: tzinfo) -> str:
    return "auto" if value == "auto" else "by hand"


def _as_text(value: object, _where: tzinfo) -> str:
    return str(value)


def _as_moment(value: object, where: tzinfo) -> str:
    return clock_time(value, where, FORM) if isinstance(value, int) else ""


FIELDS = (
    Field("name", N_("Name"), _name, _as_text),
    Field("start", N_("Start"), _moment, _as_moment),
    Field("end", N_("End"), _moment, _as_moment),
    Field("tz", N_("Time zone"), _text, _as_text, "UTC"),
    Field("checkInOpensMinutes", N_("Opens, min before"), _number, _as_text, 15),
    Field("lateAfterMinutes", N_("Late after, min"), _number, _as_text, 10),
    Field("minimumPresencePercent", N_("Minimum, %"), _number, _as_text, 75),
    Field("awayMinutes", N_("Away after, min"), _number, _as_text, 10),
    Field("walkInPolicy", N_("Walk-ins"), _policy, _as_text, ""),
    Field("approval", N_("Registrations"), _approval, _as_approval, "byHand"),
    Field("description", N_("Description"), _text, _as_text, ""),
)
"""Times are written in the event's own zone. Another member is one more line here."""


ROTATING = "rotating"
IDS = (
    N_("a phone always shows the same one"),
    N_("may change every ten minutes"),
)
"""What the switch says, off and on (docs/radio.md)."""
COPIES = N_(
    "A changing id that somebody copied is worthless an hour later; fixed ones count as before."
)
DEFAULTS = {each.member: each.default for each in FIELDS} | {ROTATING: False}


class EventForm(Dialog):
    """Answers with a word; `changes` has the members that differ from what it began with."""

    DEFAULT_CSS = """
    EventForm .member { height: 1; }
    EventForm .member Label { width: 19; color: $text-muted; }
    EventForm .member Input { width: 1fr; background: $surface; }
    EventForm #effect { margin-top: 1; color: $text-muted; height: auto; }
    EventForm #problem { margin-bottom: 1; }
    """

    def __init__(self, headline: str, members: Mapping[str, object], *, new: bool) -> None:
        super().__init__()
        self._headline = headline
        self._members = members
        self._new = new
        self.changes: Mapping[str, object] = {}

    def compose(self) -> ComposeResult:
        """A line for each member, and what the rules lead to."""
        where = zone(str(self._members.get("tz", "UTC")))
        with VerticalScroll(classes="box", can_focus=False):
            yield Static(self._headline, classes="headline", markup=False)
            for each in FIELDS:
                value = self._members.get(each.member, each.default)
                text = each.write(value, where)
                yield from field(f"field-{each.member}", _(each.label), text, line="member")
            with Horizontal(classes="member"):
                yield Label(_("Ids on the air"), markup=False)
                on = bool(self._members.get(ROTATING, False))
                yield Switch(on=on, words=(_(IDS[0]), _(IDS[1])), id=f"field-{ROTATING}")
            yield Static("", id="effect", markup=False)
            yield Static("", id="problem", markup=False)
            with Horizontal(classes="answers"):
                yield Button(_("Save"), id="save", variant="primary", compact=True)
                yield Button(_("Never mind"), id="never", compact=True)

    @on(Switch.Changed)
    @on(Input.Changed)
    def typed(self) -> None:
        """Show what the rules lead to, as soon as they can be read."""
        try:
            members = self._read()
            effect = rule_sentence(members)
            if members[ROTATING]:
                effect += f"\n{_(COPIES)}"
        except ValueError:
            effect = ""
        self.query_one("#effect", Static).update(effect)

    def _read(self) -> dict[str, object]:
        """Every member. Raises ValueError with words for people."""
        texts = {
            each.member: self.query_one(f"#field-{each.member}", Input).value for each in FIELDS
        }
        where = zone(texts["tz"])
        members = {each.member: each.read(texts[each.member], where) for each in FIELDS}
        members[ROTATING] = self.query_one(Switch).on
        if int(str(members["end"])) <= int(str(members["start"])):
            raise ValueError(_("It must end after it starts."))
        return members

    @on(Input.Submitted)
    @on(Switch.Submitted)
    @on(Button.Pressed, "#save")
    def save(self) -> None:
        """Check, hand over, close."""
        try:
            members = self._read()
        except ValueError as problem:
            self.query_one("#problem", Static).update(str(problem))
            return
        begin = dict(DEFAULTS)
        if not self._new:
            begin |= self._members
        elif "id" in self._members:
            members["id"] = self._members["id"]
        needed = {"name", "start", "end"} if self._new else set()
        self.changes = {
            name: value
            for name, value in members.items()
            if name in needed or begin.get(name) != value
        }
        self.dismiss("save" if self.changes else "")

    @on(Button.Pressed, "#never")
    def never(self) -> None:
        """Leave all as it is."""
        self.dismiss("")
