"""`headcount purge`."""

from __future__ import annotations

from collections.abc import Mapping

import click

from . import options
from .output import emit, note, plural, say


@click.command("purge")
@click.option("--dry-run", is_flag=True, help="Only show what would go.")
@click.option("--event", "event_id", type=options.EventId(), help="Only this event's.")
@options.database_url
@options.no_ui
@options.as_json
@click.pass_context
def command(
    ctx: click.Context,
    dry_run: bool,
    event_id: str | None,
    database_url: str | None,
    as_json: bool,
) -> None:
    """Delete what has outlived the days of [retention], archived as CSV files first.

    Works on the database itself, also while the backend runs. Reports stay what they were.
    """
    from ..bootstrap.admin import open_database
    from ..bootstrap.local_audit import local
    from ..bootstrap.retention import purge, purge_plan
    from ..clock import SystemClock

    config = options.load_config(ctx, server__database_url=database_url)
    now, count = SystemClock().now().wall_ms, 0
    with open_database(config) as store:
        if dry_run:
            for due in purge_plan(config, store, now, event_id or ""):
                _show(due.event_id, due.rows, "", as_json=as_json)
                count += 1
        else:
            for due in purge_plan(config, store, now, event_id or ""):
                with local("data.purge"):
                    archive = purge(config, store, due, now)
                _show(due.event_id, archive.rows, archive.folder, as_json=as_json)
                count += 1
    if not count:
        note("Nothing has outlived its time.")
    elif dry_run:
        note("Nothing was deleted. Without --dry-run it is archived, then deleted.")


def _show(event_id: str, rows: Mapping[str, int], archive: str, *, as_json: bool) -> None:
    if as_json:
        emit({"eventId": event_id, "rows": dict(rows), "archive": archive})
        return
    counts = ", ".join(f"{name}: {plural(count, 'row')}" for name, count in rows.items())
    say("  ".join(part for part in (event_id or "(no event)", counts, archive) if part))
