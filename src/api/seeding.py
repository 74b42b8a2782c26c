"""Seed files as text into the backend: the same for HTTP and for commands on the database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from ..core.errors import UsageError
from ..core.seed import SeedFile, SeedResult, Times, parse_files
from ..core.seed_book import SeedBook
from .wire import MAX_TIME_MS


@dataclass(frozen=True, slots=True)
class SeedBody:
    """The body of POST /seed."""

    files: Sequence[SeedFile]
    preview: bool = False
    strict: bool = False


@dataclass(frozen=True, slots=True)
class SeedAnswer:
    """What came of each file, in the order in which they were imported."""

    files: Sequence[SeedResult]


def seed(book: SeedBook, wanted: SeedBody, now_ms: int) -> SeedAnswer:
    """Parse and import. Blocks. Raises UsageError for a file whose columns are wrong."""
    files = parse_files(wanted.files, TIMES)
    done = book.seed(files, preview=wanted.preview, strict=wanted.strict, now_ms=now_ms)
    return SeedAnswer(tuple(done))


def time_of(text: str, zone: str) -> int:
    """Unix ms from ISO 8601 (without an offset: in `zone`) or from Unix ms. Raises UsageError."""
    is_number = text.isascii() and text.isdigit() and len(text) <= len(str(MAX_TIME_MS))
    milliseconds = int(text) if is_number else _from_iso(text, zone)
    if not 0 <= milliseconds <= MAX_TIME_MS:
        raise _no_time()
    return milliseconds


def _from_iso(text: str, zone: str) -> int:
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=ZoneInfo(zone))
        return round(moment.timestamp() * 1000)
    except (ValueError, OverflowError):
        raise _no_time() from None


def _no_time() -> UsageError:
    return UsageError(
        "This is no time.", remedy="Write ISO 8601 (2026-05-01T18:00), or Unix milliseconds."
    )


def is_zone(name: str) -> bool:
    """Whether this is an IANA time zone."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # not found; not a plain name; a directory
        return False
    return True


TIMES = Times(time_of, is_zone)
