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
from collections.abc import Callable, Sequence
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


class Within(NamedTuple):
    """What of an event and its rules decides which stretches its sightings make. Unix ms, ms."""

    opens: int
    closes: int
    away: int


Line = Callable[["PersonFacts", Within], bytes]
"""A person's line under the digest: `person_line`, or what knows the lines of before."""


def digest_of(facts: EventFacts, line: Line | None = None) -> str:
    """SHA-256 (hex) of the facts in canonical JSON, one line each, in a fixed order.

    Nearly all of the time goes into people: `line` may know what `person_line` gave before.
    """
    within, line = _within(facts), line or person_line
    digest = hashlib.sha256()
    for head in (
        ["headcount", 1],
        ["event", _deciding(facts.event)],
        ["rules", _said(facts.rules)],
    ):
        digest.update(_encoded(head))
    for person in sorted(facts.people):
        digest.update(line(person, within))
    for rest in _others(facts):
        digest.update(_encoded(rest))
    return digest.hexdigest()


def person_line(person: PersonFacts, within: Within) -> bytes:
    """A person; of the sightings what is kept for ever: the stretches."""
    members = _named(person._replace(sightings=()))
    members["sightings"] = (
        spans(person.sightings, within.opens, within.closes, within.away)
        if person.sightings
        else []
    )
    return _encoded(["person", members])


def _within(facts: EventFacts) -> Within:
    event, rules = facts.event, facts.rules
    away = rules.away_minutes * MINUTE_MS
    opens = event.start - rules.check_in_opens_minutes * MINUTE_MS
    return Within(opens, event.end + away, away)


def _others(facts: EventFacts) -> Sequence[object]:
    """What decides the report besides people."""
    return [
        *(["unknown", _named(badge)] for badge in sorted(facts.unknown)),
        *(["gap", _named(gap)] for gap in sorted(facts.gaps)),
        *(["void", _named(void)] for void in sorted(facts.voids)),
        ["refused", facts.refused],
        *(["accepted", finding] for finding in sorted(each.finding for each in facts.acceptances)),
    ]


def _encoded(line: object) -> bytes:
    return json.dumps(line, separators=(",", ":"), sort_keys=True).encode() + b"\n"


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
