"""What the real radio hears: unmodified bleak over a private D-Bus with a fake BlueZ."""

from __future__ import annotations

import json
import subprocess
import sys
import uuid

import pytest

from headcount.ble.decode import Decoder, FormatRules
from headcount.core.model import Advertisement, Frame

from .fake_bluez import Advert, FakeBlueZ, phone_uuid, phones
from .scan_harness import listening, radio

pytestmark = pytest.mark.usefixtures("bleak_connection")

ADDRESS = "C0:00:00:00:00:01"
U1 = "9f2c0000-0000-4000-8000-000000000001"
U2 = "9f2c0000-0000-4000-8000-000000000002"
ID = uuid.UUID(U1).bytes
RULES = FormatRules(service_data_services=frozenset({"fd6f"}))


@pytest.mark.parametrize(
    "advert",
    [
        pytest.param(Advert(ADDRESS, uuids=[U1]), id="128-bit service UUID"),
        pytest.param(Advert(ADDRESS, service_data={U1: b"\x01"}), id="128-bit service data"),
        pytest.param(
            Advert(ADDRESS, service_data={"0000fd6f-0000-1000-8000-00805f9b34fb": ID + b"\0"}),
            id="16-bit service data",
        ),
        pytest.param(
            Advert(ADDRESS, manufacturer={0x004C: b"\x02\x15" + ID + b"\0\x01\0\x02\xc5"}),
            id="iBeacon",
        ),
        pytest.param(
            Advert(ADDRESS, manufacturer={0x0118: b"\xbe\xac" + ID + b"\0\x01\0\x02\xc5\0"}),
            id="AltBeacon",
        ),
        pytest.param(
            Advert(
                ADDRESS,
                service_data={"0000feaa-0000-1000-8000-00805f9b34fb": b"\0\xe7" + ID + b"\0\0"},
            ),
            id="Eddystone-UID",
        ),
    ],
)
async def test_each_format_arrives(bluez: FakeBlueZ, advert: Advert) -> None:
    async with listening(radio(decoder=Decoder(RULES))) as ear:
        bluez.advertise(advert)
        await ear.until(lambda: ear.ids() == {U1})
        assert ear.heard[0].rssi == -60


async def test_an_app_in_the_background_is_counted_and_not_identified(bluez: FakeBlueZ) -> None:
    listener = radio()
    async with listening(listener) as ear:
        bluez.advertise(Advert(ADDRESS, manufacturer={0x004C: b"\x01" + bytes(16)}))
        bluez.advertise(Advert("C0:00:00:00:00:02", uuids=[U2]))
        await ear.until(lambda: ear.ids() == {U2})
    assert listener.counters()[:3] == (2, 1, 1)


async def test_steady_phones_are_reported_again_and_again(bluez: FakeBlueZ) -> None:
    bluez.broadcast(phones(2), interval=0.02)
    async with listening() as ear:
        await ear.until(lambda: min(ear.count(phone_uuid(1)), ear.count(phone_uuid(2))) >= 20)


async def test_200_phones_are_all_heard(bluez: FakeBlueZ) -> None:
    bluez.broadcast(phones(200), interval=0.2)
    async with listening() as ear:
        await ear.until(lambda: len(ear.ids()) == 200)


async def test_a_uuid_that_bluez_adds_up_is_not_heard_again(bluez: FakeBlueZ) -> None:
    async with listening() as ear:
        bluez.advertise(Advert(ADDRESS, uuids=[U1]))
        await ear.until(lambda: ear.count(U1) == 1)
        for _ in range(3):  # BlueZ now shows [U1, U2]
            bluez.advertise(Advert(ADDRESS, uuids=[U2]))
        await ear.until(lambda: ear.count(U2) == 3)
        assert ear.count(U1) == 1


async def test_uuids_from_before_the_scan_are_not_heard(bluez: FakeBlueZ) -> None:
    bluez.cache(Advert(ADDRESS, uuids=[U1, U2]))
    u3 = phone_uuid(3)
    async with listening() as ear:
        bluez.advertise(Advert(ADDRESS, uuids=[U2]))
        bluez.advertise(Advert(ADDRESS, uuids=[u3]))
        await ear.until(lambda: ear.count(u3) == 1)
        assert ear.ids() == {u3}


async def test_a_device_that_bluez_only_remembers_is_not_heard(bluez: FakeBlueZ) -> None:
    listener = radio()
    async with listening(listener) as ear:
        bluez.cache(Advert(ADDRESS, uuids=[U1]), announce=True)
        bluez.advertise(Advert("C0:00:00:00:00:02", uuids=[U2]))
        await ear.until(lambda: ear.count(U2) == 1)
        assert ear.ids() == {U2}
    assert listener.counters().frames == 1


async def test_a_phone_that_bluez_forgot_is_heard_when_it_comes_back(
    private_bus: object, bluez: FakeBlueZ
) -> None:
    async with listening() as ear:
        bluez.advertise(Advert(ADDRESS, uuids=[U1]))
        await ear.until(lambda: ear.count(U1) == 1)
        bluez.forget(ADDRESS)
        bluez.advertise(Advert(ADDRESS, uuids=[U1]))
        await ear.until(lambda: ear.count(U1) == 2)


async def test_the_scan_is_active_and_asks_for_every_frame(bluez: FakeBlueZ) -> None:
    async with listening():
        assert bluez.filter_of_scan() == {
            "Transport": "le",
            "DuplicateData": False,
            "RSSI": -127,
        }
    assert bluez.calls.count("StartDiscovery") == 1


async def test_weak_frames_are_left_out(bluez: FakeBlueZ) -> None:
    async with listening(radio(rssi_filter=-70)) as ear:
        bluez.advertise(Advert(ADDRESS, -80, uuids=[U1]))
        bluez.advertise(Advert(ADDRESS, -70, uuids=[U2]))
        await ear.until(lambda: ear.ids() == {U2})


@pytest.mark.parametrize(("adapter", "chosen"), [("", "hci0"), ("hci1", "hci1")])
async def test_it_scans_with_the_chosen_adapter_or_the_first(
    bluez: FakeBlueZ, adapter: str, chosen: str
) -> None:
    bluez.add_adapter("hci1")
    async with listening(radio(adapter=adapter)):
        assert [name for name in ("hci0", "hci1") if bluez.scanning(name)] == [chosen]


async def test_without_a_choice_an_adapter_that_is_on_is_taken(bluez: FakeBlueZ) -> None:
    bluez.power(on=False)
    bluez.add_adapter("hci1")
    async with listening():
        assert bluez.scanning("hci1")


async def test_the_scan_ends_with_the_run(bluez: FakeBlueZ) -> None:
    async with listening():
        assert bluez.scanning()
    assert not bluez.scanning()


async def test_a_stop_that_fails_does_not_hide_the_end(bluez: FakeBlueZ) -> None:
    async with listening():
        bluez.fail("StopDiscovery", "org.bluez.Error.Failed", "No discovery started")


async def test_a_stop_that_hangs_does_not_hang_the_end(bluez: FakeBlueZ) -> None:
    async with listening():
        bluez.fail("StopDiscovery", "hang")


async def test_the_tap_sees_each_frame_as_it_came(bluez: FakeBlueZ) -> None:
    frames: list[Frame] = []
    async with listening(radio(tap=frames.append)) as ear:
        bluez.advertise(Advert(ADDRESS, -50, uuids=[U1], manufacturer={0x0118: b"x"}))
        await ear.until(lambda: ear.ids() == {U1})
    assert [frame._replace(mono=0.0) for frame in frames] == [
        Frame(ADDRESS, -50, 0.0, [U1], {0x0118: b"x"}, {})
    ]


class _Brittle(Decoder):
    def decode(self, frame: Frame) -> tuple[Advertisement, ...]:
        if frame.rssi == -99:
            raise ZeroDivisionError
        return super().decode(frame)


async def test_a_frame_that_breaks_the_decoder_is_counted_and_reported_once(
    bluez: FakeBlueZ, caplog: pytest.LogCaptureFixture
) -> None:
    listener = radio(decoder=_Brittle())
    async with listening(listener) as ear:
        bluez.advertise(Advert(ADDRESS, -99, uuids=[U1]), Advert(ADDRESS, -99, uuids=[U1]))
        bluez.advertise(Advert(ADDRESS, -50, uuids=[U1]))
        await ear.until(lambda: ear.ids() == {U1})
    assert listener.callback_errors == 2
    assert caplog.text.count("could not be processed") == 1


def test_the_command_line_starts_without_bleak() -> None:
    code = "import sys, json, headcount.cli; print(json.dumps(sorted(sys.modules)))"
    modules = json.loads(subprocess.check_output([sys.executable, "-c", code], text=True))
    assert not {"bleak", "dbus_fast", "headcount.ble.scanner"} & set(modules)
