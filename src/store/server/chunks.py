"""Long lists of values, cut for IN (…)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

T = TypeVar("T")

CHUNK = 500
"""Values in one IN list; well below the 999 variables that old builds of SQLite allow."""


def chunks(values: Iterable[T]) -> Iterator[list[T]]:
    """Lists of at most CHUNK values, in order."""
    rest = iter(values)
    while some := list(islice(rest, CHUNK)):
        yield some
