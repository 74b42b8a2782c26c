import asyncio
import math
import uuid
from collections import Counter
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest

from headcount.ble.decode import Decoder, FormatRules
from headcount.ble.playback import BURST_FRAMES, STEP_SECONDS
from headcount.ble.simulated import Crowd, SimulatedRadio, frames, plan
from headcount.clock import ManualClock, SystemClock
from headcount.core.errors import UsageError
from headcount.core.model import Advertisement, Format, Frame, Hearing, HearingChanged

PHONES = [str(uuid.UUID(int=number << 64 | 1 << 63)) for number in range(1, 31)]
CROWD = Crowd(phones=PHONES, strangers=8, background_apps=3, duration_seconds=60)


class Listener:
    """Keeps what it is told, and when by the clock."""

    def __init__(self, clock: ManualClock | SystemClock) -> None:
        self.clock = clock
        self.heard: list[Advertisement] = []
        self.at: list[float] = []
        self.changes: list[HearingChanged] = []

    def advertisement(self, advertisement: Advertisement) -> None:
        self.heard.append(advertisement)
        self.at.append(self.clock.now().mono)

    def hearing(self, change: HearingChanged) -> None:
        self.changes.append(change)


async def hear(crowd: Crowd, rules: FormatRules | None = None) -> Listener:
    clock = ManualClock()
    listener = Listener(clock)
    await SimulatedRadio(Decoder(rules), clock, crowd, speed=0).run(listener)
    return listener


# The plan


def test_everybody_is_in_the_plan() -> None:
    visits = plan(CROWD)
    assert [visit.ble_uuid for visit in visits if visit.registered] == PHONES
    assert Counter(visit.format is None for visit in visits) == {False: 38, True: 3}


def test_arrivals_lie_in_their_time_and_around_the_peak() -> None:
    crowd = Crowd(phones=PHONES * 20, arrival_seconds=40, arrival_peak=0.25)
    arrivals = [visit.arrives for visit in plan(crowd)]
    assert min(arrivals) >= 0
    assert max(arrivals) <= 40
    assert sum(5 < arrival < 15 for arrival in arrivals) > sum(arrival > 25 for arrival in arrivals)


@pytest.mark.parametrize(("share", "count"), [(0, 0), (0.2, 6), (1, 30)])
def test_the_share_that_leaves_early(share: float, count: int) -> None:
    early = [visit for visit in plan(replace(CROWD, leave_early=share)) if visit.left_early]
    assert len(early) == count
    assert all(visit.arrives < visit.leaves < 60 for visit in early)


def test_the_others_stay_to_the_end() -> None:
    stayed = [visit for visit in plan(replace(CROWD, leave_early=0.5)) if not visit.left_early]
    assert {visit.leaves for visit in stayed} == {60}


@pytest.mark.parametrize(
    ("wrong", "name"),
    [
        ({"loss": 1.1}, "loss"),
        ({"loss": math.nan}, "loss"),
        ({"arrival_peak": -0.1}, "arrival_peak"),
        ({"leave_early": 2}, "leave_early"),
        ({"duration_seconds": 0}, "duration_seconds"),
        ({"duration_seconds": math.inf}, "duration_seconds"),
        ({"arrival_seconds": 61}, "arrival_seconds"),
        ({"interval_ms": 0}, "interval_ms"),
        ({"address_seconds": 0}, "address_seconds"),
        ({"rssi_bounds": (-40, -78)}, "rssi_bounds"),
        ({"formats": ()}, "formats"),
    ],
)
def test_a_crowd_that_makes_no_sense_is_refused(wrong: dict[str, Any], name: str) -> None:
    with pytest.raises(UsageError, match=name):
        replace(CROWD, **wrong)


# The air


def test_the_same_crowd_gives_the_same_frames() -> None:
    assert list(frames(CROWD, 1000.0)) == list(frames(CROWD, 1000.0))


def test_another_seed_gives_other_frames() -> None:
    assert list(frames(CROWD, 0.0)) != list(frames(replace(CROWD, seed=2), 0.0))


def test_frames_are_in_time_order_and_within_the_run() -> None:
    times = [frame.mono for frame in frames(CROWD, 1000.0)]
    assert all(before <= after for before, after in pairwise(times))
    assert times[0] >= 1000
    assert times[-1] < 1060


def test_nobody_is_heard_before_arriving_or_after_leaving() -> None:
    crowd = replace(CROWD, leave_early=0.5)
    visits = {visit.ble_uuid: visit for visit in plan(crowd)}
    for frame in frames(crowd, 0.0):
        for ble_uuid in frame.service_uuids:
            if ble_uuid in visits:
                assert visits[ble_uuid].arrives <= frame.mono < visits[ble_uuid].leaves


@pytest.mark.parametrize(("loss", "share"), [(0.0, 1.0), (0.5, 0.5), (1.0, 0.0)])
def test_loss(loss: float, share: float) -> None:
    crowd = Crowd(phones=PHONES, duration_seconds=100, arrival_seconds=0, loss=loss)
    sent = 30 * 100 / 1.005
    assert len(list(frames(crowd, 0.0))) == pytest.approx(sent * share, abs=0.05 * sent)


def test_the_signal_walks_within_its_bounds() -> None:
    crowd = Crowd(phones=PHONES[:1], duration_seconds=600, rssi_bounds=(-70, -60))
    signals = [frame.rssi for frame in frames(crowd, 0.0)]
    assert (min(signals), max(signals)) == (-70, -60)
    assert all(abs(before - after) <= 6 for before, after in pairwise(signals))


def test_addresses_are_resolvable_private_ones_and_change() -> None:
    crowd = Crowd(phones=PHONES[:1], duration_seconds=100, arrival_seconds=0, address_seconds=10)
    addresses = {frame.address for frame in frames(crowd, 0.0)}
    assert len(addresses) == 10
    assert {int(address[:2], 16) >> 6 for address in addresses} == {0b01}


# The radio


async def test_every_phone_that_stays_is_heard() -> None:
    crowd = replace(CROWD, formats=tuple(Format))
    rules = FormatRules(service_data_services=frozenset({"fd6f"}))
    heard = {advertisement.ble_uuid for advertisement in (await hear(crowd, rules)).heard}
    assert set(PHONES) < heard


@pytest.mark.parametrize("format_", list(Format))
async def test_phones_in_each_format_are_identified(format_: Format) -> None:
    rules = FormatRules(frozenset({format_}), service_data_services=frozenset({"fd6f"}))
    listener = await hear(Crowd(phones=PHONES, formats=(format_,)), rules)
    assert {advertisement.ble_uuid for advertisement in listener.heard} == set(PHONES)


async def test_apps_in_the_background_are_counted_not_identified() -> None:
    clock = ManualClock()
    radio = SimulatedRadio(Decoder(), clock, Crowd(background_apps=3), speed=0)
    await radio.run(listener := Listener(clock))
    counters = radio.counters()
    assert listener.heard == []
    assert counters.background_apps == counters.frames > 100
    assert counters.identified == 0


async def test_strangers_have_ids_that_are_on_no_roster() -> None:
    heard = {advertisement.ble_uuid for advertisement in (await hear(CROWD)).heard}
    strangers = {visit.ble_uuid for visit in plan(CROWD) if visit.format and not visit.registered}
    assert heard - set(PHONES) == strangers
    assert len(strangers) == 8


async def test_the_radio_hears_from_the_beginning() -> None:
    listener = await hear(CROWD)
    assert [(change.state, change.mono) for change in listener.changes] == [(Hearing.HEARS, 1000.0)]


async def test_each_frame_comes_when_the_clock_has_reached_it() -> None:
    listener = await hear(CROWD)
    for advertisement, at in zip(listener.heard, listener.at, strict=True):
        assert 0 <= at - advertisement.mono <= STEP_SECONDS + 1e-6


async def test_a_driven_clock_ends_with_the_run() -> None:
    assert (await hear(CROWD)).clock.now().mono == pytest.approx(1060, abs=STEP_SECONDS)


async def test_the_tap_sees_every_frame() -> None:
    tapped: list[Frame] = []
    clock = ManualClock()
    radio = SimulatedRadio(Decoder(), clock, CROWD, speed=math.inf, tap=tapped.append)
    await radio.run(Listener(clock))
    assert tapped == list(frames(CROWD, 1000.0))
    assert radio.counters().frames == len(tapped)


async def test_a_consumer_can_keep_pace() -> None:
    """No more than a burst is heard between two calls of the hook, however dense the crowd."""
    dense = Crowd(phones=PHONES, interval_ms=5, arrival_seconds=0, duration_seconds=3, loss=0)
    clock = ManualClock()
    listener = Listener(clock)
    sizes: list[int] = []
    taken = 0

    async def take() -> None:
        nonlocal taken
        sizes.append(len(listener.heard) - taken)
        taken = len(listener.heard)

    await SimulatedRadio(Decoder(), clock, dense, speed=0, pace=take).run(listener)
    assert max(sizes) == BURST_FRAMES
    assert sum(sizes) == len(listener.heard)


async def test_tasks_that_sleep_on_a_driven_clock_wake_in_time() -> None:
    clock = ManualClock()
    woken: list[float] = []

    async def tick() -> None:
        while True:
            await clock.sleep(10)
            woken.append(clock.now().mono)

    async with asyncio.TaskGroup() as tasks:
        ticking = tasks.create_task(tick())
        await asyncio.sleep(0)
        await SimulatedRadio(Decoder(), clock, CROWD, speed=0).run(Listener(clock))
        ticking.cancel()
    assert woken == pytest.approx([1010, 1020, 1030, 1040, 1050, 1060], abs=2 * STEP_SECONDS)


async def test_at_speed_1_the_radio_follows_the_clock() -> None:
    clock = ManualClock()
    listener = Listener(clock)
    radio = SimulatedRadio(Decoder(), clock, replace(CROWD, arrival_seconds=0))
    running = asyncio.create_task(radio.run(listener))
    for _ in range(5):
        await asyncio.sleep(0)
    assert listener.heard == []
    for _ in range(20):
        clock.advance(STEP_SECONDS)
        for _ in range(3):
            await asyncio.sleep(0)
    assert max(advertisement.mono for advertisement in listener.heard) == pytest.approx(
        1005, abs=0.5
    )
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running


async def test_on_the_machines_clock() -> None:
    clock = SystemClock()
    listener = Listener(clock)
    crowd = Crowd(phones=PHONES, duration_seconds=0.5, arrival_seconds=0, interval_ms=50, loss=0)
    await SimulatedRadio(Decoder(), clock, crowd).run(listener)
    assert {advertisement.ble_uuid for advertisement in listener.heard} == set(PHONES)
    assert all(at >= heard.mono for heard, at in zip(listener.heard, listener.at, strict=True))


@pytest.mark.parametrize("speed", [0, 2, math.inf])
def test_the_machines_clock_can_not_be_driven(speed: float) -> None:
    with pytest.raises(UsageError, match="virtual clock"):
        SimulatedRadio(Decoder(), SystemClock(), CROWD, speed=speed)


@pytest.mark.parametrize("speed", [-1, math.nan])
def test_an_impossible_speed_is_refused(speed: float) -> None:
    with pytest.raises(UsageError, match="speed"):
        SimulatedRadio(Decoder(), ManualClock(), CROWD, speed=speed)
