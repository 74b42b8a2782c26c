"""What a running backend does by itself: backups, what is over, the purge.

One process does it: the only one on SQLite; of several workers their parent; of several machines on
one PostgreSQL whoever gets the lock.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from ..config import Config
from ..core.audit import Actor, Entry, auditing
from ..core.errors import HeadcountError
from ..core.ports import Clock
from ..store.server import Store
from .backups import HOUR_MS, Keeper
from .retention import purge, purge_plan

LOOK_SECONDS = 60.0
"""How often a running backend looks whether something is due."""


@dataclass(slots=True)
class Task:
    """One thing that is done now and then."""

    name: str
    every_ms: int
    work: Callable[[int], object]
    """Gets Unix ms. May raise HeadcountError: it is told, and tried again when next due."""
    last: int | None = None
    """When it was done, in this process: what is done once too often has no effect."""

    def is_due(self, now_ms: int) -> bool:
        """Also when the clock went back."""
        return self.last is None or not 0 <= now_ms - self.last < self.every_ms


class Maintenance:
    """In a thread of its own. Trouble is told, and never stops the backend."""

    def __init__(
        self, config: Config, store: Store, clock: Clock, on_trouble: Callable[[str], None]
    ) -> None:
        self._config = config
        self._store = store
        self._clock = clock
        self._on_trouble = on_trouble
        self._stop = threading.Event()
        keeper = Keeper(config, clock, on_trouble)
        self._tasks = [
            Task("backup", 0, lambda _: keeper.look()),  # knows by itself when one is due
            Task("expiry", HOUR_MS, self._expire),
        ]
        if config.retention.automatic:
            self._tasks.append(Task("purge", 24 * HOUR_MS, self._purge))

    def look(self) -> None:
        """Do what is due, unless another process is at it."""
        try:
            with self._store.maintaining() as mine:
                for task in self._tasks if mine else ():
                    self._do(task, self._clock.now().wall_ms)
        except HeadcountError as error:
            self._on_trouble(f"The maintenance was put off: {error}")

    def _do(self, task: Task, now_ms: int) -> None:
        if not task.is_due(now_ms):
            return
        task.last = now_ms
        try:
            task.work(now_ms)
        except HeadcountError as error:
            self._on_trouble(f"The {task.name} failed: {error}")

    def _expire(self, now_ms: int) -> None:
        self._store.expire(now_ms=now_ms, idle_ms=self._config.server.session_idle_minutes * 60_000)

    def _purge(self, now_ms: int) -> None:
        for due in purge_plan(self._config, self._store, now_ms):
            with auditing(Entry(at=now_ms, action="data.purge", actor=Actor.SYSTEM)):
                purge(self._config, self._store, due, now_ms)

    @contextmanager
    def running(self) -> Iterator[None]:
        """Look now and then while the block runs."""
        thread = threading.Thread(target=self._run, name="maintenance", daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._stop.set()
            thread.join()

    def _run(self) -> None:
        while not self._stop.wait(LOOK_SECONDS):
            self.look()
