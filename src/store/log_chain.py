"""Follows the chain through a log, and tells what an accident can't have done.

An accident leaves damage: a wrong checksum, half a line. Lines that are intact and yet do not
follow from one another were changed, taken out or put in. After damage the chain goes on: the
first line behind it is checked with what can still be read of the damaged one, else it is taken
as it stands.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from ..core.chain import DIGITS, link, start
from ..core.model import Damage, LogLine
from .log_chain_values import ChainValues
from .logline import Link, LogEntry, decode, is_own, link_of, session_of

CHANGED: Final = "does not follow from the line before it: one of the two was changed, or put in"
DOUBLED: Final = "another line has the same number: one of the two was put in"
MOVED: Final = "out of order: doubled, or swapped with another"
FOREIGN: Final = "outside the chain: another program, an older version, or a person put it in"

_CHAIN_VALUE: Final = re.compile(rb'"chain":"([0-9a-f]{%d})"' % DIGITS)
_BLOCK: Final = 1 << 20
"""Bytes of a damaged stretch that are searched for a chain value; a damaged line has some 300."""


class Edit(NamedTuple):
    """A place where an intact line is not what was written there."""

    path: Path
    line: int
    """Counts from 1."""
    start: int
    """Offset of the line's first byte in the file."""
    why: str


class Gone(NamedTuple):
    """Numbers that are missing between two lines of one file, with no damage between them."""

    edit: Edit
    """At the line after them."""
    first: int
    last: int


class _Waiting(NamedTuple):
    """A line whose predecessor was not seen yet."""

    place: Edit
    seq: int
    session: str
    link: Link
    salvaged: Sequence[str]


class ChainCheck:
    """Takes a log's files in the order of writing, with all that was read of them."""

    def __init__(self, wanted: Collection[tuple[int, str]] = ()) -> None:
        """`wanted`: the numbers and chain values whose ends are asked for afterwards."""
        self._wanted = frozenset(wanted)
        self.edits: list[Edit] = []
        self.gone: list[Gone] = []
        """Holes that no damage explains; what is missing there, another file may have."""
        self.taken_out: set[tuple[int, int]] = set()
        """Ranges of missing numbers that no accident explains."""
        self.unchecked: list[Edit] = []
        """Intact lines behind damage that hid what they should follow from."""
        self.last_seq = 0
        """The highest number."""
        self.chained = 0
        """Lines with a chain value."""
        self.ends: dict[tuple[int, str], list[tuple[Path, int]]] = {}
        """Where a wanted line ends: files and byte offsets."""
        self._chains = ChainValues()
        self._waiting: list[_Waiting] = []
        self._before = 0
        self._damaged = False
        self._salvaged: list[str] = []
        self._files: list[Path] = []

    def begin(self, path: Path) -> None:
        """The next file begins."""
        self._damaged = bool(self._files)  # what lacks before it may be in a file that is lost
        self._files.append(path)
        self._before, self._salvaged = 0, []

    def damage(self, damage: Damage) -> None:
        """A damaged stretch; it may still tell its chain value."""
        self._damaged = True
        with self._files[-1].open("rb") as file:
            file.seek(damage.start)
            block = file.read(min(damage.end - damage.start, _BLOCK))
        self._salvaged += [found.decode("ascii") for found in _CHAIN_VALUE.findall(block)]

    def line(self, line: LogLine) -> LogEntry | None:
        """An intact line; what it says if it is ours."""
        place = Edit(self._files[-1], line.line, line.start, FOREIGN)
        entry = decode(line.raw) if is_own(line.raw) else None
        tie = link_of(line.raw) if entry else None
        if tie is None and self.chained:
            self.edits.append(place)
        if entry is None:
            return None
        seq = entry.seq or 0
        self.last_seq = max(self.last_seq, seq)
        if tie is None:
            if seq not in self._chains:
                self._chains[seq] = ""
        else:
            end = place.path, line.start + len(line.raw)
            if (seq, tie.chain) in self._wanted:
                self.ends.setdefault((seq, tie.chain), []).append(end)
            self._tie(_Waiting(place, seq, session_of(entry.id), tie, self._salvaged))
        if not (self.edits and self.edits[-1][:3] == place[:3]):  # what was put in has no order
            self._order(place, seq)
        return entry

    def _tie(self, line: _Waiting) -> None:
        """Check what a line follows from, and let the next one follow from it."""
        self.chained += 1
        follows = self._follows(line)
        if follows is None:
            self._waiting.append(line)
        elif not follows:
            self.edits.append(line.place._replace(why=self._why(line.seq)))
        if follows or line.seq not in self._chains:
            self._chains[line.seq] = line.link.chain

    def _why(self, seq: int) -> str:
        return DOUBLED if self._chains.get(seq) else CHANGED

    def _order(self, place: Edit, seq: int) -> None:
        """Compare with the line before in the file."""
        if seq <= self._before:
            self.edits.append(place._replace(why=MOVED))
            return
        if seq > self._before + 1 and not self._damaged:
            self.gone.append(Gone(place, self._before + 1, seq - 1))
        self._before, self._damaged, self._salvaged = seq, False, []

    def _follows(self, line: _Waiting) -> bool | None:
        """Whether a line follows from the one before; None while that is not known."""
        known = "" if line.seq == 1 else self._chains.get(line.seq - 1)
        if known is not None:
            return _fits(line, known or start(line.session))
        tried = (*line.salvaged, start(line.session))
        return True if any(_fits(line, before) for before in tried) else None

    def finish(self, missing: Sequence[tuple[int, int]]) -> None:
        """All files were read; `missing` are the numbers that no intact line has."""
        for line in self._waiting:
            follows = self._follows(line)
            if follows is None:
                self.unchecked.append(line.place)
            elif not follows:
                self.edits.append(line.place._replace(why=CHANGED))
        for gone in self.gone:
            for first, last in missing:
                low, high = max(first, gone.first), min(last, gone.last)
                if low <= high:
                    self.taken_out.add((low, high))
                    self.edits.append(gone.edit._replace(why=_taken_out(low, high)))
        self.edits.sort(key=lambda edit: (self._files.index(edit.path), edit.line))


def _fits(line: _Waiting, before: str) -> bool:
    return link(before, line.link.body) == line.link.chain


def _taken_out(first: int, last: int) -> str:
    which = f"record {first} was" if first == last else f"records {first} to {last} were"
    return f"{which} taken out before it, as whole lines: an accident leaves a trace"
