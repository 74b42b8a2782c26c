"""Sentences that are derived, by code: what is put in stays apart from the words.

So a screen can say the same in another language, and a program can read it without parsing. The
English here is the source; `tui/sentence_words.py` has each sentence once more for the catalogues.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache

Said = Mapping[str, int | str]
"""`code`, and what is put in, by name. `then` is the code of a second sentence, which is put in
where the first one has `{then}` and takes what it needs from the same members."""

NOTHING: Said = {}
"""A backend of before gave no code: its English sentence stands."""

SENTENCES: Mapping[str, str] = {
    # what decided a status
    "rule.byHand": "checked in by hand",
    "rule.byHandLate": "checked in by hand; first {minutes} min after the start",
    "rule.neverSeen": "never seen",
    "rule.otherTime": "seen only outside the event's time",
    "rule.excused": "excused",
    "rule.excusedWhy": "excused: {why}",
    "rule.late": "first seen {minutes} min after the start",
    "rule.leftEarly": "last seen {minutes} min early; present {percent} %, minimum {least} %",
    "rule.partial": "present {percent} %, minimum {least} %",
    "rule.present": "present {percent} %",
    "rule.unregistered": "no approved registration; otherwise {status}: {then}",
    "rule.unregisteredUnseen": "no approved registration; {then}",
    "rule.accepted": "accepted at the close-out; otherwise {status}: {then}",
    # why a report is provisional
    "missing.nothing": "Attendance data has not been synced: no scanner has sent records yet.",
    "missing.end": "The event has not ended.",
    "missing.scanner": "Scanner {scanner} is still scanning, or has not synced.",
    # findings of a close-out
    "scanner.what": "Scanner {scanner} has not told the end of its scan.",
    "scanner.before": "provisional",
    "scanner.after": "final, without what it may have heard later",
    "gap.what": "{scanner} heard nothing for {minutes} min ({why}).",
    "gap.before": "nobody is counted in it",
    "gap.same": "whoever was heard before and after it counts as present; no status changes",
    "gap.changes": "{count} statuses change: {changes}",
    "gap.moreChanges": "{count} statuses change: {changes} …",
    "gap.change": "{name} {old} to {new}",
    "minimum.what": "{name} is below the minimum presence.",
    "minimum.before": "{status}: {then}",
    "minimum.after": "{status}",
    "clock.wrong": "{scanner}'s clock was wrong.",
    "clock.written": "as written",
    "clock.corrected": "corrected by {shift}",
    "clock.unverified": "{scanner}'s clock can't be verified.",
    "clock.uncertain": "marked as uncertain",
    "clock.asWritten": "as it wrote them",
    "unknown.what": "Badge {badge} was heard {times} times and is nobody's.",
    "unknown.before": "may be somebody's",
    "unknown.after": "left as nobody's",
    "refused.what": "{count} records were refused by the server.",
    "refused.before": "at the stations, open",
    "refused.after": "left out for good",
    "duplicate.what": "{count} people are called {name}.",
    "duplicate.before": "{statuses}",
    "duplicate.after": "kept as {count} people",
    # insights
    "noShows": "{people} of {registered} registered people did not come ({percent} %).",
    "walkIns": "{people} of {came} people who came had no approved registration.",
    "arrivalPeak.before": "Most people arrived from {begin} to {until} minutes before the start: "
    "{people} of {came}.",
    "arrivalPeak.after": "Most people arrived from {begin} to {until} minutes after the start: "
    "{people} of {came}.",
    "idleDoor": "{scanner} heard {badges} badges, the busiest door {busiest}: it is hardly used, "
    "or does not hear well.",
    "movingTogether": "The badges of {one} and {other} were seen within {seconds} s of one another "
    "each time, {times} times. Friends who stay together look the same as one person with two "
    "badges: ask.",
    "clockTrouble.unmeasured": "The clock of {scanner} was wrong, and could not be measured: times "
    "of its records may be wrong.",
    "clockTrouble.corrected": "The clock of {scanner} was wrong by up to {seconds} s. Times were "
    "corrected.",
    "deafMinutes": "{scanner} was deaf for {minutes} min of the event: who came in then was not "
    "heard there.",
    "unknownBadges": "{badges} badges that nobody owns were seen {least} times or more, one of "
    "them {most} times: somebody may be missing from the list.",
    "sightingsPurged": "The single sightings of this event were purged: badges that move as one "
    "and idle doors can't be looked for any more.",
}

MAX_DIGITS = 16
"""Of a number that any JSON reader keeps."""

WORDS = frozenset({"status", "old", "new"})
"""Members that are words of the product, and are themselves translated."""
STATUSES = "statuses"
"""A member that is several of them, with commas between."""
CHANGES = "gap.change"
MOST_CHANGES = 3
"""Status changes that are named; how many more there are, the count says."""


def said(code: str, then: Said = NOTHING, /, **members: int | str) -> Said:
    """A sentence with what is put in, and a second one that is put into it."""
    inner = {("then" if name == "code" else name): value for name, value in then.items()}
    return {**inner, "code": code, **members}


def with_changes(changes: list[tuple[str, str, str]]) -> Said:
    """The statuses that change: name, before, after of each."""
    code = "gap.moreChanges" if changes[MOST_CHANGES:] else "gap.changes"
    members: dict[str, int | str] = {"count": len(changes)}
    for n, (name, old, new) in enumerate(changes[:MOST_CHANGES], 1):
        members |= {f"name{n}": name, f"old{n}": old, f"new{n}": new}
    return said(code, **members)


def english(sentence: Said) -> str:
    """The sentence in English."""
    return render(sentence, SENTENCES.get, lambda word: word) or ""


def render(
    sentence: Said, form_of: Callable[[str], str | None], word_of: Callable[[str], str]
) -> str | None:
    """The sentence in the language of `form_of` and `word_of`; None where it is not known."""
    form = form_of(str(sentence.get("code", "")))
    if form is None:
        return None
    put = {name: _put(name, value, word_of) for name, value in sentence.items()}
    if "then" in sentence:
        inner = {**sentence, "code": sentence["then"]}
        del inner["then"]
        put["then"] = render(inner, form_of, word_of) or ""
    if "{changes}" in form:
        put["changes"] = "; ".join(_changes(sentence, form_of, word_of))
    try:
        return form.format_map(put)
    except KeyError:
        return None


def _put(name: str, value: int | str, word_of: Callable[[str], str]) -> str:
    if isinstance(value, int):
        return f"{value:,}"
    if name == STATUSES:
        return ", ".join(word_of(word) for word in value.split(", "))
    return word_of(value) if name in WORDS else value


def _changes(
    sentence: Said, form_of: Callable[[str], str | None], word_of: Callable[[str], str]
) -> list[str]:
    found = []
    for n in range(1, MOST_CHANGES + 1):
        members = {name: sentence.get(f"{name}{n}", "") for name in ("name", "old", "new")}
        if members["new"]:
            found.append(render({"code": CHANGES, **members}, form_of, word_of) or "")
    return found


def understood(kind: str, text: str) -> Said:
    """The code of an English sentence of this kind, and what was put in; NOTHING for another one.

    For sentences that are kept as text, in which an erasure may have replaced names.
    """
    for code in SENTENCES:
        if code.partition(".")[0] == kind and (match := _pattern(code).fullmatch(text)):
            return said(code, **{name: _read(each) for name, each in match.groupdict().items()})
    return NOTHING


@cache
def _pattern(code: str) -> re.Pattern[str]:
    parts = re.split(r"\{(\w+)\}", SENTENCES[code])
    made = [f"(?P<{part}>.*?)" if n % 2 else re.escape(part) for n, part in enumerate(parts)]
    return re.compile("".join(made), re.DOTALL)


def _read(text: str) -> int | str:
    """A number as a number, if it is written as one is put in."""
    digits = text.replace(",", "")
    if digits.isascii() and digits.isdecimal() and len(digits) < MAX_DIGITS:
        number = int(digits)
        return number if f"{number:,}" == text else text
    return text
