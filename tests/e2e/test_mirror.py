"""A station is lost with its log, and the stick still has everything."""

from __future__ import annotations

import shutil

from .conftest import Station


def test_the_stick_syncs_what_the_lost_station_heard(station: Station) -> None:
    stick = station.folder / "stick"
    stick.mkdir()
    station.environ["HEADCOUNT_LOG__MIRROR_DIR"] = str(stick)
    scan = station.run(
        "scan", "--event", "evening", "--radio", "simulated", "--phones", "8", "--duration", "6"
    )
    assert "Second copy: complete" in scan.stderr
    assert f"The second copy in {stick} is complete." in scan.stderr
    copy = stick / "evening" / "attendance_log.jsonl"
    assert copy.read_bytes() == station.log().read_bytes()
    records = len(copy.read_bytes().splitlines())
    assert records > 0
    shutil.rmtree(station.data)
    assert f"{records} intact record" in station.run("log", "verify", "--log", copy).stdout
    station.run(
        "events", "create", "--id", "evening", "--name", "E", "--start", "now", "--end", "+2h"
    )
    with station.backend():
        sent = station.json("sync", "--json", "--event", "evening", "--log", copy)[0]
    assert (sent["received"], sent["refused"]) == (records, [])


def test_a_stick_that_is_not_there_disturbs_nothing(station: Station) -> None:
    stick = station.folder / "stick"
    station.environ["HEADCOUNT_LOG__MIRROR_DIR"] = str(stick)
    scan = station.run("scan", "--event", "evening", "--radio", "simulated", "--duration", "4")
    assert scan.stderr.count("Second copy: not there since") == 1
    assert f"The second copy in {stick} is not complete; the first copy is." in scan.stderr
    assert station.log().read_bytes()
    assert not stick.exists()
