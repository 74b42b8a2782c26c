"""Refused records and copies of the log, in the line mode."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from ..core.errors import UsageError
from ..tui.log_words import exported
from ..tui.ports_log import LogReview
from ..tui.words import _


async def retry(review: LogReview, record: str, _rest: str) -> str:
    """Send it again, now and alone. Raises HeadcountError."""
    taken = await review.retry(record)
    return _("The backend has taken it.") if taken else _("The backend refused it again.")


async def give(review: LogReview, record: str, who: str) -> str:
    """Check somebody in by hand at its time. Raises HeadcountError."""
    if not who:
        raise UsageError(_("Whose is it?"), remedy=_("Type: give RECORD, NAME"))
    await asyncio.to_thread(review.assign, record, who)
    return _("They are checked in by hand at its time; the record itself is left alone.")


async def discard(review: LogReview, record: str, why: str) -> str:
    """Leave it alone from now on. Raises HeadcountError."""
    await asyncio.to_thread(review.discard, record, why)
    return _("It is left alone from now on; the log keeps it.")


async def restore(review: LogReview, record: str, _rest: str) -> str:
    """Keep it again. Raises HeadcountError."""
    await asyncio.to_thread(review.restore, record)
    return _("It is kept again: the next sync tries it.")


ACTS: dict[str, Callable[[LogReview, str, str], Awaitable[str]]] = {
    "retry": retry,
    "give": give,
    "discard": discard,
    "restore": restore,
}
"""By word. Each gets the refused record's id, and what was typed after it."""


def copied(review: LogReview, file: str) -> str:
    """Copy the intact records to a new file. Raises HeadcountError."""
    target = file or review.suggested_file()
    done = review.export(target, lambda _part: None, lambda: False)
    return exported(done) if done else ""
