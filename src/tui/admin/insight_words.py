"""An insight in words, with the rows that it rests on. No terminal, no clock."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from ...core.attendance import status_word
from ...core.identity import clean_text
from ...core.insight_book import InsightStatus, KeptInsight
from ...core.insights import InsightKind, RowKind, RowRef, Severity
from ...core.report import Report
from ..look import Level
from ..times import clock_time, zone
from ..words import N_, _, ngettext

SEVERITIES = {
    Severity.INFO: (N_("info"), Level.DIM),
    Severity.HINT: (N_("hint"), Level.PLAIN),
    Severity.WARNING: (N_("warning"), Level.WARN),
}
KINDS = {
    InsightKind.NO_SHOWS: N_("no-shows"),
    InsightKind.WALK_INS: N_("walk-ins"),
    InsightKind.ARRIVAL_PEAK: N_("arrival peak"),
    InsightKind.IDLE_DOOR: N_("idle door"),
    InsightKind.MOVING_TOGETHER: N_("together"),
    InsightKind.CLOCK_TROUBLE: N_("clock"),
    InsightKind.DEAF_MINUTES: N_("deaf"),
    InsightKind.UNKNOWN_BADGES: N_("unknown badges"),
    InsightKind.SIGHTINGS_PURGED: N_("purged"),
    InsightKind.EXTERNAL: N_("told by others"),
}
WORDS_LIMIT = 1000
"""Characters of a comment or reason; the backend keeps no longer one."""
FORM = "%Y-%m-%d %H:%M"


class Background(NamedTuple):
    """What is needed to say more than ids."""

    people: Mapping[str, str]
    """By user id: name and status."""
    tz: str
    judge: str = ""
    """The name of who dismissed or reopened it."""


def background(report: Report, judge: str = "") -> Background:
    """The people of the report."""
    people = {}
    for row in report.people:
        status = _(status_word(row.status, provisional=report.provisional))
        people[row.user_id] = f"{clean_text(row.name, 200)}, {status}"
    return Background(people, report.event.tz, judge)


def standing(item: KeptInsight) -> tuple[str, Level]:
    """Whether somebody has dealt with it, and whether it still holds."""
    if item.status is InsightStatus.DISMISSED:
        return _("dismissed"), Level.DIM
    return (_("open"), Level.PLAIN) if item.holds else (_("no longer so"), Level.DIM)


def matters(item: KeptInsight) -> bool:
    """Whether it holds, and nobody has dismissed it."""
    return item.holds and item.status is InsightStatus.OPEN


def summary(items: Sequence[KeptInsight], *, everything: bool) -> Iterator[str]:
    """How many there are, and what is not shown."""
    shown = sum(map(matters, items))
    yield ngettext("{n} insight", "{n} insights", len(items) if everything else shown)
    if not everything and len(items) > shown:
        hidden = len(items) - shown
        yield ngettext("{n} dismissed or no longer so", "{n} dismissed or no longer so", hidden)


def details(item: KeptInsight, known: Background) -> Iterator[str]:
    """The rows behind it, what was decided, what people said."""
    where = zone(known.tz)
    if item.source:
        yield _("Told by {source}.").format(source=clean_text(item.source, 200))
    if item.status_at is not None:
        words = _("{time} dismissed by {by}: {why}")
        if item.status is InsightStatus.OPEN:
            words = _("{time} opened again by {by}: {why}")
        yield words.format(
            time=clock_time(item.status_at, where, FORM),
            by=clean_text(known.judge, 200) or item.status_by,
            why=clean_text(item.why, WORDS_LIMIT) or _("no reason given"),
        )
    for each in item.comments:
        name, text = clean_text(each.name, 200) or _("somebody"), clean_text(each.text, WORDS_LIMIT)
        yield f"{clock_time(each.at, where, FORM)} {name}: {text}"
    yield ""
    yield ngettext("{n} row behind it:", "{n} rows behind it:", len(item.rows))
    yield from (f"  {_row(each, known)}" for each in item.rows)


def _row(ref: RowRef, known: Background) -> str:
    if ref.kind is RowKind.PERSON:
        return known.people.get(ref.id) or clean_text(ref.id, 200)
    word = _("scanner") if ref.kind is RowKind.SCANNER else _("badge")
    return f"{word} {clean_text(ref.id, 200)}"
