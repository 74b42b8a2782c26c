"""`headcount scan`."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..core.errors import LogUnwritable
from . import options
from .journal_output import JournalPrinter
from .output import has_terminal, note, plural, say
from .scan_output import JsonPrinter, Printer

if TYPE_CHECKING:
    from ..bootstrap.pushed import PushedSettings
    from ..bootstrap.radio import RadioChoice
    from ..bootstrap.scan import Started, Summary
    from ..core.news import News
    from ..core.ports import Clock, Radio
    from ..core.roster import Roster
    from .plain_job import Beside


A_LONG_TIME = 86_400.0
"""Seconds that a simulated crowd stays where no --duration is given."""


class RadioParam(click.ParamType[tuple[str, Path | None]]):
    """bluetooth, simulated, or replay:FILE."""

    name = "RADIO"

    def convert(
        self,
        value: str | tuple[str, Path | None],
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> tuple[str, Path | None]:
        """Split the kind from the file."""
        if isinstance(value, tuple):
            return value
        kind, _, file = value.partition(":")
        if kind == "replay" and file:
            return kind, Path(file)
        if value not in {"bluetooth", "simulated"}:
            self.fail(f"{value!r} is not bluetooth, simulated or replay:FILE", param, ctx)
        return value, None


@click.command("scan")
@click.option("--event", "event_id", required=True, type=options.EventId(), help="The event's id.")
@click.option(
    "--radio", type=RadioParam(), default="bluetooth", help="bluetooth, simulated or replay:FILE."
)
@click.option("--adapter", metavar="NAME", help="Bluetooth adapter, such as hci0.")
@click.option("--scanner-id", metavar="NAME", help="This scanner's name in every record.")
@click.option(
    "--log", type=click.Path(dir_okay=False, path_type=Path), help="The log to append to."
)
@click.option(
    "--duration", type=click.FloatRange(min=0), metavar="SECONDS", help="Stop after this."
)
@click.option(
    "--record",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Also keep every raw advert in this new file, for --radio replay:FILE.",
)
@click.option(
    "--speed",
    type=click.FloatRange(min=0),
    default=1.0,
    show_default=True,
    help="Of a replay; 0 for as fast as possible.",
)
@click.option(
    "--phones",
    type=click.IntRange(1, 10_000),
    default=50,
    show_default=True,
    help="Of a simulated crowd, where no roster is known.",
)
@click.option("--seed", type=int, default=1, show_default=True, help="Of a simulated crowd.")
@options.no_ui_or_screen
@options.plain
@options.as_json
@click.pass_context
def command(
    ctx: click.Context,
    event_id: str,
    radio: tuple[str, Path | None],
    adapter: str | None,
    scanner_id: str | None,
    log: Path | None,
    duration: float | None,
    record: Path | None,
    speed: float,
    phones: int,
    seed: int,
    no_ui: bool,
    plain: bool,
    as_json: bool,
) -> None:
    """Hear badges and append sightings to the event's attendance log.

    Works without a network and for an event it has never seen. Stops in order on Ctrl-C, SIGTERM or
    after --duration: what was heard is on the disk. With --plain, and with --no-ui at a terminal,
    everything that the screens do is done by typing lines, such as: checkin NAME. Type help for the
    others.
    """
    from ..bootstrap.logs import log_to_file, log_to_journal
    from ..bootstrap.paths import make_data_dir
    from ..bootstrap.pushed import PushedSettings
    from ..bootstrap.radio import RadioChoice

    config, sources = options.load_traced(
        ctx, radio__adapter=adapter, station__scanner_id=scanner_id
    )
    choice = RadioChoice(*radio, speed, phones, seed, duration or A_LONG_TIME)
    plain = plain or ctx.find_root().obj["plain"]
    if plain or (has_terminal() and not (no_ui or as_json)):
        from ..bootstrap.desk import ScanOptions, StationDesk
        from .tui import open_plain, open_tui

        wanted = ScanOptions(choice, log, record, duration, event_id)
        opened = open_plain if plain else open_tui
        opened(StationDesk(config, sources, wanted), config, event_id)
        return
    in_service = "NOTIFY_SOCKET" in os.environ  # JOURNAL_STREAM is inherited by desktops' shells
    printer = JsonPrinter() if as_json else JournalPrinter() if in_service else Printer()
    make_data_dir(config)
    if in_service:
        log_to_journal(sys.stderr)
    else:
        log_to_file(config)
    pushed = PushedSettings(config, sources)
    asyncio.run(Job(pushed, event_id, choice, log, record, duration).run(printer))


@dataclass(frozen=True, slots=True)
class Job:
    """One call of the command."""

    pushed: PushedSettings
    event_id: str
    choice: RadioChoice
    log_file: Path | None
    record_file: Path | None
    duration: float | None

    async def run(self, printer: Printer) -> None:
        """Scan until told to stop, and say how it went."""
        from ..ble.recording import FrameWriter
        from ..bootstrap.observe.watching import watching
        from ..bootstrap.radio import make_radio
        from ..bootstrap.scan import Pace, ScanRun

        clock, config = self.choice.clock(), self.pushed.take().config
        run = ScanRun(
            config,
            self.event_id,
            clock=clock,
            log_file=self.log_file,
            real=self.choice.kind == "bluetooth",
            pushed=self.pushed,
        )
        async with contextlib.AsyncExitStack() as stack:
            watched = watching(config, self.event_id, run, os.environ)
            tell = await stack.enter_async_context(watched)
            tap = (
                stack.enter_context(FrameWriter(self.record_file, clock))
                if self.record_file
                else None
            )

            def radio(roster: Roster, pace: Pace) -> Radio:
                return make_radio(
                    config, self.choice, clock=clock, roster=roster, pace=pace, tap=tap
                )

            beside = self._beside(clock, printer)
            stack.callback(beside.close)

            def started(begun: Started) -> None:
                printer.started(begun)
                beside.started(run, begun)

            def told(news: News) -> None:
                printer.news(news)
                beside.news(news)
                tell(news)

            summary = await run.run(radio, stop=self._stop(), on_started=started, on_news=told)
        printer.summary(summary)
        if summary.not_saved:
            raise not_saved(summary)

    def _beside(self, clock: Clock, printer: Printer) -> Beside:
        """What is typed at this terminal; beside JSON, words go to stderr."""
        from ..bootstrap.desk import ScanOptions, StationDesk
        from .plain_job import Beside

        wanted = ScanOptions(self.choice, self.log_file, event_id=self.event_id)
        speak = note if isinstance(printer, JsonPrinter) else say
        desk = StationDesk(self.pushed.config, self.pushed.sources, wanted)
        return Beside(desk, self.event_id, clock, speak)

    def _stop(self) -> asyncio.Event:
        """Set by SIGINT, SIGTERM, or when the time is over."""
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop.set)
        if self.duration is not None:
            loop.call_later(self.duration, stop.set)
        return stop


def not_saved(summary: Summary) -> LogUnwritable:
    """The disk did not take everything, to the end."""
    return LogUnwritable(
        f"{plural(summary.not_saved, 'record')} could not be written to {summary.log}.",
        safe="Those before them are safe.",
        remedy="Check in by name whoever arrived in the last minutes, and mend the disk.",
    )
