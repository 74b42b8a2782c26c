"""`headcount registrations`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from ..core.errors import HeadcountError, UsageError
from ..core.identity import clean_text
from ..core.registrations import Decision, Ruling, RulingResult
from . import options
from .output import emit, note, plural, say
from .users import find

if TYPE_CHECKING:
    from ..bootstrap.admin import Admin
    from ..core.backend import Registration
    from ..core.registrations import OwnRegistration

WHY_LIMIT = 500


@click.group("registrations")
def command() -> None:
    """Who may attend an event: list, approve, reject, register."""


@command.command("list")
@click.argument("event_id", type=options.EventId())
@click.option(
    "--status",
    type=click.Choice(["pending", "approved", "rejected", "cancelled"]),
    help="Only these.",
)
@options.database_url
@options.no_ui
@options.as_json
@click.pass_context
def list_registrations(
    ctx: click.Context,
    event_id: str,
    status: str | None,
    database_url: str | None,
    as_json: bool,
) -> None:
    """List an event's registrations by name."""
    from ..api.wire import to_wire
    from ..bootstrap.admin import Use, ask

    config = options.load_config(ctx, server__database_url=database_url)
    rows = ask(config, Use.READ, lambda admin: admin.registrations(event_id))
    for row in rows:
        if status in {None, row.status}:
            if as_json:
                emit(to_wire(row))
            else:
                say(f"{row.user_id}  {row.status:<9}  {clean_text(row.name)}  {row.email}")


@command.command("approve")
@click.argument("event_id", type=options.EventId())
@click.argument("who", metavar="[ID|EMAIL]...", nargs=-1)
@click.option("--pending", is_flag=True, help="Everybody who waits.")
@click.option("--why", default="", help="A word to the person; may be left out.")
@options.database_url
@options.no_ui
@options.as_json
@click.pass_context
def approve(
    ctx: click.Context,
    event_id: str,
    who: tuple[str, ...],
    pending: bool,
    why: str,
    database_url: str | None,
    as_json: bool,
) -> None:
    """Approve registrations. What was heard of these people before counts from now on, too."""
    wish = _Wish(event_id, who, pending, Decision.APPROVED, clean_text(why, WHY_LIMIT))
    _decide(ctx, wish, database_url, as_json=as_json)


@command.command("reject")
@click.argument("event_id", type=options.EventId())
@click.argument("who", metavar="[ID|EMAIL]...", nargs=-1)
@click.option("--pending", is_flag=True, help="Everybody who waits.")
@click.option("--why", required=True, help="The reason; the person reads it.")
@options.database_url
@options.no_ui
@options.as_json
@click.pass_context
def reject(
    ctx: click.Context,
    event_id: str,
    who: tuple[str, ...],
    pending: bool,
    why: str,
    database_url: str | None,
    as_json: bool,
) -> None:
    """Reject registrations, with the reason. What was heard stays on record."""
    reason = clean_text(why, WHY_LIMIT)
    if not reason:
        raise UsageError("--why needs the reason, in words.", safe="Nothing was changed.")
    wish = _Wish(event_id, who, pending, Decision.REJECTED, reason)
    _decide(ctx, wish, database_url, as_json=as_json)


@command.command("add")
@click.argument("event_id", type=options.EventId())
@click.argument("who", metavar="ID|EMAIL...", nargs=-1, required=True)
@options.database_url
@options.no_ui
@options.as_json
@click.pass_context
def add(
    ctx: click.Context,
    event_id: str,
    who: tuple[str, ...],
    database_url: str | None,
    as_json: bool,
) -> None:
    """Register people who are known already; they are approved at once."""
    from ..api.wire import to_wire
    from ..bootstrap.admin import Use, ask

    async def register(admin: Admin) -> list[OwnRegistration]:
        known = [(await find(admin, each)).id for each in who]
        return [await admin.register(event_id, each) for each in known]

    config = options.load_config(ctx, server__database_url=database_url)
    for kept in ask(config, Use.WRITE, register):
        if as_json:
            emit(to_wire(kept))
        else:
            say(f"{kept.user_id}  {kept.status}")


class _Wish:
    """Whom to approve or reject."""

    def __init__(
        self, event_id: str, who: Sequence[str], pending: bool, status: Decision, why: str
    ) -> None:
        self._event_id = event_id
        self._who = [each.strip().casefold() for each in who]
        self._pending = pending
        self._status = status
        self._why = why

    async def run(self, admin: Admin) -> Sequence[RulingResult]:
        """Find them among the registrations, then decide."""
        known = await admin.registrations(self._event_id)
        meant = [each.user_id for each in known if self._means(each)]
        named = {word for each in known for word in _words(each)}
        if unknown := [each for each in self._who if each not in named]:
            raise UsageError(
                f"Nobody with the id or email {clean_text(unknown[0], 254)!r} is registered.",
                safe="Nothing was changed.",
                remedy="`headcount registrations list` shows everybody; add registers somebody.",
            )
        if not meant:
            return []
        rulings = [Ruling(each, self._status, self._why) for each in meant]
        return await admin.decide_registrations(self._event_id, rulings)

    def _means(self, row: Registration) -> bool:
        waits = self._pending and row.status == "pending"
        return waits or not _words(row).isdisjoint(self._who)


def _words(row: Registration) -> set[str]:
    return {word for word in (row.user_id, row.email.casefold()) if word}


def _decide(ctx: click.Context, wish: _Wish, database_url: str | None, *, as_json: bool) -> None:
    from ..api.wire import to_wire
    from ..bootstrap.admin import Use, ask

    config = options.load_config(ctx, server__database_url=database_url)
    results = ask(config, Use.WRITE, wish.run)
    for each in results:
        if as_json:
            emit(to_wire(each))
        else:
            say(f"{each.user_id}  {clean_text(each.problem, 200) or each.status}")
    if not results:
        note("Nobody was meant. Name people by id or email, or give --pending.")
    if failed := [each for each in results if each.problem]:
        raise HeadcountError(
            f"{plural(len(failed), 'registration')} could not be changed.",
            safe="The others were.",
            remedy="The lines above say why.",
        )
