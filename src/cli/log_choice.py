"""Which log a command is about: --event and --log."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..core.errors import UsageError
from . import options

if TYPE_CHECKING:
    from ..config import Config


def log_options(function: options.F) -> options.F:
    """--event and --log: which log."""
    function = click.option(
        "--log", "file", type=click.Path(dir_okay=False, path_type=Path), help="This file instead."
    )(function)
    return click.option("--event", "event_id", type=options.EventId(), help="The event's id.")(
        function
    )


def find_log(config: Config, event_id: str | None, file: Path | None) -> Path:
    """The log that was meant; the only one there is needs no name. Raises UsageError."""
    from ..bootstrap.paths import log_path, logged_events

    if file is not None:
        return file
    if event_id is not None:
        return log_path(config, event_id)
    events = logged_events(config)
    if len(events) == 1:
        return log_path(config, events[0])
    if not events:
        raise UsageError(
            "There is no log here yet.", remedy="Scan first, or name a file: --log FILE"
        )
    raise UsageError(
        f"There are logs of {len(events)} events here: {', '.join(events[:20])}.",
        remedy="Name one: --event ID",
    )


def must_exist(path: Path) -> Path:
    """The path, if there is a log. Raises UsageError, and names what was archived of it."""
    if path.is_file():
        return path
    archived = sorted((path.parent / "archive").glob(f"{path.stem}*{path.suffix}"))
    if archived:
        raise UsageError(
            f"There is no log {path}: the event is over, and its records were acknowledged.",
            remedy=f"The last archived one: --log {archived[-1]}",
        )
    raise UsageError(f"There is no log {path}.", remedy="Check the event's id or the path.")
