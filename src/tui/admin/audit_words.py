"""Entries of the audit log in words, and its filter. No terminal, no clock."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from ...core.audit import AuditFilter, AuditRow
from ...core.audit_csv import as_json
from ...core.identity import clean_text
from ..times import clock_time, zone
from ..words import N_, _

FORM = "%Y-%m-%d %H:%M"
LIMIT = 300
"""Characters; the backend keeps no longer texts."""
FIELDS = (
    ("actor", N_("Who")),
    ("action", N_("What")),
    ("subject", N_("To what")),
    ("since", N_("From")),
    ("until", N_("Until")),
)


def when(ms: int, form: str = "%Y-%m-%d %H:%M:%S") -> str:
    """A time of the log, in UTC."""
    return clock_time(ms, zone("UTC"), form)


def filter_of(typed: Mapping[str, str]) -> AuditFilter:
    """The filter, from what was typed into FIELDS. Raises ValueError for a time that is none."""
    texts = {name: clean_text(typed.get(name, ""), LIMIT) for name, _label in FIELDS}
    since, until = (_time(texts.pop(name)) for name in ("since", "until"))
    return AuditFilter(**texts, since=since, until=until)


def _time(text: str) -> int | None:
    """`2026-05-01 18:00` or a day alone, in UTC."""
    if not text:
        return None
    moment = datetime.fromisoformat(text)
    return round(moment.replace(tzinfo=moment.tzinfo or UTC).timestamp() * 1000)


def typed_as(wanted: AuditFilter) -> dict[str, str]:
    """What has to be typed for this filter."""
    times = {"since": wanted.since, "until": wanted.until}
    texts = {"actor": wanted.actor, "action": wanted.action, "subject": wanted.subject}
    return texts | {name: "" if ms is None else when(ms, FORM) for name, ms in times.items()}


def filter_words(wanted: AuditFilter) -> Iterator[str]:
    """Each condition of the filter."""
    given = typed_as(wanted)
    for name, label in FIELDS:
        if given[name]:
            yield f"{_(label)}: {given[name]}"


def actor(row: AuditRow) -> str:
    """Who it was: a name, else where the request came from."""
    return clean_text(row.actor_name or row.actor_id or row.address or row.actor, LIMIT)


def deed(row: AuditRow) -> str:
    """What was done, and how often."""
    times = f" x{row.times:,}" if row.times > 1 else ""
    return clean_text(row.action, LIMIT) + times


def outcome(row: AuditRow) -> str:
    """Done, or why it was refused."""
    if row.outcome != "refused":
        return _("done")
    return _("refused: {code}").format(code=clean_text(row.code, LIMIT) or row.status)


def details(row: AuditRow) -> list[tuple[str, str]]:
    """Everything that an entry says, label and words."""
    facts = [
        (_("Time"), when(row.at) + " UTC"),
        (_("Who"), f"{actor(row)} ({clean_text(f'{row.actor} {row.actor_id}', LIMIT)})"),
        (_("What"), deed(row)),
        (_("To what"), clean_text(row.subject, LIMIT)),
        (_("Outcome"), outcome(row)),
        (_("Before"), as_json(row.before) if row.before else ""),
        (_("After"), as_json(row.after) if row.after else ""),
        (_("More"), as_json(row.details) if row.details else ""),
        (_("Address"), clean_text(row.address, LIMIT)),
        (_("Request"), clean_text(row.request_id, LIMIT)),
    ]
    return [(label, words) for label, words in facts if words]
