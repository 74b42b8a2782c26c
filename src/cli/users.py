"""`headcount users`."""

from __future__ import annotations

import hashlib
import secrets
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..core.errors import HeadcountError, UsageError
from ..core.identity import clean_text
from . import options
from .output import emit, note, plural, say

if TYPE_CHECKING:
    from ..core.backend import ImportResult, RowError


@click.group("users")
def command() -> None:
    """Import and list people, make admins."""


@command.command("import")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--event", "event_id", type=options.EventId(), help="Register them for it.")
@options.database_url
@options.no_ui
@options.as_json
@click.pass_context
def import_people(
    ctx: click.Context,
    file: Path,
    event_id: str | None,
    database_url: str | None,
    no_ui: bool,  # noqa: ARG001 - no screen
    as_json: bool,
) -> None:
    """Create or update people from a CSV file with the columns name,email,bleUuid.

    People are matched by email, else by bleUuid; a second import updates. Rows with errors are
    named, and the others are imported.
    """
    from ..bootstrap.admin import Use, ask
    from ..core.people_csv import parse_people

    rows, errors = parse_people(_read(file))
    config = options.load_config(ctx, server__database_url=database_url)
    result = ask(config, Use.WRITE, lambda admin: admin.import_people(rows, event_id or ""))
    _show(file, result, sorted([*errors, *result.errors], key=lambda e: e.row), as_json=as_json)


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
    no_ui: bool,  # noqa: ARG001 - no screen
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
            say(f"{user.id}  {clean_text(user.name)}  {user.email}  {user.role}  {badge}")


@command.command("create-admin")
@click.option("--name", required=True, help="The admin's name.")
@click.option("--email", required=True, help="The admin's address.")
@options.database_url
@options.no_ui
@options.as_json
@click.pass_context
def create_admin(
    ctx: click.Context,
    name: str,
    email: str,
    database_url: str | None,
    no_ui: bool,  # noqa: ARG001 - no screen
    as_json: bool,
) -> None:
    """Make an admin and print a token, once. Works on the backend's database only."""
    from ..bootstrap.admin import open_database

    config = options.load_config(ctx, server__database_url=database_url)
    token = secrets.token_urlsafe(32)
    with open_database(config) as store:
        user = store.create_admin(
            clean_text(name),
            clean_text(email, 254).lower(),
            token_hash=hashlib.sha256(token.encode()).hexdigest(),
            now_ms=_now_ms(),
        )
    if as_json:
        emit({"id": user.id, "email": user.email, "token": token})
        return
    note("This token is shown once. Use it as HEADCOUNT_BACKEND__TOKEN, or in a file of mode 0600.")
    say(token)


def _now_ms() -> int:
    from ..clock import SystemClock

    return SystemClock().now().wall_ms


def _read(file: Path) -> str:
    try:
        data = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    except OSError as error:
        raise UsageError(f"{file} can't be read: {error.strerror}.") from None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(
            f"{file} is not UTF-8 (byte {error.start:,}).",
            remedy="Save it as 'CSV UTF-8' and import it again.",
        ) from None
