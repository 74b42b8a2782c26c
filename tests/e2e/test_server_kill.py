"""kill -9 of the server while batches come in: each is whole or absent; a retry completes it.

The full form is a harness by name: `python -m tests.faults "kill -9 of the server, SQLite"`.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.faults.kill_server import kill_server

KILLS = 6


@pytest.mark.kill
def test_each_batch_is_whole_or_absent_and_a_retry_completes_it(
    tmp_path: Path, database_url: str
) -> None:
    seen = kill_server(tmp_path, database_url, KILLS)
    assert (seen.halves, seen.lost, seen.wrong) == (0, 0, 0), seen
    assert seen.broken >= KILLS
