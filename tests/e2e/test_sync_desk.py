"""The sync screen's station on a real backend: plan, progress, receipt, stop, stick."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from pydantic import SecretStr

from headcount.bootstrap.sync_desk import StationSync
from headcount.config import Backend, Config, Sync
from headcount.core.errors import BackendUnreachable, UsageError
from headcount.core.model import Instant, Record
from headcount.store.logline import encode
from headcount.tui.ports_sync import Sent

from .conftest import KEY, Station

BADGES = [f"{n:08x}-0000-4000-8000-000000000000" for n in range(60)]
NOW = 1_784_570_400_000


def config_of(station: Station, *, attempts: int = 1) -> Config:
    url = station.environ.get("HEADCOUNT_BACKEND__URL", "http://127.0.0.1:9")
    return Config(
        data_dir=str(station.data),
        backend=Backend(url=url, key=SecretStr(KEY), timeout_seconds=10),
        sync=Sync(batch_records=20, attempts=attempts),
    )


def write_log(station: Station, event: str = "evening") -> Path:
    log = station.log(event)
    log.parent.mkdir(parents=True, exist_ok=True)
    log.write_bytes(
        b"".join(
            encode(Record(badge, "Door", Instant(NOW + n, n, "boot"), rssi=-60), n + 1, "s")
            for n, badge in enumerate(BADGES)
        )
    )
    return log


def no_retry(error: Exception, wait: float) -> None:
    raise AssertionError(f"{error} {wait}")


async def test_plan_progress_and_receipt_agree(station: Station) -> None:
    station.set_up_event(BADGES[:50])
    log = write_log(station)
    with station.backend():
        desk = StationSync(config_of(station))
        plan = desk.plan()
        assert (plan.records, plan.bytes, plan.has_key) == (60, log.stat().st_size, True)
        told: list[Sent] = []
        outcome = await desk.run(told.append, no_retry)
        assert outcome.error is None
        assert [sent.records for sent in told] == [20, 40, 60]
        assert told[-1].bytes == plan.bytes - 1  # the last newline belongs to no record
        receipt = outcome.receipts[0]
        counts = (receipt.acknowledged, receipt.checked_in, receipt.unknown, receipt.refused)
        assert counts == (60, 50, 10, 0)
        assert len(receipt.digest) == 64
        after = desk.plan()
        assert (after.records, after.bytes) == (0, 0)
        assert after.logs[0].event == "Evening"


async def test_a_stopped_sync_goes_on_where_it_was(station: Station) -> None:
    station.set_up_event(BADGES)
    write_log(station)
    with station.backend():
        desk = StationSync(config_of(station))
        first = asyncio.Event()
        running = asyncio.create_task(desk.run(lambda _sent: first.set(), no_retry))
        await first.wait()
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        left = desk.plan().records
        assert 0 <= left <= 40
        outcome = await desk.run(lambda _sent: None, no_retry)
        assert outcome.error is None
        assert desk.plan().records == 0
        assert len(station.report()["people"]) == 60


async def test_without_a_backend_nothing_is_lost_and_a_stick_takes_it(
    station: Station, tmp_path: Path
) -> None:
    log = write_log(station)
    desk = StationSync(config_of(station), mounts=[tmp_path])
    outcome = await desk.run(lambda _sent: None, no_retry)
    assert isinstance(outcome.error, BackendUnreachable)
    assert outcome.receipts == []
    stick = tmp_path / "stick"
    stick.mkdir()
    (copied,) = desk.export(str(stick))
    assert await asyncio.to_thread(Path(copied).read_bytes) == await asyncio.to_thread(
        log.read_bytes
    )
    assert desk.plan().records == 60
    assert desk.sticks() == []  # a folder that is no disk of its own is no stick
    with pytest.raises(UsageError, match="There is no folder"):
        desk.export(str(tmp_path / "gone"))
