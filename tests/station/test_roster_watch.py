"""A roster that comes while a scan runs: the scan goes on with it."""

from __future__ import annotations

from pathlib import Path

from tests.tui.fake_station import event, uuid

from headcount.bootstrap.roster_watch import RosterWatch
from headcount.clock import ManualClock
from headcount.core.acts import Act
from headcount.core.dedupe import IdentifyRules
from headcount.core.model import Advertisement, Instant, Kind, Logged, Person, Record
from headcount.core.news import News, RosterRenewed, Sighted
from headcount.core.roster import Roster
from headcount.recorder import Recorder
from headcount.store.station import StationStore
from headcount.tui.ports import Begun
from headcount.tui.state import LiveState

ADA, BEN = Person("1", "Ada Lovelace"), Person("2", "Ben Bee")


class Door:
    """A recorder whose log is durable at once, watched by a live state."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.told: list[News] = []
        self.live = LiveState()
        self.live.begin(Begun(event("Evening", 0), "Door", "/log"))
        self._records = 0
        self.recorder = Recorder(
            log=self,
            clock=self.clock,
            roster=Roster(),
            rules=IdentifyRules(min_hits=1, min_rssi=-127),
            scanner_id="Door",
        )
        self.recorder.subscribe(self.told.append)
        self.recorder.subscribe(lambda news: self.live.news(news, self.now()))

    def now(self) -> Instant:
        return self.clock.now()

    def append(self, record: Record) -> None:
        self._records += 1
        self.recorder.durable([Logged(self._records, f"s-{self._records}", record)])

    def hear(self, badge: str) -> None:
        self.recorder.advertisement(Advertisement(badge, -50, self.now().mono))
        self.recorder.drain()


async def test_names_resolve_at_once_also_of_who_was_heard_before(tmp_path: Path) -> None:
    door, store = Door(), StationStore(tmp_path)
    watch = RosterWatch(store, "evening", door.recorder, store.roster_stamp("evening"), door.clock)
    door.hear(uuid(1))
    door.recorder.act(Act(Kind.WALK_IN, "w1", by="Door", name="Cid"))
    assert [(each.name, each.ble_uuid) for each in door.live.arrivals][-1] == ("", uuid(1))
    assert door.live.counters.checked_in == 1
    await watch.look()
    assert not any(isinstance(news, RosterRenewed) for news in door.told)

    store.save_roster("evening", [(ADA, (uuid(1),)), (BEN, (uuid(2),))], 1_793_556_000_000)
    await watch.look()
    assert {each.name for each in door.live.arrivals} == {"Ada Lovelace", "Cid"}
    assert door.live.counters.checked_in == 2
    assert door.live.begun is not None
    assert (door.live.begun.registered, door.live.begun.roster) == (2, 3)
    assert door.live.begun.fetched_ms == 1_793_556_000_000
    door.hear(uuid(2))
    last = door.told[-1]
    assert isinstance(last, Sighted)
    assert last.person == BEN
    assert door.recorder.checked_in == {"1", "2", "w1"}
    await watch.look()
    assert sum(isinstance(news, RosterRenewed) for news in door.told) == 1
