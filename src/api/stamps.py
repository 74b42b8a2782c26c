"""The members of a record that are of use when they are there: boot, mono, id and kind.

A wrong one is as good as none: the record itself is not refused for it.
"""

from __future__ import annotations

from typing import Any, Protocol

from ..core.identity import clean_text
from .wire import MAX_TIME_MS

BOOT_LIMIT = 64
"""Characters of a boot's name: the kernel's has 36, the rest is room for other programs."""

ID_LIMIT = 256
"""Characters of a record's id; ours have about 40. A longer one is not taken for an id."""


class Stamped(Protocol):
    """A decoded record."""

    @property
    def kind(self) -> str: ...  # noqa: D102

    boot: Any
    mono: Any
    id: Any


Stamp = tuple[str, int, str, str]
"""boot, mono, id, kind."""


def stamp(record: Stamped) -> Stamp:
    """What one record says, cleaned."""
    boot, mono, id_ = record.boot, record.mono, record.id
    known = isinstance(boot, str) and type(mono) is int and 0 <= mono <= MAX_TIME_MS
    boot = clean_text(boot, BOOT_LIMIT) if known else ""
    id_ = id_ if isinstance(id_, str) and len(id_) <= ID_LIMIT else ""
    return boot, mono if boot else 0, id_, record.kind
