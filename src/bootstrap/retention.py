"""What is kept for how long, as configured, and the purge of the rest."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from ..config import Config
from ..core.audit import pending
from ..core.backend import Backend
from ..core.retention import Archive, Due, Retention
from .paths import event_folder


def retention(config: Config) -> Retention:
    """The configured days."""
    days = config.retention
    return Retention(days.sightings_days, days.trash_days, days.audit_days)


def archive_dir(config: Config) -> Path:
    """Where purged rows are written."""
    configured = config.retention.archive_dir
    return Path(configured).expanduser() if configured else config.data_path / "archive"


def purge_plan(config: Config, store: Backend, now_ms: int, event_id: str = "") -> Sequence[Due]:
    """What would go now. Blocks. Raises EventNotFound."""
    return store.purge_plan(retention(config), now_ms=now_ms, event_id=event_id)


def purge(
    config: Config, store: Backend, due: Due, now_ms: int, *, named_at: int | None = None
) -> Archive:
    """Purge one line of the plan, in a transaction of its own, on the audit log. Blocks.

    The archive's name begins with the time `named_at`, else `now_ms`; both are Unix ms.

    Raises EventNotFound, UsageError; then nothing of it is deleted.
    """
    at = now_ms if named_at is None else named_at
    time = datetime.fromtimestamp(at / 1000, tz=UTC).strftime("%Y%m%dT%H%M%SZ")
    name = f"{time}-event-{event_folder(due.event_id)}" if due.event_id else f"{time}-rest"
    folder = str(archive_dir(config) / name)
    entry = pending()
    archive = store.purge(due, retention(config), folder, now_ms=now_ms)
    if entry and not entry.stored:  # of what no answer shows, such as the audit log's own rows
        store.add_audit(entry)
    return archive
