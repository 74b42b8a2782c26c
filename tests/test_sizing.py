"""The sizing table of docs/scaling.md is computed, not written."""

from __future__ import annotations

import pytest
from benchmarks import sizing


def test_the_documents_table_is_the_figures() -> None:
    assert sizing.table(sizing.figures()) in sizing.DOCUMENT.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("rate", "row"),
    [
        (100, "| 300 | 10,800 | 110 s | 110 s | 1.0 % | 1.0 % |"),
        (5_400, "| 3,000 | 108,000 | 20 s | 20 s | 0.2 % | 0.2 % |"),
        (1_000_000, "| 30,000 | 1,080,000 | 1 s | 1 s | under 0.1 % | under 0.1 % |"),
    ],
)
def test_a_row_is_records_over_rate(rate: float, row: str) -> None:
    measured = {
        f"{database}.{size}": rate
        for database in ("sqlite", "postgresql")
        for size in ("large", "single")
    }
    assert row in sizing.table(measured)
