"""Approves and rejects registrations of an event, many at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from ...core.registrations import Decision, Ruling
from ..screens.ask import Ask
from ..words import N_, _, ngettext
from .ports_people import PeopleAdmin

WHY_LIMIT = 500
"""Characters of a reason that the backend keeps."""


class Decided(NamedTuple):
    """What became of it."""

    done: frozenset[str]
    """The user ids."""
    said: str
    failed: list[str]
    """Whose registration stayed as it was, and why."""


def ask_reason(people: int) -> Ask:
    """The window that asks why."""
    who = ngettext("{n} registration", "{n} registrations", people)
    more = _("Why? They read the reason. What was heard of them stays.")

    def check(text: str) -> str:
        return _("That is too long.") if len(text) > WHY_LIMIT else ""

    return Ask(_("Reject {who}").format(who=who), more, check=check)


async def decide(
    desk: PeopleAdmin, event_id: str, names: Mapping[str, str], status: Decision, why: str = ""
) -> Decided:
    """Decide about these people (clean names by user id). Raises HeadcountError."""
    rulings = [Ruling(user_id, status, why) for user_id in names]
    results = await desk.decide_registrations(event_id, rulings)
    done = frozenset(each.user_id for each in results if not each.problem)
    said = (
        ngettext("{n} registration approved.", "{n} registrations approved.", len(done))
        if status is Decision.APPROVED
        else ngettext("{n} registration rejected.", "{n} registrations rejected.", len(done))
    )
    failed = [
        f"{names.get(each.user_id, '')}: {_(each.problem)}" for each in results if each.problem
    ]
    return Decided(done, said, failed)


WORDS = (
    N_("is not registered for the event"),
    N_("has cancelled; register them anew if they want to come"),
)
"""What the backend may say of one."""
