"""The sizing table of docs/scaling.md, computed from figures.json.

`python -m benchmarks --save` measures and writes both; `python -m benchmarks.sizing` writes the
table again from the figures that are there. A test holds the two equal.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from .result import Result

FIGURES = Path(__file__).with_name("figures.json")
DOCUMENT = Path(__file__).parent.parent / "docs" / "scaling.md"
BEGIN, END = "<!-- sizing: begin -->\n", "<!-- sizing: end -->\n"

PEOPLE = (300, 3_000, 30_000, 300_000)
"""At one event."""
RECORDS = 36
"""Of one person: three hours, and a record every five minutes (the dedupe window)."""
WINDOW_SECONDS = 300
INTERVAL_SECONDS = 60
"""Between two POSTs of a station that syncs by itself (`sync.interval_seconds`)."""
HEAD = """\
| people at the event | records of three hours | all in one sync: SQLite | PostgreSQL \
| while it runs: SQLite | PostgreSQL |
|---|---|---|---|---|---|
"""

Figures = dict[str, float]


def save(results: Sequence[Result]) -> None:
    """Write the figures that sizing needs, and the table. What was not measured stays."""
    measured = {result.key: round(result.value) for result in results if result.key}
    FIGURES.write_text(json.dumps(figures() | measured, indent=2) + "\n", encoding="utf-8")
    write()


def write() -> None:
    """Put the table into the document."""
    before, rest = DOCUMENT.read_text(encoding="utf-8").split(BEGIN)
    after = rest.split(END)[1]
    DOCUMENT.write_text(f"{before}{BEGIN}{table(figures())}{END}{after}", encoding="utf-8")


def figures() -> Figures:
    """As they were measured last: records a second, by database and size of the POST."""
    found: Figures = json.loads(FIGURES.read_text(encoding="utf-8"))
    return found


def table(found: Figures) -> str:
    """The table, and a line about the number of stations."""
    rows = "".join(_row(people, found) for people in PEOPLE)
    stations = [
        f"{_two(found[f'{database}.single'] * INTERVAL_SECONDS):,} on {name}"
        for database, name in (("sqlite", "SQLite"), ("postgresql", "PostgreSQL"))
    ]
    return (
        f"{HEAD}{rows}\nStations that may each send one small POST every {INTERVAL_SECONDS} s, one "
        f"after the other: {' and '.join(stations)}.\n"
    )


def _row(people: int, found: Figures) -> str:
    records = people * RECORDS
    cells = [f"{people:,}", f"{records:,}"]
    rates = [found[f"{database}.large"] for database in ("sqlite", "postgresql")]
    cells += [_seconds(records / rate) for rate in rates]
    cells += [_share(people / WINDOW_SECONDS / rate) for rate in rates]
    return f"| {' | '.join(cells)} |\n"


def _seconds(value: float) -> str:
    return "under 1 s" if value < 1 else f"{_two(value):,} s"


def _share(value: float) -> str:
    """Of the time of one worker."""
    return "under 0.1 %" if value < 0.001 else f"{100 * value:.1f} %"


def _two(value: float) -> int:
    """Two digits: more would promise too much."""
    return int(float(f"{value:.1e}"))


if __name__ == "__main__":
    write()
