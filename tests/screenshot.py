"""`make screenshot`: docs/images/live.svg, from a rehearsal on the real parts."""

from __future__ import annotations

import asyncio
import re
import sys
from contextlib import closing
from pathlib import Path

from headcount.bootstrap.demo import EVENT
from headcount.bootstrap.desk import make_desk
from headcount.bootstrap.rehearsal import Rehearsal
from headcount.config import Config, Ui
from headcount.tui.app import HeadcountApp

SIZE = (110, 30)
PEOPLE = 40
ARRIVED = 16
"""Enough people for a picture."""


async def picture(station: Rehearsal) -> str:
    """The live screen once some people have arrived, as SVG."""
    app = HeadcountApp(make_desk(station, station.config, EVENT))
    async with app.run_test(size=SIZE) as pilot:
        while app.session.state.counters.checked_in < ARRIVED:
            await pilot.pause(0.5)
        await pilot.pause(3)
        return app.export_screenshot(title="headcount demo")


def main(path: Path) -> None:
    """Write it, without the fonts that a browser would fetch from elsewhere."""
    config = Config(ui=Ui(language="en", bell=False))
    with closing(Rehearsal.begin(config, people=PEOPLE)) as station:
        svg = asyncio.run(picture(station))
    own = re.sub(r"@font-face \{.*?\}", "", svg, flags=re.DOTALL)
    own = re.sub(r"[ \t]+\n", "\n", own).replace("Fira Code", "ui-monospace")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(own, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
