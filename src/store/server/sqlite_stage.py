"""How a batch is staged in SQLite: one statement for all records, without a parameter for each.

The columns go in as a few large values, and SQLite takes them apart and sorts them: 83 ms for
100,000 records, where sorting here and binding each value took 180.
"""

from __future__ import annotations

import sqlite3
from array import array
from collections.abc import Mapping, Sequence

import msgspec

from ...core.columns import Columns, packed, same_in_all

PART = 100_000
"""Records staged and merged at once. So a million need no more memory, and sorts no larger than
what stays in it: as a whole they took three times as long on the disk."""

TABLES = (
    "CREATE TEMP TABLE stage (ble_uuid BLOB, check_in_time INTEGER, scanner_id INTEGER)",
    "CREATE TEMP TABLE stage_badges (ble_uuid BLOB PRIMARY KEY)",
)

_KEY_DIGITS = 10
"""Of a scanner's key, at most: it is an integer of 32 bits on PostgreSQL."""

# substr() counts from 1; of a blob it copies nothing but what it takes.
_STAGE = """
INSERT INTO stage SELECT substr(:badges, key * 16 + 1, 16), value, {scanner}
FROM json_each(:times) ORDER BY 1
"""
_OF_ONE = _STAGE.format(scanner=":scanners")
_OF_SEVERAL = _STAGE.format(scanner="CAST(substr(:scanners, key * 10 + 1, 10) AS INTEGER)")


def fill_stage(cursor: sqlite3.Cursor, columns: Columns, scanners: Mapping[str, int]) -> None:
    """Fill the TEMP table `stage` anew, in the order of the bleUuid.

    Sorted records find and fill the pages of the keys one by one.
    """
    cursor.execute("DELETE FROM stage")
    one = same_in_all(columns.scanners)
    times = array("q", columns.times).tolist()  # raises OverflowError; JSON would round
    cursor.execute(
        _OF_ONE if one else _OF_SEVERAL,
        {
            "badges": packed(columns.ble_uuids),
            "times": msgspec.json.encode(times).decode(),
            "scanners": _keys(columns.scanners, scanners, one=one),
        },
    )


def _keys(names: Sequence[str], keys: Mapping[str, int], *, one: bool) -> int | bytes:
    """The scanners' keys: the one, or all with the same number of digits."""
    if one:
        return keys[names[0]] if names else 0
    written = {name: str(keys[name]).zfill(_KEY_DIGITS) for name in set(names)}
    return "".join(map(written.__getitem__, names)).encode()
