"""A person's badges over time: shown, one more given, one ended."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from functools import partial
from typing import Protocol

from textual.app import App

from ...core.badges import BadgePeriod
from ...core.identity import canonical, clean_text
from ..screens.ask import Ask
from ..screens.confirm import Answer, Confirm
from ..times import clock_time, zone
from ..words import _
from .ports_people import PeopleAdmin

FORM = "%Y-%m-%d %H:%M UTC"


class _Doer(Protocol):
    """A page that tells what came of an act."""

    @property
    def app(self) -> App[object]: ...

    def do(
        self, act: Coroutine[object, object, str], then: Callable[[], None] = lambda: None
    ) -> object: ...


async def show_badges(page: _Doer, desk: PeopleAdmin, user_id: str, name: str) -> str:
    """Show them, and ask for a badge: a new one is given, one that is held is ended."""
    known = await desk.badges(user_id)
    held = {each.ble_uuid for each in known if each.valid_to is None}
    more = _("A new badge is given to the person; one that is held now is ended.")
    lines = "\n".join(period_line(each) for each in known) or _("No badge so far.")
    ask = Ask(_("Badges of {name}").format(name=name), f"{lines}\n\n{more}", check=_no_badge)

    def answered(answer: str | None) -> None:
        badge = canonical(answer.strip()) if answer else None
        if badge in held:
            _ask_to_end(page, desk, user_id, badge or "")
        elif badge:
            page.do(_give(desk, user_id, badge))

    page.app.push_screen(ask, answered)
    return ""


def period_line(period: BadgePeriod) -> str:
    """A badge, from when to when."""
    where = zone("UTC")
    begin = _("ever since")
    if period.valid_from is not None:
        begin = clock_time(period.valid_from, where, FORM)
    end = _("now") if period.valid_to is None else clock_time(period.valid_to, where, FORM)
    return f"{clean_text(period.ble_uuid)}  {begin} - {end}"


def _ask_to_end(page: _Doer, desk: PeopleAdmin, user_id: str, badge: str) -> None:
    more = _("What was heard before stays the person's. Somebody else can have it from then on.")
    answers: Sequence[Answer] = [Answer("", _("Leave it")), Answer("end", _("End it"))]
    ask = Confirm(_("End {badge} now?").format(badge=badge), more, answers)
    page.app.push_screen(ask, partial(_to_end, page, desk, user_id, badge))


def _to_end(page: _Doer, desk: PeopleAdmin, user_id: str, badge: str, answer: str | None) -> None:
    if answer:
        page.do(_end(desk, user_id, badge))


async def _give(desk: PeopleAdmin, user_id: str, badge: str) -> str:
    await desk.give_badge(user_id, badge)
    return _("The badge is given.")


async def _end(desk: PeopleAdmin, user_id: str, badge: str) -> str:
    await desk.end_badge(user_id, badge)
    return _("The badge is ended.")


def _no_badge(text: str) -> str:
    if canonical(text.strip()):
        return ""
    words = _("A badge has 32 hexadecimal digits, such as {example}.")
    return words.format(example="6ba7b810-9dad-11d1-80b4-00c04fd430c8")
