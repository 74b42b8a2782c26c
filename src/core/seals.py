"""A seal: what an event's report rested on when an admin closed it, as one number.

The digest is over the facts and rules themselves, so that anybody who has them can compute it
again. What is only about the way (when a scanner was last heard, when a record came in) is left
out. So are sightings between the begin and the end of a stretch without a gap longer than the away
time, which a purge takes away, and every value that is its field's default: a new field of a later
version changes no digest of before.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from .attendance import MINUTE_MS
from .retention import spans

if TYPE_CHECKING:
    from .model import Event
    from .report import EventFacts, PersonFacts


NOT_DECIDING = frozenset({"archived", "approval"})
"""Members of an event that no report rests on: to seal first and archive then changes nothing."""


class Seal(NamedTuple):
    """One version of a closed report. Unix ms."""

    version: int
    """From 1."""
    digest: str
    """SHA-256, hex."""
    at: int
    by: str


class Acceptance(NamedTuple):
    """Somebody has looked at a finding of the close-out, and it shall count so. Unix ms."""

    finding: str
    by: str
    at: int
    why: str


def digest_of(facts: EventFacts) -> str:
    """SHA-256 (hex) of the facts in canonical JSON, one line each, in a fixed order."""
    digest = hashlib.sha256()
    for line in _lines(facts):
        digest.update(json.dumps(line, separators=(",", ":"), sort_keys=True).encode() + b"\n")
    return digest.hexdigest()


def _lines(facts: EventFacts) -> Sequence[object]:
    """What decides the report."""
    return [
        ["headcount", 1],
        ["event", _deciding(facts.event)],
        ["rules", _said(facts.rules)],
        *(["person", _heard(facts, person)] for person in sorted(facts.people)),
        *(["unknown", _named(badge)] for badge in sorted(facts.unknown)),
        *(["gap", _named(gap)] for gap in sorted(facts.gaps)),
        *(["void", _named(void)] for void in sorted(facts.voids)),
        ["refused", facts.refused],
        *(["accepted", finding] for finding in sorted(each.finding for each in facts.acceptances)),
    ]


def _heard(facts: EventFacts, person: PersonFacts) -> dict[str, object]:
    """A person; of the sightings what is kept for ever: the stretches."""
    event, rules = facts.event, facts.rules
    opens = event.start - rules.check_in_opens_minutes * MINUTE_MS
    away = rules.away_minutes * MINUTE_MS
    members = _named(person)
    if person.sightings:
        members["sightings"] = spans(person.sightings, opens, event.end + away, away)
    return members


def _deciding(event: Event) -> dict[str, object]:
    return {name: value for name, value in _said(event).items() if name not in NOT_DECIDING}


def _said(value: Any) -> dict[str, object]:  # noqa: ANN401 - a dataclass
    """The members that are not their field's default."""
    return {
        field.name: getattr(value, field.name)
        for field in dataclasses.fields(value)
        if getattr(value, field.name) != field.default
    }


def _named(value: Any) -> dict[str, object]:  # noqa: ANN401 - a NamedTuple
    defaults = value._field_defaults
    members = value._asdict()
    return {
        name: _plain(member)
        for name, member in members.items()
        if name not in defaults or member != defaults[name]
    }


def _plain(member: object) -> object:
    """Times are a list, however they were kept: the digest is of what they say."""
    many = isinstance(member, Sequence) and not isinstance(member, str)
    return list(cast("Sequence[object]", member)) if many else member
