"""The index of a log's lines, what a filter finds, and the rows, without a terminal."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from headcount.core.model import NIL_UUID, Instant, Kind, Record
from headcount.core.review import LogFilter, LogRow, Place, RecordState, Refusal, Standing
from headcount.store import log_blocks
from headcount.store.log_find import find, find_newer
from headcount.store.log_index import LogIndex, Numbered
from headcount.store.log_match import Search
from headcount.store.log_reader import read_all
from headcount.store.log_rows import read_rows
from headcount.store.log_segment import Segment
from headcount.store.logline import encode

START = 1_753_000_000_000
BADGES = [f"{n:08x}-0000-4000-8000-00000000000{n}" for n in range(5)]


def line(n: int, *, badge: int = 0, kind: Kind = Kind.SIGHTING, at: int | None = None) -> bytes:
    wall = START + n * 1000 if at is None else at
    record = Record(BADGES[badge], "Door", Instant(wall, n, "boot-1"), kind, rssi=-60)
    return encode(record, n + 1, "session")


def opened(path: Path) -> LogIndex:
    index = LogIndex(path)
    index.open()
    for _ in index.build():
        pass
    return index


def rows(index: LogIndex, standings: Sequence[Standing] = ()) -> list[LogRow]:
    places = [index.lines.place(n) for n in range(index.lines.first, index.lines.last)]
    return read_rows(index, places, standings or [Standing()] * len(index.files))


def found(index: LogIndex, wish: LogFilter, *standings: Standing) -> list[Place]:
    search = Search(wish, standings or [Standing()] * len(index.files))
    numbered = Numbered()
    for _ in find(index, search, numbered, lambda: False):
        pass
    return [numbered.place(n) for n in range(numbered.first, numbered.last)]


@pytest.fixture(params=[1 << 20, 600, 100])
def block(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """Blocks that hold everything, a few lines, and less than one line."""
    monkeypatch.setattr(log_blocks, "BLOCK", request.param)
    return int(request.param)


@pytest.mark.usefixtures("block")
@pytest.mark.parametrize("count", [0, 1, 2, 3, 40])
def test_the_newest_line_is_first_and_all_are_there(tmp_path: Path, count: int) -> None:
    log = tmp_path / "log.jsonl"
    log.write_bytes(b"".join(map(line, range(count))))
    found_rows = rows(opened(log))
    assert [row.seq for row in found_rows] == list(range(count, 0, -1))
    assert [row.line for row in found_rows] == list(range(count, 0, -1))
    assert all(row.sealed and row.state is RecordState.UNSENT for row in found_rows)


def test_the_first_lines_are_readable_before_the_index_is_complete(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_blocks, "BLOCK", 1000)
    log = tmp_path / "log.jsonl"
    log.write_bytes(b"".join(map(line, range(100))))
    index = LogIndex(log)
    index.open()
    known = next(index.build())
    assert 0 < known < 10
    assert not index.complete
    assert 0 < index.progress < 1
    newest = rows(index)[0]
    assert (newest.seq, newest.line) == (100, None)


def test_building_can_be_broken_off(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    log.write_bytes(line(0))
    index = LogIndex(log)
    index.open()
    assert list(index.build(lambda: True)) == []
    assert len(index.lines) == 0


def test_a_log_that_does_not_exist_is_empty(tmp_path: Path) -> None:
    index = opened(tmp_path / "none.jsonl")
    assert len(index.lines) == 0
    assert index.complete
    assert index.at_time(START) is None
    assert index.follow() == 0


@pytest.mark.usefixtures("block")
def test_all_files_of_a_log_are_one_list(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    log.write_bytes(line(0) + line(1))
    (tmp_path / "log-0002.jsonl").write_bytes(line(2) + line(3))
    found_rows = rows(opened(log))
    assert [row.seq for row in found_rows] == [4, 3, 2, 1]
    assert [(Path(row.file).name, row.line) for row in found_rows] == [
        ("log-0002.jsonl", 2),
        ("log-0002.jsonl", 1),
        ("log.jsonl", 2),
        ("log.jsonl", 1),
    ]


@pytest.mark.usefixtures("block")
def test_what_is_written_later_is_followed(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    log.write_bytes(line(0))
    index = opened(log)
    with log.open("ab") as file:
        file.write(line(1) + line(2))
    (tmp_path / "log-0002.jsonl").write_bytes(line(3))
    assert index.follow() == 3
    assert index.lines.first == -3
    assert [(row.seq, row.line) for row in rows(index)] == [(4, 1), (3, 3), (2, 2), (1, 1)]
    assert index.follow() == 0


def test_a_line_in_the_making_is_left_out_and_taken_up_when_it_is_whole(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    scanner = Segment.open(log)
    try:
        scanner.write(line(0)[:50])
        index = opened(log)
        assert len(index.lines) == 0
        scanner.write(line(0)[50:])
        assert index.follow() == 1
        assert rows(index)[0].sealed
    finally:
        scanner.close()


@pytest.mark.parametrize(
    ("tail", "state", "why"),
    [
        (line(1)[:-1], RecordState.UNSENT, ()),
        (line(1)[:40], RecordState.DAMAGED, ("the line was cut off",)),
    ],
)
def test_a_last_line_without_newline_is_a_row(
    tmp_path: Path, tail: bytes, state: RecordState, why: tuple[str, ...]
) -> None:
    log = tmp_path / "log.jsonl"
    log.write_bytes(line(0) + tail)
    index = opened(log)
    newest = rows(index)[0]
    assert (newest.line, newest.state) == (2, state)
    assert tuple(damage.why for damage in newest.damages) == why
    with log.open("ab") as file:  # the next scanner ends the line, and goes on
        file.write(b"\n" + line(2))
    assert index.follow() == 1
    assert rows(index)[0].seq == 3


@pytest.mark.usefixtures("block")
def test_damage_is_a_row_of_its_own_with_line_and_byte(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    flipped = line(1).replace(b"Door", b"Dxor")
    joined = b"xx" + line(2)
    log.write_bytes(line(0) + flipped + joined + b"\0\0\0\n" + b"y" * 70_000 + b"\n" + line(3))
    index = opened(log)
    found_rows = rows(index)
    damaged = [row for row in found_rows if row.state is RecordState.DAMAGED]
    assert [(row.line, row.salvaged) for row in damaged] == [(5, 0), (4, 0), (3, 1), (2, 0)]
    assert [row.damages[0].why for row in damaged] == [
        "longer than 65536 bytes",
        "NUL bytes",
        "not JSON",
        "the checksum does not match",
    ]
    assert damaged[3].damages[0].start == len(line(0))
    assert damaged[2].ble_uuid == BADGES[0]
    wish = LogFilter(states=frozenset({RecordState.DAMAGED}))
    assert found(index, wish) == [row.place for row in damaged]


def test_the_rows_and_the_reader_agree_about_damage(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    log.write_bytes(b"".join(bytes([n]) * 3 + b"\n" + line(n) for n in range(33, 60)))
    items = [item for item in read_all(log) if not hasattr(item, "raw")]
    damages = [damage for row in rows(opened(log)) for damage in row.damages]
    assert damages[::-1] == items


FOREIGN = [
    {"bleUuid": BADGES[2].upper(), "checkInTime": START + 5000, "scannerId": "Script"},
    {"bleUuid": BADGES[2].replace("-", ""), "checkInTime": START + 6000, "scannerId": "Script"},
    {"bleUuid": BADGES[3], "checkInTime": "soon", "scannerId": "Script"},
]


@pytest.fixture
def mixed(tmp_path: Path) -> LogIndex:
    """Lines 1 to 8: five of ours, three of another program's."""
    ours = [
        line(0, badge=0),
        line(1, badge=1),
        line(2, badge=1, kind=Kind.DEPARTURE),
        line(3, badge=0, kind=Kind.GAP),
        line(4, badge=2),
    ]
    others = [json.dumps(each).encode() + b"\n" for each in FOREIGN]
    log = tmp_path / "log.jsonl"
    log.write_bytes(b"".join([*ours, *others]))
    return opened(log)


@pytest.mark.parametrize(
    ("wish", "lines"),
    [
        (LogFilter(), [8, 7, 6, 5, 4, 3, 2, 1]),
        (LogFilter(badges=frozenset({BADGES[1]})), [3, 2]),
        (LogFilter(badges=frozenset({BADGES[2]})), [7, 6, 5]),
        (LogFilter(badges=frozenset()), []),
        (LogFilter(prefix="00000003"), [8]),
        (LogFilter(prefix="00000003", badges=frozenset({BADGES[0]})), [8, 4, 1]),
        (LogFilter(kinds=frozenset({"departure"})), [3]),
        (LogFilter(kinds=frozenset({"sighting"})), [8, 7, 6, 5, 2, 1]),
        (LogFilter(kinds=frozenset({"gap", "departure"})), [4, 3]),
        (LogFilter(since_ms=START + 3000), [7, 6, 5, 4]),
        (LogFilter(until_ms=START + 1000), [2, 1]),
        (LogFilter(since_ms=START + 1000, until_ms=START + 3000), [4, 3, 2]),
        (LogFilter(since_ms=START, kinds=frozenset({"gap"})), [4]),
        (LogFilter(badges=frozenset({BADGES[1]}), kinds=frozenset({"sighting"})), [2]),
    ],
)
@pytest.mark.usefixtures("block")
def test_a_filter_finds_what_it_says(mixed: LogIndex, wish: LogFilter, lines: list[int]) -> None:
    assert [mixed.number_of(place) for place in found(mixed, wish)] == lines


@pytest.mark.usefixtures("block")
@pytest.mark.parametrize(
    ("state", "lines"),
    [
        (RecordState.SENT, [3, 1]),
        (RecordState.UNSENT, [8, 7, 6, 5]),
        (RecordState.REFUSED, [2]),
        (RecordState.DISCARDED, [4]),
        (RecordState.DAMAGED, []),
        (RecordState.VOID, []),
    ],
)
@pytest.mark.parametrize("before_newline", [0, 1])
def test_a_state_finds_what_the_receipt_says(
    mixed: LogIndex, state: RecordState, lines: list[int], before_newline: int
) -> None:
    starts = [mixed.lines.place(n).start for n in range(8)][::-1]
    refused = {
        starts[1]: Refusal("a", "BAD", "no", START),
        starts[3]: Refusal("b", "BAD", "no", START, RecordState.DISCARDED, "test"),
    }
    standing = Standing(acked_bytes=starts[4] - before_newline, refused=refused)
    places = found(mixed, LogFilter(states=frozenset({state})), standing)
    assert [mixed.number_of(place) for place in places] == lines


def test_a_taken_back_record_is_void(mixed: LogIndex) -> None:
    search = Search(LogFilter(states=frozenset({RecordState.VOID})), [Standing()], {"session-2"})
    numbered = Numbered()
    assert list(find(mixed, search, numbered, lambda: False))[-1] == 1.0
    assert [mixed.number_of(numbered.place(n)) for n in range(numbered.last)] == [2]


def test_a_search_can_be_broken_off(mixed: LogIndex) -> None:
    numbered = Numbered()
    assert list(find(mixed, Search(LogFilter(), [Standing()]), numbered, lambda: True)) == []
    assert len(numbered) == 0


def test_a_search_goes_on_with_what_is_written_later(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    log.write_bytes(line(0, badge=1))
    index = opened(log)
    search = Search(LogFilter(badges=frozenset({BADGES[1]})), [Standing()])
    numbered = Numbered()
    list(find(index, search, numbered, lambda: False))
    with log.open("ab") as file:
        file.write(line(1, badge=1) + line(2, badge=2) + line(3, badge=1))
    find_newer(index, search, numbered, index.follow())
    places = [numbered.place(n) for n in range(numbered.first, numbered.last)]
    assert [index.number_of(place) for place in places] == [4, 2, 1]


@pytest.mark.usefixtures("block")
@pytest.mark.parametrize(
    ("seconds", "line_number"), [(0, 1), (17, 18), (17.4, 18), (-1000, 1), (99_999, 60)]
)
def test_a_time_is_jumped_to(tmp_path: Path, seconds: float, line_number: int) -> None:
    log = tmp_path / "log.jsonl"
    log.write_bytes(b"".join(map(line, range(60))))
    index = opened(log)
    number = index.at_time(START + int(seconds * 1000))
    assert number is not None
    assert index.number_of(index.lines.place(number)) == line_number


@pytest.mark.usefixtures("block")
def test_a_jump_finds_its_time_although_the_clock_began_in_1970(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    early = [line(n, at=n * 1000) for n in range(20)]
    late = [line(n) for n in range(20, 40)]
    back = [line(n, at=START - 3_600_000 + n * 1000) for n in range(40, 60)]
    log.write_bytes(b"".join([*early, *late, *back]))
    index = opened(log)
    for time_ms, expected in (
        (5_000, 6),
        (START + 25_000, 26),
        (START - 3_600_000 + 45_000, 46),
    ):
        number = index.at_time(time_ms)
        assert number is not None
        assert index.number_of(index.lines.place(number)) == expected


def test_the_nearest_line_of_a_filter_is_found(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    log.write_bytes(line(0))
    numbered = Numbered()
    assert numbered.nearest(Place(0, 5)) is None
    numbered.newer(1, [300])
    assert numbered.nearest(Place(0, 5)) == -1
    numbered.older(0, [100, 200])
    numbered.newer(1, [400])
    places = [(1, 500), (1, 400), (1, 350), (0, 250), (0, 200), (0, 150), (0, 50)]
    found_numbers = [numbered.nearest(Place(*place)) for place in places]
    assert found_numbers == [-2, -2, -1, 0, 0, 1, 1]


def test_acts_are_found_by_their_person_and_what_they_take_back_is_void(tmp_path: Path) -> None:
    at = Instant(START + 9000, 9, "boot-1")
    by_hand = Record(NIL_UUID, "Door", at, Kind.MANUAL, user="ada", by="Eve")
    void = Record(NIL_UUID, "Door", at, Kind.VOID, why="wrong Ada", of="session-9", by="Eve")
    log = tmp_path / "log.jsonl"
    log.write_bytes(line(0) + encode(by_hand, 9, "session") + encode(void, 10, "session"))
    index = opened(log)
    wish = LogFilter(badges=frozenset({"ada"}))
    assert [index.number_of(place) for place in found(index, wish)] == [2]
    assert index.voided == {"session-9"}
    places = [index.lines.place(n) for n in range(3)]
    undo, taken_back, _ = read_rows(index, places, [Standing()], index.voided)
    assert (undo.of, undo.by, undo.why) == ("session-9", "Eve", "wrong Ada")
    assert (taken_back.state, taken_back.user) == (RecordState.VOID, "ada")


THEIRS = (
    json.dumps({"bleUuid": BADGES[1], "checkInTime": START + 5000, "scannerId": "x"}) + "\n"
).encode()


def at(second: int) -> int:
    return START + second * 1000


@pytest.mark.parametrize(
    "wish",
    [
        LogFilter(until_ms=at(30)),
        LogFilter(since_ms=at(770)),
        LogFilter(since_ms=at(200), until_ms=at(205)),
        LogFilter(since_ms=at(9000)),
        LogFilter(kinds=frozenset({"departure"})),
        LogFilter(kinds=frozenset({"gap"})),
        LogFilter(kinds=frozenset({"sighting"}), until_ms=at(12)),
        LogFilter(states=frozenset({RecordState.SENT}), until_ms=at(100)),
        LogFilter(states=frozenset({RecordState.UNSENT}), until_ms=at(100)),
    ],
    ids=str,
)
@pytest.mark.parametrize("foreign", [False, True], ids=["ours", "another program's lines"])
def test_what_the_index_noted_changes_how_much_is_read_not_what_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wish: LogFilter, *, foreign: bool
) -> None:
    monkeypatch.setattr(log_blocks, "BLOCK", 3000)
    log = tmp_path / "log.jsonl"
    kinds = [Kind.DEPARTURE if n % 100 == 7 else Kind.SIGHTING for n in range(800)]
    written = [line(n, kind=kind, at=START + n * 1000) for n, kind in enumerate(kinds)]
    if foreign:
        written[3::50] = [THEIRS] * len(written[3::50])
    log.write_bytes(b"".join(written))
    index = opened(log)
    standing = Standing(acked_bytes=sum(map(len, written[:60])) - 1)
    quick = found(index, wish, standing)
    looked_at = blocks_read(index, wish, standing)
    index.files[0].summaries.clear()
    assert quick == found(index, wish, standing)
    assert looked_at <= blocks_read(index, wish, standing)


def blocks_read(index: LogIndex, wish: LogFilter, standing: Standing) -> int:
    return sum(1 for _ in find(index, Search(wish, [standing]), Numbered(), lambda: False))


def test_the_far_end_of_a_log_is_found_without_reading_it_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_blocks, "BLOCK", 3000)
    log = tmp_path / "log.jsonl"
    log.write_bytes(b"".join(map(line, range(2000))))
    index = opened(log)
    assert blocks_read(index, LogFilter(until_ms=at(5)), Standing()) == 1
    assert blocks_read(index, LogFilter(kinds=frozenset({"gap"})), Standing()) == 0
    assert blocks_read(index, LogFilter(), Standing()) > 100
