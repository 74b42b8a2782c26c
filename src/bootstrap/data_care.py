"""The care of a running backend's own data, for the HTTP interface: `core.data_care.DataCare`."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ..config import Config
from ..core.audit import Actor, AuditFilter, Entry, auditing, note, pending
from ..core.backend import DatabaseUnavailable
from ..core.data_care import (
    BackupNotFound,
    CareBusy,
    CareNotHere,
    CareRefused,
    Drill,
    How,
    KeptBackup,
    PlanChanged,
    Purged,
    PurgePlan,
    State,
    digest_of,
)
from ..core.errors import HeadcountError
from ..core.ports import Clock
from ..core.retention import Archive, Due
from ..store.server import Store
from ..store.server.sqlite_backup import BackupDamaged, Manifest
from . import backups
from .retention import archive_dir, purge, purge_plan

DRILLS = "backups.verify"
"""The audit log's word for a drill: the log is where it is kept that a backup was sound."""
DRILLS_LOOKED_AT = 5
"""The newest entries of one backup: what was refused has one, too, and tells nothing."""
_ASKED = "-asked"
_UPGRADE = "-before-"


class ServerCare:
    """Backups and purge of the configured database, one job at a time.

    The maintenance of all processes on this database counts as such a job, too.
    """

    def __init__(self, config: Config, store: Store, clock: Clock) -> None:
        self._config = config
        self._store = store
        self._clock = clock

    # --- backups ---

    def backups(self) -> Sequence[KeptBackup]:
        """The backups, the newest first."""
        found = reversed(backups.listed(self._config))
        return [_kept(file, manifest, self._drilled(file.name)) for file, manifest in found]

    def back_up(self) -> KeptBackup:
        """Make one now. Raises CareBusy, CareRefused, DatabaseUnavailable."""
        with self._alone("No backup was made."):
            made = backups.back_up(self._config, self._now(), why=_ASKED)
            size, name = made.manifest.size, made.file.name
            self._note(f"backups/{name}", size=size)
            return _kept(made.file, made.manifest, None)

    def drill(self, name: str) -> Drill:
        """Read a backup to its end. Raises BackupNotFound, CareBusy, CareRefused."""
        file = self._file(name)
        with self._alone("The backup was not checked."):
            found = _read(file)
            self._note(f"backups/{name}", sound=found.is_sound)
            return found

    def _file(self, name: str) -> Path:
        """Of the list: a name never becomes a path."""
        files = {file.name: file for file, _ in backups.listed(self._config)}
        if name not in files:
            raise BackupNotFound(
                "No backup has this name.", remedy="GET /backups lists those that are there."
            )
        return files[name]

    def _drilled(self, name: str) -> tuple[int, bool] | None:
        """When the last drill was, Unix ms, and whether it found the backup sound."""
        wanted = AuditFilter(action=DRILLS, subject=f"backups/{name}")
        rows = self._store.audit_log(wanted, limit=DRILLS_LOOKED_AT).items
        drills = ((row.at, bool(row.details["sound"])) for row in rows if "sound" in row.details)
        return next(drills, None)

    # --- purge ---

    def plan(self) -> PurgePlan:
        """What has outlived its time."""
        due = purge_plan(self._config, self._store, self._as_of())
        named = self._config.retention.archive_dir
        return PurgePlan(digest_of(due), due, str(archive_dir(self._config)) if named else "")

    def purge(self, digest: str) -> Purged:
        """Archive, verify, delete, event by event, each with its entry in the audit log."""
        if not self._config.retention.archive_dir:
            raise CareNotHere(
                "This backend purges nothing over HTTP: its configuration names no archive folder.",
                safe="Nothing was deleted.",
                remedy="Set retention.archive_dir on its machine, or run headcount purge there.",
            )
        with self._alone("What was not archived was not deleted."):
            as_of = self._as_of()
            due = purge_plan(self._config, self._store, as_of)
            if digest_of(due) != digest:
                raise PlanChanged(
                    "What would be deleted is no longer what was looked at.",
                    safe="Nothing was deleted.",
                    remedy="Look at the dry run again.",
                )
            return Purged([self._purge(each, as_of) for each in due])

    def _purge(self, due: Due, as_of: int) -> Archive:
        """With an entry of its own."""
        asked = pending() or Entry(self._now(), "data.purge", Actor.SYSTEM)
        with auditing(dataclasses.replace(asked, details={})):
            return purge(self._config, self._store, due, as_of, named_at=self._now())

    # --- what they share ---

    def _now(self) -> int:
        return self._clock.now().wall_ms

    def _as_of(self) -> int:
        """The full hour: a plan that was looked at is not another one a second later."""
        return self._now() // backups.HOUR_MS * backups.HOUR_MS

    def _note(self, subject: str, **details: Any) -> None:  # noqa: ANN401 - any JSON value
        """Nothing in the database changes, so that no transaction writes the entry by itself."""
        entry = pending()
        if entry is not None:
            note(subject=subject, **details)
            self._store.add_audit(entry)
            entry.stored = True

    @contextmanager
    def _alone(self, safe: str) -> Iterator[None]:
        with self._store.maintaining() as mine:
            if not mine:
                raise CareBusy(
                    "A backup, a check or a purge is being done already.",
                    safe=safe,
                    remedy="Try again when it is done.",
                )
            try:
                yield
            except (CareRefused, PlanChanged, DatabaseUnavailable):
                raise
            except HeadcountError as error:
                raise CareRefused(
                    error.what, safe=error.safe or safe, remedy=error.remedy
                ) from None


def _kept(file: Path, manifest: Manifest | None, drill: tuple[int, bool] | None) -> KeptBackup:
    at, sound = drill or (None, True)
    state = State.MADE if at is None else State.SOUND if sound else State.DAMAGED
    return KeptBackup(
        file.name,
        manifest.created_at if manifest else None,
        manifest.size if manifest else _size(file),
        How.ASKED if _ASKED in file.name else How.UPGRADE if _UPGRADE in file.name else How.ROUTINE,
        state if manifest else State.NO_MANIFEST,
        at,
    )


def _size(file: Path) -> int:
    """Bytes; 0 for one that has just gone."""
    try:
        return file.stat().st_size
    except OSError:
        return 0


def _read(file: Path) -> Drill:
    try:
        found = backups.verify(file)
    except BackupDamaged as error:
        return Drill(
            file.name,
            is_sound=False,
            trouble=str(error),
            created_at=None,
            size=_size(file),
            schema="",
            rows={},
        )
    return Drill(
        file.name,
        is_sound=True,
        trouble="",
        created_at=found.created_at,
        size=found.size,
        schema=found.schema,
        rows=found.rows,
    )
