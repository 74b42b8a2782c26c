"""The main job, end to end: unmodified bleak, a fake BlueZ, real processes, real HTTP."""

from __future__ import annotations

import json
import signal
import threading
from collections.abc import Iterator

import pytest
from tests.ble.conftest import need_dbus
from tests.ble.fake_bluez import FakeBlueZ, PrivateBus, phone_uuid, phones

from .conftest import Station

PHONES = 200


def ids_of(count: int) -> list[str]:
    """The bleUuids of the first phones, ascending."""
    return [phone_uuid(number) for number in range(1, count + 1)]


@pytest.fixture
def air(station: Station) -> Iterator[FakeBlueZ]:
    """A fake BlueZ that the station's processes take for the system's."""
    need_dbus()
    with PrivateBus() as bus, FakeBlueZ(bus.address) as bluez:
        station.environ["DBUS_SYSTEM_BUS_ADDRESS"] = bus.address
        yield bluez


def test_two_hundred_phones_are_two_hundred_check_ins(station: Station, air: FakeBlueZ) -> None:
    ids = ids_of(PHONES)
    station.set_up_event(ids)
    air.broadcast(phones(PHONES), interval=1.0)
    scan = station.run("scan", "--no-ui", "--event", "evening", "--duration", "8")
    assert "200 badges in the log" in scan.stderr
    with station.backend():
        first, second = (station.json("sync", "--no-ui", "--json")[0] for _ in range(2))
        assert (first["received"], first["checkedIn"], first["refused"]) == (PHONES, PHONES, [])
        assert second["received"] == 0
        report = station.report()
        assert report["checkedIn"] == PHONES
        assert {row["bleUuid"] for row in report["people"] if row["checkInTime"]} == set(ids)
        assert (report["totals"]["unknown"], report["totals"]["absent"]) == (0, 0)
        again = station.json("sync", "--json", "--event", "evening", "--log", copy_of_log(station))
        assert (again[0]["checkedIn"], again[0]["duplicates"]) == (0, PHONES)
        assert station.report()["people"] == report["people"]
    assert "200 intact records" in station.run("log", "verify").stdout


def copy_of_log(station: Station) -> str:
    """The same log under another name: it has no receipt, and is sent from the beginning."""
    copy = station.folder / "copy.jsonl"
    copy.write_bytes(station.log().read_bytes())
    return str(copy)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "SIGINT"])
def test_a_signal_stops_a_scan_in_order(
    station: Station, air: FakeBlueZ, number: signal.Signals
) -> None:
    air.broadcast(phones(5), interval=0.2)
    with station.start("scan", "--event", "unseen", "--json") as scan:
        assert scan.stdout is not None
        told: list[str] = []
        for line in scan.stdout:
            item = json.loads(line)
            if item["type"] == "arrival":
                told.append(item["bleUuid"])
            if len(told) == 5:
                break
        scan.send_signal(number)
        rest, err = scan.communicate(timeout=30)
    assert scan.returncode == 0, err
    assert json.loads(rest.splitlines()[-1])["type"] == "stopped"
    logged = [
        json.loads(line)["bleUuid"] for line in station.log("unseen").read_text().splitlines()
    ]
    assert sorted(logged) == sorted(told) == ids_of(5)


def test_what_was_told_survives_a_kill(station: Station, air: FakeBlueZ) -> None:
    air.broadcast(phones(20), interval=0.2)
    with station.start("scan", "--event", "unseen", "--json") as scan:
        assert scan.stdout is not None
        told: set[str] = set()
        for line in scan.stdout:
            item = json.loads(line)
            if item["type"] == "arrival":
                told.add(item["bleUuid"])
            if len(told) == 10:
                scan.kill()
                break
        scan.communicate(timeout=30)
    logged = {
        json.loads(line)["bleUuid"] for line in station.log("unseen").read_bytes().splitlines()
    }
    assert told <= logged
    # the dedupe window survives the restart: nobody is logged twice
    station.run("scan", "--event", "unseen", "--duration", "3")
    lines = [json.loads(line) for line in station.log("unseen").read_text().splitlines()]
    assert sorted(line["bleUuid"] for line in lines) == ids_of(20)


def test_a_recording_replays_to_the_same_badges(station: Station, air: FakeBlueZ) -> None:
    air.broadcast(phones(10), interval=0.3)
    recording = station.folder / "adverts.jsonl"
    station.run("scan", "--event", "live", "--duration", "3", "--record", recording)
    station.run("scan", "--event", "again", "--radio", f"replay:{recording}", "--speed", "0")
    live, again = (
        {json.loads(line)["bleUuid"] for line in station.log(event).read_text().splitlines()}
        for event in ("live", "again")
    )
    assert live == again == set(ids_of(10))


def test_broken_lines_of_a_recording_are_named(station: Station) -> None:
    recording = station.folder / "adverts.jsonl"
    good = {"t": 0.0, "rssi": -50, "address": "A", "serviceUuids": [phone_uuid(1)]}
    later = json.dumps({**good, "t": 1.0})
    recording.write_text(f"{json.dumps(good)}\nbroken\n{later}\n", encoding="utf-8")
    done = station.run("scan", "--event", "e", "--radio", f"replay:{recording}", "--speed", "0")
    assert "line 2" in done.stderr
    assert phone_uuid(1) in done.stdout


def test_a_deaf_radio_says_so_recovers_and_logs_the_gap(station: Station, air: FakeBlueZ) -> None:
    air.broadcast(phones(3), interval=0.2)
    with station.start("scan", "--event", "unseen", "--json") as scan:
        guard = threading.Timer(60, scan.kill)
        guard.start()
        assert scan.stdout is not None
        seen: list[str] = []
        for line in scan.stdout:
            item = json.loads(line)
            seen.append(item.get("state", item["type"]))
            if item["type"] == "arrival" and seen.count("arrival") == 3:
                air.power(on=False)
            if item.get("state") == "deaf" and not air.powered():
                assert item["reason"] == "powered-off"
                assert "power on" in item["remedy"]
                air.power(on=True)
            if item.get("state") == "hears" and "deaf" in seen:
                break
        scan.send_signal(signal.SIGTERM)
        scan.communicate(timeout=30)
        guard.cancel()
    assert scan.returncode == 0
    gaps = [
        line
        for line in map(json.loads, station.log("unseen").read_text().splitlines())
        if line["kind"] == "gap"
    ]
    assert len(gaps) == 1
    assert gaps[0]["why"] == "powered-off"
    assert gaps[0]["until"] >= gaps[0]["checkInTime"]


def test_the_demo_needs_no_terminal(station: Station) -> None:
    done = station.run("demo")
    assert "38 people checked in of 40 registered" in done.stdout
    assert "Final: every scanner that sent records is in." in done.stdout
    assert "All 34 phones that stayed in range checked in exactly once." in done.stderr
