"""A person's record in sentences."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ...core.attendance import status_word
from ...core.identity import clean_text
from ...core.person_record import PersonRecord
from ..look import Symbols
from ..sentence_words import all_told, told
from ..times import clock_time, span, zone
from ..words import N_, _, ngettext
from .strip import Mark, symbol


def status_line(record: PersonRecord) -> str:
    """The status, the rule that decided it, and whether it can still change."""
    person = record.person
    word = status_word(person.status, provisional=bool(record.missing))
    line = f"{_(word)}: {told(person.reason, person.rule)}"
    if not record.missing:
        return line
    missing = " ".join(all_told(record.missing_said, record.missing))
    return f"{line}\n{_('This can still change:')} {missing}"


def legend(symbols: Symbols) -> str:
    """What the symbols mean."""
    words = {
        Mark.HEARD: _("heard"),
        Mark.HERE: _("here, not heard just then"),
        Mark.AWAY: _("not heard"),
        Mark.DEAF: _("scanner deaf"),
    }
    return "   ".join(f"{symbol(mark, symbols)} {said}" for mark, said in words.items())


def facts(record: PersonRecord) -> Sequence[str]:
    """Registration, check-in, first and last seen, how long, badge."""
    person, time = record.person, _clock(record)
    seen = _("never")
    if person.first_seen is not None and person.last_seen is not None:
        seen = _("{first} to {last}, {n} times").format(
            first=time(person.first_seen), last=time(person.last_seen), n=f"{person.sightings:,}"
        )
    check_in = _("none")
    if person.check_in_time is not None:
        how = {"manual": _("by hand"), "scanned": _("scanned")}.get(str(person.method), "")
        door = clean_text(person.scanner_id)
        check_in = f"{time(person.check_in_time)}, {how}, {door}"
    pairs = [
        (_("Registration"), _(person.registration) if person.registration else _("none")),
        (_("Email"), clean_text(person.email, 254)),
        (_("Badge"), person.ble_uuid or _("none")),
        (_("Check-in"), check_in),
        (_("Heard"), seen),
        (_("Present"), span(person.present_ms / 1000)),
    ]
    if person.assurance is not None:
        pairs.append((_("Assurance"), _(person.assurance.value)))
    if person.corrected:
        moved = span(abs(person.corrected) / 1000)
        pairs.append((_("Clock"), _("times were put right by up to {span}").format(span=moved)))
    width = max(len(label) for label, _words in pairs)
    return [f"{label:{width}}  {words}" for label, words in pairs]


def acts(record: PersonRecord) -> Sequence[str]:
    """What people did by hand."""
    return list(_acts(record))


def _acts(record: PersonRecord) -> Iterator[str]:
    time = _clock(record)
    for at in record.by_hand:
        yield _("{time} checked in by hand").format(time=time(at))
    if record.excused is not None:
        why = clean_text(record.excused, 300) or _("no reason given")
        yield _("Excused: {why}").format(why=why)
    for void in record.voids:
        words = _("{time} taken back by {by} ({what}): {why}")
        yield words.format(
            time=time(void.time),
            by=clean_text(void.by),
            what=_(void.kind) if void.kind else "?",
            why=clean_text(void.why, 300),
        )


def silences(record: PersonRecord) -> Sequence[str]:
    """When scanners were deaf, and up to when their records are in."""
    time = _clock(record)
    lines = [
        _("{scanner} was deaf from {start} to {end}: {why}").format(
            scanner=clean_text(gap.scanner_id),
            start=time(gap.start),
            end=time(gap.end),
            why=clean_text(gap.why),
        )
        for gap in record.gaps
    ]
    lines += [
        _("{scanner}: records are in up to {time}").format(
            scanner=clean_text(each.scanner_id), time=time(each.covered_until)
        )
        for each in record.scanners
    ]
    if lines:
        lines.insert(0, ngettext("{n} scanner", "{n} scanners", len(record.scanners)))
    return lines


class _Clock:
    def __init__(self, zone_name: str) -> None:
        self._where = zone(zone_name)

    def __call__(self, ms: int) -> str:
        return clock_time(ms, self._where)


def _clock(record: PersonRecord) -> _Clock:
    return _Clock(record.event.tz)


STATUSES = (
    N_("present"), N_("late"), N_("left early"), N_("partial"), N_("absent"), N_("excused"),
    N_("not expected"), N_("sighting"), N_("manual"), N_("walkIn"), N_("assign"),
)  # fmt: skip
"""Words of the backend that are shown."""
