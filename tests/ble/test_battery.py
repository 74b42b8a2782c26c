"""Battery hints: from the air to whoever should change the battery; nothing is kept."""

from __future__ import annotations

import pytest

from headcount.ble.ad import BASE_UUID_TAIL, EDDYSTONE
from headcount.ble.battery import BATTERY_SERVICE, MOST, battery_in
from headcount.ble.decode import Decoder
from headcount.bootstrap.low_batteries import low_batteries
from headcount.core.battery import Battery
from headcount.core.identity import to_bytes
from headcount.core.model import Frame, Person
from headcount.core.pulse import Nearby
from headcount.core.roster import Roster

ADA, BO, STRANGER = (f"0000000{n}-0000-4000-8000-000000000000" for n in (1, 2, 3))
PEOPLE = Person("1", "Ada"), Person("2", "Bo")


def tlm(millivolts: int, *, version: int = 0, size: int = 14) -> bytes:
    """As in eddystone-tlm/tlm-plain.md: 22.5 degrees, 1,000 frames, 100 s."""
    rest = bytes.fromhex("1680" + "000003e8" + "000003e8")
    return (bytes([0x20, version]) + millivolts.to_bytes(2, "big") + rest)[:size]


@pytest.mark.parametrize(
    ("data", "wanted", "low"),
    [
        ({EDDYSTONE: tlm(2499)}, Battery(millivolts=2499), True),
        ({EDDYSTONE: tlm(2500)}, Battery(millivolts=2500), False),
        ({EDDYSTONE: tlm(0)}, None, False),  # on USB
        ({EDDYSTONE: tlm(60_000)}, None, False),
        ({EDDYSTONE: tlm(2000, version=1)}, None, False),  # encrypted
        ({EDDYSTONE: tlm(2000, size=13)}, None, False),
        ({EDDYSTONE: b"\x00\xe7" + bytes(18)}, None, False),  # an id, not telemetry
        ({BATTERY_SERVICE: b"\x14"}, Battery(percent=20), True),
        ({BATTERY_SERVICE: b"\x15"}, Battery(percent=21), False),
        ({BATTERY_SERVICE: b"\xff"}, None, False),
        ({BATTERY_SERVICE: b"\x14\x00"}, None, False),
        ({"0000fd6f" + BASE_UUID_TAIL: b"\x01"}, None, False),
        ({}, None, False),
    ],
)
def test_what_service_data_says(data: dict[str, bytes], wanted: Battery | None, low: bool) -> None:
    found = battery_in(data)
    assert found == wanted
    assert (found is not None and found.low) is low


def test_its_words() -> None:
    assert [str(Battery(percent=7)), str(Battery(millivolts=2449))] == ["7 %", "2.4 V"]


def uid(ble_uuid: str) -> bytes:
    return b"\x00\xe7" + to_bytes(ble_uuid) + bytes(2)


def ibeacon(ble_uuid: str) -> dict[int, bytes]:
    return {0x4C: b"\x02\x15" + to_bytes(ble_uuid) + bytes(4) + b"\xc5"}


def test_a_frame_of_its_own_is_its_senders() -> None:
    decoder = Decoder()
    decoder.decode(Frame("A", -50, 0.5, service_data={EDDYSTONE: tlm(2000)}))  # whose? not known
    assert decoder.batteries == {}
    decoder.decode(Frame("A", -50, 1.0, service_data={EDDYSTONE: uid(ADA)}))
    decoder.decode(Frame("B", -50, 1.1, manufacturer_data=ibeacon(BO)))
    assert decoder.decode(Frame("A", -50, 1.2, service_data={EDDYSTONE: tlm(2000)})) == ()
    decoder.decode(
        Frame("B", -50, 1.3, manufacturer_data=ibeacon(BO), service_data={BATTERY_SERVICE: b"\x05"})
    )
    assert decoder.batteries == {ADA: Battery(millivolts=2000), BO: Battery(percent=5)}
    decoder.decode(Frame("A", -50, 2.0, service_data={EDDYSTONE: tlm(3000)}))  # a new battery
    assert not decoder.batteries[ADA].low
    for number in range(MOST):
        decoder.decode(Frame(f"C{number}", -50, 3.0, manufacturer_data=ibeacon(BO)))
    decoder.decode(Frame("A", -50, 4.0, service_data={EDDYSTONE: tlm(2000)}))  # forgotten
    assert not decoder.batteries[ADA].low


def test_only_badges_that_matter_here_are_named() -> None:
    decoder = Decoder()
    for address, badge in (("A", ADA), ("B", BO), ("S", STRANGER)):
        data = {BATTERY_SERVICE: b"\x05"}
        decoder.decode(Frame(address, -50, 1.0, (), ibeacon(badge), data))
    roster = Roster([(PEOPLE[0], [ADA]), (PEOPLE[1], [])], 1)
    low = low_batteries(decoder, roster, [Nearby(BO, None, -50, 1.0)])
    assert [(each.ble_uuid, each.person) for each in low] == [(ADA, PEOPLE[0]), (BO, None)]
