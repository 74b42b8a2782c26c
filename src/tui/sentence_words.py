"""Derived sentences (core/sentences.py) in the operator's language; a test holds the two equal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ..core.identity import clean_text
from ..core.sentences import Said, render
from .words import N_, _

WORDS: Mapping[str, str] = {
    "rule.byHand": N_("checked in by hand"),
    "rule.byHandLate": N_("checked in by hand; first {minutes} min after the start"),
    "rule.neverSeen": N_("never seen"),
    "rule.otherTime": N_("seen only outside the event's time"),
    "rule.excused": N_("excused"),
    "rule.excusedWhy": N_("excused: {why}"),
    "rule.late": N_("first seen {minutes} min after the start"),
    "rule.leftEarly": N_("last seen {minutes} min early; present {percent} %, minimum {least} %"),
    "rule.partial": N_("present {percent} %, minimum {least} %"),
    "rule.present": N_("present {percent} %"),
    "rule.unregistered": N_("no approved registration; otherwise {status}: {then}"),
    "rule.unregisteredUnseen": N_("no approved registration; {then}"),
    "rule.accepted": N_("accepted at the close-out; otherwise {status}: {then}"),
    "missing.nothing": N_("Attendance data has not been synced: no scanner has sent records yet."),
    "missing.end": N_("The event has not ended."),
    "missing.scanner": N_("Scanner {scanner} is still scanning, or has not synced."),
    "scanner.what": N_("Scanner {scanner} has not told the end of its scan."),
    "scanner.before": N_("provisional"),
    "scanner.after": N_("final, without what it may have heard later"),
    "gap.what": N_("{scanner} heard nothing for {minutes} min ({why})."),
    "gap.before": N_("nobody is counted in it"),
    "gap.same": N_("whoever was heard before and after it counts as present; no status changes"),
    "gap.changes": N_("{count} statuses change: {changes}"),
    "gap.moreChanges": N_("{count} statuses change: {changes} …"),
    "gap.change": N_("{name} {old} to {new}"),
    "minimum.what": N_("{name} is below the minimum presence."),
    "minimum.before": N_("{status}: {then}"),
    "minimum.after": N_("{status}"),
    "clock.wrong": N_("{scanner}'s clock was wrong."),
    "clock.written": N_("as written"),
    "clock.corrected": N_("corrected by {shift}"),
    "clock.unverified": N_("{scanner}'s clock can't be verified."),
    "clock.uncertain": N_("marked as uncertain"),
    "clock.asWritten": N_("as it wrote them"),
    "unknown.what": N_("Badge {badge} was heard {times} times and is nobody's."),
    "unknown.before": N_("may be somebody's"),
    "unknown.after": N_("left as nobody's"),
    "refused.what": N_("{count} records were refused by the server."),
    "refused.before": N_("at the stations, open"),
    "refused.after": N_("left out for good"),
    "duplicate.what": N_("{count} people are called {name}."),
    "duplicate.before": N_("{statuses}"),
    "duplicate.after": N_("kept as {count} people"),
    "noShows": N_("{people} of {registered} registered people did not come ({percent} %)."),
    "walkIns": N_("{people} of {came} people who came had no approved registration."),
    "arrivalPeak.before": N_(
        "Most people arrived from {begin} to {until} minutes before the start: {people} of {came}."
    ),
    "arrivalPeak.after": N_(
        "Most people arrived from {begin} to {until} minutes after the start: {people} of {came}."
    ),
    "idleDoor": N_(
        "{scanner} heard {badges} badges, the busiest door {busiest}: it is hardly used, or "
        "does not hear well."
    ),
    "movingTogether": N_(
        "The badges of {one} and {other} were seen within {seconds} s of one another each "
        "time, {times} times. Friends who stay together look the same as one person with two "
        "badges: ask."
    ),
    "clockTrouble.unmeasured": N_(
        "The clock of {scanner} was wrong, and could not be measured: times of its records "
        "may be wrong."
    ),
    "clockTrouble.corrected": N_(
        "The clock of {scanner} was wrong by up to {seconds} s. Times were corrected."
    ),
    "deafMinutes": N_(
        "{scanner} was deaf for {minutes} min of the event: who came in then was not heard there."
    ),
    "unknownBadges": N_(
        "{badges} badges that nobody owns were seen {least} times or more, one of them {most}"
        " times: somebody may be missing from the list."
    ),
    "sightingsPurged": N_(
        "The single sightings of this event were purged: badges that move as one and idle doors"
        " can't be looked for any more."
    ),
}

LIMIT = 500
"""Characters of a sentence: some lines."""


def told(sentence: Said, english: str, limit: int = LIMIT) -> str:
    """The sentence; as the backend says it in English, where its code is none of these."""
    words = render(sentence, _form, _)
    return clean_text(english if words is None else words, limit)


def all_told(sentences: Sequence[Said], english: Sequence[str]) -> Iterator[str]:
    """Each of several; a backend of before gives no codes."""
    for n, words in enumerate(english):
        yield told(sentences[n] if n < len(sentences) else {}, words)


def _form(code: str) -> str | None:
    return _(WORDS[code]) if code in WORDS else None
