"""How long it takes to know 10,000 people's rotating ids of a day."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator

from headcount.core.rotation import DAY_MS, WINDOWS, DayKey
from headcount.rotating import resolve

from .result import Result

PEOPLE = 10_000
DAY = 20_289


def measure() -> Iterator[Result]:
    """The table of a day, and the first id that is looked up in it."""
    rng = random.Random(1)
    keys = [DayKey(str(number), DAY, rng.randbytes(16)) for number in range(PEOPLE)]
    begin = time.perf_counter()
    table = resolve(keys)
    made = time.perf_counter() - begin
    yield Result(f"rotating ids of {PEOPLE:,} people x {WINDOWS} windows", made, "s", floor="1.5 s")
    begin = time.perf_counter()
    for _ in range(PEOPLE):
        table.get(rng.randbytes(16), DAY * DAY_MS + DAY_MS // 2)
    yield Result("strangers' ids looked up in them", PEOPLE / (time.perf_counter() - begin), "/s")
