"""`headcount report`."""

from __future__ import annotations

from pathlib import Path

import click

from ..bootstrap.private_file import not_written, private_file
from ..core.errors import UsageError
from ..core.report_table import choose, split_keys
from . import options
from .output import note

FORMATS = ("table", "csv", "json", "xlsx", "html", "pdf")
BINARY = ("xlsx", "pdf")


@click.command("report")
@click.option("--event", "event_id", required=True, type=options.EventId(), help="The event's id.")
@click.option(
    "--format", "kind", type=click.Choice(FORMATS), default="table", show_default=True, help="Form."
)
@click.option(
    "--output", type=click.Path(dir_okay=False, path_type=Path), help="Write to this file."
)
@click.option("--columns", default="", metavar="KEYS", help="Columns in order: name,status,door")
@click.option("--full", is_flag=True, help="The full log instead: a row a record, by time.")
@click.option("--bom", is_flag=True, help="CSV begins with a byte order mark, for Excel.")
@options.database_url
@options.no_ui
@click.pass_context
def command(
    ctx: click.Context,
    event_id: str,
    kind: str,
    output: Path | None,
    columns: str,
    full: bool,
    bom: bool,
    database_url: str | None,
) -> None:
    """Show who attended an event: status, first and last seen, scanner.

    The report is provisional, and says what is missing, until every scanner is in. Files have the
    columns of docs/reports.md.
    """
    if output is None and (full or kind in BINARY):
        what = "The full log" if full else kind.upper()
        form = "csv" if full and kind == "table" else kind
        raise UsageError(
            f"{what} is not for a terminal.", remedy=f"Name a file: --output report.{form}"
        )
    keys = split_keys(columns)
    if full and output is not None:
        _save_log(
            ctx, event_id, "csv" if kind == "table" else kind, output, keys, bom, database_url
        )
    else:
        _save_report(ctx, event_id, kind, output, keys, bom, database_url)


def _save_report(
    ctx: click.Context,
    event_id: str,
    kind: str,
    output: Path | None,
    keys: tuple[str, ...],
    bom: bool,
    database_url: str | None,
) -> None:
    from ..bootstrap.admin import Use, ask
    from ..core.report_table import PEOPLE_COLUMNS
    from .report_output import render

    choose(PEOPLE_COLUMNS, keys)
    config = options.load_config(ctx, server__database_url=database_url)
    report = ask(config, Use.REPORT, lambda admin: admin.report(event_id))
    data = render(report, kind, keys, bom=bom)
    if output is None:
        click.echo(data, nl=False)
        return
    try:
        with private_file(output) as stream:
            stream.write(data)
    except OSError as error:
        raise not_written(output, error) from None
    note(f"Report written to {output}")


def _save_log(
    ctx: click.Context,
    event_id: str,
    kind: str,
    output: Path,
    keys: tuple[str, ...],
    bom: bool,
    database_url: str | None,
) -> None:
    from ..bootstrap.admin import Use, ask
    from ..bootstrap.report_files import checked, save_log
    from ..exports.forms import Form, Wish

    wish = checked(Wish(Form(kind), keys, bom), full=True)
    config = options.load_config(ctx, server__database_url=database_url)
    ask(config, Use.REPORT, lambda admin: save_log(admin, event_id, wish, output))
    note(f"Full log written to {output}")
