"""`headcount upgrade`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ..core.errors import UsageError
from . import options
from .output import emit, note, plural, say

if TYPE_CHECKING:
    from ..bootstrap.upgrading import Standing


@click.command("upgrade")
@click.option("--check", is_flag=True, help="Only try it, on a copy; nothing is changed.")
@click.option("--rollback", is_flag=True, help="Go back to before the last upgrade.")
@options.database_url
@options.as_json
@click.pass_context
def command(
    ctx: click.Context, check: bool, rollback: bool, database_url: str | None, as_json: bool
) -> None:
    """Bring the backend's database to this program's version. Stop the backend first.

    It is backed up, a copy is migrated, every table's rows are counted again, and then the copy
    takes the database's place in one step; the one before is kept. Configuration, logs and the
    program itself are not touched: how to change the program is said in the end.
    """
    from ..bootstrap import upgrading
    from ..clock import SystemClock

    if check and rollback:
        raise UsageError("--check and --rollback exclude one another.")
    config = options.load_config(ctx, server__database_url=database_url)
    now = SystemClock().now().wall_ms
    if rollback:
        _tell_back(upgrading.roll_back(config, now), as_json=as_json)
    elif check:
        _tell_check(upgrading.check(config), as_json=as_json)
    else:
        _tell_done(upgrading.upgrade(config, now), as_json=as_json)
    if not rollback:
        note(f"The program itself: {upgrading.program_command()}")


def _tell_done(standing: Standing, *, as_json: bool) -> None:
    if _is_told(standing, as_json=as_json):
        return
    if not standing.kept:
        say(f"Upgraded from version {standing.version} to {standing.newest}; no row is missing.")
        note("No backup was made: server.backup_before_upgrade is off.")
        return
    say(f"Upgraded {_words(standing)}; none is missing.")
    note(f"The one before is {standing.kept}. To go back: headcount upgrade --rollback")


def _tell_check(standing: Standing, *, as_json: bool) -> None:
    if _is_told(standing, as_json=as_json):
        return
    if standing.rows:
        say(f"A copy was upgraded {_words(standing)}; none is missing.")
    else:
        say(f"An upgrade from version {standing.version} to {standing.newest} is due.")
    note("Nothing was changed. To do it: stop the backend, then headcount upgrade")


def _tell_back(standing: Standing, *, as_json: bool) -> None:
    if as_json:
        emit(_as_dict(standing))
        return
    say(f"Back {_words(standing)}.")
    note(f"The one that was in use is now {standing.kept}. What came in since is in there only;")
    note("stations can send it again: headcount sync --log FILE")
    note("Now install the program's version before this one: this one would upgrade it again.")


def _is_told(standing: Standing, *, as_json: bool) -> bool:
    """Whether that is all there is to say."""
    if as_json:
        emit(_as_dict(standing))
    elif not standing.version:
        say("There is no backend's database here: nothing to do.")
    elif not standing.is_due:
        say(f"The database has version {standing.version}: nothing to do.")
    return as_json or not standing.is_due


def _words(standing: Standing) -> str:
    rows = plural(sum(standing.rows.values()), "row")
    tables = plural(len(standing.rows), "table")
    return f"from version {standing.version} to {standing.newest}: {rows} in {tables}"


def _as_dict(standing: Standing) -> dict[str, object]:
    return {
        "before": standing.version or None,
        "after": standing.newest,
        "due": standing.is_due,
        "rows": dict(standing.rows),
        "kept": standing.kept or None,
    }
