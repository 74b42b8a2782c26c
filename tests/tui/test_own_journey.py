"""Log, muster, card and sync from the picker, by keys, on the real station with no network."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from textual.pilot import Pilot

from headcount.bootstrap.desk import StationDesk, make_desk
from headcount.core.model import Event
from headcount.store.station import StationStore
from headcount.tui.app import HeadcountApp

from .log_samples import START, station
from .screen_app import flat, screen_text


async def shown(pilot: Pilot[Any], words: str) -> str:
    """What is on the screen, once these words are."""
    for _ in range(200):
        text = flat(screen_text(pilot.app))
        if words in text:
            return text
        await pilot.pause(0.05)
    raise AssertionError(f"{words!r} is not in: {text}")


async def test_every_screen_is_a_key_away_with_the_cable_out(tmp_path: Path) -> None:
    config, _log = station(tmp_path / "data")
    config = config.model_copy(
        update={"backend": config.backend.model_copy(update={"url": "http://127.0.0.1:9"})}
    )
    store = StationStore(tmp_path / "data" / "station")
    store.save_events([Event("fair", "Summer Fair", START, START + 7_200_000)], START)
    app = HeadcountApp(make_desk(StationDesk(config), config))
    async with app.run_test() as pilot:
        await shown(pilot, "Summer Fair")
        for key, words in (
            ("l", "60 lines"),
            ("m", "of 5 ticked off"),
            ("s", "To http://127.0.0.1:9"),
        ):
            await pilot.press(key)
            await shown(pilot, words)
            await pilot.press("q")
            await shown(pilot, "Pick an event")
