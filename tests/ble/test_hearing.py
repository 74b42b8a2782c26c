"""The policy of supervision, minute by minute, without any radio."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headcount.ble.hearing import (
    Changes,
    HearingMonitor,
    ResetAdapter,
    Restart,
    Step,
    Timings,
    Wait,
)
from headcount.ble.scan_adapter import AdapterState
from headcount.ble.scan_errors import radio_error
from headcount.core.errors import RadioReason
from headcount.core.model import CoverageGap, Hearing, HearingChanged

WELL = AdapterState(name="hci0")
OFF = WELL._replace(powered=False, discovering=False)
IDLE = WELL._replace(discovering=False)
NO_DAEMON = AdapterState(daemon=False, present=False, powered=False, discovering=False)
NO_BUS = NO_DAEMON._replace(bus=False)
GONE = OFF._replace(present=False)
T0 = 1000.0
TIMINGS = Timings()


class Station:
    """Drives a monitor through time; restarts work (or not) at once."""

    def __init__(self, *, watched: bool = True, refresh: bool = False, adapter: str = "") -> None:
        self.monitor = HearingMonitor(TIMINGS, refresh=refresh, adapter=adapter)
        self.now = T0
        self.told: list[HearingChanged] = []
        self.steps: list[tuple[float, Step]] = []
        self.restarts_work = True
        if watched:
            self.tell(self.monitor.adapter(WELL, T0))
        self.tell(self.monitor.started(T0))

    def tell(self, changes: Changes) -> None:
        self.told.extend(changes)

    def heard(self) -> None:
        self.tell(self.monitor.heard(self.now))

    def adapter(self, state: AdapterState) -> None:
        self.tell(self.monitor.adapter(state, self.now))

    def run(self, seconds: float) -> None:
        """Let time pass, and do what is decided."""
        end = self.now + seconds
        while True:
            self.tell(self.monitor.tick(self.now))
            step = self.monitor.decide(self.now)
            if not isinstance(step, Wait):
                self.steps.append((self.now - T0, step))
                self.finish()
                continue
            if step.until > end:
                break
            assert step.until > self.now, "a loop that does not wait"
            self.now = step.until
        self.now = end

    def finish(self) -> None:
        if self.restarts_work:
            self.tell(self.monitor.started(self.now))
        else:
            error = radio_error(RadioReason.POWERED_OFF)
            self.tell(self.monitor.failed(error, self.now))

    def listen(self, seconds: float) -> None:
        """Hear a frame every second."""
        for _ in range(int(seconds)):
            self.run(1.0)
            self.heard()

    def last(self) -> HearingChanged:
        return self.told[-1]

    @property
    def gaps(self) -> list[CoverageGap]:
        return [change.gap for change in self.told if change.gap is not None]


def test_it_hears_from_the_first_frame_on() -> None:
    station = Station()
    assert station.last().state is Hearing.STARTING
    station.run(5)
    station.heard()
    assert station.last().state is Hearing.HEARS
    station.listen(3600)
    assert [change.state for change in station.told] == [Hearing.STARTING, Hearing.HEARS]
    assert station.steps == []


def test_frames_that_outrun_the_confirmation_of_the_start_count() -> None:
    monitor = HearingMonitor(TIMINGS)
    told = (*monitor.heard(T0), *monitor.started(T0 + 0.1))
    assert [change.state for change in told] == [Hearing.STARTING, Hearing.HEARS]


def test_frames_that_outrun_the_confirmation_of_a_restart_tell_the_gap() -> None:
    station = Station()
    station.listen(5)
    station.adapter(OFF)
    station.run(0.9)
    station.now += 0.2
    assert station.monitor.decide(station.now) == Restart()
    station.now += 0.2
    station.heard()
    station.adapter(WELL)
    station.tell(station.monitor.started(station.now))
    assert station.last().state is Hearing.HEARS
    assert station.gaps == [CoverageGap(T0 + 5, station.now, RadioReason.POWERED_OFF)]


@pytest.mark.parametrize("heard_before", [True, False])
def test_thirty_seconds_of_silence_are_told(heard_before: bool) -> None:
    station = Station()
    if heard_before:
        station.heard()
    station.run(29.9)
    assert station.last().state is not Hearing.SILENT
    station.run(0.2)
    assert station.last().state is Hearing.SILENT
    assert "an empty room, or" in station.last().message
    assert station.last().retry_in == 60.0
    assert station.gaps == []


def test_silence_without_bluez_word_does_not_claim_that_the_scan_runs() -> None:
    station = Station(watched=False)
    station.run(30)
    assert "BlueZ" not in station.last().message


def test_an_empty_room_is_restarted_ever_more_seldom() -> None:
    station = Station()
    station.run(2 * 3600)
    assert all(step == Restart() for _, step in station.steps)
    waits = [later - sooner for sooner, later in pairwise(time for time, _ in station.steps)]
    assert station.steps[0][0] == 90
    assert waits == [180, 360, 720, *[900] * 6]
    assert station.gaps == []


def test_a_room_that_was_alive_is_reset_once_and_not_more() -> None:
    station = Station()
    station.heard()
    station.run(2 * 3600)
    resets = [time for time, step in station.steps if step == ResetAdapter()]
    assert resets == [90 + 120]
    assert len(station.steps) < 12


def test_a_frame_after_silence_begins_a_new_ladder() -> None:
    station = Station()
    station.listen(10)
    station.run(1000)
    station.heard()
    assert station.last().message == "The radio hears again, after 17 min of silence."
    station.steps.clear()
    station.run(100)
    assert [step for _, step in station.steps] == [Restart()]


def test_frames_right_after_a_restart_prove_the_silence_a_gap() -> None:
    station = Station()
    station.listen(10)
    station.run(91)  # silent, and restarted a second ago
    station.heard()
    assert station.last().state is Hearing.HEARS
    assert station.last().gap == CoverageGap(T0 + 10, T0 + 101, RadioReason.SILENT)


def test_frames_long_after_a_restart_prove_nothing() -> None:
    station = Station()
    station.listen(10)
    station.run(100)
    station.heard()
    assert station.last().state is Hearing.HEARS
    assert station.gaps == []


def test_frames_before_a_restart_prove_nothing() -> None:
    station = Station()
    station.listen(10)
    station.run(60)
    station.heard()
    assert station.gaps == []


@pytest.mark.parametrize(
    ("state", "adapter", "reason", "remedy"),
    [
        (OFF, "", RadioReason.POWERED_OFF, "bluetoothctl power on"),
        (GONE, "", RadioReason.ADAPTER_MISSING, "bluetoothctl list"),
        (GONE._replace(name=""), "", RadioReason.NO_ADAPTER, "bluetoothctl list"),
        (GONE._replace(name=""), "hci7", RadioReason.ADAPTER_MISSING, "bluetoothctl list"),
        (NO_DAEMON, "", RadioReason.NO_DAEMON, "sudo systemctl start bluetooth"),
        (NO_BUS, "", RadioReason.NO_DBUS, "sudo systemctl start dbus"),
    ],
)
def test_a_known_death_is_told_at_once_with_its_remedy(
    state: AdapterState, adapter: str, reason: RadioReason, remedy: str
) -> None:
    station = Station(adapter=adapter)
    station.listen(5)
    station.adapter(state)
    assert (station.last().state, station.last().reason) == (Hearing.DEAF, reason)
    assert remedy in station.last().remedy
    assert station.last().retry_in == 1.0


def test_a_discovery_that_ended_is_a_death_once_it_stays_ended() -> None:
    station = Station()
    station.listen(5)
    station.adapter(IDLE)
    assert station.last().state is Hearing.HEARS
    station.restarts_work = False
    station.run(2)
    assert (station.last().state, station.last().reason) == (Hearing.DEAF, RadioReason.SCAN_DIED)
    station.restarts_work = True
    station.run(2)
    station.heard()
    assert station.gaps == [CoverageGap(T0 + 5, T0 + 8, RadioReason.SCAN_DIED)]


def test_a_discovery_that_flickers_is_none() -> None:
    station = Station()
    station.listen(5)
    station.adapter(IDLE)
    station.run(1)
    station.adapter(WELL)
    station.listen(60)
    assert [change.state for change in station.told] == [Hearing.STARTING, Hearing.HEARS]


def test_bluez_may_say_late_that_the_scan_runs() -> None:
    station = Station(watched=False)
    station.adapter(IDLE)
    station.run(1)
    station.adapter(WELL)
    station.run(10)
    assert [change.state for change in station.told] == [Hearing.STARTING]


def test_attempts_back_off_to_a_minute() -> None:
    station = Station()
    station.restarts_work = False
    station.adapter(OFF)
    station.run(600)
    assert all(step == Restart() for _, step in station.steps)
    times = [time for time, _ in station.steps]
    assert times[:7] == [1, 3, 7, 15, 31, 63, 123]
    assert {later - sooner for sooner, later in pairwise(times[5:])} == {60}
    assert station.last().state is Hearing.DEAF
    assert station.last().retry_in == 60


def test_a_scan_that_dies_while_the_adapter_is_well_gets_a_reset_at_the_fourth_failure() -> None:
    station = Station()
    station.restarts_work = False
    station.adapter(IDLE)
    station.run(100)
    kinds = [type(step) for _, step in station.steps]
    assert kinds[:6] == [Restart, Restart, Restart, Restart, ResetAdapter, Restart]


def test_the_adapter_coming_back_ends_the_wait_and_tells_the_gap() -> None:
    station = Station()
    station.listen(5)
    station.restarts_work = False
    station.adapter(OFF)
    station.run(100)
    station.restarts_work = True
    station.adapter(WELL)
    station.run(0)
    assert station.steps[-1][0] == 105
    assert station.last().message.startswith("The Bluetooth scan is running again")
    station.run(3)
    station.heard()
    assert station.last().state is Hearing.HEARS
    assert station.last().gap == CoverageGap(T0 + 5, T0 + 105, RadioReason.POWERED_OFF)
    assert "100 s" in station.last().message


def test_a_gap_is_told_by_the_silence_alarm_if_nobody_is_there_any_more() -> None:
    station = Station()
    station.listen(5)
    station.adapter(OFF)
    station.adapter(WELL)
    station.run(31)
    assert station.last().state is Hearing.SILENT
    assert station.last().gap == CoverageGap(T0 + 5, T0 + 5, RadioReason.POWERED_OFF)


def test_two_deaths_with_nothing_heard_between_are_one_gap() -> None:
    station = Station()
    station.listen(5)
    station.adapter(OFF)
    station.run(1)  # restarted too early: the adapter goes off again
    station.adapter(WELL)
    station.adapter(OFF)
    station.run(10)
    station.adapter(WELL)
    station.run(1)
    station.heard()
    (gap,) = station.gaps
    assert (gap.start, gap.why) == (T0 + 5, RadioReason.POWERED_OFF)


def test_a_scan_that_dies_after_each_start_is_not_started_in_a_storm() -> None:
    station = Station()
    station.listen(5)
    for _ in range(600):
        station.adapter(IDLE)
        station.run(1)
        station.adapter(IDLE)
    assert len(station.steps) < 20


def test_back_off_begins_anew_once_it_has_heard_again() -> None:
    station = Station()
    station.restarts_work = False
    station.adapter(OFF)
    station.run(600)
    station.restarts_work = True
    station.adapter(WELL)
    station.listen(5)
    station.adapter(OFF)
    assert station.last().retry_in == 1.0


def test_silence_that_turns_out_to_be_death_counts_from_the_last_frame() -> None:
    station = Station()
    station.listen(5)
    station.restarts_work = False
    station.run(95)  # silent at 35, a restart that fails at 95
    assert station.last().state is Hearing.DEAF
    station.restarts_work = True
    station.run(60)
    station.heard()
    assert station.gaps[0].start == T0 + 5


def test_a_scan_that_starts_is_believed_more_than_an_old_report() -> None:
    station = Station()
    station.listen(5)
    station.adapter(NO_BUS)  # the watch lost its connection, and stays without
    station.run(1)
    station.heard()
    station.listen(60)
    assert station.last().state is Hearing.HEARS
    assert len(station.steps) == 1


@pytest.mark.parametrize("alive", [True, False])
def test_systems_that_never_forget_get_a_fresh_scan_every_quarter_of_an_hour(alive: bool) -> None:
    station = Station(watched=False, refresh=True)
    if alive:
        station.listen(3601)
        assert [time for time, _ in station.steps] == [900, 1800, 2700, 3600]
        assert station.last().state is Hearing.HEARS
    else:
        station.run(3600)
        assert len(station.steps) < 9


def test_the_end_tells_an_open_gap() -> None:
    station = Station()
    station.listen(5)
    station.restarts_work = False
    station.adapter(OFF)
    station.run(20)
    station.tell(station.monitor.stopped(station.now))
    assert station.last().gap == CoverageGap(T0 + 5, T0 + 25, RadioReason.POWERED_OFF)


def test_the_end_tells_a_gap_that_is_over_but_untold() -> None:
    station = Station()
    station.listen(5)
    station.adapter(OFF)
    station.adapter(WELL)
    station.run(10)
    station.tell(station.monitor.stopped(station.now))
    assert station.last().gap == CoverageGap(T0 + 5, T0 + 5, RadioReason.POWERED_OFF)


@pytest.mark.parametrize("seconds", [1, 45])
def test_the_end_tells_no_gap_where_none_is_proven(seconds: float) -> None:
    station = Station()
    station.listen(5)
    station.run(seconds)
    assert station.monitor.stopped(station.now) == ()


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["heard", "works", "fails", WELL, OFF, IDLE, GONE, NO_DAEMON, NO_BUS]),
            st.floats(0, 400),
        ),
        max_size=40,
    )
)
def test_whatever_happens_gaps_are_disjoint_and_steps_are_few(
    story: list[tuple[str | AdapterState, float]],
) -> None:
    station = Station()
    for fact, pause in story:
        if isinstance(fact, AdapterState):
            station.adapter(fact)
        elif fact == "heard":
            station.heard()
        else:
            station.restarts_work = fact == "works"
        station.run(pause)
    station.tell(station.monitor.stopped(station.now))
    assert all(gap.start <= gap.end for gap in station.gaps)
    assert all(sooner.end <= later.start for sooner, later in pairwise(station.gaps))
    assert len(station.steps) <= 10 * len(story) + (station.now - T0) / 60 + 10
