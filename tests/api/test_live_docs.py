"""docs/live.md says what the code does."""

from __future__ import annotations

import re
from pathlib import Path

from headcount.api.broker import BEATS, POLL_SECONDS
from headcount.api.live import TOKEN_SECONDS
from headcount.api.live_queries import MAX_ROWS, QUERIES

TEXT = (Path(__file__).parents[2] / "docs" / "live.md").read_text(encoding="utf-8")


def test_the_queries_are_the_table() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (.+?) \| (.+?) \|", TEXT, re.MULTILINE)
    documented = {
        name: (set(who.split(", ")), tuple(re.findall(r"`(\w+)`", args)))
        for name, who, args in rows
    }
    assert documented == {name: (set(q.allowed), q.takes) for name, q in QUERIES.items()}


def test_the_figures_are_the_codes() -> None:
    assert f"{MAX_ROWS:,} if absent" in TEXT
    assert f"every {BEATS * POLL_SECONDS:.0f} s" in TEXT
    assert f"For {TOKEN_SECONDS}\nseconds" in TEXT
