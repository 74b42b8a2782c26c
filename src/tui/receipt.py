"""What a scan leaves, in sentences: for the receipt card and the line mode. No terminal."""

from __future__ import annotations

from typing import NamedTuple

from ..core.identity import clean_text
from .look import Level
from .ports import Ended
from .words import _, ngettext


class Said(NamedTuple):
    """One line."""

    level: Level
    words: str


def receipt_lines(ended: Ended) -> list[Said]:
    """Counts, what is unsent, where the file is."""
    if ended.rehearsal:
        return [Said(Level.OK, _("The rehearsal is over, and nothing of it was kept."))]
    lines = [Said(Level.PLAIN, _counts(ended)), _unsent(ended)]
    if ended.not_saved:
        words = ngettext(
            "{n} record could not be written: mend the disk, and check that person in by name.",
            "{n} records could not be written: mend the disk, and check those people in by name.",
            ended.not_saved,
        )
        lines.append(Said(Level.BAD, words))
    lines += [Said(Level.WARN, clean_text(note, 500)) for note in ended.notes]
    return [*lines, Said(Level.DIM, _("The log is {path}").format(path=clean_text(ended.log, 500)))]


def _counts(ended: Ended) -> str:
    records = ngettext(
        "{n} record was written in this run", "{n} records were written in this run", ended.records
    )
    badges = ngettext("{n} badge is in the log.", "{n} badges are in the log.", ended.badges)
    return f"{records}; {badges}"


def _unsent(ended: Ended) -> Said:
    if not ended.unsent:
        return Said(Level.OK, _("The backend has acknowledged all of them."))
    words = ngettext(
        "{n} record is safe here. It is unsent: send it when there is a network.",
        "{n} records are safe here. They are unsent: send them when there is a network.",
        ended.unsent,
    )
    return Said(Level.OK, words)
