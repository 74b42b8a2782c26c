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

    kind: str
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
    """The same for many, as four columns; quick when all have each member, or none has it."""
    boots, monos, ids, kinds = (list(map(attrgetter(name), records)) for name in _NAMES)
    if not (_timed(boots, monos) and _named(ids)):
        return tuple(zip(*map(stamp, records), strict=True))
    texts = ids if ids and ids[0] else repeat("")
    if not boots or boots[0] is None:
        return repeat(""), repeat(0), texts, kinds
    names = {boot: clean_text(boot, BOOT_LIMIT) for boot in set(boots)}
    if len(names) == 1:
        return repeat(*names.values()), monos, texts, kinds
    return [names[boot] for boot in boots], monos, texts, kinds


_NAMES = ("boot", "mono", "id", "kind")


def _timed(boots: Sequence[Any], monos: Sequence[Any]) -> bool:
    """Whether all have a boot and a monotonic time, or none has either."""
    kinds = set(map(type, boots)), set(map(type, monos))
    if kinds != ({str}, {int}):
        return kinds[0] | kinds[1] <= {type(None)}
    return min(monos) >= 0 and max(monos) <= MAX_TIME_MS and all(map(clean_text, set(boots)))


def _named(ids: Sequence[Any]) -> bool:
    """Whether all have an id, or none has."""
    kinds = set(map(type, ids))
    if kinds != {str}:
        return kinds <= {type(None)}
    return all(ids) and max(map(len, ids)) <= ID_LIMIT
