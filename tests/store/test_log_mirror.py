"""The second copy: the same bytes, in a directory that may vanish and come back."""

from __future__ import annotations

import errno
import os
import queue
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from headcount.core.news import MirrorChanged
from headcount.store.log_mirror import LogMirror, MirrorPace

PACE = MirrorPace(gather=0.01, retry=(0.01,))
LINES = b'{"bleUuid":"a"}\n{"bleUuid":"b"}\n'
MORE = b'{"bleUuid":"c"}\n'


class Bench:
    """A log, a stick, and what the operator is told."""

    def __init__(self, folder: Path) -> None:
        self.log = folder / "here" / "attendance_log.jsonl"
        self.log.parent.mkdir()
        self.log.write_bytes(LINES)
        self.stick = folder / "stick"
        self.copy = self.stick / "evening" / self.log.name
        self.told: queue.Queue[MirrorChanged] = queue.Queue()
        self.complete: bool | None = None

    @contextmanager
    def running(self) -> Iterator[LogMirror]:
        mirror = LogMirror(
            self.log,
            self.stick,
            "evening",
            now_ms=lambda: 7,
            on_change=self.told.put,
            pace=PACE,
        )
        mirror.start()
        yield mirror
        self.complete = mirror.close(30)

    def grow(self, mirror: LogMirror, more: bytes = MORE) -> None:
        with self.log.open("ab") as file:
            file.write(more)
        mirror.safe(self.log, self.log.stat().st_size)

    def next(self) -> MirrorChanged:
        return self.told.get(timeout=30)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    made = Bench(tmp_path)
    made.stick.mkdir()
    return made


def test_what_is_there_and_what_comes_is_copied_byte_for_byte(bench: Bench) -> None:
    second = bench.log.with_name("attendance_log-0002.jsonl")
    with bench.running() as mirror:
        assert bench.next().here
        bench.grow(mirror)
        second.write_bytes(MORE)
        mirror.safe(second, len(MORE))
    assert bench.complete
    assert bench.copy.read_bytes() == LINES + MORE
    assert bench.copy.with_name(second.name).read_bytes() == MORE
    assert bench.copy.stat().st_mode & 0o777 == 0o600


def test_only_what_is_safe_in_the_first_copy_is_copied(bench: Bench) -> None:
    with bench.running() as mirror:
        bench.grow(mirror)
        with bench.log.open("ab") as file:
            file.write(b'{"bleUuid":"not flush')
    assert bench.copy.read_bytes() == LINES + MORE


def test_a_missing_directory_is_told_once_and_never_created(bench: Bench) -> None:
    bench.stick.rmdir()
    with bench.running() as mirror:
        change = bench.next()
        bench.grow(mirror)
    assert (change.here, change.time_ms, change.why) == (False, 7, os.strerror(errno.ENOENT))
    assert bench.complete is False
    assert bench.told.empty()
    assert not bench.stick.exists()


def test_a_stick_that_comes_back_is_caught_up(bench: Bench) -> None:
    with bench.running() as mirror:
        assert bench.next().here
        pocket = bench.stick.rename(bench.stick.with_name("pocket"))
        bench.grow(mirror)
        assert not bench.next().here
        bench.grow(mirror)
        pocket.rename(bench.stick)
        assert bench.next().here
    assert bench.complete
    assert bench.copy.read_bytes() == LINES + MORE + MORE
    assert list(bench.copy.parent.iterdir()) == [bench.copy]


@pytest.mark.parametrize("torn", [b"", LINES[:5], LINES[:16]], ids=["empty", "half", "line"])
def test_a_copy_that_is_a_beginning_of_ours_is_continued(bench: Bench, torn: bytes) -> None:
    bench.copy.parent.mkdir()
    bench.copy.write_bytes(torn)
    inode = bench.copy.stat().st_ino
    with bench.running():
        pass
    assert bench.copy.read_bytes() == LINES
    assert bench.copy.stat().st_ino == inode


@pytest.mark.parametrize(
    "other", [b"x" * 5, LINES + MORE, b"\0" * len(LINES)], ids=["other", "longer", "zeros"]
)
def test_another_file_is_set_aside_and_never_overwritten(bench: Bench, other: bytes) -> None:
    bench.copy.parent.mkdir()
    bench.copy.write_bytes(other)
    with bench.running():
        pass
    assert bench.complete
    assert bench.copy.read_bytes() == LINES
    assert bench.copy.with_name(f"{bench.copy.name}.other-1").read_bytes() == other


def test_a_copy_whose_flush_failed_is_written_anew(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "fsync", fails_once_for_files(os.fsync))
    with bench.running():
        assert bench.next().why == os.strerror(errno.EIO)
        assert bench.next().here
    assert bench.copy.read_bytes() == LINES
    assert bench.copy.with_name(f"{bench.copy.name}.other-1").read_bytes() == LINES


def fails_once_for_files(fsync: Callable[[int], None]) -> Callable[[int], None]:
    failed: list[int] = []

    def failing(fd: int) -> None:
        if not failed and Path(f"/proc/self/fd/{fd}").readlink().suffix == ".jsonl":
            failed.append(fd)
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        fsync(fd)

    return failing


def test_a_file_where_the_directory_should_be_is_told(bench: Bench) -> None:
    bench.copy.parent.write_bytes(b"somebody's")
    with bench.running():
        assert bench.next().why == os.strerror(errno.EEXIST)
    assert bench.copy.parent.read_bytes() == b"somebody's"


def test_a_copy_on_the_same_disk_is_remarked(bench: Bench) -> None:
    with bench.running():
        assert bench.next().same_disk
