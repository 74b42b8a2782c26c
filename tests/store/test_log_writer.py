"""The writer of a log: durable before acknowledged, recovery, locks, trouble with the disk."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from headcount.core.errors import LogInUse, LogUnwritable
from headcount.core.model import Damage, Instant, Logged, LogLine, Record
from headcount.store.attendance_log import AttendanceLog, LogSettings
from headcount.store.log_reader import distinct, read_all
from headcount.store.log_recovery import recover
from headcount.store.log_segment import open_segment, segments
from headcount.store.log_verify import verify
from headcount.store.logline import decode, encode

THREE = b'{"bleUuid": "a", "checkInTime": 1721471400000, "scannerId": "Door"}'
QUICK = LogSettings(gather_seconds=0, retry_seconds=(0.01,))


def record(number: int) -> Record:
    return Record(f"badge-{number}", "Door", Instant(1_721_471_400_000, 1.0, "boot"), rssi=-60)


def line(seq: int) -> bytes:
    return encode(record(seq), seq, "old")


def lines(first: int, last: int) -> bytes:
    return b"".join(line(seq) for seq in range(first, last + 1))


class Listener:
    """Remembers what the log told, and lets a test wait for it."""

    def __init__(self) -> None:
        self.durable: list[Logged] = []
        self.groups: list[int] = []
        self.troubles: list[LogUnwritable | None] = []
        self._told = threading.Condition()

    def on_durable(self, logged: Sequence[Logged]) -> None:
        with self._told:
            self.durable.extend(logged)
            self.groups.append(len(logged))
            self._told.notify_all()

    def on_trouble(self, trouble: LogUnwritable | None) -> None:
        with self._told:
            self.troubles.append(trouble)
            self._told.notify_all()

    def wait(self, until: Callable[[], bool]) -> None:
        with self._told:
            assert self._told.wait_for(until, 10)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "event" / "attendance_log.jsonl"


@pytest.fixture
def listener() -> Listener:
    return Listener()


def start(path: Path, listener: Listener, settings: LogSettings = QUICK) -> AttendanceLog:
    return AttendanceLog.open(
        path,
        session="new",
        on_durable=listener.on_durable,
        on_trouble=listener.on_trouble,
        settings=settings,
    )


@pytest.fixture
def log(path: Path, listener: Listener) -> Iterator[AttendanceLog]:
    log = start(path, listener)
    yield log
    log.close()


def written(path: Path) -> list[str]:
    items = list(distinct(read_all(path)))
    assert not [item for item in items if isinstance(item, Damage)]
    return [decode(item.raw).ble_uuid for item in items if isinstance(item, LogLine)]


def badges(first: int, last: int) -> list[str]:
    return [f"badge-{number}" for number in range(first, last + 1)]


def write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def test_what_was_appended_is_acknowledged_in_order_and_in_the_file(
    path: Path, listener: Listener, log: AttendanceLog
) -> None:
    for number in range(1, 501):
        log.append(record(number))
    assert log.close() == 0
    assert [logged.seq for logged in listener.durable] == list(range(1, 501))
    assert listener.durable[0] == Logged(1, "new-1", record(1))
    assert written(path) == badges(1, 500)
    assert verify(path).intact


def test_a_record_is_acknowledged_only_when_it_is_in_the_file(path: Path) -> None:
    seen: list[list[str]] = []
    log = AttendanceLog.open(
        path,
        session="new",
        on_durable=lambda logged: seen.append(path.read_text().splitlines()),
        on_trouble=print,
        settings=QUICK,
    )
    log.append(record(1))
    log.close()
    assert [json.loads(text)["id"] for text in seen[0]] == ["new-1"]


def test_records_that_come_together_are_flushed_together(path: Path, listener: Listener) -> None:
    log = start(path, listener, LogSettings(gather_seconds=30))
    for number in range(1, 101):
        log.append(record(number))
    log.close()  # does not wait for more
    assert listener.groups == [100]


def test_only_this_user_can_read_the_log(path: Path, log: AttendanceLog) -> None:
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux can reserve space so")
def test_space_is_reserved_without_changing_the_size(path: Path, listener: Listener) -> None:
    log = start(path, listener, replace(QUICK, reserve_bytes=1 << 20))
    log.append(record(1))
    listener.wait(lambda: len(listener.durable) == 1)
    assert path.stat().st_size < 300
    assert path.stat().st_blocks * 512 >= 1 << 20
    log.close()


def test_free_space_is_known(log: AttendanceLog) -> None:
    assert log.free_bytes() > 0


def test_a_second_scanner_is_told_who_has_the_log(
    path: Path, listener: Listener, log: AttendanceLog
) -> None:
    with pytest.raises(LogInUse, match=f"in use by process {os.getpid()}"):
        start(path, listener)


def test_close_frees_the_log(path: Path, listener: Listener, log: AttendanceLog) -> None:
    log.close()
    start(path, listener).close()


def test_a_closed_log_takes_nothing(log: AttendanceLog) -> None:
    log.close()
    with pytest.raises(LogUnwritable, match="is closed"):
        log.append(record(1))


def test_numbers_go_on_where_the_last_run_stopped(path: Path, listener: Listener) -> None:
    write(path, lines(1, 7))
    log = start(path, listener)
    assert (log.recovery.lines, log.recovery.last_seq) == (7, 7)
    log.append(record(8))
    log.close()
    assert [logged.id for logged in listener.durable] == ["new-8"]
    assert path.read_bytes().startswith(lines(1, 7))
    assert verify(path).intact


def test_another_programs_log_is_continued(path: Path, listener: Listener) -> None:
    write(path, THREE + b"\n" + THREE)
    log = start(path, listener)
    log.append(record(1))
    log.close()
    assert written(path) == ["a", "a", "badge-1"]
    assert log.recovery.lines == 2


def test_a_last_line_without_newline_is_kept(path: Path, listener: Listener) -> None:
    write(path, lines(1, 3)[:-1])
    log = start(path, listener)
    log.append(record(4))
    log.close()
    assert path.read_bytes().startswith(lines(1, 3))
    assert written(path) == badges(1, 4)
    assert log.recovery.last_seq == 3


@pytest.mark.parametrize("tail", [line(4)[:1], line(4)[:-2], b"\0" * 5_000, b"x" * 60_000])
def test_half_a_line_is_copied_aside_and_cut_off(
    path: Path, listener: Listener, tail: bytes
) -> None:
    write(path, lines(1, 3) + tail)
    log = start(path, listener)
    log.append(record(4))
    log.close()
    (aside,) = log.recovery.set_aside
    assert aside.name == f"attendance_log.jsonl.torn-{len(lines(1, 3))}"
    assert aside.read_bytes() == tail
    assert stat.S_IMODE(aside.stat().st_mode) == 0o600
    assert written(path) == badges(1, 4)
    assert segments(path) == [path]


@pytest.mark.parametrize("newline", [b"\0", b"\x0b", b" ", b"x"])
def test_a_record_whose_newline_was_damaged_is_not_cut_off(
    path: Path, listener: Listener, newline: bytes
) -> None:
    path.parent.mkdir(parents=True)
    path.write_bytes(lines(1, 3)[:-1] + newline)
    log = start(path, listener)
    log.append(record(4))
    assert log.close() == 0
    assert log.recovery.last_seq == 3
    assert log.recovery.damages
    assert path.read_bytes() == lines(1, 3)[:-1] + newline, "the file is left as it is"
    read = [decode(item.raw).seq for item in read_all(path) if isinstance(item, LogLine)]
    assert read == [1, 2, 3, 4]


def test_wherever_the_last_line_is_cut_the_log_is_sound_after_recovery(path: Path) -> None:
    start_of_last = len(lines(1, 2))
    size = len(lines(1, 3))
    for cut in [*range(start_of_last, size - 20, 7), *range(size - 20, size + 1)]:
        write(path, lines(1, 3)[:cut])
        base = open_segment(path)
        current, recovery = recover(path, base)
        base.close()
        assert current is base
        assert recovery.last_seq == (3 if cut >= size - 1 else 2), cut
        assert path.read_bytes() == lines(1, recovery.last_seq)
        assert [aside.read_bytes() for aside in recovery.set_aside] == (
            [] if cut in {start_of_last, size - 1, size} else [lines(1, 3)[start_of_last:cut]]
        )


@pytest.mark.parametrize(
    ("content", "damaged_lines"),
    [
        (lines(1, 3).replace(b"badge-2", b"badge-9"), [2]),
        (lines(1, 2) + b"\0" * 300 + b"\n" + line(3), [3]),
        (lines(1, 2) + b"\0" * 10 + b"\n" + line(3) + line(4)[:50], [3, 5]),
        (lines(1, 3) + b"\0" * 100_000, [4]),
    ],
    ids=["changed byte", "NUL bytes", "damage and half a line", "endless tail"],
)
def test_a_damaged_file_stays_as_it_is_and_a_new_one_is_begun(
    path: Path, listener: Listener, content: bytes, damaged_lines: list[int]
) -> None:
    write(path, content)
    log = start(path, listener)
    assert log.segment().name == "attendance_log-0002.jsonl"
    log.append(record(8))
    log.close()
    assert path.read_bytes() == content
    assert [(file, damage.line) for file, damage in log.recovery.damages] == [
        (path, number) for number in damaged_lines
    ]
    assert listener.durable[0].seq == log.recovery.last_seq + 1
    assert segments(path)[1].read_bytes().count(b"\n") == 1

    again = start(path, listener)  # the new file is sound, so it is continued
    again.close()
    assert again.segment().name == "attendance_log-0002.jsonl"


@pytest.mark.parametrize("deleted", ["the file", "the directory"])
def test_a_deleted_log_is_noticed_and_begun_anew(
    path: Path, listener: Listener, log: AttendanceLog, deleted: str
) -> None:
    path.unlink()
    if deleted == "the directory":
        path.parent.rmdir()
    log.append(record(1))
    listener.wait(lambda: listener.troubles[-1:] == [None])
    log.close()
    assert written(path) == badges(1, 1)
    assert "it was deleted while a scanner had it open" in str(listener.troubles[0])


def test_a_listener_that_fails_does_not_stop_the_log(path: Path) -> None:
    def fail(_: object) -> None:
        raise RuntimeError("a mistake of the subscriber")

    log = AttendanceLog.open(path, session="s", on_durable=fail, on_trouble=fail, settings=QUICK)
    for number in range(1, 4):
        log.append(record(number))
    assert log.close() == 0
    assert written(path) == badges(1, 3)


def _directory(path: Path) -> None:
    path.mkdir(parents=True)


def _link(path: Path) -> None:
    path.parent.mkdir(parents=True)
    path.symlink_to("elsewhere.jsonl")


def _file_in_the_way(path: Path) -> None:
    path.parent.parent.mkdir(parents=True)
    path.parent.write_text("x")


def _device(path: Path) -> None:
    path.parent.mkdir(parents=True)
    os.mkfifo(path)


@pytest.mark.parametrize(
    ("prepare", "message"),
    [
        (_directory, "it is a directory. .*Set --log to a file"),
        (_link, "it is a symbolic link"),
        (_file_in_the_way, "a part of the path is no directory|File exists"),
        (_device, "it is not a regular file"),
    ],
)
def test_a_log_that_cant_be_opened_is_refused_with_a_remedy(
    path: Path, listener: Listener, prepare: Callable[[Path], None], message: str
) -> None:
    prepare(path)
    with pytest.raises(LogUnwritable, match=message):
        start(path, listener)


# What follows runs in a process of its own: it breaks things that belong to the whole process.


def run(script: str, path: Path) -> str:
    """Run a script with the names below; it prints what it saw."""
    prelude = """
        import os, resource, signal, sys, threading
        from pathlib import Path
        from headcount.core.errors import LogUnwritable
        from headcount.core.model import Instant, Record
        from headcount.store.attendance_log import AttendanceLog, LogSettings
        path = Path(sys.argv[1])
        told = threading.Condition()
        durable, troubles = [], []
        def on_durable(logged):
            with told:
                durable.extend(each.seq for each in logged)
                told.notify_all()
        def on_trouble(trouble):
            with told:
                troubles.append(trouble)
                told.notify_all()
        def wait(until):
            with told:
                assert told.wait_for(until, 20), (durable, troubles)
        def start(**settings):
            quick = {"gather_seconds": 0, "retry_seconds": (0.01,), "reserve_bytes": 0}
            return AttendanceLog.open(
                path, session="new", on_durable=on_durable, on_trouble=on_trouble,
                settings=LogSettings(**(quick | settings)))
        def record(number):
            return Record(f"badge-{number}", "Door", Instant(1_721_471_400_000, 1.0, "boot"))
        def limit(size):
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
    """
    code = textwrap.dedent(prelude) + textwrap.dedent(script)
    done = subprocess.run(
        [sys.executable, "-c", code, str(path)],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("size", [1, 100, 193, 1000, 1931, 2500])
def test_a_full_file_is_left_and_a_new_one_is_begun(path: Path, size: int) -> None:
    """A limit on the size of a file acts like a full disk: a short write, then an error."""
    out = run(
        f"""
        log = start()
        limit({size})
        for number in range(1, 31):
            log.append(record(number))
            wait(lambda: len(durable) == number or (troubles and {size} < 300))
        wait(lambda: {size} > 300 or len(troubles) > 3)
        limit(resource.RLIM_INFINITY)
        wait(lambda: len(durable) == 30)
        wait(lambda: troubles[-1] is None)
        print(log.close(), durable == list(range(1, 31)), troubles[0])
        """,
        path,
    )
    assert out.startswith("0 True Can't write the log")
    assert "Raise the file size limit" in out
    assert written(path) == badges(1, 30)
    assert verify(path).intact
    assert len(segments(path)) <= 1 + 30 * 195 // size


def test_a_full_disk_keeps_records_in_memory_until_there_is_room(path: Path) -> None:
    out = run(
        """
        log = start(capacity=100)
        log.append(record(1))
        wait(lambda: durable == [1])
        limit(1)
        for number in range(2, 102):
            log.append(record(number))
        wait(lambda: len(troubles) > 5 and log.unsaved == 100)
        try:
            log.append(record(999))
        except LogUnwritable as error:
            print(error)
        limit(resource.RLIM_INFINITY)
        wait(lambda: len(durable) == 101)
        log.append(record(102))
        print(log.close())
        """,
        path,
    )
    assert "memory is used up. 100 records wait in memory." in out
    assert out.endswith("\n0\n")
    assert written(path) == badges(1, 102)
    assert verify(path).intact
    assert len(segments(path)) == 2  # a file that stayed empty is used again


def test_close_says_how_many_records_could_not_be_written(path: Path) -> None:
    out = run(
        """
        log = start()
        limit(1)
        for number in range(1, 6):
            log.append(record(number))
        print(log.close(), len(log.unsaved_lines()), durable)
        """,
        path,
    )
    assert out == "5 5 []\n"


@pytest.mark.parametrize("failing", [1, 2, 3])
def test_a_file_whose_flush_failed_is_never_flushed_again(path: Path, failing: int) -> None:
    """After a failed flush the kernel says OK although the medium holds the old bytes."""
    out = run(
        f"""
        real, failed, calls = os.fdatasync, set(), 0
        log = start()
        def fdatasync(fd):
            global calls
            calls += 1
            inode = os.fstat(fd).st_ino
            assert inode not in failed, "flushed again"
            if {failing} <= calls < {failing} + 2:
                failed.add(inode)
                raise OSError(5, "Input/output error")
            real(fd)
        os.fdatasync = fdatasync
        for number in range(1, 21):
            log.append(record(number))
            wait(lambda: len(durable) == number)
        print(log.close(), durable == list(range(1, 21)), len(failed), troubles[0])
        """,
        path,
    )
    assert out.startswith("0 True 2 Can't write the log")
    assert "input/output error" in out
    assert written(path) == badges(1, 20)
    assert verify(path).intact
    assert len(segments(path)) == 3


def test_a_flush_that_is_slow_does_not_block_append(path: Path) -> None:
    out = run(
        """
        gate = threading.Event()
        log = start()
        real = os.fdatasync
        os.fdatasync = lambda fd: (gate.wait(), real(fd))
        for number in range(1, 1001):
            log.append(record(number))
        print(log.unsaved, durable, log.close(timeout=0.01))
        gate.set()
        print(log.close(), len(durable))
        """,
        path,
    )
    assert out == "1000 [] 1000\n0 1000\n"
