"""What a block of a log holds, noted while it is indexed: a filter need not read it again."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from ..core.review import LogFilter
from .log_blocks import Block

TIME: Final = slice(64, 77)
"""Where a compact line has the 13 digits of any time from 2001 to 2286."""
_HEAD: Final = b'","checkInTime":'
_KINDS: Final = re.compile(rb'"kind":"(\w+)"').findall


class Summary(NamedTuple):
    """One block. A value of None says nothing: the block must be read."""

    start: int
    end: int
    low: int | None
    """The earliest time of a line, Unix ms."""
    high: int | None
    """The latest."""
    kinds: frozenset[str] | None
    """At least the kinds of its lines."""

    def rules_out(self, wish: LogFilter) -> bool:
        """Whether no line of the block can be wanted."""
        if wish.kinds and self.kinds is not None and not wish.kinds & self.kinds:
            return True
        if self.low is None or self.high is None:
            return False
        late = wish.since_ms is not None and self.high < wish.since_ms
        return late or (wish.until_ms is not None and self.low > wish.until_ms)


def summed_up(block: Block) -> Summary:
    """Note times and kinds; a quarter of a microsecond a line."""
    low, high = _times(block.data)
    return Summary(block.start, block.end, low, high, _kinds(block.data))


def _times(data: bytes) -> tuple[int | None, int | None]:
    """None where a line is not as ours are: only a parser knows its time."""
    lines = data.removesuffix(b"\n").split(b"\n")
    times = [line[TIME] for line in lines]
    if {line[48:64] for line in lines} != {_HEAD} or not b"".join(times).isdigit():
        return None, None
    if {line[TIME.stop : TIME.stop + 1] for line in lines} != {b","}:
        return None, None
    return int(min(times)), int(max(times))


def _kinds(data: bytes) -> frozenset[str] | None:
    """None where a line does not say its kind."""
    kinds: list[bytes] = _KINDS(data)
    if len(kinds) < data.count(b"\n"):
        return None
    return frozenset(kind.decode("ascii") for kind in set(kinds))
