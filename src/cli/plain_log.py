"""The log's review, read aloud: a page of lines, the next page, one record in full."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from ..core.errors import UsageError
from ..tui.log_filter import parse_filter
from ..tui.log_words import LogWords
from ..tui.look import SPOKEN
from ..tui.times import zone
from ..tui.words import _, ngettext

if TYPE_CHECKING:
    from ..core.review import LogFilter, LogRow
    from ..tui.ports_log import LogReview, LogView

PAGE = 10
"""Lines that are read in one go: more are forgotten before the last one."""


class PlainLog:
    """One log, open for review. Everything here blocks."""

    def __init__(self, review: LogReview) -> None:
        self._review = review
        self._view: LogView | None = None
        self._steps: Iterator[float] = iter(())
        self._at = 0
        self._rows: list[LogRow] = []
        self._words = LogWords({}, zone("UTC"), SPOKEN)

    def close(self) -> None:
        """Close the files."""
        self._review.close()

    def first(self, text: str, now_ms: int) -> Sequence[str]:
        """The newest lines that a filter lets through. Raises HeadcountError."""
        review = self._review
        review.close()
        review.open()
        where = zone(review.time_zone)
        asked = parse_filter(text, review.names, now_ms, where)
        if asked.problem:
            raise UsageError(asked.problem)
        self._words = LogWords(review.names, where, SPOKEN)
        self._rows = []
        self._view = self._opened(asked.wish)
        self._steps = self._view.load(lambda: False)
        self._at = self._view.first
        return self.more()

    def _opened(self, wish: LogFilter) -> LogView:
        if wish.everything:
            return self._review.everything
        for _part in self._review.everything.load(lambda: False):
            pass  # which records were taken back is known only after that
        return self._review.find(wish)

    def more(self) -> Sequence[str]:
        """The lines after those of before."""
        view = self._view
        if view is None:
            raise UsageError(_("No log is open."), remedy=_("Type: log"))
        while view.last < self._at + PAGE and next(self._steps, None) is not None:
            pass
        end = min(view.last, self._at + PAGE)
        rows = view.rows(self._at, end) if end > self._at else []
        begin = len(self._rows)
        self._rows += rows
        self._at = end
        lines = [self._line(n, row) for n, row in enumerate(rows, begin + 1)]
        return [*lines, self._end(view)]

    def _end(self, view: LogView) -> str:
        if self._at < view.last or next(self._steps, None) is not None:
            return _("There is more. Type: more")
        if not self._rows:
            return _("No line fits.")
        return ngettext("{n} line, that is all.", "{n} lines, that is all.", len(self._rows))

    def _line(self, number: int, row: LogRow) -> str:
        _day, time, state, kind, who = (cell.text.strip() for cell in self._words.cells(row)[:5])
        return f"{number}: {time}, {kind}, {who}, {state}"

    def _row(self, text: str) -> LogRow:
        number = int(text) if text.isascii() and text.isdigit() else 0
        if not 1 <= number <= len(self._rows):
            raise UsageError(_("There is no line {n}.").format(n=text), remedy=_("Type: log"))
        return self._rows[number - 1]

    def refusal(self, number: str) -> str:
        """The id of the refused record on a line. Raises UsageError."""
        row = self._row(number)
        found = self._review.standing(row.place.file).refused.get(row.place.start)
        if found is None:
            raise UsageError(
                _("Line {n} is no refused record.").format(n=number),
                remedy=_("Type: log refused"),
            )
        return found.id

    def record(self, text: str) -> Sequence[str]:
        """A line in full, by its number."""
        row = self._row(text)
        facts = self._words.facts(row, self._review.standing(row.place.file))
        return [f"{label}: {words}" if label else words for label, words in facts]
