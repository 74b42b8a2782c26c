"""`headcount seed`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..core.errors import HeadcountError, UsageError
from . import options
from .output import emit, note, plural, say
from .text_file import read_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..core.csv_rows import CellError
    from ..core.seed import SeedResult


@click.command("seed")
@click.argument("paths", metavar="DIR|FILE...", nargs=-1, required=True, type=click.Path())
@click.option("--preview", is_flag=True, help="Store nothing: say what would be.")
@click.option("--strict", is_flag=True, help="Everything, or nothing if one row is wrong.")
@options.database_url
@options.no_ui
@options.as_json
@click.pass_context
def command(
    ctx: click.Context,
    paths: tuple[str, ...],
    preview: bool,
    strict: bool,
    database_url: str | None,
    as_json: bool,
) -> None:
    """Import CSV files of users, events and registrations; a second import updates.

    What a file holds is told by its name (users.csv, events.csv, registrations.csv), else by its
    columns. Rows with errors are named by line and column; the others of the file are stored.
    """
    from ..api.seeding import SeedBody
    from ..bootstrap.admin import Use, ask
    from ..core.seed import SeedFile

    files = [SeedFile(str(file), read_text(file)) for file in _files(paths)]
    config = options.load_config(ctx, server__database_url=database_url)
    wanted = SeedBody(files, preview, strict)
    answer = ask(config, Use.WRITE, lambda admin: admin.seed(wanted))
    show_results(answer.files, preview=preview, as_json=as_json)


def show_results(results: Sequence[SeedResult], *, preview: bool, as_json: bool) -> None:
    """What came of each file. Raises HeadcountError where a row is wrong."""
    for result in results:
        _show(result, preview=preview, as_json=as_json)
    _complain(results)


def _files(paths: tuple[str, ...]) -> list[Path]:
    found: list[Path] = []
    for path in map(Path, paths):
        inside = sorted(path.glob("*.csv")) if path.is_dir() else [path]
        if not inside:
            raise UsageError(f"{path} has no CSV file.", remedy="docs/seed.md says how they look.")
        found += inside
    return found


def _show(result: SeedResult, *, preview: bool, as_json: bool) -> None:
    from ..api.wire import to_wire

    if as_json:
        emit(to_wire(result))
        return
    if preview:
        for change in result.changes:
            columns = f" ({', '.join(change.changed)})" if change.changed else ""
            say(f"{result.name}, line {change.row}: {change.outcome} {change.what}{columns}")
    for error in result.errors:
        note(f"{result.name}, line {error.row}{_cell(error)}: {error.message}. {error.remedy}")
    words = "" if result.stored else "would be " if preview else "not stored: "
    say(
        f"{result.name}: {words}{result.created:,} {result.kind} created, {result.updated:,} "
        f"updated, {result.unchanged:,} unchanged, {plural(len(result.errors), 'row')} with errors"
    )


def _cell(error: CellError) -> str:
    if not error.column:
        return ""
    return f", column {error.column}" + (f" ({error.value!r})" if error.value else "")


def _complain(results: Sequence[SeedResult]) -> None:
    """Exit 1 where a row is wrong."""
    wrong = sum(len(result.errors) for result in results)
    if not wrong:
        return
    stored = any(result.stored for result in results)
    raise HeadcountError(
        f"{plural(wrong, 'row')} can't be imported.",
        safe="The others were stored." if stored else "Nothing was stored.",
        remedy="Mend the rows named above and import the same files again.",
    )
