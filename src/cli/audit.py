"""`headcount audit`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..core.audit import AuditFilter, AuditRow
from ..core.audit_csv import as_json, csv_lines
from . import options
from .output import emit, local_time, note, plural, say

if TYPE_CHECKING:
    from ..bootstrap.admin import Admin

F = Callable[..., Any]


@click.group("audit")
def command() -> None:
    """Who did what on the backend: changes, downloads, and what was refused."""


def _filter(function: F) -> F:
    """Which entries are wanted."""
    for decorate in (
        click.option("--until", metavar="T", help="Only before this time."),
        click.option("--since", metavar="T", help="ISO 8601, or Unix ms."),
        click.option("--subject", default="", help="What it was done to: events/evening."),
        click.option("--action", default="", help="users.import; users: all of them."),
        click.option("--actor", default="", help="A kind (local), an id, a scanner's name."),
    ):
        function = decorate(function)
    return function


def _wanted(
    actor: str, action: str, subject: str, since: str | None, until: str | None
) -> AuditFilter:
    from ..clock import SystemClock

    now = SystemClock().now().wall_ms
    times = [text and options.parse_time(text, "UTC", base_ms=now) for text in (since, until)]
    return AuditFilter(actor, action, subject, *(time or None for time in times))


@command.command("list")
@_filter
@click.option("--limit", type=click.IntRange(1), default=100, show_default=True, help="Entries.")
@options.database_url
@options.no_ui
@options.as_json
@click.pass_context
def list_entries(
    ctx: click.Context,
    /,
    limit: int,
    database_url: str | None,
    as_json: bool,
    **wanted: Any,  # noqa: ANN401 - the filter's options
) -> None:
    """List the newest entries, the newest first."""
    from ..api.wire import to_wire

    rows = _ask(ctx, database_url, _wanted(**wanted), limit)
    if not rows and not as_json:
        note("There is no such entry.")
    for row in rows:
        if as_json:
            emit(to_wire(row))
        else:
            say(_line(row))


@command.command("export")
@_filter
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    required=True,
    help="A CSV file, made for you alone.",
)
@options.database_url
@options.no_ui
@click.pass_context
def export(
    ctx: click.Context,
    /,
    output: Path,
    database_url: str | None,
    **wanted: Any,  # noqa: ANN401 - the filter's options
) -> None:
    """Write every entry to a CSV file, the newest first."""
    from ..bootstrap.private_file import not_written, private_file

    rows = _ask(ctx, database_url, _wanted(**wanted), 0)
    try:
        with private_file(output) as file:
            file.write("".join(csv_lines(rows)).encode())
    except OSError as error:
        raise not_written(output, error) from None
    say(f"{output}: {plural(len(rows), 'entry', 'entries')}")


def _ask(
    ctx: click.Context, database_url: str | None, wanted: AuditFilter, most: int
) -> list[AuditRow]:
    from ..bootstrap.admin import Use, ask
    from ..bootstrap.care_admin import entries

    async def collect(admin: Admin) -> list[AuditRow]:
        return [row async for row in entries(admin, wanted, most)]

    return ask(options.load_config(ctx, server__database_url=database_url), Use.WRITE, collect)


def _line(row: AuditRow) -> str:
    who = row.actor_name or row.address or row.actor
    times = f" x{row.times}" if row.times > 1 else ""
    refused = f" refused: {row.code}" if row.outcome == "refused" else ""
    change = " -> ".join(as_json(value) for value in (row.before, row.after) if value)
    parts = (local_time(row.at), who, f"{row.action}{times}{refused}", row.subject, change)
    return "  ".join(part for part in parts if part)
