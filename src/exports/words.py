"""A report's sentences: the same on the terminal, on the page and in the workbook."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import tzinfo

from ..core.attendance import Status, status_word
from ..core.clocks import ClockNote
from ..core.identity import clean_text
from ..core.report import Report, VoidFacts
from ..core.spans import shift
from .times import clock_time, local_time, zone_or_utc


def plural(count: int, one: str, many: str = "") -> str:
    """A count with its noun."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def headline(report: Report) -> list[str]:
    """The event, the totals, and what is missing."""
    event, totals, zone = report.event, report.totals, zone_or_utc(report.event.tz)
    absent = status_word(Status.ABSENT, provisional=report.provisional)
    counts = (
        f"{plural(totals.checked_in, 'person', 'people')} checked in of {totals.registered:,} "
        f"registered, {totals.absent:,} {absent}, {totals.not_expected:,} not expected, "
        f"{plural(totals.unknown, 'unknown badge')}"
    )
    lines = [
        f"{clean_text(event.name)} ({clean_text(event.id)})",
        f"{local_time(event.start, zone)} to {local_time(event.end, zone)} {clean_text(event.tz)}",
        counts,
        "PROVISIONAL" if report.provisional else "Final: every scanner that sent records is in.",
    ]
    lines.extend(f"  {clean_text(reason, 200)}" for reason in report.missing)
    lines.extend(sealed_lines(report))
    return lines


def sealed_lines(report: Report) -> Iterator[str]:
    """Which version of the report this is; nothing before the event is closed."""
    if not report.seals:
        return
    last, zone = report.seals[-1], zone_or_utc(report.event.tz)
    sealed = f"sealed by {clean_text(last.by)} at {local_time(last.at, zone)}"
    if report.changed:
        yield (
            f"Version {last.version + 1}, not sealed: the facts have changed since version "
            f"{last.version} was {sealed}."
        )
    else:
        yield f"Version {last.version}, {sealed}. SHA-256 {clean_text(last.digest)}"


def footer(report: Report) -> Iterator[str]:
    """Unknown badges, gaps, refusals, clocks, and what was taken back: a line each."""
    zone = zone_or_utc(report.event.tz)
    if report.unknown:
        yield ""
        yield "Unknown badges (they become check-ins when somebody turns out to own them):"
    for badge in report.unknown:
        yield (
            f"  {clean_text(badge.ble_uuid)}  {clock_time(badge.first_seen, zone)} to "
            f"{clock_time(badge.last_seen, zone)}  {clean_text(badge.scanner_id)}"
        )
    for gap in report.gaps:
        yield (
            f"Coverage gap: {clean_text(gap.scanner_id)} heard nothing from "
            f"{clock_time(gap.start, zone)} to {clock_time(gap.end, zone)} ({clean_text(gap.why)})"
        )
    if report.refused:
        were = "record was" if report.refused == 1 else "records were"
        yield f"{report.refused:,} {were} refused by the server, and kept by the station."
    for note in report.clocks:
        yield clock_line(note, zone)
    for void in report.voids:
        yield void_line(void, zone)


def void_line(void: VoidFacts, zone: tzinfo) -> str:
    """What was taken back, by whom, when and why."""
    kind, name, by, why = (
        clean_text(text, 200) for text in (void.kind, void.name, void.by, void.why)
    )
    return (
        f"Taken back: {kind or 'record'} {clean_text(void.record_id, 128)} "
        f"{f'of {name} ' if name else ''}by {by} at {clock_time(void.time, zone)}"
        f"{f' ({why})' if why else ''}"
    )


def clock_line(note: ClockNote, zone: tzinfo) -> str:
    """What a scanner's wrong clock did to the times of the report."""
    who = f"Clock: {clean_text(note.scanner_id)}"
    if note.verified:
        least, most = shift(note.least), shift(note.most)
        by = most if least == most else f"{least} to {most}"
        return f"{who} was wrong; its times are corrected by {by}."
    first, last = (local_time(time, zone) for time in (note.first_time, note.last_time))
    return (
        f"{who} can't be verified: the backend was not met during that boot. "
        f"Its times, {first} to {last}, are as it wrote them."
    )
