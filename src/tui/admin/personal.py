"""One person's data: written to a file, or made anonymous after a preview."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from textual.app import App

from ...core.identity import clean_text
from ...core.personal import Erasure
from ..screens.ask import Ask
from ..screens.confirm import Answer, Confirm
from ..words import _, ngettext
from .ports_care import PersonalDesk

Do = Callable[[Awaitable[str]], None]
"""Does something at the backend, and tells what came of it."""


def ask_where(app: App[object], do: Do, desk: PersonalDesk, user_id: str) -> None:
    """Which file? Then everything that is stored about the person is written there."""
    more = _("JSON: all that is stored about the person. It can only be read by you.")
    ask = Ask(_("Export to which new file?"), more, f"person-{user_id}.json")

    async def export(file: str) -> str:
        return _("Saved: {file}").format(file=await desk.export(user_id, file))

    def answered(file: str | None) -> None:
        if file:
            do(export(file))

    app.push_screen(ask, answered)


def preview(found: Erasure) -> str:
    """What would go, by kind."""
    rows = [
        f"{clean_text(kind)}: {ngettext('{n} row', '{n} rows', count)}"
        for kind, count in found.rows.items()
        if count
    ]
    return "\n".join(rows) or _("Nothing is stored about the person.")


async def ask_to_erase(
    app: App[object],
    do: Do,
    desk: PersonalDesk,
    user_id: str,
    name: str,
    then: Callable[[], None],
) -> str:
    """Show what would go, ask, erase; `then` is called when it is done."""
    more = _(
        "Name, email, badges, password and sign-ins go for good; nobody can undo it. Reports count "
        "an anonymous person as before. Stations' logs, exports and backups are not changed."
    )
    answers = [Answer("", _("Leave it")), Answer("erase", _("Erase for good"), danger=True)]
    found = await desk.erasure(user_id)
    ask = Confirm(_("Erase {name}?").format(name=name), f"{preview(found)}\n\n{more}", answers)

    async def erase() -> str:
        done = await desk.erase(user_id)
        then()
        words = _("Erased. Reports know an anonymous person, {id}.")
        return words.format(id=clean_text(done.user_id))

    def answered(answer: str | None) -> None:
        if answer:
            do(erase())

    app.push_screen(ask, answered)
    return ""
