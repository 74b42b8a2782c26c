"""`headcount report`."""

from __future__ import annotations

from pathlib import Path

import click

from ..bootstrap.private_file import not_written, private_file
from ..core.errors import UsageError
from . import options
from .output import note

FORMATS = ("table", "csv", "json", "xlsx", "html")


@click.command("report")
@click.option("--event", "event_id", required=True, type=options.EventId(), help="The event's id.")
@click.option(
    "--format", "kind", type=click.Choice(FORMATS), default="table", show_default=True, help="Form."
)
@click.option(
    "--output", type=click.Path(dir_okay=False, path_type=Path), help="Write to this file."
)
@options.database_url
@options.no_ui
@click.pass_context
def command(
    ctx: click.Context,
    event_id: str,
    kind: str,
    output: Path | None,
    database_url: str | None,
    no_ui: bool,  # noqa: ARG001 - there is no screen yet
) -> None:
    """Show who attended an event: status, first and last seen, scanner.

    The report is provisional, and says what is missing, until every scanner is in.
    """
    from ..bootstrap.admin import Use, ask
    from .report_output import render

    if kind == "xlsx" and output is None:
        raise UsageError("XLSX is not for a terminal.", remedy="Name a file: --output report.xlsx")
    config = options.load_config(ctx, server__database_url=database_url)
    report = ask(config, Use.REPORT, lambda admin: admin.report(event_id))
    data = render(report, kind)
    if output is None:
        click.echo(data, nl=False)
        return
    try:
        with private_file(output) as stream:
            stream.write(data)
    except OSError as error:
        raise not_written(output, error) from None
    note(f"Report written to {output}")
