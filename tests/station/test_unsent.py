"""How many lines wait, counted behind what a sync has acknowledged."""

from __future__ import annotations

from pathlib import Path

import pytest

from headcount.bootstrap.unsent import UnsentCount, first_unsent, unsent_lines
from headcount.store.station import Receipt, StationStore

LINES = b'{"a":1}\n{"b":2}\n{"c":3}\n'
ONE = len(b'{"a":1}')
"""A receipt ends with a record, before its newline."""


@pytest.mark.parametrize(
    ("acked", "begins", "waiting"),
    [
        (0, 0, 3),
        (ONE, ONE + 1, 2),
        (2 * ONE + 1, 2 * ONE + 2, 1),
        (len(LINES) - 1, len(LINES), 0),
        (len(LINES), len(LINES), 0),
    ],
)
def test_the_newline_of_the_last_acknowledged_line_is_none_that_waits(
    tmp_path: Path, acked: int, begins: int, waiting: int
) -> None:
    log = tmp_path / "log.jsonl"
    log.write_bytes(LINES)
    assert first_unsent(log, acked) == begins
    assert unsent_lines(log, acked) == waiting
    store = StationStore(tmp_path / "station")
    store.save_receipt(Receipt(str(log.resolve()), "http://here", "e1", acked_bytes=acked))
    count = UnsentCount(store, "http://here", "e1", log)
    assert [count.count(), count.count()] == [waiting, waiting]


def test_it_follows_the_log_and_the_receipts(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    log.write_bytes(LINES)
    store = StationStore(tmp_path / "station")
    count = UnsentCount(store, "http://here", "e1", log)

    def acknowledge(acked: int) -> None:
        store.save_receipt(Receipt(str(log.resolve()), "http://here", "e1", acked_bytes=acked))

    assert count.count() == 3
    acknowledge(len(LINES) - 1)
    assert count.count() == 0
    with log.open("ab") as file:
        file.write(b'{"d":4}\n{"e":5}\n')
    assert count.count() == 2
    acknowledge(len(LINES) + ONE)
    assert count.count() == 1
    log.write_bytes(LINES[: ONE + 1])  # another file of the same name
    acknowledge(0)
    assert count.count() == 1
