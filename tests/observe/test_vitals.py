"""What a watched station says of itself; the dashboard and the alerts ask for just that."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from headcount.bootstrap.observe.exposition import COUNTERS, GAUGES, PREFIX, exposition
from headcount.bootstrap.observe.server import serving
from headcount.bootstrap.observe.vitals import Observer, Survey, Vitals
from headcount.bootstrap.observe.watching import clock_offset
from headcount.clock import ManualClock
from headcount.config import Config
from headcount.core.errors import LogUnwritable, RadioReason, UsageError
from headcount.core.lan import Door
from headcount.core.model import CoverageGap, Hearing, HearingChanged, LogLine
from headcount.core.news import DoorsChanged, LogTroubled
from headcount.core.pulse import Pulse
from headcount.store.log_reader import read_log
from headcount.store.station import Receipt, StationStore

DOCS = Path(__file__).parent.parent.parent / "docs"
NOW = 1_790_000_000_000


def values(vitals: Vitals) -> dict[str, float]:
    return {
        sample.name.removeprefix(PREFIX) + "".join(sample.labels.values()): sample.value
        for family in text_string_to_metric_families(exposition(vitals).decode())
        for sample in family.samples
    }


def pulse(clock: ManualClock, frames: int) -> Pulse:
    return Pulse(clock.now(), frames, frames // 2, 0, records=3)


def test_a_run_in_numbers() -> None:
    clock = ManualClock()
    observer = Observer(clock)
    assert "unsent_records" not in values(observer.vitals)
    observer.look(pulse(clock, 100), 0.0)
    clock.advance(5)
    observer.look(pulse(clock, 300), 0.004)
    gap = CoverageGap(10, 72.5, RadioReason.POWERED_OFF)
    observer.news(HearingChanged(Hearing.HEARS, 80, "", gap=gap))
    seen = values(observer.vitals)
    assert {name: seen[name] for name in ("adverts_total", "adverts_per_second")} == {
        "adverts_total": 300,
        "adverts_per_second": 40,
    }
    assert (seen["coverage_gap_seconds_total"], seen["flush_seconds"]) == (62.5, 0.004)
    assert (seen["hearinghears"], seen["hearingdeaf"], seen["log_ok"]) == (1, 0, 1)
    assert "doors_connected" not in seen  # no LAN, no numbers of it
    assert "lan_told_total" not in seen
    doors = (Door("a", connected=True, last_ms=1, records=1), Door("b", False, 1, 1))
    observer.news(DoorsChanged(doors, told=12, heard=7, refused=2))
    seen = values(observer.vitals)
    assert [seen[f"lan_{each}_total"] for each in ("told", "heard", "refused")] == [12, 7, 2]
    assert seen["doors_connected"] == 1
    assert observer.vitals.ok
    observer.news(LogTroubled(LogUnwritable("full"), waiting=3))
    assert (observer.vitals.ok, values(observer.vitals)["log_ok"]) == (False, 0)
    observer.news(LogTroubled(None, waiting=0))
    observer.news(HearingChanged(Hearing.SILENT, 90, ""))
    assert observer.vitals.ok
    observer.news(HearingChanged(Hearing.DEAF, 90, ""))
    assert not observer.vitals.ok


def test_what_is_unsent_and_since_when(tmp_path: Path) -> None:
    config, clock = Config(data_dir=str(tmp_path)), ManualClock(NOW)
    log = tmp_path / "events/evening/attendance_log.jsonl"
    log.parent.mkdir(parents=True)
    times = [NOW - 9_000, NOW - 5_000, NOW - 2_000]
    log.write_text(
        "".join(
            json.dumps({"bleUuid": "a1" * 16, "checkInTime": time, "scannerId": "d"}) + "\n"
            for time in times
        )
    )
    lines = [line for line in read_log(log) if isinstance(line, LogLine)]
    ends = [line.start + len(line.raw) for line in lines]
    seen = []
    for acked in (0, *ends):
        StationStore(tmp_path / "station").save_receipt(
            Receipt(str(log), config.backend.url, "evening", acked_bytes=acked)
        )
        vitals = Vitals()
        Survey(config, "evening", log, clock).into(vitals)
        seen.append((vitals.unsent, vitals.oldest_unsent_seconds))
    assert seen == [(3, 9.0), (2, 5.0), (1, 2.0), (0, None)]
    assert vitals.disk_free_bytes
    assert vitals.roster_age_seconds is None


async def test_a_backend_that_is_not_there_has_no_time() -> None:
    from headcount.config import Backend

    config = Config(backend=Backend(url="http://127.0.0.1:1"))
    assert await clock_offset(config, ManualClock()) is None


def test_a_port_in_use() -> None:
    with (
        serving(Vitals(), 0) as port,
        pytest.raises(UsageError, match=rf"metrics_port: 127.0.0.1:{port}"),
        serving(Vitals(), port),
    ):
        pass


def known() -> set[str]:
    names = {f"{PREFIX}{name}_total" for name in COUNTERS} | {PREFIX + name for name in GAUGES}
    return names | {f"{PREFIX}hearing"}


def expressions(name: str) -> list[str]:
    """The dashboard is JSON; of the rules, each expression is on a line of its own."""
    text = (DOCS / "monitoring" / name).read_text(encoding="utf-8")
    if name.endswith(".yml"):
        return re.findall(r"^ +expr: (.+)$", text, re.MULTILINE)
    return [target["expr"] for panel in json.loads(text)["panels"] for target in panel["targets"]]


@pytest.mark.parametrize("name", ["grafana-station.json", "prometheus-alerts.yml"])
def test_the_dashboard_and_the_alerts_name_what_there_is(name: str) -> None:
    named = {each for asked in expressions(name) for each in re.findall(r"headcount_\w+", asked)}
    assert named
    assert named - known() == set()
    if name.endswith(".json"):
        assert known() - named == set()


def test_the_page_names_every_metric() -> None:
    page = (DOCS / "monitoring.md").read_text(encoding="utf-8")
    assert known() - set(re.findall(r"headcount_station_\w+", page)) == set()
