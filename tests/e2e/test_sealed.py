"""Encryption at rest, end to end: what is sealed at the door counts at the backend."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from headcount.clock import SystemClock
from headcount.core.model import NIL_UUID, Kind, Record
from headcount.keys import load_keys, sealer
from headcount.store.attendance_log import AttendanceLog, LogSettings

from .conftest import Station

IDS = [f"9f2c0000-0000-4000-8000-{number:012x}" for number in range(20)]


def write(path: Path, seal: Callable[[bytes], bytes] | None) -> None:
    """The same evening: everybody comes, a gap in the radio's hearing, some leave."""
    now = SystemClock().now()
    log = AttendanceLog.open(
        path,
        session="0123456789abcdef",
        on_durable=ignore,
        on_trouble=ignore,
        settings=LogSettings(seal=seal),
    )
    for number, ble_uuid in enumerate(IDS):
        log.append(Record(ble_uuid, "Door", now.at(now.mono + number), rssi=-60))
    log.append(Record(NIL_UUID, "Door", now, Kind.GAP, until_ms=now.wall_ms + 9_000, why="silent"))
    for ble_uuid in IDS[:5]:
        log.append(Record(ble_uuid, "Door", now.at(now.mono + 600), Kind.DEPARTURE))
    assert log.close() == 0


def ignore(_told: object) -> None:
    pass


def people(report: dict[str, Any]) -> list[tuple[str, bool, str]]:
    return [
        (row["name"], row["checkInTime"] is not None, row["bleUuid"]) for row in report["people"]
    ]


def test_a_sealed_evening_gives_the_report_of_an_open_one(station: Station, tmp_path: Path) -> None:
    station.set_up_event(IDS, "open")
    station.set_up_event(IDS, "sealed")
    keys = load_keys(station.data)
    log = station.log("sealed")
    write(station.log("open"), None)
    write(log, sealer(keys.public().seal))
    content = log.read_bytes()
    assert [ble_uuid for ble_uuid in IDS if ble_uuid.encode() in content] == []
    assert content.count(b'"kind":"sealed"') == 25
    assert content.count(b'"kind":"gap"') == 1
    verified = station.run("log", "verify", "--event", "sealed")
    assert "26 intact records" in verified.stdout
    shown = station.run("log", "show", "--event", "sealed").stdout
    assert shown.count("sealed  at Door") == 25
    stick = tmp_path / "stick.jsonl"
    station.run("log", "export", "--event", "sealed", "--output", stick)
    assert stick.read_bytes() == content
    with station.backend():
        assert station.json("log", "seal-key", "--json")[0]["seal"] == keys.public().seal
        sent = {each["eventId"]: each for each in station.json("sync", "--json")}
        again = station.json("sync", "--json", "--event", "sealed", "--log", stick)[0]
        reports = [station.report(event) for event in ("open", "sealed")]
    assert [sent[event]["checkedIn"] for event in ("open", "sealed")] == [20, 20]
    assert (again["checkedIn"], again["refused"]) == (0, [])
    assert people(reports[0]) == people(reports[1])
    assert reports[0]["totals"] == reports[1]["totals"]


def test_a_scan_with_a_key_writes_what_it_cant_read(station: Station) -> None:
    station.set_up_event([])
    own = station.run("serve", "--show-public", "--json").stdout
    station.environ["HEADCOUNT_LOG__SEAL_TO"] = json.loads(own)["seal"]
    crowd = ("--radio", "simulated", "--phones", "8", "--duration", "5")
    station.run("scan", "--event", "evening", *crowd)
    lines = [json.loads(line) for line in station.log().read_bytes().splitlines()]
    assert lines
    assert {line["kind"] for line in lines} == {"sealed"}
    assert {line["bleUuid"] for line in lines} == {NIL_UUID}
    again = station.run("scan", "--event", "evening", *crowd)
    assert "The records of earlier runs are sealed" in again.stderr
    with station.backend():
        sent = station.json("sync", "--json")[0]
    assert sent["refused"] == []
    assert sent["unknown"] > 0


def run_with(station: Station, key: str, *args: str, exit_code: int) -> str:
    station.environ["HEADCOUNT_LOG__SEAL_TO"] = key
    return station.run(*args, exit_code=exit_code).stderr


SCAN: Sequence[str] = ("scan", "--event", "evening", "--radio", "simulated", "--duration", "1")


@pytest.mark.parametrize("key", ["nonsense", "A" * 43 + "="])
def test_a_wrong_key_stops_the_scan_before_it_begins(station: Station, key: str) -> None:
    assert "log.seal_to" in run_with(station, key, *SCAN, exit_code=2)
    assert not (station.data / "events").exists()


def test_what_was_sealed_for_another_backend_is_kept_with_the_reason(station: Station) -> None:
    station.set_up_event(IDS)
    write(station.log(), sealer(load_keys(station.folder).public().seal))
    with station.backend():
        sent = station.run("sync", exit_code=5)
        assert "this backend can't open it" in sent.stderr
    kept = station.run("log", "show", "--refused", "--event", "evening").stdout
    assert kept.count("SEALED_UNREADABLE") == 25
