import json
import os
import stat
import tracemalloc
import uuid
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headcount.ble import replay
from headcount.ble.decode import Decoder, FormatRules
from headcount.ble.playback import STEP_SECONDS
from headcount.ble.recording import MAX_LINE_BYTES, FrameWriter, from_line, to_line
from headcount.ble.replay import ReplayRadio
from headcount.ble.simulated import Crowd, SimulatedRadio
from headcount.clock import ManualClock, SystemClock
from headcount.core.errors import HeadcountError, RadioError, RadioReason, UsageError
from headcount.core.model import Advertisement, Format, Frame, Hearing, HearingChanged

ONE = "11111111-2222-4333-8444-555555555555"
TWO = "22222222-2222-4333-8444-555555555555"
RULES = FormatRules(service_data_services=frozenset({"fd6f"}))
CROWD = Crowd(
    phones=[str(uuid.UUID(int=number << 64 | 1 << 63)) for number in range(1, 25)],
    strangers=4,
    background_apps=2,
    duration_seconds=40,
    formats=tuple(Format),
)
WALL_MS = 1_721_471_400_000


class Listener:
    def __init__(self) -> None:
        self.heard: list[Advertisement] = []
        self.changes: list[HearingChanged] = []

    def advertisement(self, advertisement: Advertisement) -> None:
        self.heard.append(advertisement)

    def hearing(self, change: HearingChanged) -> None:
        self.changes.append(change)

    @property
    def ids(self) -> list[str]:
        return [advertisement.ble_uuid for advertisement in self.heard]


def line(t: float, ble_uuid: str = ONE, **members: Any) -> str:
    return json.dumps({"t": t, "rssi": -60, "address": "A", "serviceUuids": [ble_uuid]} | members)


def recorded(path: Path, *lines: str) -> Path:
    path.write_text("".join(f"{text}\n" for text in lines), encoding="utf-8")
    return path


def containing(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "adverts.jsonl"


async def replayed(path: Path, clock: ManualClock | None = None) -> tuple[ReplayRadio, Listener]:
    radio = ReplayRadio(path, Decoder(RULES), clock or ManualClock(), speed=0)
    listener = Listener()
    await radio.run(listener)
    return radio, listener


# Recording and replaying


async def test_a_recorded_crowd_comes_back_as_it_was(path: Path) -> None:
    clock = ManualClock(mono=500.0)
    live = Listener()
    with FrameWriter(path, clock) as writer:
        radio = SimulatedRadio(Decoder(RULES), clock, CROWD, speed=0, tap=writer)
        await radio.run(live)
    again, listener = await replayed(path, ManualClock(mono=9_000.0))
    assert listener.ids == live.ids
    assert [heard.rssi for heard in listener.heard] == [heard.rssi for heard in live.heard]
    shift = listener.heard[0].mono - live.heard[0].mono
    assert [heard.mono - shift for heard in listener.heard] == pytest.approx(
        [heard.mono for heard in live.heard], abs=1e-5
    )
    for name in ("frames", "identified", "background_apps"):
        assert getattr(again.counters(), name) == getattr(radio.counters(), name) > 0
    assert again.counters().frames == writer.written
    assert again.trouble() == ""


def test_the_recording_is_the_documented_json(path: Path) -> None:
    clock = ManualClock(wall_ms=WALL_MS, mono=100.0)
    with FrameWriter(path, clock) as writer:
        writer(Frame("4A:00:00:00:00:01", -61, 100.25, [ONE], {76: b"\x10\x05"}, {TWO: b"\xff"}))
    assert json.loads(path.read_text(encoding="utf-8")) == {
        "t": 0.25,
        "wall": WALL_MS + 250,
        "address": "4A:00:00:00:00:01",
        "rssi": -61,
        "serviceUuids": [ONE],
        "manufacturerData": {"76": "1005"},
        "serviceData": {TWO: "ff"},
    }


async def test_a_replay_can_be_recorded(path: Path, tmp_path: Path) -> None:
    recorded(path, line(0), line(1.5, TWO))
    clock = ManualClock()
    copy = tmp_path / "copy.jsonl"
    with FrameWriter(copy, clock) as writer:
        await ReplayRadio(path, Decoder(), clock, speed=0, tap=writer).run(Listener())
    assert (await replayed(copy))[1].ids == [ONE, TWO]


@given(
    st.builds(
        Frame,
        st.text(max_size=20),
        st.integers(-127, 127),
        st.floats(0, 1e6),
        st.lists(st.uuids().map(str), max_size=3).map(tuple),
        st.dictionaries(st.integers(0, 0xFFFF), st.binary(max_size=30), max_size=3),
        st.dictionaries(st.uuids().map(str), st.binary(max_size=30), max_size=3),
    )
)
def test_every_frame_survives_its_line(frame: Frame) -> None:
    back = from_line(to_line(frame, frame.mono, WALL_MS).encode())
    assert back.frame == frame._replace(mono=round(frame.mono, 6))
    assert back.wall_ms == WALL_MS


def test_the_recording_is_for_its_owner_alone(path: Path) -> None:
    FrameWriter(path, ManualClock()).close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_an_existing_file_is_never_overwritten(path: Path) -> None:
    path.write_text("precious", encoding="utf-8")
    with pytest.raises(UsageError, match="exists already"):
        FrameWriter(path, ManualClock())
    assert path.read_text(encoding="utf-8") == "precious"


def test_a_recording_in_no_folder_is_refused(path: Path) -> None:
    with pytest.raises(UsageError, match="folder"):
        FrameWriter(path / "deeper.jsonl", ManualClock())


def test_flush_makes_the_lines_readable(path: Path) -> None:
    with FrameWriter(path, ManualClock()) as writer:
        writer(Frame("A", -60, 1000.0, [ONE]))
        writer.flush()
        assert path.read_text(encoding="utf-8").endswith("\n")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has /dev/full")
def test_a_full_disk_stops_the_recording_not_the_radio(path: Path) -> None:
    writer = FrameWriter(path, ManualClock())
    full = os.open("/dev/full", os.O_WRONLY)
    os.dup2(full, writer._file.fileno())
    os.close(full)
    for number in range(1000):
        writer(Frame("A", -60, 1000.0 + number, [ONE]))
    writer.flush()
    assert writer.written < 1000
    with pytest.raises(HeadcountError, match="No space left"):
        writer.close()


# Times


async def test_frames_keep_their_distances(path: Path) -> None:
    recorded(path, line(7.0), line(7.1, TWO), line(12.0))
    _, listener = await replayed(path, ManualClock(mono=50.0))
    assert [heard.mono for heard in listener.heard] == pytest.approx([50.0, 50.1, 55.0])


async def test_a_fast_replay_carries_the_recorded_times(path: Path) -> None:
    recorded(path, line(3, wall=WALL_MS), line(63, wall=WALL_MS + 60_000))
    clock = ManualClock()
    await replayed(path, clock)
    assert clock.now().wall_ms == pytest.approx(WALL_MS + 60_000, abs=1000 * STEP_SECONDS)


async def test_without_recorded_times_the_wall_clock_stays(path: Path) -> None:
    clock = ManualClock(wall_ms=WALL_MS)
    await replayed(recorded(path, line(0)), clock)
    assert clock.now().wall_ms == WALL_MS


async def test_at_speed_1_the_present_time_counts(path: Path) -> None:
    recorded(path, line(0, wall=1_000))
    clock = SystemClock()
    before = clock.now()
    listener = Listener()
    await ReplayRadio(path, Decoder(), clock).run(listener)
    assert before.mono <= listener.heard[0].mono <= clock.now().mono
    assert clock.now().wall_ms >= before.wall_ms


async def test_the_radio_hears_from_the_beginning(path: Path) -> None:
    _, listener = await replayed(recorded(path, line(0)), ManualClock(mono=5.0))
    assert [(change.state, change.mono) for change in listener.changes] == [(Hearing.HEARS, 5.0)]


async def test_a_finite_speed_is_that_many_times_faster(path: Path) -> None:
    recorded(path, line(0), line(100, TWO))
    clock = SystemClock()
    began = clock.now().mono
    radio = ReplayRadio(path, Decoder(), ManualClock(), speed=1000)
    await radio.run(Listener())
    assert clock.now().mono - began >= 0.1


# Sniffer captures


async def test_a_capture_of_raw_bytes(path: Path) -> None:
    raw = "0201061aff4c0002154142434445464748494041424344454600010002f8"
    recorded(path, json.dumps({"t": 1_721_471_400.5, "rssi": -70, "address": "A", "raw": raw}))
    _, listener = await replayed(path)
    assert listener.heard == [Advertisement("41424344-4546-4748-4940-414243444546", -70, 1000.0)]


async def test_frames_a_little_out_of_order_are_kept(path: Path) -> None:
    _, listener = await replayed(recorded(path, line(5), line(4.5, TWO), line(6)))
    assert [heard.mono for heard in listener.heard] == [1000.0, 1000.0, 1001.0]


# Damage


@pytest.mark.parametrize(
    ("broken", "why"),
    [
        ("{", "no JSON"),
        ("[" * 100_000, "longer than"),
        ("[" * 60_000, "no JSON"),
        ("[]", "no JSON object"),
        ("\0" * 50, "no JSON"),
        (line(0).replace("-60", '"-60"'), "rssi"),
        (line(0, rssi=True), "rssi"),
        (line(0, rssi=-300), "rssi"),
        (line(0, address=7), "address"),
        (line(0, wall=-1), "wall"),
        (line(0, wall=1.5), "wall"),
        (line(0, serviceUuids="x"), "serviceUuids"),
        (line(0, serviceUuids=[7]), "serviceUuids"),
        (line(0, manufacturerData={"76": "0g"}), "manufacturerData is not hex"),
        (line(0, manufacturerData={"76": 5}), "manufacturerData is not hex"),
        (line(0, manufacturerData={"apple": ""}), "company"),
        (line(0, manufacturerData=[]), "manufacturerData is no object"),
        (line(0, serviceData={ONE: "0"}), "serviceData is not hex"),
        (line(0, raw="xyz"), "raw"),
        ('{"rssi": -60}', "t is no number"),
        (line(0).replace('"t": 0', '"t": NaN'), "t is no number"),
        (line(0).replace('"t": 0', '"t": 1e999'), "t is no number"),
        (line(0).replace('"t": 0', '"t": 1' + "0" * 400), "t is no number"),
        (line(0).replace('"t": 0', '"t": 1' + "0" * 5000), "no JSON"),
        (line(-1), "t is no number"),
        (line(100_000), "more than a day"),
        (line(5), "goes back"),
    ],
)
async def test_a_broken_line_is_named_and_skipped(path: Path, broken: str, why: str) -> None:
    radio, listener = await replayed(recorded(path, line(10), broken, line(11, TWO)))
    assert listener.ids == [ONE, TWO]
    assert radio.broken_count == 1
    assert radio.broken[0].line == 2
    assert why in radio.broken[0].why
    assert "line 2" in radio.trouble()


async def test_bytes_that_are_no_text_are_a_broken_line(path: Path) -> None:
    radio, listener = await replayed(containing(path, b"\xff\xfe\n" + line(0).encode() + b"\n"))
    assert (radio.broken_count, listener.ids) == (1, [ONE])


async def test_a_torn_last_line_is_a_broken_line(path: Path) -> None:
    radio, listener = await replayed(containing(path, f"{line(0)}\n{line(1)[:20]}".encode()))
    assert (radio.broken_count, listener.ids) == (1, [ONE])


async def test_a_last_line_without_newline_counts(path: Path) -> None:
    radio, listener = await replayed(containing(path, f"{line(0)}\n\n{line(1)}".encode()))
    assert (radio.broken_count, listener.ids) == (0, [ONE, ONE])


async def test_many_broken_lines_are_counted_but_not_all_named(path: Path) -> None:
    radio, _ = await replayed(recorded(path, line(0), *["?"] * 100))
    assert radio.broken_count == 100
    assert len(radio.broken) == replay.BROKEN_KEPT
    assert "80 more lines" in radio.trouble()


async def test_a_line_without_end_is_not_loaded(path: Path) -> None:
    """A line of 100 times the limit is one broken line, and is never in memory as a whole."""
    size = 100 * MAX_LINE_BYTES
    containing(path, bytes(size) + b"\n" + line(0).encode())
    tracemalloc.start()
    try:
        radio, listener = await replayed(path)
        assert tracemalloc.get_traced_memory()[1] < size / 4
    finally:
        tracemalloc.stop()
    assert (radio.broken_count, listener.ids) == (1, [ONE])


@given(st.binary(max_size=200))
def test_no_bytes_crash_the_reader(raw: bytes) -> None:
    try:
        from_line(raw)
    except ValueError as error:
        assert type(error) is ValueError  # noqa: PT017 - both outcomes are right


@pytest.mark.parametrize("content", [b"", b"\n\n", b"hello\n", bytes(1000)])
async def test_a_file_without_adverts_is_refused(path: Path, content: bytes) -> None:
    with pytest.raises(UsageError, match="no adverts"):
        await replayed(containing(path, content))


async def test_a_missing_file_is_refused_with_its_name(path: Path) -> None:
    with pytest.raises(UsageError, match=r"adverts\.jsonl.*No such file.*replay:FILE"):
        await replayed(path)


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="only Linux has /proc/self/mem")
async def test_a_file_that_can_not_be_read_to_its_end_is_a_radio_error() -> None:
    with pytest.raises(RadioError, match="can't be read to its end") as caught:
        await replayed(Path("/proc/self/mem"))
    assert (caught.value.reason, caught.value.exit_code) == (RadioReason.UNKNOWN, 3)


async def test_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="directory"):
        await replayed(tmp_path)


async def test_the_file_is_read_as_it_is_played(path: Path) -> None:
    """Of a long recording only the buffer's part is read when the first frame is heard."""
    recorded(path, *(line(number, address="B" * 1000) for number in range(1000)))

    class Impatient(Listener):
        def advertisement(self, advertisement: Advertisement) -> None:
            path.write_bytes(b"")
            super().advertisement(advertisement)

    listener = Impatient()
    await ReplayRadio(path, Decoder(), ManualClock(), speed=0).run(listener)
    assert 0 < len(listener.heard) < 300
