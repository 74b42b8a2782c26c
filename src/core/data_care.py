"""The care of data while the backend runs: its backups, and the purge after a dry run."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple, Protocol

from .errors import HeadcountError
from .retention import Archive, Due


class CareRefused(HeadcountError):
    """A job could not be done as the backend stands now: a full disk, a tool that is missing."""


class CareNotHere(HeadcountError):
    """This backend has no backups or no archive folder of its own."""


class CareBusy(HeadcountError):
    """Another job is at it."""


class BackupNotFound(HeadcountError):
    """No backup has this name."""


class PlanChanged(HeadcountError):
    """What would be purged is no longer what was looked at."""


class How(StrEnum):
    """What a backup was made by."""

    ASKED = "asked"
    """An admin, over HTTP."""
    UPGRADE = "upgrade"
    """An upgrade, before it changed the tables."""
    ROUTINE = "routine"
    """The schedule, or `headcount backup`."""


class State(StrEnum):
    """What is known of a backup."""

    MADE = "made"
    """Read through and checked when it was made; not since."""
    SOUND = "sound"
    """The last drill found it as its manifest says."""
    DAMAGED = "damaged"
    """The last drill did not."""
    NO_MANIFEST = "noManifest"
    """There is nothing to compare it with."""


@dataclass(frozen=True, slots=True)
class KeptBackup:
    """One backup in the configured folder."""

    name: str
    created_at: int | None
    """Unix ms; None without a manifest."""
    size: int
    """Bytes."""
    how: How
    state: State
    checked_at: int | None
    """Of the last drill, Unix ms; None for none."""


@dataclass(frozen=True, slots=True)
class Drill:
    """What came of reading a backup to its end."""

    name: str
    is_sound: bool
    trouble: str
    """What is wrong with it, for people; empty if it is sound."""
    created_at: int | None
    """Unix ms."""
    size: int
    """Bytes."""
    schema: str
    rows: Mapping[str, int]
    """By table, as they were counted; empty if it is not sound."""


class PurgePlan(NamedTuple):
    """What a purge would take away."""

    digest: str
    """Of the plan; the purge takes it back."""
    due: Sequence[Due]
    archive: str
    """The folder that the rows are written to first; empty: this backend purges nothing over HTTP,
    for its configuration names no folder."""


class Purged(NamedTuple):
    """What a purge took away, and where it is."""

    archives: Sequence[Archive]


class DataCare(Protocol):
    """What a backend does with its own data. Blocks. Raises CareBusy, CareRefused, CareNotHere."""

    def backups(self) -> Sequence[KeptBackup]:
        """The backups, the newest first."""

    def back_up(self) -> KeptBackup:
        """Make one now, verified; the oldest beyond the number to keep go."""

    def drill(self, name: str) -> Drill:
        """Read a backup to its end, and count. Raises BackupNotFound."""

    def plan(self) -> PurgePlan:
        """What has outlived its time."""

    def purge(self, digest: str) -> Purged:
        """Archive, verify and delete what the plan of this digest says. Raises PlanChanged."""


def digest_of(due: Sequence[Due]) -> str:
    """SHA-256 of a plan, hexadecimal: the same for the same events, tables and counts."""
    lines = [[each.event_id, sorted(each.rows.items())] for each in due]
    return hashlib.sha256(json.dumps(lines).encode()).hexdigest()
