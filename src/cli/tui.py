"""Opening the terminal UI, where there is a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from . import options
from .output import note, plural

if TYPE_CHECKING:
    from ..config import Config
    from ..tui.ports import Ended, Station


def pick_event(ctx: click.Context, *, plain: bool = False) -> None:
    """`headcount` alone."""
    from ..bootstrap.desk import StationDesk

    config, sources = options.load_traced(ctx)
    opened = open_plain if plain else open_tui
    opened(StationDesk(config, sources), config)


def open_tui(station: Station, config: Config, event_id: str = "") -> None:
    """Run the screens until the operator leaves, and say what is on the disk."""
    from ..bootstrap.desk import make_desk
    from ..bootstrap.logs import log_to_file
    from ..bootstrap.paths import make_data_dir
    from ..tui.app import HeadcountApp

    make_data_dir(config)
    log_to_file(config)
    app = HeadcountApp(make_desk(station, config, event_id))
    for ended in app.run() or []:
        say_receipt(ended)


def open_plain(station: Station, config: Config, event_id: str = "") -> None:
    """Run the line mode until the operator leaves."""
    from ..bootstrap.desk import make_desk
    from ..bootstrap.logs import log_to_file
    from ..bootstrap.paths import make_data_dir
    from .plain_run import run_plain

    make_data_dir(config)
    log_to_file(config)
    run_plain(make_desk(station, config, event_id))


def say_receipt(ended: Ended) -> None:
    """What a scan left, after the screen is gone."""
    if ended.rehearsal:
        note("The rehearsal is over, and nothing of it was kept.")
        return
    title = ended.event.name or ended.event.id
    note(
        f"{title}: {plural(ended.records, 'record')} written, "
        f"{plural(ended.badges, 'badge')} in the log, {ended.unsent:,} unsent."
    )
    if ended.not_saved:
        note(f"{plural(ended.not_saved, 'record')} could not be written: mend the disk.")
    for words in ended.notes:
        note(words)
    note(f"Everything is in {ended.log}. Next: headcount sync")
