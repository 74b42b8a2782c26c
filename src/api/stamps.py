"""The members of a record that are of use when they are there: boot, mono, id and kind.

A wrong one is as good as none: the record itself is not refused for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import repeat
from operator import attrgetter
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


def stamps(records: Sequence[Stamped]) -> tuple[Iterable[str | int], ...]:
    """The same for many, as four columns; quick when all are alike, as in the log of one boot."""
    boots, monos, ids, kinds = (list(map(attrgetter(name), records)) for name in _NAMES)
    count = len(records)
    if ids.count(None) == count:
        texts: Iterable[str] = repeat("")
    elif _named(ids):
        texts = ids
    else:
        return tuple(zip(*map(stamp, records), strict=True))
    if boots.count(None) == count:
        return repeat(""), repeat(0), texts, kinds
    boot = _boot_of_all(boots, monos)
    if boot:
        return repeat(boot), monos, texts, kinds
    return tuple(zip(*map(stamp, records), strict=True))


_NAMES = ("boot", "mono", "id", "kind")


def _boot_of_all(boots: Sequence[Any], monos: Sequence[Any]) -> str:
    """The boot, cleaned, if it is the same for all and each has a monotonic time; else empty."""
    first = boots[0]
    if not isinstance(first, str) or boots.count(first) < len(boots):
        return ""
    if set(map(type, monos)) != {int} or min(monos) < 0 or max(monos) > MAX_TIME_MS:
        return ""
    return clean_text(first, BOOT_LIMIT)


def _named(ids: Sequence[Any]) -> bool:
    """Whether all have an id."""
    return set(map(type, ids)) == {str} and 0 < min(map(len, ids)) <= max(map(len, ids)) <= ID_LIMIT
