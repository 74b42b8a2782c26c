"""States of the screens, each made the same way every time: for snapshots and for looking at."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import ParamSpec, TypeVar

from tests.tui.fake_station import (
    DAY,
    HOUR,
    MINUTE,
    NOW,
    OFFLINE,
    FakePeople,
    FakeStation,
    desk,
    event,
    person,
    uuid,
)
from textual.pilot import Pilot
from textual.worker import WorkerCancelled

from headcount.core.acts import WalkIns
from headcount.core.battery import Battery, LowBattery
from headcount.core.desk import Desk as Rules
from headcount.core.doors import Came, Elsewhere
from headcount.core.errors import KeyRefused, LogUnwritable, RadioError, RadioReason
from headcount.core.lan import Door
from headcount.core.model import CoverageGap, Hearing, HearingChanged
from headcount.core.news import DoorsChanged, LogTroubled, SettingChange, SettingsPushed, Sighted
from headcount.core.pulse import Nearby
from headcount.core.roster import Roster
from headcount.tui.app import HeadcountApp
from headcount.tui.ports import Begun, Counts, Ended, Events, Facts, Link, Listed
from headcount.tui.screens.enrol import EnrolPage
from headcount.tui.screens.live import Live
from headcount.tui.screens.people import PeoplePage

P = ParamSpec("P")
T = TypeVar("T")
Played = Pilot[list[Ended]]
NAMES = [
    "Ada Abara", "Bo Brandt", "Chidi Castillo", "Dana Dvořák", "Emil Eriksen", "Fatima Farkas",
    "Goran Greco", "Hana Haddad", "Ilse Ito", "Jun Jónsson", "Kaveh Kowalski", "Lena Łukasz",
]  # fmt: skip


async def settled(pilot: Played) -> None:
    """Threads and workers have ended, and what they changed is drawn."""
    for _ in range(3):
        await pilot.pause()
        with contextlib.suppress(WorkerCancelled):  # a newer one has taken its place
            await pilot.app.workers.wait_for_complete()
    await pilot.pause()


async def nothing(_pilot: Played, _station: FakeStation) -> None:
    """Let it be as it begins."""


class LoadingApp(HeadcountApp):
    """Reads for ever."""

    async def in_thread(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        await asyncio.Event().wait()
        raise AssertionError


@dataclass
class Scene:
    """An application, and what happens before the picture is taken."""

    station: FakeStation
    play: Callable[[Played, FakeStation], Awaitable[None]] = nothing
    event_id: str = ""
    loading: bool = False
    more: dict[str, object] = field(default_factory=dict)

    def app(self, theme: str = "dark") -> HeadcountApp:
        kind = LoadingApp if self.loading else HeadcountApp
        app = kind(desk(self.station, event_id=self.event_id, theme=theme, **self.more))
        app.animation_level = "none"
        return app

    async def run(self, pilot: Played) -> None:
        """Play it."""
        if not self.loading:
            await settled(pilot)
        await self.play(pilot, self.station)
        await pilot.pause()


EVENTS = [
    Listed(event("Autumn assembly", -HOUR), 312, NOW),
    Listed(event("First-aid course", -20 * MINUTE, 1.5), 14, NOW),
    Listed(event("Choir", 3 * HOUR), 41, NOW),
    Listed(event("Robotics club", 2 * DAY), None),
    Listed(event("Parents' evening", -26 * HOUR), 120, NOW),
    Listed(event("Summer fair", -60 * DAY, 8), 803, NOW, local=True),
]
COUNTS = {
    "autumn-assembly": Counts(203, 12),
    "first-aid-course": Counts(9, 0),
    "parents'-evening": Counts(96, 0),
    "summer-fair": Counts(790, 4100),
}


def picking(**more: object) -> FakeStation:
    known = Events(EVENTS, fetched_ms=NOW - 14 * MINUTE)
    return FakeStation(known, counted=COUNTS, **more)  # type: ignore[arg-type] # any field


def refused() -> KeyRefused:
    return KeyRefused(
        "The backend at https://example.org refuses the scanner key.",
        safe="Nothing is lost.",
        remedy="Put the right key into SCANNER_API_KEY.",
    )


def long_list() -> FakeStation:
    many = [Listed(event(f"Evening {n}", (n - 30) * DAY + 12 * HOUR), n, NOW) for n in range(400)]
    return FakeStation(Events(many, NOW - 9 * DAY), fetch_error=OFFLINE)


async def filtering(pilot: Played, _station: FakeStation) -> None:
    await pilot.press("slash", *"co")
    await settled(pilot)


def scanning(**more: object) -> FakeStation:
    """An event on now, with a roster of 312."""
    known = Events([EVENTS[0]], fetched_ms=NOW - 14 * MINUTE)
    begun = Begun(
        EVENTS[0].event,
        "Entrance-1",
        "/data/log.jsonl",
        registered=312,
        roster=312,
        fetched_ms=NOW - 14 * MINUTE,
        before=[sighting(n, NOW - (40 - n) * MINUTE) for n in range(12, 40)],
    )
    facts = Facts(unsent=12, disk_hours=9.6, link=Link.OFFLINE)
    given = {"begun": begun} | more
    return FakeStation(known, told_facts=facts, **given)  # type: ignore[arg-type] # any field


def name_of(number: int) -> str:
    given, family = NAMES[number % 12].split()[0], NAMES[number // 12 % 12].split()[1]
    return NAMES[number] if number < len(NAMES) else f"{given} {family}"


def sighting(number: int, at: int) -> Sighted:
    return Sighted(uuid(number), person(number, name_of(number)), at, -60, arrival=True)


async def evening(pilot: Played, station: FakeStation, people: int = 30) -> None:
    """Eight seconds in which people arrive; some phones are not heard every second."""
    rng = random.Random(1)
    station.tell(HearingChanged(Hearing.HEARS, station.now().mono, "The radio hears."))
    signals = {number: rng.randint(-78, -48) for number in range(people)}
    heard: dict[int, Nearby] = {}
    for second in range(9):
        station.clock.advance(1)
        station.frames += 41
        for number, rssi in signals.items():
            if number not in heard or rng.random() < 0.8:
                owned = number % 14 != 13
                heard[number] = station.near(
                    number, rssi + rng.randint(-3, 3), name_of(number), owned=owned
                )
        station.heard = list(heard.values())
        if second < 6:
            station.arrive(second, NAMES[second], registered=second != 4)
        look(pilot)
    station.tell(Sighted(uuid(13), None, station.now().wall_ms, -60, arrival=True))
    await drawn(pilot)


def look(pilot: Played) -> None:
    app = pilot.app
    assert isinstance(app, HeadcountApp)
    app.sample()


async def drawn(pilot: Played) -> None:
    app = pilot.app
    assert isinstance(app, HeadcountApp)
    await app._look_around()
    if isinstance(app.screen, Live):
        app.screen.draw()
    await pilot.pause()


async def other_doors(pilot: Played, station: FakeStation) -> None:
    """Two more doors, one of them lost; some people passed another one first."""
    await evening(pilot, station)
    now = station.now().wall_ms
    came = {f"user{n}": Came("North", now - 5 * MINUTE) for n in (1, 3, *range(100, 180))}
    came |= {f"user{n}": Came("Yard", now - HOUR) for n in range(170, 220)}
    doors = (
        Door("North", connected=True, last_ms=now - 3000, records=411),
        Door("Yard", connected=False, last_ms=now - 12 * MINUTE, records=60, ahead_ms=90_000),
    )
    elsewhere = Elsewhere(came, frozenset(came))
    station.tell(DoorsChanged(doors, elsewhere, told=812, heard=471, refused=2, strangers=1))
    await drawn(pilot)


async def health_of_doors(pilot: Played, station: FakeStation) -> None:
    await other_doors(pilot, station)
    await pilot.press("h")
    await settled(pilot)


async def crowd(pilot: Played, station: FakeStation) -> None:
    await evening(pilot, station, people=2000)


async def going_deaf(pilot: Played, station: FakeStation) -> None:
    await evening(pilot, station)
    now = station.now().mono
    station.tell(
        HearingChanged(
            Hearing.DEAF,
            now,
            "The radio is deaf: The adapter hci0 is switched off. Next attempt in 8 s.",
            RadioReason.POWERED_OFF,
            "Run: bluetoothctl power on",
            retry_in=8.0,
        )
    )
    station.clock.advance(3)
    look(pilot)
    await drawn(pilot)


async def hearing_again(pilot: Played, station: FakeStation) -> None:
    await going_deaf(pilot, station)
    station.clock.advance(120)
    now = station.now().mono
    gap = CoverageGap(now - 95, now, RadioReason.POWERED_OFF)
    station.tell(HearingChanged(Hearing.HEARS, now, "The radio hears again.", gap=gap))
    look(pilot)
    await drawn(pilot)


async def full_disk(pilot: Played, station: FakeStation) -> None:
    await evening(pilot, station)
    error = LogUnwritable(
        "The log can't be written: no space left on the device.",
        safe="Records wait in memory.",
        remedy="Free some space, or plug in a stick.",
    )
    station.tell(LogTroubled(error, 17))
    await drawn(pilot)


async def told_settings(pilot: Played, station: FakeStation) -> None:
    await evening(pilot, station)
    changes = (
        SettingChange("identify.min_rssi", "-80", "-75"),
        SettingChange("radio.formats", "service_uuid, ibeacon", "ibeacon"),
    )
    refused = ("identify.min_hits: expected a whole number from 1 to 10, not 99.",)
    news = SettingsPushed(changes, refused, in_force=False, fetched_ms=station.now().wall_ms)
    station.tell(news)
    await drawn(pilot)


def keys(*pressed: str) -> Callable[[Played, FakeStation], Awaitable[None]]:
    async def press(pilot: Played, _station: FakeStation) -> None:
        await pilot.press(*pressed)
        await settled(pilot)

    return press


async def stopped(pilot: Played, station: FakeStation) -> None:
    await asked_to_stop(pilot, station)
    await pilot.press("right", "enter")
    await settled(pilot)


async def asked_to_stop(pilot: Played, station: FakeStation) -> None:
    await evening(pilot, station)
    await pilot.press("q")


async def helped(pilot: Played, station: FakeStation) -> None:
    await evening(pilot, station)
    await pilot.press("question_mark")


def radio_error() -> RadioError:
    return RadioError(
        RadioReason.NO_ADAPTER,
        "No Bluetooth adapter was found.",
        safe="The log is as it was.",
        remedy="Plug one in, and check with: bluetoothctl list",
    )


SCENES: dict[str, Callable[[], Scene]] = {
    "picker": lambda: Scene(picking()),
    "picker_loading": lambda: Scene(picking(), loading=True),
    "picker_empty": lambda: Scene(FakeStation(fetch_error=OFFLINE)),
    "picker_offline": lambda: Scene(picking(fetch_error=OFFLINE)),
    "picker_refused": lambda: Scene(picking(fetch_error=refused())),
    "picker_long": lambda: Scene(long_list(), keys(*["down"] * 30)),
    "picker_filter": lambda: Scene(picking(), filtering),
    "new_event": lambda: Scene(picking(), keys("n", *"Choir")),
    "live": lambda: Scene(scanning(), evening),
    "live_empty": lambda: Scene(scanning(begun=None), drawn_only),
    "live_crowd": lambda: Scene(scanning(), crowd),
    "live_doors": lambda: Scene(scanning(), other_doors),
    "health_doors": lambda: Scene(scanning(), health_of_doors),
    "live_deaf": lambda: Scene(scanning(), going_deaf),
    "live_gap": lambda: Scene(scanning(), hearing_again),
    "live_disk": lambda: Scene(scanning(), full_disk),
    "live_settings": lambda: Scene(scanning(), told_settings),
    "live_error": lambda: Scene(scanning(scan_error=radio_error()), drawn_only),
    "live_stop": lambda: Scene(scanning(), asked_to_stop),
    "receipt": lambda: Scene(scanning(), stopped),
    "live_help": lambda: Scene(scanning(), helped),
    "people": lambda: Scene(staffed(), at_people()),
    "people_empty": lambda: Scene(staffed(people=0), at_people()),
    "people_found": lambda: Scene(staffed(), at_people(*"lena", "enter")),
    "people_keys": lambda: Scene(staffed(), at_people("down", "down", "escape")),
    "people_no_match": lambda: Scene(staffed(), at_people(*"xq")),
    "people_long": lambda: Scene(staffed(people=144), at_people("pagedown", "pagedown")),
    "people_ask": lambda: Scene(staffed(), at_people(*"Lena", "space", *"Xu", "enter", "enter")),
    "people_refuse": lambda: Scene(staffed(WalkIns.REFUSE), at_people(*"Xu", "enter")),
    "people_walk_in": lambda: Scene(staffed(WalkIns.ALLOW), at_people(*"Xu", "enter")),
    "people_why": lambda: Scene(staffed(), at_people(*"emil", "escape", "w")),
    "people_badge": lambda: Scene(staffed(), at_people(*"emil", "escape", "b")),
    "people_undo": lambda: Scene(staffed(), at_people(*"lena", "enter", "escape", "u")),
    "people_no_scan": lambda: Scene(picking(), asked_for_people),
    "people_ascii": lambda: Scene(staffed(), at_people(), more={"symbols": False}),
    "live_ascii": lambda: Scene(scanning(), evening, more={"symbols": False}),
    "health": lambda: Scene(scanning(), keys("h")),
    "enrol": lambda: Scene(staffed(), enrolling),
    "enrol_unclear": lambda: Scene(staffed(), enrolling_two),
    "live_battery": lambda: Scene(scanning(), evening_of_a_flat_beacon),
}


def staffed(policy: WalkIns = WalkIns.ASK, people: int = 60, **more: object) -> FakeStation:
    """A scan whose people can be acted on; a few phones are near, some of strangers."""
    station = scanning(**more)
    members = [
        (person(n, name_of(n), registered=n % 17 != 16), [uuid(n)] if n % 5 else [])
        for n in range(people)
    ]
    rules = Rules("Entrance-1", 15.0, policy)
    station.staff = FakePeople(station.clock, Roster(members, NOW - 14 * MINUTE), rules)
    return station


async def enrolling(pilot: Played, station: FakeStation, *others: Nearby) -> None:
    """Two were given one; the third beacon is held, and its battery is low."""
    await settled(pilot)
    await pilot.press("e")
    await settled(pilot)
    for number in (901, 902, 903):
        station.low = [LowBattery(uuid(903), None, Battery(millivolts=2310))]
        for _ in range(3):
            station.clock.advance(1)
            held = station.near(number, -38, owned=False)
            beside = [each._replace(mono=station.now().mono) for each in others]
            station.heard = [held, *(beside if number == 903 else [])]
            look(pilot)
            draw(pilot)
        if number != 903:
            await pilot.press("enter")
    draw(pilot)
    await pilot.pause()


def draw(pilot: Played) -> None:
    if isinstance(pilot.app.screen, EnrolPage):
        pilot.app.screen.draw()


async def enrolling_two(pilot: Played, station: FakeStation) -> None:
    await enrolling(pilot, station, Nearby(uuid(904), None, -41, 0.0))


async def evening_of_a_flat_beacon(pilot: Played, station: FakeStation) -> None:
    station.low = [LowBattery(uuid(3), person(3), Battery(percent=7))]
    await evening(pilot, station)


def at_people(*pressed: str) -> Callable[[Played, FakeStation], Awaitable[None]]:
    """After the evening's eight seconds, on the People screen."""

    async def play(pilot: Played, station: FakeStation) -> None:
        await evening(pilot, station, people=30)
        await pilot.press("slash")
        await settled(pilot)
        for key in pressed:
            await pilot.press(key)
            await settled(pilot)
        if isinstance(pilot.app.screen, PeoplePage):
            pilot.app.screen.draw()
        await pilot.pause()

    return play


async def asked_for_people(pilot: Played, _station: FakeStation) -> None:
    await pilot.press("p")
    await settled(pilot)


async def drawn_only(pilot: Played, _station: FakeStation) -> None:
    await drawn(pilot)
