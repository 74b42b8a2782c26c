"""`headcount badge`."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..core.badge import MAX_INTERVAL_MS, MIN_INTERVAL_MS, BadgeFormat, Broadcast, checked_badge
from ..core.errors import UsageError
from ..core.model import NIL_UUID
from . import options
from .output import clock_time, emit, note, say

if TYPE_CHECKING:
    from ..bootstrap.badge import BadgeWatcher, Schedule
    from ..core.errors import RadioError

_UINT16 = click.IntRange(0, 0xFFFF)


@click.command("badge")
@click.argument("ble_uuid", metavar="[BLEUUID]", required=False)
@click.option(
    "--rotating",
    "secret_file",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="In place of a bleUuid: an id that changes every ten minutes, from the secret in FILE.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice([form.value for form in BadgeFormat]),
    default=BadgeFormat.IBEACON.value,
    show_default=True,
    help="How the id is put into the frame.",
)
@click.option("--adapter", metavar="NAME", help="Bluetooth adapter, such as hci0.")
@click.option(
    "--interval",
    "interval_ms",
    type=click.IntRange(MIN_INTERVAL_MS, MAX_INTERVAL_MS),
    default=1000,
    show_default=True,
    metavar="MS",
    help="Between two frames. Above 300 phones in a room, 1000 is best.",
)
@click.option("--major", type=_UINT16, default=0, show_default=True, help="iBeacon only.")
@click.option("--minor", type=_UINT16, default=0, show_default=True, help="iBeacon only.")
@click.option(
    "--duration", type=click.FloatRange(min=0), metavar="SECONDS", help="Stop after this."
)
@options.no_ui
@options.as_json
@click.pass_context
def command(
    ctx: click.Context,
    ble_uuid: str | None,
    secret_file: Path | None,
    form: str,
    adapter: str | None,
    interval_ms: int,
    major: int,
    minor: int,
    duration: float | None,
    as_json: bool,
) -> None:
    """Broadcast a bleUuid from this Linux machine, in place of a phone or a beacon.

    Goes on until Ctrl-C, SIGTERM or --duration, and then takes the broadcast back. If Bluetooth
    goes away meanwhile, it says so and goes on by itself as soon as it can.
    """
    pattern = Broadcast(NIL_UUID, BadgeFormat(form), interval_ms, major, minor)
    schedule = _schedule(ble_uuid, secret_file, pattern)
    config = options.load_config(ctx, radio__adapter=adapter)
    asyncio.run(_run(schedule, config.radio.adapter, duration, _Told(as_json=as_json)))


def _schedule(ble_uuid: str | None, secret_file: Path | None, pattern: Broadcast) -> Schedule:
    from dataclasses import replace

    from ..bootstrap.badge import always, read_secret, rotating

    if (ble_uuid is None) == (secret_file is None):
        raise UsageError(
            "What to broadcast is not said." if ble_uuid is None else "Two ids are given.",
            remedy="Give a bleUuid, or --rotating FILE: headcount badge 9f2c…",
        )
    if secret_file is not None:
        return rotating(read_secret(secret_file), pattern)
    return always(replace(pattern, ble_uuid=checked_badge(ble_uuid or "")))


async def _run(
    schedule: Schedule, adapter: str, duration: float | None, watcher: BadgeWatcher
) -> None:
    from ..bootstrap.badge import broadcast
    from ..clock import SystemClock

    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    if duration is not None:
        loop.call_later(duration, stop.set)
    await broadcast(schedule, adapter=adapter, clock=SystemClock(), stop=stop, watcher=watcher)
    note("The broadcast has ended.")


class _Told:
    """What is printed meanwhile; implements bootstrap.badge.BadgeWatcher."""

    def __init__(self, *, as_json: bool) -> None:
        self._as_json = as_json

    def on_air(self, broadcast: Broadcast, adapter: str) -> None:
        """Say what is on the air."""
        if self._as_json:
            emit(
                {
                    "bleUuid": broadcast.ble_uuid,
                    "format": broadcast.form.value,
                    "adapter": adapter,
                    "intervalMs": broadcast.interval_ms,
                    "until": broadcast.until_ms,
                }
            )
            return
        until = f" until {clock_time(broadcast.until_ms)}" if broadcast.until_ms else ""
        say(
            f"Broadcasting {broadcast.ble_uuid} as {broadcast.form.value} every "
            f"{broadcast.interval_ms} ms on {adapter}{until}. Press Ctrl-C to stop."
        )

    def lost(self, error: RadioError | None, wait: float) -> None:
        """Say that nobody hears this badge now."""
        why = str(error) if error else "The Bluetooth service has ended the broadcast."
        note(f"Not on the air: {why} Next try in {wait:.0f} s.")
