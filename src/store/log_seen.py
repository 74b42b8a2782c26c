"""Remembers which records of a log were seen, in little memory: numbers nearly always ascend."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict


class Runs:
    """Positive numbers, kept as runs of neighbours."""

    def __init__(self) -> None:
        self._starts: list[int] = []
        self._ends: list[int] = []
        """Both ends are included."""
        self._stragglers: set[int] = set()
        """Numbers that came after a greater one."""

    def add(self, number: int) -> bool:
        """Take a number up; False if it was there."""
        if not self._ends or number > self._ends[-1] + 1:
            self._starts.append(number)
            self._ends.append(number)
        elif number == self._ends[-1] + 1:
            self._ends[-1] = number
        elif number in self:
            return False
        else:
            self._stragglers.add(number)
        return True

    def __contains__(self, number: int) -> bool:
        run = bisect_right(self._starts, number) - 1
        return (run >= 0 and number <= self._ends[run]) or number in self._stragglers

    def holes(self) -> tuple[tuple[int, int], ...]:
        """Ranges from 1 up that are not there, both ends included."""
        runs = list(zip(self._starts, self._ends, strict=True))
        runs += [(number, number) for number in self._stragglers]
        holes, before = [], 0
        for start, end in sorted(runs):
            if start > before + 1:
                holes.append((before + 1, start - 1))
            before = max(before, end)
        return tuple(holes)


class SeenIds:
    """Record ids, `<session>-<seq>`; others are kept as they are."""

    def __init__(self) -> None:
        self._sessions: defaultdict[str, Runs] = defaultdict(Runs)
        self._others: set[str] = set()
        self.duplicates: dict[str, None] = {}
        """Those that came more than once, in the order of coming."""
        self.again = 0
        """How often an id came that was there."""

    def add(self, record_id: str) -> None:
        """Take an id up."""
        session, _dash, digits = record_id.rpartition("-")
        if digits.isascii() and digits.isdigit() and digits[0] != "0" and len(digits) < 19:  # noqa: PLR2004
            fresh = self._sessions[session].add(int(digits))
        else:
            fresh = record_id not in self._others
            self._others.add(record_id)
        if not fresh:
            self.duplicates[record_id] = None
            self.again += 1
