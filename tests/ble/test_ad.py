import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from headcount.ble import ad
from headcount.core.identity import canonical

VECTORS: list[dict[str, Any]] = json.loads(
    (Path(__file__).parent.parent / "vectors" / "advertisements.json").read_text(encoding="utf-8")
)
RAW = [vector for vector in VECTORS if "raw_ad" in vector]


def test_the_vectors_are_all_there() -> None:
    assert (len(VECTORS), len(RAW)) == (61, 41)


@pytest.mark.parametrize("vector", RAW, ids=lambda vector: str(vector["name"]))
def test_raw_vector_parses_as_published(vector: dict[str, Any]) -> None:
    parsed = ad.parse(bytes.fromhex(vector["raw_ad"]))
    assert {str(company): data.hex() for company, data in parsed.manufacturer_data.items()} == (
        vector["manufacturer_data"]
    )
    assert {uuid: data.hex() for uuid, data in parsed.service_data.items()} == (
        vector["service_data"]
    )
    assert list(parsed.service_uuids) == vector["service_uuids"]
    assert (parsed.local_name, parsed.tx_power) == (vector["local_name"], vector["tx_power"])


@pytest.mark.parametrize(
    ("raw", "uuids"),
    [
        ("0502aafe6ffd", ["0000feaa", "0000fd6f"]),
        ("0502aafeaafe", ["0000feaa"]),
        ("0503aafe6f", []),
        ("0403aafe6f", ["0000feaa"]),
        ("050478563412", ["12345678"]),
        ("09057856341221436587", ["12345678", "87654321"]),
        ("020378", []),
    ],
    ids=["two", "doubled", "cut", "odd tail", "32 bit", "two of 32 bit", "half of one"],
)
def test_short_uuids_are_expanded(raw: str, uuids: list[str]) -> None:
    expected = tuple(uuid + ad.BASE_UUID_TAIL for uuid in uuids)
    assert ad.parse(bytes.fromhex(raw)).service_uuids == expected


def test_32_bit_service_data() -> None:
    parsed = ad.parse(bytes.fromhex("062078563412ff"))
    assert parsed.service_data == {"12345678-0000-1000-8000-00805f9b34fb": b"\xff"}


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        ("03084142", "AB"),
        ("0409414243" + "03084142", "ABC"),
        ("03084142" + "0409414243", "ABC"),
        ("0509411b5b42", "A[B"),
        ("0309c328", "\N{REPLACEMENT CHARACTER}("),
        ("0109", None),
    ],
    ids=["short", "complete first", "short first", "escape", "no UTF-8", "empty"],
)
def test_name_is_the_complete_one_and_safe_to_print(raw: str, name: str | None) -> None:
    assert ad.parse(bytes.fromhex(raw)).local_name == name


def test_power_is_signed() -> None:
    assert ad.parse(bytes.fromhex("020aec")).tx_power == -20


@given(st.binary(max_size=300))
@example(b"\xff")
def test_no_bytes_crash_it(raw: bytes) -> None:
    parsed = ad.parse(raw)
    for uuid in [*parsed.service_uuids, *parsed.service_data]:
        assert canonical(uuid) == uuid


@given(st.lists(st.tuples(st.integers(0, 255), st.binary(max_size=29)), max_size=8))
def test_whole_structures_come_back(structures: list[tuple[int, bytes]]) -> None:
    raw = b"".join(bytes([len(data) + 1, kind]) + data for kind, data in structures)
    assert list(ad.structures(raw)) == structures
