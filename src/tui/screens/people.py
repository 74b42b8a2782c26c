"""People: find them by some letters, check them in by hand, correct what is wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.widgets import Input

from ...core.acts import Act, WalkIns
from ...core.errors import HeadcountError, UsageError
from ...core.find import find_people
from ...core.identity import clean_text
from ...core.model import Kind, Person
from ..checkins import name_of
from ..error_words import in_one
from ..keys import USUAL
from ..look import Level, look_of
from ..messages import ScanChanged
from ..people_state import act_words
from ..ports import Desk
from ..ports_people import PeopleDesk
from ..times import clock_time, zone
from ..why import Question
from ..widgets.table import Table
from ..words import N_, _
from .ask import Ask
from .base import Page
from .confirm import Answer, Confirm
from .people_forms import BadgeForm, WalkInForm, WhyForm
from .people_list import PeopleList

SIMILAR = 3


class PeoplePage(PeopleList):
    """What an operator does with whoever is marked."""

    TITLE_WORDS = N_("People")
    ABOUT = N_(
        "Type some letters of the name: in any order, without accents. Enter checks in whoever is "
        "marked. Esc leaves the field: then single keys act on the one under the cursor. An act is "
        "shown as done when it is on the disk; your last one can be taken back for a while."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(USUAL["filter"], "search", N_("Find"), id="filter", show=False),
        Binding(USUAL["undo"], "undo", N_("Undo"), id="undo"),
        Binding(USUAL["excuse"], "excuse", N_("Excuse"), id="excuse"),
        Binding(USUAL["badge"], "badge", N_("Badge"), id="badge"),
        Binding(USUAL["walk_in"], "walk_in", N_("Walk-in"), id="walk_in"),
        Binding(USUAL["why"], "why", N_("Why?"), id="why"),
        Binding(USUAL["begin"], "begin", N_("Scan"), id="begin"),
    ]

    # --- acts ---

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        """Acts need a scan; a scan is begun when there is none."""
        running = self.headcount.session.running
        if action == "begin":
            return not running
        return running or action not in {"undo", "excuse", "badge", "walk_in", "why"}

    def on_scan_changed(self, _message: ScanChanged) -> None:
        """Draw at once."""
        self._drawn = ()
        self.refresh_bindings()
        self.draw()

    def action_begin(self) -> None:
        """Scan, and come back."""
        self.headcount.begin_and_open(self._event_id, "people")

    @property
    def _person(self) -> Person | None:
        return self._state.roster.person(self._table.chosen)

    def _do(self, make: Callable[[PeopleDesk], Act]) -> None:
        """Hand an act to the log, or say why not."""
        desk = self._desk
        if desk is None:
            return
        try:
            act = make(desk)
            if not self._acts.waiting(act):
                desk.act(act)
                self._acts.handed(act)
        except HeadcountError as error:
            self._acts.say(Level.WARN, in_one(error))
        self.draw()

    @on(Input.Submitted, "#search")
    @on(Table.Chosen, "#people")
    def choose(self) -> None:
        """Check in whoever is marked; or give them the badge that was brought along."""
        person = self._person
        if person is None:
            self._not_found()
        elif self._badge:
            self._assign(person, self._badge)
        else:
            self._check_in(person)

    def _not_found(self) -> None:
        if self._desk and self.query_one("#search", Input).value.strip():
            self.action_walk_in()

    def _check_in(self, person: Person) -> None:
        came = self._live.check_ins.of(person.user_id)
        if came:
            words = _("{name} is checked in already, since {time}.")
            begun = self._live.begun
            time = clock_time(came.time_ms, zone(begun.event.tz if begun else "UTC"))
            self._acts.say(Level.PLAIN, words.format(name=name_of(person), time=time))
            self.draw()
        else:
            self._do(lambda desk: desk.rules.check_in(desk.roster, person.user_id))
        self.query_one("#search", Input).select_all()

    def action_undo(self) -> None:
        """Take back your last act, after asking why."""
        desk = self._desk
        if desk is None:
            return
        try:
            acts = desk.rules.undo_all(desk.book, desk.now(), "", "")
        except UsageError:
            words = _(
                "There is nothing of yours to take back in the last {n} minutes. "
                "Older acts are corrected at the backend."
            )
            self._acts.say(Level.WARN, words.format(n=f"{desk.rules.undo_minutes:g}"))
            self.draw()
            return
        what = " ".join(self._words_of(desk, act) for act in reversed(acts))
        more = _("{what}\nThe log keeps both, the act and that you took it back. Why?")

        def because(why: str | None) -> None:
            for act in acts if why else ():
                self._do(partial(_because, act, why or ""))

        ask = Ask(_("Take back your last act?"), more.format(what=what), _("a mistake"))
        self.app.push_screen(ask, because)

    def _words_of(self, desk: PeopleDesk, act: Act) -> str:
        """What a void takes back."""
        record = desk.book.acts[act.of].record
        return act_words(record, desk.roster.person(record.user), look_of(self).symbols.more)

    def action_excuse(self) -> None:
        """Mark whoever is under the cursor as excused, after asking why."""
        person = self._person
        if person is None:
            return

        def because(why: str | None) -> None:
            if why:
                self._do(lambda desk: desk.rules.excuse(desk.roster, person.user_id, why))

        headline = _("Excuse {name}?").format(name=name_of(person))
        self.app.push_screen(Ask(headline, _("Why? Such as: ill, called in.")), because)

    def action_badge(self) -> None:
        """Give whoever is under the cursor a badge."""
        person = self._person
        if person is None:
            return

        def chosen(badge: str | None) -> None:
            if badge:
                self._assign(person, badge)

        has = self._state.badges_of(person.user_id)
        form = BadgeForm(name_of(person), has, lambda: self._live)
        self.app.push_screen(form, chosen)

    def _assign(self, person: Person, badge: str) -> None:
        def assign(answer: str | None) -> None:
            if answer:
                self._badge = ""
                self._do(lambda desk: desk.rules.assign(desk.roster, person.user_id, badge))

        owner = self._state.roster.owner(badge)
        has = self._state.badges_of(person.user_id)
        if owner is None and not (has and self._badge):
            assign("yes")
        elif owner == person:
            words = _("{name} has this badge already.").format(name=name_of(person))
            self._acts.say(Level.PLAIN, words)
        else:
            self.app.push_screen(self._replacing(person, owner), assign)

    def _replacing(self, person: Person, owner: Person | None) -> Confirm:
        name = name_of(person)
        if owner:
            more = _("It is {owner}'s now. What it is heard with from now on counts for {name}.")
            words = more.format(owner=name_of(owner), name=name)
        else:
            more = _("{name} has another badge. What that is heard with from now on is nobody's.")
            words = more.format(name=name)
        answers = [Answer("", _("Never mind")), Answer("yes", _("Give it"), danger=True)]
        return Confirm(_("Give {name} this badge?").format(name=name), words, answers)

    def action_walk_in(self) -> None:
        """Add somebody who is not on the roster, as the policy says."""
        desk = self._desk
        if desk is None:
            return
        policy = desk.rules.walk_ins
        if policy is WalkIns.REFUSE:
            more = _(
                "{source} is refuse. Send the person to whoever registers people; "
                "after the next fetch they are on the roster."
            ).format(source=desk.rules.walk_ins_by)
            answers = [Answer("", _("Understood"))]
            headline = _("This station does not take walk-ins.")
            self.app.push_screen(Confirm(headline, more, answers))
            return
        asks = policy is WalkIns.ASK
        words = _("You will be asked once more.") if asks else _("Added and checked in at once.")
        text = "" if self._state.found else self.query_one("#search", Input).value.strip()
        self.app.push_screen(WalkInForm(clean_text(text), words), self._walked_in)

    def _walked_in(self, typed: str | None) -> None:
        if not typed:
            return
        name, _line, email = typed.partition("\n")

        def add(answer: str | None) -> None:
            if answer:
                self._add(name, email)

        desk = self._desk
        if desk and desk.rules.walk_ins is WalkIns.ASK:
            self.app.push_screen(self._really(name), add)
        else:
            add("add")

    def _really(self, name: str) -> Confirm:
        like = {p.user_id: p for w in name.split() for p in find_people(self._state.roster, w, 2)}
        names = ", ".join(name_of(person) for person in list(like.values())[:SIMILAR])
        more = _("Nobody on the roster has a name like this.")
        if names:
            more = _("Similar names on the roster: {names}.").format(names=names)
        more += "\n" + _("A walk-in attends without a registration; the report says so.")
        answers = [Answer("", _("Never mind")), Answer("add", _("Add"))]
        return Confirm(_("Add {name} as a walk-in?").format(name=name), more, answers)

    def _add(self, name: str, email: str) -> None:
        badge, self._badge = self._badge, ""
        new: list[str] = []

        def walk_in(desk: PeopleDesk) -> Act:
            new.append(desk.new_id())
            return desk.rules.walk_in(name, email, new[0], confirmed=True)

        self._do(walk_in)
        if badge and new:
            self._do(lambda desk: Act(Kind.ASSIGN, new[0], badge, desk.rules.by))
        self.query_one("#search", Input).value = name

    def action_why(self) -> None:
        """What the station hears at close range, and what to do."""
        person = self._person
        name = name_of(person) if person else ""
        badges = tuple(self._state.badges_of(person.user_id)) if person else ()

        def ask() -> Question:
            live = self._live
            mono = live.last.now.mono if live.last else 0.0
            return Question(live, name, badges, mono, look_of(self).symbols.more)

        self.app.push_screen(WhyForm(ask))


def _because(act: Act, why: str, _desk: PeopleDesk) -> Act:
    return replace(act, why=why)


def make(_desk: Desk, event_id: str) -> Page:
    """For the registry."""
    return PeoplePage(event_id)
