"""A batch without a mistake is read in columns: that must say the same as reading it one by one."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from headcount.api.batch import parse_batch
from headcount.core.columns import Columns, columns_of

BADGES = [f"{number:08x}-0000-4000-8000-000000000000" for number in (1, 2, 0xFFFFFFFF)]
RECORDS = st.fixed_dictionaries(
    {
        "bleUuid": st.sampled_from([*BADGES, BADGES[0].upper(), BADGES[1].replace("-", "")]),
        "checkInTime": st.integers(0, 253_402_300_799_999),
        "scannerId": st.sampled_from(["Door", "Gate", " Door\u202e"]),
    },
    optional={
        "kind": st.sampled_from(["sighting", "departure"]),
        "boot": st.sampled_from(["b", "b\u202e", "c", "", None, 7, "x" * 100]),
        "mono": st.sampled_from([0, 5, -1, 2**60, 1.5, True, None]),
        "id": st.sampled_from(["s-1", "s-2", "", None, [], "x" * 256, "x" * 257]),
        "why": st.sampled_from(["", None, {}]),
        "user": st.sampled_from(["u", 5]),
    },
)


def body(records: list[Any]) -> bytes:
    return json.dumps({"eventId": "e", "records": records}).encode()


@given(st.lists(RECORDS, max_size=4) | RECORDS.map(lambda one: [one, one, one]))
def test_columns_say_what_each_record_says(records: list[dict[str, Any]]) -> None:
    quick, closely = parse_batch(body(records)), parse_batch(body([*records, {"bleUuid": 5}]))
    assert [refusal.index for refusal in closely.refused] == [len(records)]
    assert (quick.received, quick.refused) == (len(records), [])
    assert list(quick.batch.records) == list(closely.batch.records)
    assert list(columns_of(closely.batch.records)) == list(quick.batch.records)


def test_our_own_lines_stay_in_columns() -> None:
    line = {"bleUuid": BADGES[0], "checkInTime": 5, "scannerId": "Door", "seq": 1, "id": "s-1"}
    line |= {"kind": "sighting", "rssi": -61, "boot": "b", "mono": 7, "chain": "8d", "crc": "00"}
    found = parse_batch(body([line, line])).batch.records
    assert isinstance(found, Columns)
    assert (len(found), found[1].id, found[1].mono, found[0:1][0].boot) == (2, "s-1", 7, "b")
