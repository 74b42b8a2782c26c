"""Closing an event: what to look at before the report is sealed, each with before and after.

An acceptance is a fact about a finding and changes no record: it can be taken back until the seal.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import NamedTuple, Protocol

from .attendance import Status
from .errors import HeadcountError
from .identity import clean_text
from .report import EventFacts, GapFacts, PersonRow, Report, build_report
from .report_accepted import gap_id, minimum_id, scanner_id
from .seals import Acceptance, Seal, digest_of
from .sentences import NOTHING, Said, english, said, with_changes
from .spans import shift

BELOW = frozenset({Status.PARTIAL, Status.LEFT_EARLY})
"""Statuses of people who were there for less than the minimum presence."""


class Check(StrEnum):
    """What a finding is about."""

    SCANNER = "scanner"
    GAP = "gap"
    MINIMUM = "minimum"
    CLOCK = "clock"
    UNKNOWN = "unknown"
    REFUSED = "refused"
    DUPLICATE = "duplicate"


class EventSealed(HeadcountError):
    """The event is sealed and nothing has changed since: there is nothing to accept."""


class CloseOutOpen(HeadcountError):
    """The event can't be sealed as it is, or not as it was seen."""


class Finding(NamedTuple):
    """Something to look at. `before`: how it counts now; `after`: how it counts if accepted."""

    id: str
    check: Check
    what: str
    before: str
    after: str
    accepted: bool = False
    by: str = ""
    why: str = ""
    what_said: Said = NOTHING
    before_said: Said = NOTHING
    after_said: Said = NOTHING
    """The three as codes, and what is put in."""


@dataclass(frozen=True, slots=True)
class CloseOut:
    """Where the close-out of an event stands."""

    event_id: str
    provisional: bool
    missing: Sequence[str]
    findings: Sequence[Finding]
    digest: str
    """Of the facts as they are now; a seal names it, so that what is sealed is what was seen."""
    seals: Sequence[Seal] = ()
    changed: bool = False
    """The facts are others than those of the last seal: the next one is another version."""
    missing_said: Sequence[Said] = ()
    """`missing` as codes, and what is put in."""

    @property
    def sealed(self) -> bool:
        """Whether the facts are those of the last seal."""
        return bool(self.seals) and not self.changed

    @property
    def open(self) -> Sequence[Finding]:
        """The findings that nobody has accepted."""
        return [finding for finding in self.findings if not finding.accepted]


class CloseBook(Protocol):
    """The part of the backend that closes events. Every method raises EventNotFound."""

    def close_out(self, event_id: str, *, now_ms: int) -> CloseOut:
        """Where the close-out stands."""

    def accept(
        self, event_id: str, findings: Sequence[str], *, by: str, why: str, now_ms: int
    ) -> CloseOut:
        """Accept findings by id; a second time is no error. Raises EventSealed, CloseOutOpen."""

    def take_back(self, event_id: str, findings: Sequence[str], *, now_ms: int) -> CloseOut:
        """Take acceptances back. Raises EventSealed, CloseOutOpen for an id that is none."""

    def seal(self, event_id: str, digest: str, *, by: str, now_ms: int) -> CloseOut:
        """Seal what was seen; the same facts again are no error. Raises CloseOutOpen."""


def close_out(facts: EventFacts, now_ms: int) -> CloseOut:
    """Everything to look at, as of now."""
    report = build_report(facts, now_ms)
    digest = digest_of(facts)
    accepted = {each.finding: each for each in facts.acceptances}
    return CloseOut(
        event_id=facts.event.id,
        provisional=report.provisional,
        missing=report.missing,
        findings=[_with(accepted, finding) for finding in _findings(facts, report, now_ms)],
        digest=digest,
        seals=facts.seals,
        changed=bool(facts.seals) and facts.seals[-1].digest != digest,
        missing_said=report.missing_said,
    )


def require_open(state: CloseOut, findings: Sequence[str]) -> None:
    """Raise EventSealed, or CloseOutOpen for an id that is no finding."""
    if state.sealed:
        raise EventSealed(
            f"The event is sealed (version {state.seals[-1].version}).",
            safe="Nothing was changed.",
            remedy="New facts open another version; until then the report stays as it is.",
        )
    unknown = set(findings) - {finding.id for finding in state.findings}
    if unknown:
        name = clean_text(min(unknown), 200)
        raise CloseOutOpen(f"There is no finding {name!r}.", remedy="Look at the list again.")


def require_sealable(state: CloseOut, digest: str) -> None:
    """Raise CloseOutOpen unless everything is in, accepted, and as it was seen."""
    if state.digest != digest:
        raise CloseOutOpen(
            "The facts have changed since you looked.", remedy="Look at the list again, then seal."
        )
    if state.provisional:
        reasons = " ".join(state.missing)
        raise CloseOutOpen(
            f"The report is provisional: {reasons}",
            remedy="Fetch what is missing, or accept that a scanner's records will not come.",
        )
    if state.open:
        raise CloseOutOpen(
            f"{len(state.open)} findings are open, the first is {state.open[0].id}.",
            remedy="Accept each, or mend it; all at once with --accept all.",
        )


def _with(accepted: dict[str, Acceptance], finding: Finding) -> Finding:
    found = accepted.get(finding.id)
    return finding._replace(accepted=True, by=found.by, why=found.why) if found else finding


def _findings(facts: EventFacts, report: Report, now_ms: int) -> Iterator[Finding]:
    """As if nothing were accepted, so that each stays on the list with its before and after."""
    bare = build_report(replace(facts, acceptances=()), now_ms)
    yield from _scanners(facts)
    yield from (_gap(facts, gap, bare, now_ms) for gap in facts.gaps)
    yield from (_minimum(row) for row in bare.people if row.status in BELOW)
    yield from _clocks(report)
    yield from _unknown(report)
    if report.refused:
        what = said("refused.what", count=report.refused)
        yield _finding("refused", Check.REFUSED, what)
    yield from _duplicates(report.people)


def _finding(
    key: str, check: Check, what: Said, before: Said = NOTHING, after: Said = NOTHING
) -> Finding:
    """Before and after are the check's own, unless they are given."""
    before, after = before or said(f"{check}.before"), after or said(f"{check}.after")
    return Finding(
        key,
        check,
        english(what),
        english(before),
        english(after),
        what_said=what,
        before_said=before,
        after_said=after,
    )


def _scanners(facts: EventFacts) -> Iterator[Finding]:
    for scanner in facts.scanners:
        if scanner.open_sessions and scanner.covered_until < facts.event.end:
            what = said("scanner.what", scanner=clean_text(scanner.scanner_id))
            yield _finding(scanner_id(scanner.scanner_id), Check.SCANNER, what)


def _gap(facts: EventFacts, gap: GapFacts, bare: Report, now_ms: int) -> Finding:
    """Before and after are the statuses of those whom the gap makes look absent for a while."""
    accepted = (Acceptance(gap_id(gap), "", 0, ""),)
    bridged = build_report(replace(facts, acceptances=accepted), now_ms)
    old = {row.user_id: row.status for row in bare.people}
    changed = [row for row in bridged.people if old[row.user_id] is not row.status]
    minutes = -(-(gap.end - gap.start) // 60_000)
    scanner, why = clean_text(gap.scanner_id), clean_text(gap.why)
    what = said("gap.what", scanner=scanner, minutes=minutes, why=why)
    return _finding(gap_id(gap), Check.GAP, what, after=_changes(old, changed))


def _changes(old: dict[str, Status], changed: Sequence[PersonRow]) -> Said:
    if not changed:
        return said("gap.same")
    return with_changes(
        [(clean_text(row.name), old[row.user_id].value, row.status.value) for row in changed]
    )


def _minimum(row: PersonRow) -> Finding:
    return _finding(
        minimum_id(row.user_id),
        Check.MINIMUM,
        said("minimum.what", name=clean_text(row.name)),
        said("minimum.before", row.reason, status=row.status.value),
        said("minimum.after", status=Status.PRESENT.value),
    )


def _clocks(report: Report) -> Iterator[Finding]:
    for note in report.clocks:
        name = clean_text(note.scanner_id)
        key = f"clock:{name}:{clean_text(note.boot)}"
        if note.verified:
            what = said("clock.wrong", scanner=name)
            before, after = said("clock.written"), said("clock.corrected", shift=shift(note.most))
        else:
            what = said("clock.unverified", scanner=name)
            before, after = said("clock.uncertain"), said("clock.asWritten")
        yield _finding(key, Check.CLOCK, what, before, after)


def _unknown(report: Report) -> Iterator[Finding]:
    for badge in report.unknown:
        what = said("unknown.what", badge=badge.ble_uuid, times=badge.sightings)
        yield _finding(f"unknown:{badge.ble_uuid}", Check.UNKNOWN, what)


def _duplicates(people: Sequence[PersonRow]) -> Iterator[Finding]:
    """People of one name: two of them, or one who is in twice."""
    by_name: dict[str, list[PersonRow]] = defaultdict(list)
    for row in people:
        by_name[clean_text(row.name).casefold()].append(row)
    for rows in by_name.values():
        if len(rows) > 1:
            what = said("duplicate.what", count=len(rows), name=clean_text(rows[0].name))
            before = said("duplicate.before", statuses=", ".join(row.status for row in rows))
            after = said("duplicate.after", count=len(rows))
            key = "duplicate:" + "+".join(sorted(row.user_id for row in rows))
            yield _finding(key, Check.DUPLICATE, what, before, after)
