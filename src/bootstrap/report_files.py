"""Reports and full logs as files: written beside their place, then put there as a whole."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import IO, Protocol

from ..core.errors import UsageError
from ..core.report_table import LOG_COLUMNS, PEOPLE_COLUMNS, choose
from ..exports.forms import LOG_FORMS, Form, Wish, write_log
from ..exports.times import zone_or_utc
from ..store.server import Store
from .private_file import not_written, private_file


class LogWriter(Protocol):
    """Writes an event's full log, wherever it lies."""

    async def write_log(self, event_id: str, wish: Wish, out: IO[bytes]) -> None:
        """Write every record by time. Raises HeadcountError, OSError."""


def log_from_store(store: Store, event_id: str, wish: Wish, out: IO[bytes]) -> None:
    """Write the full log of a database. Blocks. Raises EventNotFound."""
    zone = zone_or_utc(store.event(event_id).tz)
    store.read_log(
        event_id, lambda entries: write_log(entries, wish, out, event_id=event_id, zone=zone)
    )


def checked(wish: Wish, *, full: bool) -> Wish:
    """The wish, if it can be met. Raises UsageError before anything is asked or written."""
    if full and wish.form not in LOG_FORMS:
        raise UsageError(
            f"The full log can't be {wish.form.value.upper()}: it may have a million rows.",
            remedy="Write it as csv, json or xlsx.",
        )
    if wish.form is not Form.JSON or full:
        if full:
            choose(LOG_COLUMNS, wish.columns)
        else:
            choose(PEOPLE_COLUMNS, wish.columns)
    return wish


async def save_log(writer: LogWriter, event_id: str, wish: Wish, path: Path) -> None:
    """The full log as a private file; half a file is removed. Raises HeadcountError."""
    try:
        with private_file(path) as stream:
            await writer.write_log(event_id, wish, stream)
    except OSError as error:
        raise not_written(path, error) from None
    except BaseException:
        await asyncio.to_thread(path.unlink, missing_ok=True)
        raise
