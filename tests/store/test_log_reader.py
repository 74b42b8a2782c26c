"""Reading, checking and archiving a log; nothing here may change a byte of it."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from headcount.core.errors import LogInUse, LogUnwritable
from headcount.core.model import Damage, Instant, LogLine, Record
from headcount.store import log_segment
from headcount.store.log_archive import archive
from headcount.store.log_prefix import Prefixes
from headcount.store.log_reader import distinct, prefix_digest, read_all, read_log
from headcount.store.log_segment import Segment, next_segment, segments
from headcount.store.log_tail import read_tail
from headcount.store.log_verify import verify
from headcount.store.logline import decode, encode

THREE = b'{"bleUuid": "a", "checkInTime": 1721471400000, "scannerId": "Door"}'


def line(seq: int, session: str = "s") -> bytes:
    """A line whose bleUuid tells its number."""
    instant = Instant(1_721_471_400_000 + seq, float(seq), "boot")
    return encode(Record(f"badge-{seq}", "Door", instant, rssi=-60), seq, session)


def lines(first: int, last: int, session: str = "s") -> bytes:
    return b"".join(line(seq, session) for seq in range(first, last + 1))


def names(items: Iterable[LogLine | Damage]) -> list[str]:
    return [decode(item.raw).ble_uuid for item in items if isinstance(item, LogLine)]


def intact(path: Path) -> list[str]:
    return names(read_log(path))


def badges(first: int, last: int) -> list[str]:
    return [f"badge-{seq}" for seq in range(first, last + 1)]


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "attendance_log.jsonl"


@pytest.fixture
def held(log: Path) -> Iterator[Segment]:
    segment = Segment.open(log)
    yield segment
    segment.close()


def test_lines_have_number_offset_and_bytes(log: Path) -> None:
    log.write_bytes(lines(1, 2))
    second = len(line(1))
    assert list(read_log(log)) == [
        LogLine(1, 0, line(1)[:-1]),
        LogLine(2, second, line(2)[:-1]),
    ]
    assert list(read_log(log, second)) == [LogLine(2, second, line(2)[:-1])]


def test_a_log_of_another_program_is_read(log: Path) -> None:
    log.write_bytes(b"\xef\xbb\xbf" + THREE + b"\r\n\n" + THREE + b"\n" + THREE)
    assert [(item.line, type(item)) for item in read_log(log)] == [
        (1, LogLine),
        (3, LogLine),
        (4, LogLine),
    ]


def test_a_cut_costs_only_the_line_that_it_goes_through(log: Path) -> None:
    whole = lines(1, 20)
    ends = [len(lines(1, seq)) for seq in range(21)]
    log.write_bytes(whole)
    for cut in range(len(whole), -1, -1):
        os.truncate(log, cut)
        found = list(read_log(log))
        kept = sum(end - 1 <= cut for end in ends[1:])  # a missing newline costs nothing
        assert names(found) == badges(1, kept), cut
        damages = [(item.start, item.end) for item in found if isinstance(item, Damage)]
        assert damages == [(ends[kept], cut)] * (cut > ends[kept]), cut


def test_every_single_damaged_byte_is_reported_and_costs_one_record_at_most(log: Path) -> None:
    whole = lines(1, 20)
    starts = [len(lines(1, seq)) for seq in range(21)]
    log.write_bytes(whole)
    with log.open("r+b", buffering=0) as file:
        for place, byte in enumerate(whole):
            os.pwrite(file.fileno(), bytes([byte ^ 1 << place % 8]), place)
            found = list(read_log(log))
            os.pwrite(file.fileno(), bytes([byte]), place)
            hit = sum(start <= place for start in starts)
            newline = place + 1 in starts  # then both neighbours are whole
            lost = [] if newline else [f"badge-{hit}"]
            assert names(found) == [name for name in badges(1, 20) if name not in lost], place
            assert any(isinstance(item, Damage) for item in found), place


@pytest.mark.parametrize(
    ("content", "damages"),
    [
        (line(1) + b"\0" * 40 + b"\n" + line(2), [(2, len(line(1)), len(line(1)) + 40)]),
        (line(1) + line(2)[:60] + line(3), [(2, len(line(1)), len(line(1)) + 60)]),
        (b"x" * 200_000 + b"\n" + line(1), [(1, 0, 200_001)]),
        (line(1) + b"x" * 200_000, [(2, len(line(1)), len(line(1)) + 200_000)]),
        (line(1) + line(2)[:60], [(2, len(line(1)), len(line(1)) + 60)]),
    ],
    ids=["NUL bytes", "torn line, then a good one", "endless line", "endless tail", "torn tail"],
)
def test_damage_has_line_and_byte_range(
    log: Path, content: bytes, damages: list[tuple[int, int, int]]
) -> None:
    log.write_bytes(content)
    found = [item for item in read_log(log) if isinstance(item, Damage)]
    assert [(damage.line, damage.start, damage.end) for damage in found] == damages
    assert intact(log)[0] == "badge-1"


def test_a_line_in_the_making_is_no_damage(log: Path, held: Segment) -> None:
    log.write_bytes(line(1) + line(2)[:60])
    assert [type(item) for item in read_log(log)] == [LogLine]


def test_files_of_a_log_are_read_in_the_order_of_writing(log: Path) -> None:
    for name, first in [("-0003", 5), ("", 1), ("-0002", 3)]:
        log.with_name(f"attendance_log{name}.jsonl").write_bytes(lines(first, first + 1))
    items = [item for item in read_all(log) if isinstance(item, LogLine)]
    assert [decode(item.raw).seq for item in items] == list(range(1, 7))
    assert next_segment(log).name == "attendance_log-0004.jsonl"


@pytest.mark.parametrize(
    "name", ["log-2025.jsonl", "log-20250720.jsonl", "log-2.jsonl", "log-0002"]
)
def test_a_file_of_a_similar_name_is_another_log(tmp_path: Path, name: str) -> None:
    (tmp_path / "log.jsonl").write_bytes(line(1))
    (tmp_path / name).write_bytes(line(2))
    assert segments(tmp_path / "log.jsonl") == [tmp_path / "log.jsonl"]


def test_a_rescued_record_counts_once(log: Path) -> None:
    log.write_bytes(lines(1, 3) + THREE + b"\n" + THREE + b"\n")
    log.with_name("attendance_log-0002.jsonl").write_bytes(lines(2, 5))
    kept = [item for item in distinct(read_all(log)) if isinstance(item, LogLine)]
    assert [decode(item.raw).ble_uuid for item in kept] == [
        "badge-1",
        "badge-2",
        "badge-3",
        "a",
        "a",
        "badge-4",
        "badge-5",
    ]


def test_verify_counts_an_intact_log(log: Path) -> None:
    log.write_bytes(lines(1, 200))
    found = verify(log)
    assert (found.intact, found.lines, found.bytes) == (True, 200, len(lines(1, 200)))


@pytest.mark.parametrize(
    ("content", "missing", "out_of_order", "duplicates"),
    [
        (lines(1, 3) + lines(6, 9) + lines(11, 12), ((4, 5), (10, 10)), [], ()),
        (lines(1, 2) + line(2) + line(3), (), [3], ("s-2",)),
        (line(1) + line(3) + line(2), (), [3], ()),
        (lines(2, 3), ((1, 1),), [], ()),
    ],
    ids=["lines gone", "a line doubled", "lines swapped", "the first line gone"],
)
def test_verify_sees_whole_lines_gone_doubled_or_swapped(
    log: Path,
    content: bytes,
    missing: tuple[tuple[int, int], ...],
    out_of_order: list[int],
    duplicates: tuple[str, ...],
) -> None:
    log.write_bytes(content)
    found = verify(log)
    assert not found.intact
    assert found.missing == missing
    assert found.files[0].out_of_order == out_of_order
    assert found.duplicates == duplicates
    assert found.damages == []


def test_a_rescue_into_a_new_file_is_intact(log: Path) -> None:
    log.write_bytes(lines(1, 3))
    log.with_name("attendance_log-0002.jsonl").write_bytes(lines(3, 5))
    found = verify(log)
    assert found.intact
    assert (found.lines, found.records, found.duplicates) == (6, 5, ("s-3",))


def test_verify_changes_nothing(log: Path) -> None:
    content = lines(1, 3) + b"\0\n" + line(4)[:50]
    log.write_bytes(content)
    log.chmod(0o400)
    before = log.stat().st_mtime_ns
    assert [damage.line for _, damage in verify(log).damages] == [4, 5]
    assert log.read_bytes() == content
    assert log.stat().st_mtime_ns == before
    assert [file.name for file in log.parent.iterdir()] == [log.name]


def test_a_log_that_does_not_exist_is_empty(log: Path) -> None:
    assert verify(log).lines == 0
    assert read_tail(log) == []
    assert list(read_all(log)) == []


@pytest.mark.parametrize("count", [0, 1, 5, 2999, 3000, 9999])
def test_the_tail_has_the_newest_lines_oldest_first(log: Path, count: int) -> None:
    log.write_bytes(lines(1, 1000))
    log.with_name("attendance_log-0002.jsonl").write_bytes(lines(1001, 3000))
    tail = [entry.seq for entry in read_tail(log, count)]
    assert tail == list(range(1, 3001))[max(0, 3000 - count) :]


def test_the_tail_leaves_out_damage_and_doubles(log: Path) -> None:
    log.write_bytes(lines(1, 3) + b"\0\0\n" + line(4)[:70])
    log.with_name("attendance_log-0002.jsonl").write_bytes(lines(3, 6))
    assert [entry.ble_uuid for entry in read_tail(log)] == badges(1, 6)


def test_a_digest_proves_a_prefix(log: Path) -> None:
    log.write_bytes(lines(1, 9))
    first = lines(1, 4)
    assert prefix_digest(log, len(first)) == hashlib.sha256(first).hexdigest()


def test_a_digest_goes_on_where_it_was_and_begins_anew_with_another_file(log: Path) -> None:
    """Whatever is asked, in any order: the same as reading all. What was read is not read again."""
    content, prefixes = lines(1, 200), Prefixes()
    for end in (0, 100, 5_000, 5_000, 300, len(content), len(content) + 9):
        log.write_bytes(content)
        assert prefixes.digest(log, end) == prefix_digest(log, end)
    log.write_bytes(content[: len(content) // 2])  # shorter than what was read
    assert prefixes.digest(log, len(content)) == prefix_digest(log, len(content))
    other = log.with_name("other")
    other.write_bytes(b"x" * len(content))
    other.replace(log)
    assert prefixes.digest(log, len(content)) == prefix_digest(log, len(content))
    with log.open("r+b") as file:
        file.write(b"y")  # nobody does this to a log that only grows; here it shows what is read
        file.seek(0, 2)
        file.write(b"more")
    assert prefixes.digest(log, len(content) + 4) != prefix_digest(log, len(content) + 4)


def test_an_archived_log_is_complete_and_out_of_the_way(log: Path) -> None:
    log.write_bytes(lines(1, 3))
    log.with_name("attendance_log-0002.jsonl").write_bytes(lines(4, 5))
    moved = archive(log, "2025-07-20")
    assert [file.relative_to(log.parent).as_posix() for file in moved] == [
        "archive/attendance_log.2025-07-20.jsonl",
        "archive/attendance_log-0002.2025-07-20.jsonl",
    ]
    assert b"".join(file.read_bytes() for file in moved) == lines(1, 5)
    assert segments(log) == []


def test_an_archive_is_never_overwritten(log: Path) -> None:
    for seq in (1, 2, 3):
        log.write_bytes(line(seq))
        archive(log, "x")
    kept = {json.loads(file.read_bytes())["seq"] for file in (log.parent / "archive").iterdir()}
    assert kept == {1, 2, 3}


def test_a_log_that_is_archived_while_it_is_opened_is_begun_anew(
    log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def archived_before_the_lock(fd: int, path: Path) -> None:
        monkeypatch.undo()
        archive(log, "x")
        log_segment.lock(fd, path)

    log.write_bytes(line(1))
    monkeypatch.setattr(log_segment, "lock", archived_before_the_lock)
    segment = Segment.open(log)
    segment.write(line(2))
    segment.close()
    assert log.read_bytes() == line(2)
    assert (log.parent / "archive" / "attendance_log.x.jsonl").read_bytes() == line(1)


def test_a_log_in_use_is_not_archived(log: Path, held: Segment) -> None:
    with pytest.raises(LogInUse):
        archive(log, "x")
    assert segments(log) == [log]


def test_an_archive_that_fails_leaves_the_log(log: Path) -> None:
    log.write_bytes(line(1))
    (log.parent / "archive").write_bytes(b"a file is in the way")
    with pytest.raises(LogUnwritable, match="complete where it was"):
        archive(log, "x")
    assert log.read_bytes() == line(1)


def test_nothing_to_archive_is_no_error(log: Path) -> None:
    assert archive(log, "x") == []
