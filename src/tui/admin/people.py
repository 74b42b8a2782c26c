"""The admin's people: accounts and roles, or who is registered for one event."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from functools import partial
from typing import ClassVar, NamedTuple

from textual import on
from textual.binding import Binding, BindingType

from ...core.access import Status
from ...core.backend import PersonRow, Registration, Role, User
from ...core.errors import HeadcountError
from ...core.identity import clean_text
from ...core.registrations import Decision
from ..keys import USUAL
from ..look import Level
from ..screens.ask import Ask, Told
from ..screens.base import Page
from ..screens.confirm import Answer, Confirm
from ..widgets.table import Cell, Column, Table
from ..words import N_, _, ngettext
from .badges import show_badges
from .choose_event import ChooseEvent
from .listing import ListPage
from .plainly import plainly
from .ports import AdminDesk
from .preview import Preview
from .registrations import ask_reason, decide


class Row(NamedTuple):
    """A person in either list."""

    user_id: str
    name: str
    email: str
    role: str
    """Empty in an event's list."""
    status: str
    """Of the account, or of the registration."""
    badges: Sequence[str]
    """The last assigned first."""


class PeoplePage(ListPage[Row]):
    """Everybody, or an event's registrations."""

    TITLE_WORDS = N_("People and registrations")
    ABOUT = N_(
        "{tick} marks people; approving and rejecting is for all that are marked, else for the "
        "one under the cursor. A rejected person's sign-ins end at once; what was recorded "
        "stays. {people_of_event} shows who is registered for an event: there {people_approve} "
        "and {people_reject} approve and reject registrations, with a reason that the people "
        "read. Enter opens a person's record at an event, which explains the status."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(USUAL["tick"], "mark", N_("Mark"), id="tick", key_display="space"),
        Binding(USUAL["people_approve"], "approve", N_("Approve"), id="people_approve"),
        Binding(USUAL["people_reject"], "reject", N_("Reject"), id="people_reject"),
        Binding(USUAL["people_role"], "role", N_("Role"), id="people_role"),
        Binding(USUAL["people_of_event"], "event", N_("Of an event"), id="people_of_event"),
        Binding(USUAL["people_badges"], "badges", N_("Badges"), id="people_badges"),
        Binding(USUAL["people_import"], "load", N_("Import"), id="people_import"),
    ]

    def __init__(self, admin: AdminDesk) -> None:
        super().__init__()
        self._admin = admin
        self._desk = admin.people()
        self._event_id = ""
        self._marked: set[str] = set()

    # --- the list ---

    def columns(self) -> list[Column]:
        """The table's columns."""
        return [
            Column("", 1),
            Column(_("Name"), 12, flex=2),
            Column(_("Email"), 10, flex=2),
            Column(_("Role"), 8),
            Column(_("State"), 9),
            Column(_("Badge"), 9, from_width=78),
            Column(_("Badges"), 6, right=True, from_width=100),
        ]

    async def stream(self) -> AsyncGenerator[Sequence[Row] | HeadcountError, None]:
        """Everybody, or those of the event."""
        if self._event_id:
            async for known in self._desk.registrations(self._event_id):
                yield known if isinstance(known, HeadcountError) else list(map(_registered, known))
        else:
            async for users in self._desk.follow():
                yield users if isinstance(users, HeadcountError) else list(map(_account, users))

    def key(self, item: Row) -> str:
        """The user's id."""
        return item.user_id

    def text(self, item: Row) -> str:
        """Name, email, state, role."""
        return " ".join([item.name, item.email, item.status, item.role, *item.badges[:1]])

    def cells(self, item: Row) -> Sequence[Cell]:
        """The row of a person."""
        marked = item.user_id in self._marked
        level = Level.STRONG if marked else Level.PLAIN
        state = Level.WARN if item.status == "pending" else Level.PLAIN
        return [
            Cell("*" if marked else "", level),
            Cell(clean_text(item.name, 200), level),
            Cell(clean_text(item.email, 254)),
            Cell(_(item.role)),
            Cell(_(item.status), Level.BAD if item.status == "rejected" else state),
            Cell(item.badges[0][:8] if item.badges else "", Level.DIM),
            Cell(str(len(item.badges)) if self._event_id else "", Level.DIM),
        ]

    def summary(self, items: Sequence[Row]) -> str:
        """How many, and who waits."""
        waiting = sum(each.status == "pending" for each in items)
        marked = len(self._marked)
        return self.joined(
            _("Registered for {event}").format(event=self.event_name(self._event_id))
            if self._event_id
            else "",
            ngettext("{n} person", "{n} people", len(items)),
            ngettext("{n} waits for approval", "{n} wait for approval", waiting) if waiting else "",
            ngettext("{n} marked", "{n} marked", marked) if marked else "",
        )

    def more(self, item: Row | None) -> str:
        """Every badge, in full."""
        if item is None or not item.badges:
            return ""
        badges = ", ".join(item.badges)
        return _("Badges, the newest first: {badges}").format(badges=badges)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Roles are given in the list of all: there accounts are approved, else registrations."""
        if action == "role":
            return not self._event_id
        return super().check_action(action, parameters)

    # --- marking ---

    def action_mark(self) -> None:
        """Mark the person under the cursor, or take the mark away; go on to the next."""
        if item := self.chosen:
            self._marked ^= {item.user_id}
            self.draw()
            self.table.action_move(1)

    def _meant(self) -> list[Row]:
        """Those that are marked, else the one under the cursor."""
        marked = [each for each in self.items or () if each.user_id in self._marked]
        return marked or [each for each in [self.chosen] if each]

    # --- approval and roles ---

    def action_approve(self) -> None:
        """Let them in; to the event, in an event's list."""
        if meant := self._meant():
            act = self._decide(meant, Decision.APPROVED) if self._event_id else None
            self.do(act or self._set(meant, Status.ACTIVE))

    def action_reject(self) -> None:
        """Shut them out, after a question."""
        meant = self._meant()
        if meant and self._event_id:
            self.app.push_screen(ask_reason(len(meant)), partial(self._reasoned, meant))
        if not meant or self._event_id:
            return
        who = ngettext("{n} person", "{n} people", len(meant))
        names = ", ".join(clean_text(each.name) for each in meant[:5])
        more = _("{names}: their sign-ins end at once. What was recorded of them stays.")
        answers = [Answer("", _("Leave it")), Answer("reject", _("Reject"), danger=True)]
        ask = Confirm(_("Reject {who}?").format(who=who), more.format(names=names), answers)
        self.app.push_screen(ask, partial(self._rejected, meant))

    def _rejected(self, meant: Sequence[Row], answer: str | None) -> None:
        if answer:
            self.do(self._set(meant, Status.REJECTED))

    def _reasoned(self, meant: Sequence[Row], why: str | None) -> None:
        if why:
            self.do(self._decide(meant, Decision.REJECTED, why))

    async def _decide(self, meant: Sequence[Row], status: Decision, why: str = "") -> str:
        """Registrations, all in one request; what stays as it was is named."""
        names = {each.user_id: clean_text(each.name) for each in meant}
        decided = await decide(self._desk, self._event_id, names, status, why)
        self._marked -= decided.done
        self.draw()
        return self._told(decided.said, decided.failed)

    def _told(self, said: str, failed: Sequence[str]) -> str:
        if not failed:
            return said
        self.app.push_screen(Told(_("Not all could be done"), [said, *failed]))
        return ""

    async def _set(self, meant: Sequence[Row], status: Status) -> str:
        """One after the other; what fails is named, and the others are done."""
        failed = []
        for each in meant:
            try:
                await self._desk.set_status(each.user_id, status)
            except HeadcountError as error:
                failed.append(f"{clean_text(each.name)}: {plainly(error).what}")
            else:
                self._marked.discard(each.user_id)
        self.draw()
        done = len(meant) - len(failed)
        said = (
            ngettext("{n} person may sign in.", "{n} people may sign in.", done)
            if status is Status.ACTIVE
            else ngettext("{n} person is shut out.", "{n} people are shut out.", done)
        )
        return self._told(said, failed)

    def action_role(self) -> None:
        """Give the person under the cursor another role."""
        if item := self.chosen:
            answers = [
                Answer("", _("Leave it")),
                *(Answer(role.value, _(role.value)) for role in Role),
            ]
            name = clean_text(item.name)
            ask = Confirm(
                _("A role for {name}").format(name=name),
                _("Operators check people in and see reports. Admins do everything."),
                answers,
            )
            self.app.push_screen(ask, partial(self._role_chosen, item))

    def _role_chosen(self, item: Row, answer: str | None) -> None:
        if answer:
            self.do(self._set_role(item, Role(answer)))

    async def _set_role(self, item: Row, role: Role) -> str:
        await self._desk.set_role(item.user_id, role)
        return _("{name}: {role}.").format(name=clean_text(item.name), role=_(role.value))

    def action_badges(self) -> None:
        """A person's badges over time; give one, or end one."""
        if item := self.chosen:
            self.do(show_badges(self, self._desk, item.user_id, clean_text(item.name)))

    # --- an event's people ---

    def action_event(self) -> None:
        """Those of an event; from there back to everybody."""
        if self._event_id:
            self._show_event("")
        else:
            self.app.push_screen(ChooseEvent(self._admin), self._event_chosen)

    def _event_chosen(self, event_id: str | None) -> None:
        if event_id:
            self._show_event(event_id)

    def _show_event(self, event_id: str) -> None:
        self._event_id = event_id
        if event_id:
            self.learn_events(self._admin.events())
        self._marked.clear()
        self.items = None
        self.table.show([])
        self.draw()
        self.refresh_bindings()
        self._follow()

    @on(Table.Chosen)
    def record(self, event: Table.Chosen) -> None:
        """Open a person's record at an event."""
        if self._event_id:
            self._open(event.key, self._event_id)
        else:
            ask = ChooseEvent(self._admin)
            self.app.push_screen(ask, lambda event_id: self._open(event.key, event_id or ""))

    def _open(self, user_id: str, event_id: str) -> None:
        if event_id:
            from .person import PersonPage

            self.app.push_screen(PersonPage(self._desk, event_id, user_id))

    # --- import ---

    def action_load(self) -> None:
        """Read a CSV file, and show what it would do."""
        more = _("CSV with the columns name,email,bleUuid. Nothing is changed before you say so.")
        if self._event_id:
            more += " " + _("The people are registered for this event.")
        self.app.push_screen(Ask(_("Import which file?"), more), self._to_load)

    def _to_load(self, file: str | None) -> None:
        if file:
            self.do(self._preview(file))

    async def _preview(self, file: str) -> str:
        good, errors = await self._desk.read(file)
        known = {each.email.casefold() for each in self.items or () if each.email}
        new = sum(row.email.casefold() not in known for row in good)
        counts = self.joined(
            ngettext("{n} person", "{n} people", len(good)),
            ngettext("{n} is not in the list yet", "{n} are not in the list yet", new),
            ngettext("{n} line is wrong", "{n} lines are wrong", len(errors)),
        )
        lines = [(row.row, f"{row.name}  {row.email}") for row in good]
        ask = Preview(_("Import people"), counts, lines, errors)
        self.app.push_screen(ask, partial(self._imported, good))
        return ""

    def _imported(self, good: Sequence[PersonRow], answer: str | None) -> None:
        if answer:
            self.do(self._take_in(good))

    async def _take_in(self, good: Sequence[PersonRow]) -> str:
        done = await self._desk.take_in(good, self._event_id)
        said = _("{created} created, {updated} updated, {same} as before, {registered} registered.")
        words = said.format(
            created=done.created,
            updated=done.updated,
            same=done.unchanged,
            registered=done.registered,
        )
        if done.errors:
            lines = [f"{each.row}: {clean_text(each.message, 200)}" for each in done.errors]
            self.app.push_screen(Told(_("Not all lines could be imported"), [words, "", *lines]))
            return ""
        return words


def _account(user: User) -> Row:
    badges = [user.ble_uuid] if user.ble_uuid else []
    return Row(user.id, user.name, user.email, user.role.value, user.status, badges)


def _registered(known: Registration) -> Row:
    return Row(known.user_id, known.name, known.email, "", known.status, known.ble_uuids)


WORDS = (N_("active"), N_("pending"), N_("rejected"), N_("approved"), N_("cancelled"))
"""Words of the backend that are shown."""


def make(admin: AdminDesk, _event_id: str) -> Page:
    """For the registry."""
    return PeoplePage(admin)
