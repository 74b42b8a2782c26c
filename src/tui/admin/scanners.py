"""The admin's scanners: pair, look after, revoke, and what a lost one may have kept."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType

from ...core.access import PairingCode, ScannerRow
from ...core.errors import HeadcountError
from ...core.fleet import given_of, to_text
from ...core.identity import clean_text
from ...core.theft import Coverage
from ..fleet_words import LABELS
from ..keys import USUAL
from ..look import Level
from ..screens.ask import Ask, Told
from ..screens.base import Page
from ..screens.confirm import Answer, Confirm
from ..times import clock_time, span, zone
from ..widgets.table import Cell, Column, Table
from ..words import N_, _, ngettext
from .fleet_form import FleetForm
from .listing import ListPage
from .pairing import CodeShown, NewScannerForm
from .ports import AdminDesk

DAY_MS = 86_400_000
FORM = "%Y-%m-%d %H:%M"
_STAMP = "%Y-%m-%d %H:%M:%S"
QUIET_MS = 15 * 60_000
"""A station that scans and has a network is heard of at least every few minutes."""


class ScannersPage(ListPage[ScannerRow]):
    """Every scanner that has a key, or that records came from."""

    TITLE_WORDS = N_("Scanners")
    ABOUT = N_(
        "{scanners_pair} makes a code that pairs one scanner, once, within ten minutes. Enter "
        "shows up to when a scanner's records are in, event by event; {scanners_stolen} the same "
        "up to the time of a theft. {scanners_revoke} takes the key back at once: for a scanner "
        "that is lost or stolen. What it has heard and not sent is only on it. "
        "{scanners_settings} decides settings for one scanner, {scanners_for_all} for all."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(USUAL["scanners_pair"], "pair", N_("Pair"), id="scanners_pair"),
        Binding(USUAL["scanners_settings"], "settings", N_("Settings"), id="scanners_settings"),
        Binding(USUAL["scanners_revoke"], "revoke", N_("Revoke"), id="scanners_revoke"),
        Binding(USUAL["scanners_stolen"], "stolen", N_("Stolen"), id="scanners_stolen"),
        Binding(USUAL["scanners_for_all"], "for_all", N_("For all"), id="scanners_for_all"),
    ]

    def __init__(self, admin: AdminDesk) -> None:
        super().__init__()
        self._admin = admin
        self._desk = admin.scanners()

    # --- the list ---

    def columns(self) -> list[Column]:
        """The table's columns."""
        return [
            Column(_("Scanner"), 14, flex=1),
            Column(_("Gate"), 12, flex=1),
            Column(_("Last contact"), 14),
            Column(_("Key"), 8),
            Column(_("Version"), 12, from_width=64),
            Column(_("Events"), 8, from_width=78),
        ]

    def stream(self) -> AsyncGenerator[Sequence[ScannerRow] | HeadcountError, None]:
        """All scanners."""
        return self._desk.follow()

    def key(self, item: ScannerRow) -> str:
        """The scanner's name."""
        return item.name

    def text(self, item: ScannerRow) -> str:
        """Name and gate."""
        return f"{item.name} {item.gate}"

    def cells(self, item: ScannerRow) -> Sequence[Cell]:
        """The row of a scanner."""
        now = self._admin.now_ms()
        contact, level = _("never"), Level.DIM
        if item.last_contact is not None:
            ago = max(0, now - item.last_contact)
            contact = _("{span} ago").format(span=span(ago / 1000))
            level = Level.OK if ago < QUIET_MS else Level.PLAIN if ago < DAY_MS else Level.DIM
        return [
            Cell(clean_text(item.name), Level.STRONG),
            Cell(clean_text(item.gate)),
            Cell(contact, level),
            Cell(*_key_state(item)),
            Cell(*self._version(item)),
            Cell(f"{len(item.events):,}" if item.events else _("all")),
        ]

    def _version(self, item: ScannerRow) -> tuple[str, Level]:
        told = clean_text(item.versions.headcount)
        if not item.outdated:
            return told, Level.DIM
        return _("{version} old").format(version=told), Level.WARN

    def more(self, item: ScannerRow | None) -> str:
        """What runs on it, and what is decided for it alone."""
        if item is None:
            return ""
        versions, given = item.versions, given_of(item.settings)
        runs = (("Python", versions.python), ("bleak", versions.bleak), ("BlueZ", versions.bluez))
        told = [f"{what} {clean_text(version)}" for what, version in runs if version]
        old = _("older than the backend: upgrade it") if item.outdated else ""
        decided = [f"{_(LABELS[name])}: {to_text(value)}" for name, value in given.items()]
        return self.joined(old, *told, clean_text(versions.os), *decided)

    def summary(self, items: Sequence[ScannerRow]) -> str:
        """How many, and how many with the shared key."""
        shared = sum(each.paired_at is None for each in items)
        return self.joined(
            ngettext("{n} scanner", "{n} scanners", len(items)),
            ngettext("{n} with the shared key", "{n} with the shared key", shared)
            if shared
            else "",
        )

    # --- pairing ---

    def action_pair(self) -> None:
        """Ask for name and gate, and show a code."""
        form = NewScannerForm()
        self.app.push_screen(form, lambda answer: self._to_pair(form, answer))

    def _to_pair(self, form: NewScannerForm, answer: str | None) -> None:
        if answer:
            self.do(self._pair(form.name_given, form.gate_given))

    async def _pair(self, name: str, gate: str) -> str:
        code: PairingCode = await self._desk.code(name, gate)
        self.app.push_screen(CodeShown(code, self._admin.now_ms))
        return ""

    # --- looking after them ---

    @on(Table.Chosen)
    def look(self) -> None:
        """Up to when the records are in."""
        if item := self.chosen:
            self.do(self._tell(item.name, clean_text(item.name)))

    async def _tell(self, name: str, headline: str, stolen_at: int | None = None) -> str:
        found = await self._desk.coverage(name, stolen_at)
        self.app.push_screen(Told(headline, coverage_lines(found)))
        return ""

    def action_stolen(self) -> None:
        """Ask until when it scanned, and tell what may be missing."""
        if item := self.chosen:
            name = clean_text(item.name)
            more = _("It scanned until then, in UTC. What it had not sent by then may be missing.")
            now = clock_time(self._admin.now_ms(), UTC, FORM)
            ask = Ask(_("Until when did {name} scan?").format(name=name), more, now, _no_time)
            self.app.push_screen(ask, partial(self._stolen, item.name))

    def _stolen(self, name: str, answer: str | None) -> None:
        if answer:
            at = moment_ms(answer)
            told = clean_text(name)
            headline = _("{name}, stolen at {time} UTC").format(name=told, time=answer)
            self.do(self._tell(name, headline, at))

    # --- settings ---

    def action_settings(self) -> None:
        """Decide settings for one scanner."""
        if item := self.chosen:
            self.do(self._ask_settings(item))

    async def _ask_settings(self, item: ScannerRow) -> str:
        below = await self._desk.settings_for_all()
        headline = _("Settings for {name}").format(name=clean_text(item.name))
        gate = None if item.paired_at is None else clean_text(item.gate)
        form = FleetForm(headline, item.settings, below, gate)
        self.app.push_screen(form, partial(self._to_set, item.name, form))
        return ""

    def action_for_all(self) -> None:
        """Decide settings for every station."""
        self.do(self._ask_for_all())

    async def _ask_for_all(self) -> str:
        form = FleetForm(_("Settings for all scanners"), await self._desk.settings_for_all())
        self.app.push_screen(form, partial(self._to_set, "", form))
        return ""

    def _to_set(self, name: str, form: FleetForm, answer: str | None) -> None:
        if answer:
            self.do(self._set(name, form))

    async def _set(self, name: str, form: FleetForm) -> str:
        await self._desk.set_scanner(name, form.changes, form.gate)
        return _("Saved. Stations show it at their next contact.")

    def action_revoke(self) -> None:
        """Take the key back, after a question."""
        if (item := self.chosen) and item.paired_at is not None and item.revoked_at is None:
            name = clean_text(item.name)
            more = _(
                "Its key opens nothing from its next request on. Pairing it anew gives it another "
                "one; it can then still send what it has."
            )
            answers = [Answer("", _("Leave it")), Answer("revoke", _("Revoke"), danger=True)]
            ask = Confirm(_("Revoke the key of {name}?").format(name=name), more, answers)
            self.app.push_screen(ask, partial(self._revoked, item))
        elif item:
            said = _("It has no key of its own. A new SCANNER_API_KEY shuts out the shared one.")
            self.notify(said, severity="warning", markup=False)

    def _revoked(self, item: ScannerRow, answer: str | None) -> None:
        if answer:
            self.do(self._revoke(item))

    async def _revoke(self, item: ScannerRow) -> str:
        await self._desk.revoke(item.name)
        headline = _("The key of {name} opens nothing any more").format(name=clean_text(item.name))
        return await self._tell(item.name, headline)


def moment_ms(text: str) -> int:
    """Unix ms of `2026-05-01 18:00`, in UTC. Raises ValueError, OverflowError."""
    return round(datetime.strptime(text, FORM).replace(tzinfo=UTC).timestamp() * 1000)


def _no_time(text: str) -> str:
    try:
        moment_ms(text)
    except (ValueError, OverflowError):
        return _("Write the time like 2026-05-01 18:00.")
    return ""


def _key_state(item: ScannerRow) -> tuple[str, Level]:
    if item.revoked_at is not None:
        return _("revoked"), Level.BAD
    return (_("its own"), Level.PLAIN) if item.paired_at is not None else (_("shared"), Level.WARN)


def coverage_lines(found: Sequence[Coverage]) -> Sequence[str]:
    """What is in, and what may be missing, a line an event."""
    if not found:
        return [_("It has not scanned for any of the latest events.")]
    gate = clean_text(found[0].gate)
    lines = [_("It stood at: {gate}.").format(gate=gate)] if gate else []
    for each in found:
        where, missing = zone(each.event.tz), each.missing_until
        words = {
            "event": clean_text(each.event.name, 200),
            "covered": clock_time(each.covered_until, where, _STAMP),
            "end": "" if missing is None else clock_time(missing, where, _STAMP),
        }
        lines.append(_coverage_words(each).format(**words))
    return lines


def _coverage_words(each: Coverage) -> str:
    if each.missing_until is None:
        return _("{event}: all is in, up to {covered}.")
    if not each.known:
        return _("{event}: nothing is in; if it scanned there, all until {end} is missing.")
    return _("{event}: in up to {covered}; what it heard until {end} may be missing.")


def make(admin: AdminDesk, _event_id: str) -> Page:
    """For the registry."""
    return ScannersPage(admin)
