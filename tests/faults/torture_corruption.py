"""Every truncation, and every single-byte corruption, of a log.

Every byte of the broken file must be accounted for: it is in a record that is exactly as it was
written, or a newline, or in a damage that is reported. And every record whose bytes are whole must
be there.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import astuple, dataclass
from multiprocessing import get_context
from pathlib import Path

from headcount.core.model import Damage, Instant, Kind, LogLine, Record
from headcount.store.log_reader import read_log
from headcount.store.log_recovery import recover
from headcount.store.log_segment import open_segment
from headcount.store.logline import encode

from .figure import Harness, Outcome

Reader = Callable[[Path], Iterable[LogLine | Damage]]

NEWLINES = bytes(byte == 10 for byte in range(256))

PARTS = 2
"""Processes, one a core of the machine that it was made for."""

RECOVERED_LINES = 15
"""The recovery flushes each time: a log of a fifth of the lines, at most so many, is cut for it."""


def some_lines(number: int) -> list[bytes]:
    """Lines of every kind, with their newlines."""
    return [
        encode(
            Record(
                f"9f2c6d1e-8f0b-4c51-a9d4-{seq:012x}",
                "Entrance-Scanner-01",
                Instant(1_721_471_400_000 + 997 * seq, 5021.0 + seq, "0c1f8a52"),
                kind=(Kind.SIGHTING, Kind.DEPARTURE, Kind.GAP)[seq % 3],
                rssi=-60 - seq % 30 if seq % 3 < 2 else None,
                until_ms=1_721_471_500_000 if seq % 3 == 2 else None,
                why="powered-off" if seq % 3 == 2 else "",
            ),
            seq,
            "5b1e0c7f2a90d4e3",
        )
        for seq in range(1, number + 1)
    ]


@dataclass
class Found:
    """What all breaks together showed."""

    breaks: int = 0
    lost: int = 0
    """Whole records that were not read."""
    silent: int = 0
    """Breaks of which some byte was passed over without a word."""

    def outcome(self) -> Outcome:
        """For the table."""
        return Outcome(
            self.lost + self.silent,
            f"{self.breaks:,} breaks: {self.lost:,} intact records lost, "
            f"{self.silent:,} damages not reported",
        )


def check(
    path: Path, content: bytes | bytearray, whole: set[bytes], reader: Reader, found: Found
) -> None:
    """Read a broken file with `content`, in which the records `whole` are as they were written."""
    found.breaks += 1
    covered = bytearray(content.translate(NEWLINES))
    read: set[bytes] = set()
    for item in reader(path):
        end = item.end if isinstance(item, Damage) else item.start + len(item.raw)
        covered[item.start : end] = b"\1" * (end - item.start)
        if isinstance(item, LogLine):
            read.add(item.raw)
    found.lost += len(whole - read)
    found.silent += 0 in covered or bool(read - whole)


def corrupt_all(times: int, folder: Path, reader: Reader = read_log) -> Outcome:
    """Replace each byte of a log of `times` lines by ten other values, on both cores."""
    with ProcessPoolExecutor(PARTS, get_context("spawn")) as pool:
        parts = [pool.submit(_corrupt, times, folder, reader, part) for part in range(PARTS)]
        founds = [part.result() for part in parts]
    found = Found(*(sum(column) for column in zip(*map(astuple, founds), strict=True)))
    _corrupt_end(times, folder / "end.jsonl", found)
    return found.outcome()


def _corrupt(times: int, folder: Path, reader: Reader, part: int) -> Found:
    """One of `PARTS` parts of the lines, in a file of its own."""
    path, lines = folder / f"{part}.jsonl", some_lines(times)
    content = bytearray(b"".join(lines))
    path.write_bytes(content)
    found, everything, offset = Found(), {line[:-1] for line in lines}, 0
    with path.open("r+b", buffering=0) as file:
        for number, line in enumerate(lines):
            places = range(offset, offset + len(line)) if number % PARTS == part else ()
            offset += len(line)
            for place in places:
                whole = everything - {line[:-1]} if place < offset - 1 else everything
                byte = content[place]
                for other in _others(byte):
                    content[place] = other
                    os.pwrite(file.fileno(), bytes([other]), place)
                    check(path, content, whole, reader, found)
                content[place] = byte
                os.pwrite(file.fileno(), bytes([byte]), place)
    return found


def _corrupt_end(times: int, path: Path, found: Found) -> None:
    """Corrupt the last newline, and let the next scanner open that: it must not cut the record."""
    lines = some_lines(times)
    whole = {line[:-1] for line in lines}
    for other in _others(10):
        path.write_bytes(b"".join(lines)[:-1] + bytes([other]))
        base = open_segment(path)
        try:
            current, recovery = recover(path, base)
            if current is not base:
                current.close()
                current.path.unlink()
        finally:
            base.close()
        found.breaks += 1
        read = {item.raw for item in read_log(path) if isinstance(item, LogLine)}
        found.lost += len(whole - read)
        found.silent += not recovery.damages


def _others(byte: int) -> set[int]:
    """Each single flipped bit, NUL (a lost block), a newline (a line too many), all bits set."""
    return ({byte ^ 1 << bit for bit in range(8)} | {0, 10, 255}) - {byte}


def truncate_all(times: int, folder: Path, reader: Reader = read_log) -> Outcome:
    """Cut a log of `times` lines at each of its bytes."""
    found, path = Found(), folder / "log.jsonl"
    for content, whole in _cuts(some_lines(times), path):
        check(path, content, whole, reader, found)
    for content, whole in _cuts(some_lines(min(times // 5, RECOVERED_LINES)), path):
        _check_recovery(path, content, whole, found)
    return found.outcome()


def _cuts(lines: list[bytes], path: Path) -> Iterator[tuple[bytes, set[bytes]]]:
    """Cut the file shorter and shorter; give its content, and the records that are whole."""
    content, end = b"".join(lines), sum(map(len, lines))
    path.write_bytes(content)
    whole = {line[:-1] for line in lines}
    for line in reversed(lines):
        for cut in range(end - 1, end - len(line) - 1, -1):
            if cut < end - 1:
                whole.discard(line[:-1])
            os.truncate(path, cut)
            yield content[:cut], whole
        end -= len(line)


def _check_recovery(path: Path, content: bytes, whole: set[bytes], found: Found) -> None:
    """Open a cut log as the next scanner would: whole lines stay, half a line is set aside."""
    found.breaks += 1
    path = path.with_name("recovered.jsonl")
    path.write_bytes(content)
    base = open_segment(path)
    try:
        _, recovery = recover(path, base)
    finally:
        base.close()
    after = path.read_bytes().splitlines(keepends=True)
    found.lost += len(whole - {line[:-1] for line in after if line.endswith(b"\n")})
    aside = b"".join(file.read_bytes() for file in recovery.set_aside)
    mended = b"".join(after) + aside
    found.silent += mended not in {content, content + b"\n"}
    for file in recovery.set_aside:
        file.unlink()


def trusting(path: Path) -> Iterator[LogLine | Damage]:
    """The negative control: reads what parses, and passes over the rest without a word."""
    start = 0
    for number, line in enumerate(path.read_bytes().splitlines(keepends=True), 1):
        try:
            json.loads(line)
            yield LogLine(number, start, line.removesuffix(b"\n"))
        except ValueError:
            pass
        start += len(line)


HARNESSES = [
    Harness(
        name="corruption",
        fault="each byte of a log of so many lines replaced by each of ten or eleven others",
        full=200,
        short=15,
        run=corrupt_all,
        control=lambda folder: corrupt_all(3, folder, trusting),
    ),
    Harness(
        name="truncation",
        fault="a log of so many lines cut at each of its bytes",
        full=200,
        short=15,
        run=truncate_all,
        control=lambda folder: truncate_all(3, folder, trusting),
    ),
]
