"""The hash chain: what an accident leaves, what an edit leaves, and what can't be told."""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from headcount.core.chain import link, start
from headcount.core.model import Instant, Record
from headcount.store.attendance_log import AttendanceLog
from headcount.store.log_verify import Verification, verify
from headcount.store.logline import encode, finish, line_body, link_of

Lines = list[bytes]
FOREIGN = b'{"bleUuid": "a", "checkInTime": 1721471400000, "scannerId": "Door"}\n'


def ignore(_told: object) -> None:
    pass


def record(seq: int) -> Record:
    return Record(f"badge-{seq}", "Door", Instant(1_000 + seq, float(seq), "boot"), rssi=-60)


def scan(path: Path, count: int, session: str, first: int = 1) -> None:
    """One run of a scanner."""
    log = AttendanceLog.open(path, session=session, on_durable=ignore, on_trouble=ignore)
    for seq in range(first, first + count):
        log.append(record(seq))
    assert log.close() == 0


def chained(count: int, session: str = "s") -> Lines:
    """The lines of a log as the format's document describes them."""
    lines, chain = [], start(session)
    for seq in range(1, count + 1):
        body = line_body(record(seq), seq, session)
        chain = link(chain, body)
        lines.append(finish(body, chain))
    return lines


def forged(line: bytes, old: bytes, new: bytes) -> bytes:
    """A changed line with a right checksum."""
    text = line[: line.rindex(b',"crc"')].replace(old, new)
    return b'%s,"crc":"%08x"}\n' % (text, zlib.crc32(text))


def relinked(lines: Lines, first: int, before: str) -> Lines:
    """Forge the chain of all lines from `first` on, as whoever knows the format can."""
    done = lines[:first]
    for line in lines[first:]:
        tie = link_of(line[:-1])
        assert tie
        before = link(before, tie.body)
        done.append(finish(tie.body, before))
    return done


def check(path: Path, lines: Lines) -> Verification:
    path.write_bytes(b"".join(lines))
    return verify(path)


def edited(found: Verification) -> list[int]:
    return [edit.line for edit in found.edits]


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "attendance_log.jsonl"


def test_the_writer_chains_its_lines_over_every_reopening(log: Path) -> None:
    scan(log, 3, "s")
    scan(log, 2, "t", first=4)
    found = verify(log)
    assert (found.intact, found.chained, found.records) == (True, 5, 5)
    first = link_of(log.read_bytes().splitlines()[0])
    assert first
    assert first.chain == link(start("s"), line_body(record(1), 1, "s"))


def test_the_chain_goes_on_over_a_torn_end(log: Path) -> None:
    scan(log, 3, "s")
    torn = log.read_bytes()[:-40]
    log.write_bytes(torn)
    scan(log, 2, "t", first=3)
    found = verify(log)
    assert (found.intact, found.chained) == (True, 4)


def test_the_chain_goes_on_in_a_new_file_behind_damage(log: Path) -> None:
    scan(log, 5, "s")
    lines = log.read_bytes().splitlines(keepends=True)
    lines[2] = lines[2].replace(b"badge-3", b"badge-X")
    log.write_bytes(b"".join(lines))
    scan(log, 2, "t", first=6)
    found = verify(log)
    assert [file.lines for file in found.files] == [4, 2]
    assert (found.edits, found.unchecked, found.lost) == ((), (), ((3, 3),))


def test_a_rescue_into_a_new_file_keeps_the_chain(log: Path) -> None:
    lines = chained(6)
    log.with_name("attendance_log-0002.jsonl").write_bytes(b"".join(lines[2:]))
    assert check(log, lines[:4]).intact


def test_a_log_of_an_older_version_is_chained_from_there_on(log: Path) -> None:
    log.write_bytes(FOREIGN + b"".join(encode(record(seq), seq, "old") for seq in (1, 2)))
    scan(log, 2, "s", first=3)
    found = verify(log)
    assert (found.intact, found.lines, found.chained) == (True, 5, 2)


def test_a_log_of_another_program_has_no_chain(log: Path) -> None:
    found = check(log, [FOREIGN] * 3)
    assert (found.intact, found.chained, found.lines) == (True, 0, 3)


def swap(lines: Lines) -> Lines:
    return [*lines[:3], lines[4], lines[3], *lines[5:]]


def renumber(lines: Lines) -> Lines:
    later = [
        forged(line, b'"seq":%d' % (i + 5), b'"seq":%d' % (i + 4)) for i, line in lines_5(lines)
    ]
    return lines[:3] + later


def lines_5(lines: Lines) -> list[tuple[int, bytes]]:
    return list(enumerate(lines[4:]))


@pytest.mark.parametrize(
    ("tamper", "where"),
    [
        pytest.param(
            lambda lines: [*lines[:3], forged(lines[3], b"badge-4", b"badge-X"), *lines[4:]],
            [4],
            id="a line is changed",
        ),
        pytest.param(lambda lines: lines[:3] + lines[4:], [4], id="a line is taken out"),
        pytest.param(lambda lines: lines[3:], [1], id="the first lines are taken out"),
        pytest.param(lambda lines: lines[:4] + lines[3:], [5], id="a line is doubled"),
        pytest.param(swap, [5], id="two lines are swapped"),
        pytest.param(
            lambda lines: [*lines[:3], forged(lines[3], b"badge-4", b"badge-X"), *lines[3:]],
            [4],
            id="a line is put in before",
        ),
        pytest.param(
            lambda lines: [*lines[:4], forged(lines[3], b"badge-4", b"badge-X"), *lines[4:]],
            [5],
            id="a line is put in behind",
        ),
        pytest.param(
            lambda lines: [*lines[:4], FOREIGN, *lines[4:]],
            [5],
            id="another program's line is put in",
        ),
        pytest.param(
            lambda lines: [*lines[:4], encode(record(5), 5, "s"), *lines[5:]],
            [5, 6],
            id="a line loses its chain value",
        ),
        pytest.param(renumber, [4, 5, 6, 7, 8, 9], id="a line is taken out, the others renumbered"),
        pytest.param(
            lambda lines: [*lines[:9], forged(lines[9], b"badge-10", b"badge-X")],
            [10],
            id="the last line is changed",
        ),
    ],
)
def test_an_edit_is_told_from_an_accident_and_named(
    log: Path, tamper: Callable[[Lines], Lines], where: list[int]
) -> None:
    found = check(log, tamper(chained(10)))
    assert edited(found) == where
    assert found.damages == []
    assert not found.intact


def test_a_changed_line_with_a_new_chain_value_is_seen_at_the_next_line(log: Path) -> None:
    lines = chained(6)
    changed = forged(lines[2], b"badge-3", b"badge-X")
    tie, before = link_of(changed[:-1]), link_of(lines[1][:-1])
    assert tie
    assert before
    lines[2] = finish(tie.body, link(before.chain, tie.body))
    assert edited(check(log, lines)) == [4]


def test_a_chain_that_is_forged_to_the_end_is_not_seen(log: Path) -> None:
    """What docs/log-format.md says: only a countersignature tells it."""
    lines = chained(6)
    lines[2] = forged(lines[2], b"badge-3", b"badge-X")
    before = link_of(lines[1][:-1])
    assert before
    assert check(log, relinked(lines, 2, before.chain)).intact


def test_no_damaged_byte_makes_any_line_an_edit(log: Path) -> None:
    lines = chained(5)
    for place in range(len(lines[2]) - 1):
        line = bytearray(lines[2])
        line[place] ^= 0x01
        found = check(log, [*lines[:2], bytes(line), *lines[3:]])
        assert found.edits == (), place
        assert {damage.line for _, damage in found.damages} == {3}, place
        assert found.lost == ((3, 3),), place


def test_a_log_that_is_cut_at_any_byte_is_no_edit(log: Path) -> None:
    content = b"".join(chained(3))
    for size in range(len(content)):
        found = check(log, [content[:size]])
        assert found.edits == (), size


def test_an_edit_right_behind_damage_is_named_as_not_checked(log: Path) -> None:
    lines = chained(6)
    lines[2] = lines[2].replace(b"badge-3", b"badge-X")
    lines[3] = forged(lines[3], b"badge-4", b"badge-X")
    found = check(log, lines)
    assert edited(found) == []
    assert [edit.line for edit in found.unchecked] == [4]


def test_a_line_behind_lost_lines_is_named_as_not_checked(log: Path) -> None:
    lines = chained(6)
    lines[1:3] = [b"\0" * 500 + b"\n"]
    found = check(log, lines)
    assert (found.edits, found.lost) == ((), ((2, 3),))
    assert [each.line for each in found.unchecked] == [3]


def test_a_lost_file_is_no_edit(log: Path) -> None:
    lines = chained(9)
    log.with_name("attendance_log-0002.jsonl").write_bytes(b"".join(lines[6:]))
    found = check(log, lines[:3])
    assert (found.edits, found.lost) == ((), ((4, 6),))


def test_a_value_of_the_chain_is_128_bits_of_the_documented_hash() -> None:
    line = chained(1)[0]
    assert re.search(rb',"chain":"[0-9a-f]{32}","crc":"[0-9a-f]{8}"}\n$', line)
