"""Rotating ids at a door: people are counted, not ids; a copy is logged and is nobody."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from tests.station.test_roster_watch import Door
from tests.tui.fake_station import uuid

from headcount.bootstrap.roster_watch import RosterWatch
from headcount.core.dedupe import IdentifyRules
from headcount.core.identity import from_bytes
from headcount.core.model import Logged, Person, Record
from headcount.core.news import Left, Sighted
from headcount.core.roster import Roster
from headcount.core.rotation import DAY_MS, WINDOW_MS, DayKey, day_of, window_of
from headcount.recorder import Recorder
from headcount.rotating import day_key, id_at, resolve
from headcount.store.day_keys import day_keys_file, keep_only, load_day_keys, save_day_keys
from headcount.store.station import StationStore

ADA, BEN = Person("1", "Ada Lovelace"), Person("2", "Ben Bee")
SECRET = b"a" * 32
WINDOW = WINDOW_MS // 1000


class Hall(Door):
    """A door at a time that is a window's start, and whose strict mode may be on."""

    def __init__(self, *, strict: bool = False) -> None:
        super().__init__()
        self.clock.advance((WINDOW_MS - self.now().wall_ms % WINDOW_MS) / 1000)
        self.logged: list[Record] = []
        self.recorder = Recorder(
            log=self,
            clock=self.clock,
            roster=Roster(),
            rules=IdentifyRules(min_hits=1, min_rssi=-127, dedupe=30, away=120),
            scanner_id="Door",
            strict=strict,
        )
        self.recorder.subscribe(self.told.append)
        self.recorder.subscribe(lambda news: self.live.news(news, self.now()))

    def append(self, record: Record) -> None:
        self.logged.append(record)
        number = len(self.logged)
        self.recorder.durable([Logged(number, f"s-{number}", record)])

    def know(self, *, any_time: bool = False) -> None:
        day = day_of(self.now().wall_ms)
        keys = [DayKey("1", day + more, day_key(SECRET, day + more)) for more in (-1, 0, 1)]
        roster = Roster([(ADA, []), (BEN, [uuid(2), uuid(3)])], fetched_ms=1)
        self.recorder.renew(roster.with_ids(resolve(keys), any_time=any_time))

    def shown(self, windows: int = 0) -> str:
        """What Ada's phone shows so many windows from now."""
        return from_bytes(id_at(SECRET, window_of(self.now().wall_ms) + windows))

    def pulse(self) -> tuple[int, set[str]]:
        near = self.recorder.nearby()
        assert len(near) == self.recorder.in_range
        return len(near), {each.person.name if each.person else each.ble_uuid for each in near}

    def sighted(self) -> list[tuple[str, bool, bool]]:
        return [
            (news.person.name if news.person else "", news.arrival, news.copied)
            for news in self.told
            if isinstance(news, Sighted)
        ]


def test_a_person_whose_id_changes_is_one_person() -> None:
    hall = Hall()
    hall.know()
    hall.clock.advance(WINDOW - 60)
    before = hall.shown()
    hall.hear(before)
    hall.hear(uuid(2))
    hall.hear(uuid(3))
    hall.clock.advance(90)
    hall.hear(hall.shown())
    assert hall.pulse() == (2, {"Ada Lovelace", "Ben Bee"})
    assert hall.sighted() == [
        ("Ada Lovelace", True, False),
        ("Ben Bee", True, False),
        ("Ben Bee", False, False),
        ("Ada Lovelace", False, False),
    ]
    counters = hall.recorder.counters
    assert (counters.records, counters.arrivals, hall.recorder.arrived) == (4, 2, 2)
    assert hall.live.counters.checked_in == 2
    assert [record.ble_uuid for record in hall.logged][0::3] == [before, hall.shown()]


def test_an_id_that_is_gone_is_no_departure_while_the_next_is_here() -> None:
    hall = Hall()
    hall.know()
    hall.clock.advance(WINDOW - 30)
    hall.hear(hall.shown())
    for _ in range(6):
        hall.clock.advance(30)
        hall.hear(hall.shown())
    assert hall.pulse() == (1, {"Ada Lovelace"})
    assert not any(isinstance(news, Left) for news in hall.told)
    hall.clock.advance(121)
    hall.recorder.drain()
    assert [news.person for news in hall.told if isinstance(news, Left)] == [ADA]
    assert hall.pulse() == (0, set())


@pytest.mark.parametrize("strict", [False, True])
def test_a_copied_id_is_logged_and_checks_nobody_in(strict: bool) -> None:
    hall = Hall(strict=strict)
    hall.know()
    copied = hall.shown(-5)
    hall.hear(copied)
    hall.clock.advance(40)
    hall.hear(copied)
    assert hall.sighted() == [("", True, True), ("", False, True)]
    assert (hall.recorder.checked_in, hall.live.counters.checked_in) == (set(), 0)
    assert [record.ble_uuid for record in hall.logged] == [copied, copied]
    assert [(each.name, each.copied) for each in hall.live.arrivals] == [("", True)]
    assert hall.pulse() == (1, {copied})


def test_a_replay_of_an_id_that_was_good_keeps_nobody_here() -> None:
    hall = Hall()
    hall.know()
    good = hall.shown()
    hall.hear(good)
    hall.clock.advance(3 * WINDOW)
    hall.hear(good)
    assert hall.pulse() == (1, {good})
    assert (hall.recorder.checked_in, hall.recorder.arrived) == ({"1"}, 1)


def test_a_clock_that_is_not_trusted_accuses_nobody() -> None:
    hall = Hall()
    hall.know(any_time=True)
    hall.hear(hall.shown(-5))
    assert hall.sighted() == [("Ada Lovelace", True, False)]


def test_strict_mode_takes_ids_of_the_roster_and_no_strangers() -> None:
    hall = Hall(strict=True)
    hall.know()
    hall.hear(hall.shown(1))
    hall.hear(uuid(9))
    assert hall.sighted() == [("Ada Lovelace", True, False)]
    assert hall.recorder.counters.strangers == 1


async def test_keys_that_come_while_a_scan_runs_resolve_what_was_heard(tmp_path: Path) -> None:
    hall, store = Hall(), StationStore(tmp_path)
    store.save_roster("evening", [(ADA, ()), (BEN, (uuid(2),))], 1)
    now = hall.now()
    stamp = store.roster_stamp("evening")
    synchronised = [True]
    watch = RosterWatch(store, "evening", hall.recorder, stamp, hall.clock, lambda: synchronised[0])
    heard = [hall.shown(), hall.shown(1), hall.shown(-9)]
    first = dict.fromkeys(heard, now.wall_ms)
    hall.recorder.restore([(badge, None) for badge in heard], first)
    assert hall.recorder.arrived == 3
    day = day_of(now.wall_ms)
    keys = [DayKey("1", each, day_key(SECRET, each)) for each in (day - 1, day)]
    save_day_keys(store.folder, "evening", keys)
    assert stat.S_IMODE(day_keys_file(store.folder, "evening").stat().st_mode) == 0o600
    await watch.look()
    assert (hall.recorder.arrived, hall.recorder.checked_in) == (1, {"1"})
    hall.hear(hall.shown())
    assert hall.sighted() == [("Ada Lovelace", False, False)]
    synchronised[0] = False
    await watch.look()
    hall.hear(hall.shown(-20))
    assert hall.sighted()[-1] == ("Ada Lovelace", False, False)


def test_keys_go_when_their_days_are_over(tmp_path: Path) -> None:
    keys = [DayKey("1", 20_000, b"k" * 16), DayKey("1", 20_001, b"l" * 16)]
    for event in ("a", "b"):
        save_day_keys(tmp_path, event, keys)
    assert load_day_keys(tmp_path, "a", 20_002 * DAY_MS) == keys
    keep_only(tmp_path, ["a"])
    assert [file.name for file in tmp_path.iterdir()] == ["day-keys-a.json"]
    assert load_day_keys(tmp_path, "a", 20_003 * DAY_MS) == []
    assert list(tmp_path.iterdir()) == []
    day_keys_file(tmp_path, "a").write_text("[[1]]")
    assert load_day_keys(tmp_path, "a", 0) == []
    save_day_keys(tmp_path, "a", [])
    assert list(tmp_path.iterdir()) == []
