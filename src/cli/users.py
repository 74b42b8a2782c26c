"""`headcount users`."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..core.errors import HeadcountError, UsageError
from ..core.identity import clean_text
from . import options
from .output import emit, note, plural, say
from .passwords import new_password
from .text_file import read_text

if TYPE_CHECKING:
    from ..bootstrap.admin import Admin
    from ..config import Config
    from ..core.backend import ImportResult, PersonRow, RowError, User


@click.group("users")
def command() -> None:
    """Import and list people, give roles, approve and reject."""


@command.command("import")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--event", "event_id", type=options.EventId(), help="Register them for it.")
@click.option(
    "--from",
    "source",
    type=click.Choice(["pretix", "eventbrite", "indico"]),
    help="The file is an export of this program, in English.",
)
@options.database_url
@options.no_ui
@options.as_json
@click.pass_context
def import_people(
    ctx: click.Context,
    file: Path,
    event_id: str | None,
    source: str | None,
    database_url: str | None,
    as_json: bool,
) -> None:
    """Create or update people from a CSV file with the columns name,email,bleUuid.

    People are matched by email, else by bleUuid; a second import updates. Rows with errors are
    named, and the others are imported. Of an export (--from) only those are imported who come:
    not who cancelled, or has not paid.
    """
    from ..bootstrap.admin import Use, ask

    rows, errors = _people(read_text(file), source)
    config = options.load_config(ctx, server__database_url=database_url)
    result = ask(config, Use.WRITE, lambda admin: admin.import_people(rows, event_id or ""))
    _show(file, result, sorted([*errors, *result.errors], key=lambda e: e.row), as_json=as_json)


def _people(text: str, source: str | None) -> tuple[list[PersonRow], list[RowError]]:
    from ..core.foreign_csv import Source, parse_export
    from ..core.people_csv import parse_people

    if source is None:
        return parse_people(text)
    found = parse_export(Source(source), text)
    for each in found.not_coming:
        note(f"line {each.row}: not imported, {each.message}")
    return found.people, found.errors


def _show(file: Path, result: ImportResult, errors: Sequence[RowError], *, as_json: bool) -> None:
    for error in errors:
        note(f"{file}, line {error.row}: {error.message}")
    if as_json:
        emit(
            {
                "created": result.created,
                "updated": result.updated,
                "unchanged": result.unchanged,
                "registered": result.registered,
                "errors": [{"row": e.row, "message": e.message} for e in errors],
            }
        )
    else:
        say(
            f"{result.created:,} created, {result.updated:,} updated, "
            f"{result.unchanged:,} unchanged, {result.registered:,} newly registered, "
            f"{plural(len(errors), 'row')} with errors"
        )
    if errors:
        raise HeadcountError(
            f"{plural(len(errors), 'row')} of {file} not imported.",
            safe="The others were.",
            remedy="Mend the rows named above and import the file again.",
        )


@command.command("list")
@options.database_url
@options.no_ui
@options.as_json
@click.pass_context
def list_users(
    ctx: click.Context,
    database_url: str | None,
    as_json: bool,
) -> None:
    """List everybody by name."""
    from ..api.wire import to_wire
    from ..bootstrap.admin import Use, ask

    config = options.load_config(ctx, server__database_url=database_url)
    users = ask(config, Use.READ, lambda admin: admin.users())
    if not users and not as_json:
        note("Nobody yet. Import people: headcount users import FILE.csv")
    for user in users:
        if as_json:
            emit(to_wire(user))
        else:
            badge = user.ble_uuid or "no badge"
            status = "" if user.status == "active" else f"  {user.status}"
            say(f"{user.id}  {clean_text(user.name)}  {user.email}  {user.role}{status}  {badge}")


@command.command("create-admin")
@click.option("--name", required=True, help="The admin's name.")
@click.option("--email", required=True, help="The admin's address.")
@click.option("--sign-in", is_flag=True, help="Ask for a password, too, to sign in with.")
@options.database_url
@options.no_ui
@options.as_json
@click.pass_context
def create_admin(
    ctx: click.Context,
    name: str,
    email: str,
    sign_in: bool,
    database_url: str | None,
    as_json: bool,
) -> None:
    """Make an admin and print a token, once. Works on the backend's database only.

    The password of --sign-in is asked on the terminal, or read from the first line of stdin.
    """
    from ..bootstrap.access_admin import require_password, set_password
    from ..bootstrap.admin import open_database
    from ..bootstrap.local_audit import local

    config = options.load_config(ctx, server__database_url=database_url)
    password = new_password() if sign_in else ""
    if sign_in:
        require_password(password, email)
    token = secrets.token_urlsafe(32)
    with open_database(config) as store, local("users.create-admin"):
        user = store.create_admin(
            clean_text(name),
            clean_text(email, 254).lower(),
            token_hash=hashlib.sha256(token.encode()).hexdigest(),
            now_ms=_now_ms(),
        )
        if sign_in:
            set_password(store, user, password)
    if as_json:
        emit({"id": user.id, "email": user.email, "token": token})
        return
    note("This token is shown once. Use it as HEADCOUNT_BACKEND__TOKEN, or in a file of mode 0600.")
    say(token)


@command.command("set-role")
@click.argument("who", metavar="ID|EMAIL")
@click.argument("role", type=click.Choice(["user", "operator", "admin"]))
@options.database_url
@options.no_ui
@options.as_json
@click.pass_context
def set_role(
    ctx: click.Context,
    who: str,
    role: str,
    database_url: str | None,
    as_json: bool,
) -> None:
    """Make somebody a user, an operator or an admin; it counts from the next request on."""
    from ..core.backend import Role

    config = options.load_config(ctx, server__database_url=database_url)
    _change(config, who, lambda admin, user: admin.set_role(user.id, Role(role)), as_json=as_json)


@command.command("approve")
@click.argument("who", metavar="ID|EMAIL")
@options.database_url
@options.no_ui
@options.as_json
@click.pass_context
def approve(
    ctx: click.Context,
    who: str,
    database_url: str | None,
    as_json: bool,
) -> None:
    """Let somebody in who signed up. The address was not verified: ask them if in doubt."""
    from ..core.access import Status

    config = options.load_config(ctx, server__database_url=database_url)
    _change(
        config, who, lambda admin, user: admin.set_status(user.id, Status.ACTIVE), as_json=as_json
    )


@command.command("reject")
@click.argument("who", metavar="ID|EMAIL")
@options.database_url
@options.no_ui
@options.as_json
@click.pass_context
def reject(
    ctx: click.Context,
    who: str,
    database_url: str | None,
    as_json: bool,
) -> None:
    """Shut somebody out; every sign-in ends. The record of attendance stays."""
    from ..core.access import Status

    config = options.load_config(ctx, server__database_url=database_url)
    _change(
        config, who, lambda admin, user: admin.set_status(user.id, Status.REJECTED), as_json=as_json
    )


def _change(
    config: Config,
    who: str,
    change: Callable[[Admin, User], Awaitable[User]],
    *,
    as_json: bool,
) -> None:
    """Find one person, change something, show what they are now."""
    from ..api.wire import to_wire
    from ..bootstrap.admin import Use, ask

    async def find_and_change(admin: Admin) -> User:
        return await change(admin, await find(admin, who))

    user = ask(config, Use.WRITE, find_and_change)
    if as_json:
        emit(to_wire(user))
    else:
        say(f"{user.id}  {clean_text(user.name)}  {user.email}  {user.role}  {user.status}")


async def find(admin: Admin, who: str) -> User:
    """The person with this id or email. Raises UsageError."""
    wanted = who.strip().casefold()
    for user in await admin.users():
        if wanted and wanted in {user.id, user.email.casefold()}:
            return user
    raise UsageError(
        f"Nobody has the id or email {clean_text(who, 254)!r}.",
        safe="Nothing was changed.",
        remedy="`headcount users list` shows everybody.",
    )


def _now_ms() -> int:
    from ..clock import SystemClock

    return SystemClock().now().wall_ms
