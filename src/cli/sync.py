"""`headcount sync`."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..core.errors import BackendUnreachable, LogDamaged, RecordsRefused
from . import options
from .output import emit, note, plural, say

if TYPE_CHECKING:
    from ..bootstrap.sync import Progress, Synced
    from ..syncer import SyncResult


@click.command("sync")
@click.option("--event", "event_id", type=options.EventId(), help="Only this event's log.")
@click.option(
    "--log", type=click.Path(dir_okay=False, path_type=Path), help="Send this log file instead."
)
@click.option("--url", help="The backend's address.")
@options.no_ui
@options.as_json
@click.pass_context
def command(
    ctx: click.Context,
    event_id: str | None,
    log: Path | None,
    url: str | None,
    as_json: bool,
) -> None:
    """Send the records that the backend has not acknowledged, and fetch events and rosters.

    Can be broken off and repeated at any time: nothing is lost, nothing is counted twice. A log
    with only bleUuid, checkInTime and scannerId in each line, from any script, is sent too.
    """
    from ..bootstrap.sync import sync, targets

    config = options.load_config(ctx, backend__url=url)
    meter = Meter()
    outcome = asyncio.run(
        sync(
            config,
            targets(config, event_id, log),
            on_progress=meter.progress,
            on_retry=meter.retry,
        )
    )
    meter.end()
    for synced in outcome.done:
        if synced.result.batches or not outcome.error:
            _show(synced, as_json=as_json)
    if outcome.error:
        raise outcome.error
    if not outcome.done:
        note("Nothing to send: there is no log here. Events were fetched from the backend.")
    _fail_if_incomplete(outcome.done)


class Meter:
    """Progress on a terminal's last line; silent in a pipe."""

    def __init__(self) -> None:
        self._shown = False

    def progress(self, progress: Progress) -> None:
        """Redraw the line."""
        if sys.stderr.isatty():
            percent = 100 * progress.sent_bytes // max(1, progress.total_bytes)
            text = f"\r{progress.event_id}: {percent} %, {plural(progress.records, 'record')} sent"
            click.echo(text, nl=False, err=True)
            self._shown = True

    def retry(self, error: BackendUnreachable, delay: float) -> None:
        """Say why it takes longer."""
        self.end()
        note(f"{error.what} Everything is safe here. Next try in {delay:.0f} s.")

    def end(self) -> None:
        """Leave the line."""
        if self._shown:
            click.echo("", err=True)
            self._shown = False


def counted(result: SyncResult) -> str:
    """What became of the records, in a sentence."""
    return (
        f"{plural(result.acknowledged, 'record')} acknowledged: "
        f"{result.checked_in:,} checked in, {result.duplicates:,} already known, "
        f"{result.unknown:,} of unknown badges, {result.others:,} acts, gaps and departures; "
        f"{len(result.refused):,} refused."
    )


def _show(synced: Synced, *, as_json: bool) -> None:
    """The receipt."""
    result = synced.result
    for refused in result.refused:
        note(f"{synced.target.log.name}, line {refused.line.line}: refused, {refused.message}")
    for path, damage in synced.damages:
        note(f"{path.name}, line {damage.line}, byte {damage.start}: not sent, {damage.why}")
    for warning in synced.warnings:
        note(f"Note: {warning}")
    if as_json:
        emit(_receipt(synced))
        return
    say(f"{synced.target.event_id}: {counted(result)}")
    if synced.digest:
        size = f"{synced.acked_bytes:,} bytes of {synced.target.log}"
        say(f"Receipt: SHA-256 {synced.digest} of {size}")
    if synced.countersigned:
        say(
            f"Countersigned by the backend up to record {synced.countersigned.seq:,} of this log, "
            f"chain value {synced.countersigned.chain}."
        )
    for path in synced.archived:
        say(f"The event is over and complete: its log is now {path}")


def _receipt(synced: Synced) -> dict[str, object]:
    result = synced.result
    return {
        "eventId": synced.target.event_id,
        "log": str(synced.target.log),
        "received": result.received,
        "checkedIn": result.checked_in,
        "duplicates": result.duplicates,
        "unknown": result.unknown,
        "refused": [
            {"line": r.line.line, "code": r.code, "message": r.message} for r in result.refused
        ],
        "damaged": [
            {"file": str(path), "line": d.line, "start": d.start, "end": d.end, "why": d.why}
            for path, d in synced.damages
        ],
        "ackedBytes": synced.acked_bytes,
        "digest": synced.digest,
        "countersigned": synced.countersigned.seq if synced.countersigned else None,
        "warnings": synced.warnings,
        "archived": [str(path) for path in synced.archived],
        "roster": synced.roster,
    }


def _fail_if_incomplete(done: Sequence[Synced]) -> None:
    refused = sum(len(synced.result.refused) for synced in done)
    damaged = sum(len(synced.damages) for synced in done)
    errors = [synced.error for synced in done if synced.error]
    if errors:
        raise errors[0]
    fail_if_refused(refused)
    if damaged:
        raise LogDamaged(
            f"{plural(damaged, 'stretch', 'stretches')} of the log could not be read.",
            safe="Every intact record was acknowledged.",
            remedy="See where with: headcount log verify",
        )


def fail_if_refused(count: int) -> None:
    """Raise RecordsRefused if the backend refused any."""
    if count:
        raise RecordsRefused(
            f"The backend refused {plural(count, 'record')}.",
            safe="They are kept here with the reasons; everything else was acknowledged.",
            remedy="See them with: headcount log show --refused. The next sync tries them again.",
        )
