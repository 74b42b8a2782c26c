"""Where a close-out stands, in words. No terminal, no clock."""

from __future__ import annotations

from collections.abc import Iterator

from ...core.close_out import Check, CloseOut, Finding
from ...core.identity import clean_text
from ..sentence_words import all_told, told
from ..times import clock_time, zone
from ..words import N_, _, ngettext
from .ports_close import Closing

CHECKS = {
    Check.SCANNER: N_("scanner not in"),
    Check.GAP: N_("gap"),
    Check.MINIMUM: N_("below minimum"),
    Check.CLOCK: N_("clock"),
    Check.UNKNOWN: N_("unknown badge"),
    Check.REFUSED: N_("refused"),
    Check.DUPLICATE: N_("same name"),
}
_WORDS_LIMIT = 300
"""Characters of a sentence: some lines."""


def facts(closing: Closing) -> Iterator[str]:
    """Final or not, how many findings, and the last seal."""
    state = closing.state
    yield _("provisional") if state.provisional else _("final")
    yield ngettext("{n} finding", "{n} findings", len(state.findings))
    if state.findings:
        yield ngettext("{n} open", "{n} open", len(state.open))
    yield seal_words(closing)


def seal_words(closing: Closing) -> str:
    """The last seal: version, when, by whom."""
    if not closing.state.seals:
        return _("not sealed")
    last = closing.state.seals[-1]
    when = clock_time(last.at, zone(closing.event.tz), "%Y-%m-%d %H:%M")
    words = _("version {n} sealed {when} by {by}")
    return words.format(n=last.version, when=when, by=clean_text(last.by))


def news(state: CloseOut) -> tuple[str, str]:
    """What is to be known first; empty: nothing."""
    if state.changed:
        last = state.seals[-1].version
        words = _("The next seal is version {next}; version {last} stays on record.")
        what = _("The facts have changed since version {n} was sealed.").format(n=last)
        return what, words.format(next=last + 1, last=last)
    if state.provisional:
        return _("Provisional."), " ".join(all_told(state.missing_said, state.missing))
    return "", ""


def hurdle(state: CloseOut) -> str:
    """Why the event can't be sealed now, and what to do; empty: it can."""
    if state.sealed:
        words = _("Version {n} is sealed, and nothing has changed since.")
        return words.format(n=state.seals[-1].version)
    if state.provisional:
        missing = " ".join(all_told(state.missing_said, state.missing))
        remedy = _("Fetch what is missing, or accept that a scanner's records will not come.")
        return f"{_('The report is provisional:')} {missing} {remedy}"
    if state.open:
        return ngettext(
            "{n} finding is open: accept it, or mend what it is about.",
            "{n} findings are open: accept each, or mend what it is about.",
            len(state.open),
        )
    return ""


def what(finding: Finding) -> str:
    """What it is about."""
    return told(finding.what_said, finding.what)


def change(finding: Finding) -> str:
    """Before and after, and who accepted it why."""
    before = told(finding.before_said, finding.before)
    after = told(finding.after_said, finding.after)
    words = _("Counts now: {before}. If accepted: {after}.")
    if finding.accepted:
        words = _("Before: {before}. Accepted, it counts: {after}.")
    line = words.format(before=before, after=after)
    if finding.accepted:
        why = clean_text(finding.why, _WORDS_LIMIT) or _("no reason given")
        said = _("Accepted by {by}: {why}").format(by=clean_text(finding.by), why=why)
        line += f"\n{said}"
    return line
