"""The day keys of an event's rotating ids: a file of their own, for nobody else's eyes.

Whoever has them knows whom he hears on these days, so they are not among the station's other
state, and go when the event is over.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
from collections.abc import Collection, Sequence
from pathlib import Path
from urllib.parse import quote

from ..core.rotation import DayKey, day_of

_PREFIX = "day-keys-"


def day_keys_file(folder: Path, event_id: str) -> Path:
    """Where the event's keys are."""
    return folder / f"{_PREFIX}{quote(event_id, safe='')}.json"


def save_day_keys(folder: Path, event_id: str, keys: Sequence[DayKey]) -> None:
    """Replace the event's keys. Raises OSError."""
    file = day_keys_file(folder, event_id)
    if not keys:
        file.unlink(missing_ok=True)
        return
    rows = [[key.user_id, key.day, base64.b64encode(key.key).decode()] for key in keys]
    new = file.with_suffix(f".{os.getpid()}.new")
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW
    with os.fdopen(os.open(new, flags, 0o600), "w", encoding="ascii") as opened:
        os.fchmod(opened.fileno(), 0o600)
        json.dump(rows, opened)
    new.replace(file)


def load_day_keys(folder: Path, event_id: str, now_ms: int) -> list[DayKey]:
    """The event's keys; none, and the file is removed, once their days are over.

    A damaged file counts as none: the next sync brings another.
    """
    file = day_keys_file(folder, event_id)
    try:
        rows = json.loads(file.read_bytes())
        keys = [DayKey(str(user), int(day), base64.b64decode(key)) for user, day, key in rows]
    except (OSError, ValueError, TypeError):
        return []
    if keys and max(key.day for key in keys) < day_of(now_ms) - 1:
        with contextlib.suppress(OSError):
            file.unlink(missing_ok=True)
        return []
    return keys


def day_keys_stamp(folder: Path, event_id: str) -> tuple[int, int] | None:
    """Another value after each saving; cheap. None for no keys."""
    try:
        file = day_keys_file(folder, event_id).stat()
    except OSError:
        return None
    return file.st_mtime_ns, file.st_ino


def keep_only(folder: Path, event_ids: Collection[str]) -> None:
    """Remove the keys of every other event. Raises OSError."""
    wanted = {day_keys_file(folder, event_id) for event_id in event_ids}
    for file in folder.glob(f"{_PREFIX}*.json"):
        if file not in wanted:
            file.unlink(missing_ok=True)
