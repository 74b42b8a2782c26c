"""Counts from a log that a list of events shows."""

from __future__ import annotations

from pathlib import Path

from ..core.model import Kind, LogLine
from ..store.log_reader import read_all
from ..store.logline import decode


def badges(log: Path) -> int:
    """Different badges with a sighting in an event's log; 0 where there is none."""
    entries = (decode(line.raw) for line in read_all(log) if isinstance(line, LogLine))
    return len({entry.ble_uuid for entry in entries if entry.kind == Kind.SIGHTING})
