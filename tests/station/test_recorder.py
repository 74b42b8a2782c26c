"""The recorder: advertisements in, records and news out."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from headcount.clock import ManualClock
from headcount.core.acts import Act
from headcount.core.dedupe import IdentifyRules
from headcount.core.errors import LogUnwritable, RadioError, RadioReason, UsageError
from headcount.core.model import (
    NIL_UUID,
    Advertisement,
    CoverageGap,
    Hearing,
    HearingChanged,
    Kind,
    Logged,
    Person,
    Record,
)
from headcount.core.news import Acted, Left, LogTroubled, News, Sighted
from headcount.core.ports import RadioCounters, RadioListener
from headcount.core.roster import Roster
from headcount.recorder import QUEUE, Recorder

A = "aaaaaaaa-0000-4000-8000-000000000001"
B = "bbbbbbbb-0000-4000-8000-000000000002"
ADA = Person("1", "Ada")
EAGER = IdentifyRules(min_hits=1, min_rssi=-127)


class ListLog:
    """A log in memory that refuses while `full`."""

    def __init__(self) -> None:
        self.records: list[Record] = []
        self.full = False

    def append(self, record: Record) -> None:
        if self.full:
            raise LogUnwritable("Memory is used up.")
        self.records.append(record)


class Bench:
    """A recorder with what it needs."""

    def __init__(self, *, roster: Roster | None = None, strict: bool = False) -> None:
        self.clock = ManualClock(wall_ms=1_753_000_000_000, mono=1000)
        self.log = ListLog()
        self.news: list[News] = []
        self.recorder = Recorder(
            log=self.log,
            clock=self.clock,
            roster=roster or Roster([(ADA, [A])], fetched_ms=0),
            rules=EAGER,
            scanner_id="door",
            strict=strict,
        )
        self.recorder.subscribe(self.news.append)

    def hear(self, *ids: str, rssi: int = -60) -> None:
        for ble_uuid in ids:
            self.recorder.advertisement(Advertisement(ble_uuid, rssi, self.clock.now().mono))
        self.recorder.drain()

    def flush(self) -> None:
        """What the log does when the disk has it."""
        self.recorder.durable([Logged(n, str(n), r) for n, r in enumerate(self.log.records, 1)])


class ScriptedRadio:
    """A radio that does what a test says."""

    def __init__(self, script: Callable[[RadioListener], Awaitable[None]]) -> None:
        self._script = script

    async def run(self, listener: RadioListener) -> None:
        await self._script(listener)

    def counters(self) -> RadioCounters:
        raise NotImplementedError

    def trouble(self) -> str:
        return ""


def test_a_sighting_is_told_only_when_it_is_on_the_disk() -> None:
    bench = Bench()
    bench.hear(A)
    assert [(r.ble_uuid, r.scanner_id, r.rssi) for r in bench.log.records] == [(A, "door", -60)]
    assert bench.news == []
    bench.flush()
    assert bench.news == [Sighted(A, ADA, 1_753_000_000_000, -60, arrival=True)]


def test_a_sighting_carries_the_time_it_was_heard_not_handled() -> None:
    bench = Bench()
    heard = bench.clock.now()
    bench.recorder.advertisement(Advertisement(A, -60, heard.mono))
    bench.clock.advance(7)
    bench.recorder.drain()
    assert bench.log.records[0].instant == heard


def test_the_same_badge_arrives_once() -> None:
    bench = Bench()
    bench.hear(A, A)
    bench.clock.advance(300)
    bench.hear(A)
    bench.flush()
    assert [news.arrival for news in bench.news if isinstance(news, Sighted)] == [True, False]


def test_after_a_restart_it_has_arrived_already() -> None:
    bench = Bench()
    now = bench.clock.now().mono
    bench.recorder.restore([(A, now - 10), (B, None)])
    bench.hear(A, B)
    bench.flush()
    assert [r.ble_uuid for r in bench.log.records] == [B]
    assert bench.recorder.counters.arrivals == 0
    assert bench.recorder.arrived == 2


def test_strangers_are_logged_unless_strict() -> None:
    relaxed, strict = Bench(), Bench(strict=True)
    relaxed.hear(B)
    strict.hear(A, B)
    assert [r.ble_uuid for r in relaxed.log.records] == [B]
    assert [r.ble_uuid for r in strict.log.records] == [A]
    assert strict.recorder.counters.strangers == 1


def test_a_departure_is_logged_with_the_time_last_seen() -> None:
    bench = Bench()
    bench.hear(A)
    bench.clock.advance(120)
    bench.hear(A)
    bench.clock.advance(601)
    bench.recorder.drain()
    departure = bench.log.records[1]
    assert (departure.kind, departure.instant.wall_ms) == (
        Kind.DEPARTURE,
        1_753_000_000_000 + 120_000,
    )
    assert isinstance(bench.news[-1], Left)


async def test_the_end_of_a_scan_notes_who_is_still_here() -> None:
    bench = Bench()
    bench.hear(A)
    bench.clock.advance(120)
    bench.hear(A, B)

    async def script(_listener: RadioListener) -> None:
        return

    await bench.recorder.run(ScriptedRadio(script), asyncio.Event())
    kinds = [(r.ble_uuid, r.kind) for r in bench.log.records]
    assert kinds == [(A, Kind.SIGHTING), (B, Kind.SIGHTING), (A, Kind.DEPARTURE)]
    assert not any(isinstance(news, Left) for news in bench.news)


def test_somebody_seen_once_needs_no_departure_record() -> None:
    bench = Bench()
    bench.hear(A)
    bench.clock.advance(601)
    bench.recorder.drain()
    assert [r.kind for r in bench.log.records] == [Kind.SIGHTING]


def test_a_coverage_gap_goes_into_the_log() -> None:
    bench = Bench()
    gap = CoverageGap(900, 1000, RadioReason.POWERED_OFF)
    change = HearingChanged(Hearing.HEARS, 1000, "The radio hears again.", gap=gap)
    bench.recorder.hearing(change)
    record = bench.log.records[0]
    assert (record.kind, record.ble_uuid, record.why) == (Kind.GAP, NIL_UUID, "powered-off")
    assert record.instant.wall_ms == 1_753_000_000_000 - 100_000
    assert record.until_ms == 1_753_000_000_000
    assert bench.news == [change]


def test_what_the_log_refuses_is_told_and_tried_again() -> None:
    bench = Bench()
    bench.log.full = True
    bench.hear(A)
    assert isinstance(bench.news[0], LogTroubled)
    bench.log.full = False
    bench.hear(A)
    assert [r.ble_uuid for r in bench.log.records] == [A]


def test_a_full_queue_drops_the_oldest_and_counts_it() -> None:
    bench = Bench()
    for _ in range(QUEUE):
        bench.recorder.advertisement(Advertisement(A, -60, 1000))
    bench.recorder.advertisement(Advertisement(B, -60, 1000))
    bench.recorder.drain()
    assert bench.recorder.counters.overflowed == 1
    assert {r.ble_uuid for r in bench.log.records} == {A, B}


async def test_run_ends_when_the_source_is_used_up_and_nothing_is_left_behind() -> None:
    bench = Bench()

    async def script(listener: RadioListener) -> None:
        listener.advertisement(Advertisement(A, -60, 1000))
        listener.advertisement(Advertisement(B, -60, 1000))

    await bench.recorder.run(ScriptedRadio(script), asyncio.Event())
    assert [r.ble_uuid for r in bench.log.records] == [A, B]


async def test_stop_ends_the_radio_and_its_last_words_are_logged() -> None:
    bench = Bench()
    stop = asyncio.Event()
    gap = CoverageGap(900, 1000, RadioReason.NO_DAEMON)

    async def script(listener: RadioListener) -> None:
        listener.advertisement(Advertisement(A, -60, 1000))
        stop.set()
        try:
            await asyncio.Event().wait()
        finally:
            listener.hearing(HearingChanged(Hearing.DEAF, 1000, "Stopped while deaf.", gap=gap))

    await bench.recorder.run(ScriptedRadio(script), stop)
    assert {r.kind for r in bench.log.records} == {Kind.SIGHTING, Kind.GAP}


async def test_a_radio_that_cannot_listen_is_an_error() -> None:
    bench = Bench()

    async def script(_listener: RadioListener) -> None:
        raise RadioError(RadioReason.NO_ADAPTER, "No adapter.", remedy="Plug one in.")

    with pytest.raises(RadioError, match="Plug one in"):
        await bench.recorder.run(ScriptedRadio(script), asyncio.Event())


def test_an_act_is_told_with_its_id_only_when_it_is_on_the_disk() -> None:
    bench = Bench()
    bench.recorder.act(Act(Kind.MANUAL, user="1", ble_uuid=A, by="Eve"))
    assert bench.news == []
    assert bench.recorder.checked_in == set()
    bench.flush()
    assert bench.news == [Acted("1", bench.log.records[0], ADA)]
    assert bench.recorder.checked_in == {"1"}
    assert (bench.recorder.counters.acts, bench.recorder.counters.arrivals) == (1, 0)


def test_an_act_that_says_too_little_is_not_written() -> None:
    bench = Bench()
    with pytest.raises(UsageError, match="a person"):
        bench.recorder.act(Act(Kind.MANUAL))
    assert bench.log.records == []


def test_an_act_that_the_log_can_not_take_is_refused_aloud() -> None:
    bench = Bench()
    bench.log.full = True
    with pytest.raises(LogUnwritable):
        bench.recorder.act(Act(Kind.MANUAL, user="1"))


def test_an_undo_takes_the_check_in_back() -> None:
    bench = Bench()
    bench.recorder.act(Act(Kind.MANUAL, user="1"))
    bench.recorder.act(Act(Kind.VOID, of="1", why="wrong person"))
    bench.flush()
    assert bench.recorder.checked_in == set()
    assert isinstance(bench.news[-1], Acted)
    assert bench.news[-1].person == ADA


def test_a_void_of_the_only_sighting_makes_a_badge_one_that_has_not_arrived() -> None:
    bench = Bench()
    bench.hear(A)
    time = bench.log.records[0].instant.wall_ms
    void = Act(Kind.VOID, of="1", why="left on a table", ble_uuid=A, of_time_ms=time)
    bench.recorder.act(void)
    bench.recorder.act(void)
    bench.flush()
    assert (bench.recorder.arrived, bench.recorder.checked_in) == (0, set())


def test_a_claimed_badge_is_that_persons_from_the_next_sighting_on() -> None:
    bench = Bench()
    bench.hear(B)
    bench.recorder.act(Act(Kind.ASSIGN, user="1", ble_uuid=B))
    bench.clock.advance(300)
    bench.hear(B)
    bench.flush()
    sighted = [news.person for news in bench.news if isinstance(news, Sighted)]
    assert sighted == [None, ADA]
    assert bench.recorder.checked_in == {"1"}


def test_a_restart_knows_walk_ins_badges_and_voids() -> None:
    before = Bench()
    before.recorder.act(Act(Kind.WALK_IN, user="w1", name="Cid"))
    before.recorder.act(Act(Kind.ASSIGN, user="w1", ble_uuid=B))
    before.recorder.act(Act(Kind.MANUAL, user="1"))
    before.recorder.act(Act(Kind.VOID, of="3", why="mistake"))
    after = Bench()
    after.recorder.restore([(B, None)])
    after.recorder.restore_acts(
        Logged(n, str(n), record) for n, record in enumerate(before.log.records, 1)
    )
    owner = after.recorder.roster.owner(B)
    assert owner is not None
    assert owner.name == "Cid"
    assert after.recorder.checked_in == {"w1"}
    assert after.recorder.acts.is_void("3")
