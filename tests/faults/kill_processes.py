"""Kills scanner, sync and server with signal 9 at random moments, and counts what was lost.

A process of its own without threads, because it forks: `python -m tests.faults.kill_processes
FOLDER KILLS MODE`. It has all modules imported, so that a real `headcount scan`, `sync` or `serve`
starts at once. MODE is `whole` or `early` (the control: the scanner shows a record before it is on
the disk). Prints one JSON object.
"""

from __future__ import annotations

import contextlib
import fcntl
import importlib
import json
import os
import pkgutil
import random
import select
import signal
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import headcount
from headcount.bootstrap.paths import log_path, state_dir
from headcount.cli import main as headcount_main
from headcount.config import Config
from headcount.core.model import Logged, LogLine, Record
from headcount.store.attendance_log import AttendanceLog
from headcount.store.log_reader import read_log
from headcount.store.log_segment import segments
from headcount.store.server.sqlite import SqliteDatabase
from headcount.store.station import StationStore

from .evidence import KEY, Fact, badges, compare, configured, fact_of, logged, on_server, set_up

PEOPLE = badges(500)
KILLS_AN_EVENT = 25
"""Then a new event and log: each start of a scanner reads its event's whole log."""
READY_SECONDS = 60
LONGEST_LIFE = 0.15
"""Seconds between two kills; a start takes some 30 ms, so many die while they start."""
AT_WORK = 0.7
"""The share of kills that wait, also on a busy machine, until the scanner has shown something."""
DOOMED = 0.7
"""The share of server kills that fall inside a transaction or between commit and answer."""


@dataclass
class Count:
    """What all kills together showed."""

    kills: int = 0
    scanner: int = 0
    sync: int = 0
    server: int = 0
    in_transaction: int = 0
    """Of the server's: all statements done, and not yet committed."""
    before_answer: int = 0
    """Of the server's: committed, and not yet answered."""
    records: int = 0
    acknowledged: int = 0
    lost: int = 0
    """Shown by a scanner, or marked as sent, and not in the log or not at the server."""
    missing: int = 0
    doubled: int = 0
    wrong: int = 0
    tracebacks: int = 0


class Child:
    """One `headcount` command in a forked process; its output is kept in memory."""

    def __init__(self, folder: Path, args: list[str], prepare: Callable[[], None]) -> None:
        self._out, out = os.pipe()
        self._heard = b""
        self.pid = os.fork()
        if self.pid == 0:
            _become(folder, args, out, prepare)
        os.close(out)
        fcntl.fcntl(self._out, fcntl.F_SETFL, os.O_NONBLOCK)
        self.ended, self.exit_code = False, 0

    def lines(self) -> list[bytes]:
        """Whole lines that it has printed so far, all of them."""
        with contextlib.suppress(BlockingIOError):
            while block := os.read(self._out, 65_536):
                self._heard += block
        return self._heard.split(b"\n")[:-1]

    def says(self, count: int) -> bool:
        """Wait until it has printed so many lines; False if it ends before."""
        end = time.monotonic() + READY_SECONDS
        while time.monotonic() < end:
            if len(self.lines()) >= count:
                return True
            if self.poll():
                return False
            select.select([self._out], [], [], 0.05)
        raise TimeoutError

    def poll(self) -> bool:
        """Whether it has ended by itself."""
        if not self.ended:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            self._end(status if pid else None)
        return self.ended

    def wait(self) -> int:
        """Let it end by itself; its exit code."""
        assert not self.ended
        _, status = os.waitpid(self.pid, 0)
        return self._end(status)

    def _end(self, status: int | None) -> int:
        if status is not None:
            self.ended, self.exit_code = True, os.waitstatus_to_exitcode(status)
        return self.exit_code

    def kill(self) -> bool:
        """Signal 9; False if it had ended before."""
        if self.poll():
            return False
        os.kill(self.pid, signal.SIGKILL)
        return self.wait() == -signal.SIGKILL

    def close(self) -> list[bytes]:
        """What it printed, to the last whole line."""
        lines = self.lines()
        os.close(self._out)
        return lines


def _become(folder: Path, args: list[str], out: int, prepare: Callable[[], None]) -> None:
    """The child's life: it never returns."""
    try:
        err = os.open(folder / "stderr.txt", os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)
        os.dup2(out, 1)
        os.dup2(err, 2)
        os.closerange(3, 256)
        prepare()
        headcount_main(args)
    except SystemExit as end:
        sys.stdout.flush()
        os._exit(int(end.code or 0))
    except BaseException:  # noqa: BLE001 - whatever it is, the parent's code must not go on here
        import traceback

        traceback.print_exc()
        sys.stderr.flush()
    os._exit(99)


def doom(number: int, *, committed: bool) -> Callable[[], None]:
    """Make the server die in its `number`th transaction, before or after the commit."""
    write = SqliteDatabase.write

    def prepare() -> None:
        left = number

        @contextlib.contextmanager
        def dying(self: SqliteDatabase) -> Iterator[object]:
            nonlocal left
            with write(self) as connection:
                yield connection
                left -= 1
                if left == 0 and not committed:
                    os.kill(os.getpid(), signal.SIGKILL)
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

        SqliteDatabase.write = dying  # type: ignore[method-assign, assignment]

    return prepare


def nothing() -> None:
    """A child without a doom."""


def early() -> None:
    """Make the scanner show a record as soon as it has it."""
    append = AttendanceLog.append

    def telling(self: AttendanceLog, record: Record) -> None:
        append(self, record)
        self._on_durable([Logged(self._seq, "", record)])

    AttendanceLog.append = telling  # type: ignore[method-assign]
    os.environ["HEADCOUNT_LOG__GATHER_MS"] = "300"


class Torture:
    """One server, one scanner and one sync at a time, of which one after the other dies."""

    def __init__(self, folder: Path, scanner: Callable[[], None]) -> None:
        self.count = Count()
        self._folder = folder
        self._prepare_scanner = scanner
        self._chance = random.Random(1)
        # an address of its own, that no outgoing connection takes by chance
        self._host = f"127.{os.getpid() >> 8 & 127}.{os.getpid() & 255}.9"
        self._config = configured(folder, f"http://{self._host}:18765")
        self._server = self._scanner = self._sync = None  # type: Child | None
        self._doomed = ""
        self._shown: set[Fact] = set()

    def run(self, kills: int) -> Count:
        events = [f"e{number}" for number in range(-(-kills // KILLS_AN_EVENT))]
        set_up(self._config, PEOPLE, events)
        for event in events:
            goal = min(self.count.kills + KILLS_AN_EVENT, kills)
            while self.count.kills < goal:
                self._start(event)
                if self._scanner and self._chance.random() < AT_WORK:
                    self._scanner.says(self._chance.randint(2, 30))
                time.sleep(self._chance.uniform(0, LONGEST_LIFE))
                self._kill_one()
            self._settle(event)
        err = (self._folder / "stderr.txt").read_text(encoding="utf-8", errors="replace")
        self.count.tracebacks = err.count("Traceback")
        return self.count

    def _start(self, event: str) -> None:
        """Start whatever does not run."""
        if self._server is None or self._server.poll():
            self._reap_server()
            self._start_server()
        if self._scanner is None or self._scanner.poll():
            self._reap_scanner()
            args = ["scan", "--event", event, "--radio", "simulated", "--duration", "0.5", "--json"]
            seed = str(self._chance.getrandbits(31))
            self._scanner = self._child([*args, "--seed", seed], self._prepare_scanner)
        if self._sync is None or self._sync.poll():
            self._reap_sync()
            self._sync = self._child(["sync", "--event", event, "--json"], nothing)

    def _start_server(self) -> None:
        prepare, self._doomed = nothing, ""
        if self._chance.random() < DOOMED:
            self._doomed = self._chance.choice(["in_transaction", "before_answer"])
            number = self._chance.randint(1, 3)
            prepare = doom(number, committed=self._doomed == "before_answer")
        self._server = self._child(["serve", "--host", self._host, "--json"], prepare)
        if self._chance.random() < 0.8:  # else it may die while it starts
            self._server.says(1)

    def _child(self, args: list[str], prepare: Callable[[], None]) -> Child:
        return Child(self._folder, args, prepare)

    def _kill_one(self) -> None:
        """One of the three; a doomed server kills itself, which is noticed at the next start."""
        victim = self._chance.choice(["scanner", "sync", "server"])
        if victim == "server" and self._doomed and self._chance.random() < DOOMED:
            victim = self._chance.choice(["scanner", "sync"])
        child = {"scanner": self._scanner, "sync": self._sync, "server": self._server}[victim]
        if child and child.kill():
            self._note(victim)
            if victim == "server":
                self._doomed = ""

    def _note(self, victim: str) -> None:
        self.count.kills += 1
        setattr(self.count, victim, getattr(self.count, victim) + 1)

    def _reap_server(self) -> None:
        if self._server is not None:
            self._server.close()
            if self._doomed and self._server.exit_code == -signal.SIGKILL:
                self._note("server")
                setattr(self.count, self._doomed, getattr(self.count, self._doomed) + 1)
        self._server, self._doomed = None, ""

    def _reap_scanner(self) -> None:
        """Keep what it had shown to people: that must be in the log, for ever."""
        for line in self._scanner.close() if self._scanner else ():
            news = json.loads(line)
            if news["type"] in {"arrival", "sighting"}:
                self._shown.add(Fact(news["bleUuid"], news["checkInTime"], "Door"))
        self._scanner = None

    def _reap_sync(self) -> None:
        if self._sync is not None:
            self._sync.close()
        self._sync = None

    def _settle(self, event: str) -> None:
        """Everything dies once more; then what is marked as sent must be there, and one sync in
        order completes everything."""
        for child, reap in (
            (self._sync, self._reap_sync),
            (self._scanner, self._reap_scanner),
            (self._server, self._reap_server),
        ):
            if child is not None:
                child.kill()
                self._doomed = "" if child is self._server else self._doomed
                reap()
        self._check_marked(event)
        server = self._child(["serve", "--host", self._host, "--json"], nothing)
        assert server.says(1)
        sync = self._child(["sync", "--event", event, "--json"], nothing)
        ended = sync.wait()
        assert ended == 0, (self._folder / "stderr.txt").read_text(encoding="utf-8")[-2000:]
        sync.close()
        server.kill()
        server.close()
        self._check(event)

    def _check_marked(self, event: str) -> None:
        """What the receipts say is sent, the server has."""
        there = set(on_server(self._config, event))
        store = StationStore(state_dir(self._config))
        for file in segments(log_path(self._config, event)):
            log = str(file.resolve())
            receipt = store.receipt(log, self._config.backend.url, event)
            end = receipt.acked_bytes if receipt else 0
            lines = [each for each in read_log(file) if isinstance(each, LogLine)]
            marked = {fact_of(each.raw) for each in lines if each.start < end}
            self.count.acknowledged += len(marked)
            self.count.lost += len(marked - there)

    def _check(self, event: str) -> None:
        facts = logged(self._config, event)
        found = compare(self._config, event, facts, PEOPLE)
        self.count.records += len(facts)
        self.count.acknowledged += len(self._shown)
        self.count.lost += len(self._shown - set(facts))
        self.count.missing += found.missing
        self.count.doubled += found.doubled
        self.count.wrong += found.wrong
        self._shown.clear()


def environment(config: Config) -> dict[str, str]:
    """Every advert is a record, and nobody waits for a server that has died."""
    return {
        "HEADCOUNT_DATA_DIR": config.data_dir,
        "HEADCOUNT_STATION__SCANNER_ID": "Door",
        "HEADCOUNT_BACKEND__URL": config.backend.url,
        "HEADCOUNT_IDENTIFY__MIN_HITS": "1",
        "HEADCOUNT_IDENTIFY__DEDUPE_MINUTES": "0",
        "HEADCOUNT_LOG__GATHER_MS": "5",
        "HEADCOUNT_SYNC__ATTEMPTS": "1",
        "HEADCOUNT_SYNC__BATCH_RECORDS": "5",
        "HEADCOUNT_SERVER__PORT": config.backend.url.rpartition(":")[2],
        "SCANNER_API_KEY": KEY,
    }


def import_all() -> None:
    """Every module of the program, so that a forked command starts at once."""
    for found in pkgutil.walk_packages(headcount.__path__, "headcount."):
        if not found.name.endswith(("__main__", ".env")) and ".versions" not in found.name:
            importlib.import_module(found.name)


def main(folder: Path, kills: int, mode: str) -> Count:
    os.chdir(folder)  # no config.toml here
    import_all()
    torture = Torture(folder, early if mode == "early" else nothing)
    os.environ.update(environment(torture._config))
    return torture.run(kills)


if __name__ == "__main__":
    print(json.dumps(asdict(main(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]))))
