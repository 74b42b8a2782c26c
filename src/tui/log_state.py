"""What the log's review shows, apart from its lines. No terminal, no clock."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from ..core.errors import HeadcountError
from ..core.review import LogFilter
from .error_words import said
from .log_filter import Asked
from .look import Level
from .words import _, ngettext


class Said(NamedTuple):
    """Words, and how good they are."""

    words: str
    level: Level = Level.PLAIN


@dataclass(slots=True)
class LogState:
    """The words around the table."""

    event: str = ""
    lines: int = 0
    """Lines of the log that are known."""
    indexed: float = 0.0
    """The part of the log that was read, 0 to 1."""
    asked: Asked = field(default_factory=lambda: Asked(LogFilter()))
    found: int = 0
    """Lines that the filter lets through, as far as it was searched."""
    searched: float = 1.0
    following: bool = True
    error: HeadcountError | None = None

    @property
    def filtered(self) -> bool:
        """Whether a filter is in force."""
        return not self.asked.wish.everything

    def title(self, width: int) -> str:
        """The screen's name on the left, the number of lines on the right."""
        left = _("Log") + (f": {self.event}" if self.event else "")
        more = "" if self.indexed >= 1 else " …"
        right = ngettext("{n} line", "{n} lines", self.lines) + more
        room = width - len(right) - 1
        return f"{left[:room]:<{room}} {right}" if room > 0 else left

    def status(self) -> Said:
        """The line under the table."""
        if self.error:
            words = said(self.error)
            return Said(f"{words.what} {words.safe}".strip(), Level.BAD)
        if self.asked.problem:
            return Said(self.asked.problem, Level.WARN)
        if self.filtered:
            return Said(self._search())
        if self.indexed < 1:
            return Said(_("Reading the older lines: {part} %").format(part=int(100 * self.indexed)))
        if self.following and self.lines:
            return Said(_("Newest line; new ones appear above"))
        return Said("")

    def _search(self) -> str:
        found = ngettext("{n} line fits", "{n} lines fit", self.found)
        if self.searched < 1:
            part = int(100 * self.searched)
            return _("{found} so far; searched {part} %").format(found=found, part=part)
        return found

    def empty(self) -> str:
        """What stands in a table without lines."""
        if self.error:
            return said(self.error).remedy or said(self.error).what
        if self.filtered:
            searching = self.searched < 1
            return _("Searching …") if searching else _("No line fits. Esc takes the filter away.")
        if self.indexed < 1:
            return _("Reading …")
        return _("The log is empty: nothing was written for this event yet.")
