"""What the backend decided for this station: as it came last, and as it is in force.

A small file each, replaced as a whole: whoever fetches writes the one, whoever scans the other.
Both can be fetched again.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

LATEST, IN_FORCE = "settings-latest", "settings-in-force"
_MOST_BYTES = 1 << 16
"""Of such a file; a settings answer has about 500."""


@dataclass(frozen=True, slots=True)
class ToldSettings:
    """One answer of a backend."""

    server: str
    """Its address: another backend's decisions do not count."""
    scanner: str
    tag: str
    gate: str
    settings: Mapping[str, object]
    """As they came, not checked."""
    fetched_ms: int


def save_told(folder: Path, name: str, told: ToldSettings) -> None:
    """Replace it. Raises OSError."""
    file = _file(folder, name)
    new = file.with_suffix(f".{os.getpid()}.new")
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW
    try:
        with os.fdopen(os.open(new, flags, 0o600), "w", encoding="ascii") as opened:
            os.fchmod(opened.fileno(), 0o600)
            json.dump(asdict(told), opened, sort_keys=True)
        new.replace(file)
    finally:
        with contextlib.suppress(OSError):
            new.unlink(missing_ok=True)


def load_told(folder: Path, name: str) -> ToldSettings | None:
    """What was kept; None for nothing, and for what can't be read: it is fetched again."""
    try:
        file = _file(folder, name)
        told = ToldSettings(**json.loads(file.read_bytes()[:_MOST_BYTES]))
    except (OSError, ValueError, TypeError, RecursionError):
        return None
    texts = (told.server, told.scanner, told.tag, told.gate)
    fits = all(isinstance(each, str) for each in texts) and type(told.fetched_ms) is int
    return told if fits and isinstance(told.settings, dict) else None


def told_stamp(folder: Path, name: str) -> tuple[int, int] | None:
    """Another value after each saving; cheap. None for no file."""
    try:
        file = _file(folder, name).stat()
    except OSError:
        return None
    return file.st_mtime_ns, file.st_ino


def _file(folder: Path, name: str) -> Path:
    return folder / f"{name}.json"
