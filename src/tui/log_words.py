"""A log's line in words: the cells of the table, and all that is known of one record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo

from ..core.identity import canonical, clean_text
from ..core.model import NIL_UUID, Kind
from ..core.review import LogFilter, LogRow, RecordState, Standing
from ..core.sealing import SEALED
from .log_filter import STATE_WORDS
from .look import Level, Symbols
from .ports_log import Exported
from .times import clock_time, span
from .widgets.line_table import Cell, Column
from .words import N_, _, ngettext

RAW_LIMIT = 4_000
"""Characters of a line that are shown; ours have about 250."""

_LEVELS = {
    RecordState.SENT: Level.OK,
    RecordState.REFUSED: Level.BAD,
    RecordState.DISCARDED: Level.DIM,
    RecordState.ASSIGNED: Level.DIM,
    RecordState.VOID: Level.DIM,
    RecordState.DAMAGED: Level.BAD,
}
_EXPLAINED = {
    RecordState.UNSENT: N_("The backend has not acknowledged it yet. It is safe here."),
    RecordState.SENT: N_("The backend has acknowledged it."),
    RecordState.REFUSED: N_("The backend refused it. It is kept; the next sync tries it again."),
    RecordState.DISCARDED: N_("The backend refused it, and it was discarded. The log keeps it."),
    RecordState.ASSIGNED: N_(
        "The backend refused it, and somebody was checked in by hand in its place. The log keeps "
        "both."
    ),
    RecordState.VOID: N_("A later record takes it back. The log keeps both."),
    RecordState.DAMAGED: N_("These bytes are no intact record, and are not sent."),
}
_KIND_WORDS: dict[str, str] = {
    Kind.SIGHTING: N_("seen"),
    Kind.DEPARTURE: N_("left"),
    Kind.GAP: N_("gap"),
    Kind.MANUAL: N_("by hand"),
    Kind.VOID: N_("undo"),
    Kind.EXCUSED: N_("excused"),
    Kind.ASSIGN: N_("badge"),
    Kind.WALK_IN: N_("walk-in"),
    SEALED: N_("sealed"),
}


@dataclass(frozen=True, slots=True)
class LogWords:
    """Puts lines into words, for one log and one terminal."""

    names: Mapping[str, str]
    where: tzinfo
    symbols: Symbols

    def columns(self) -> list[Column]:
        """The table's columns; the less important ones only where there is room."""
        return [
            Column(_("Day"), 5, from_width=90),
            Column(_("Time"), 8),
            Column(_("State"), 12),
            Column(_("What"), 7),
            Column(_("Who"), 14, flexible=True),
            Column(_("Badge"), 8),
            Column(_("dBm"), 4, right=True),
            Column(_("Scanner"), 14),
        ]

    def cells(self, row: LogRow) -> list[Cell]:
        """A line of the table."""
        time, day = self.symbols.dash, ""
        if row.time_ms is not None:
            time = clock_time(row.time_ms, self.where)
            day = clock_time(row.time_ms, self.where, "%m-%d")
        rssi = "" if row.rssi is None else str(row.rssi)
        badge = "" if row.ble_uuid == NIL_UUID else clean_text(row.ble_uuid)[:8]
        begin = [
            Cell(day, Level.DIM),
            Cell(time),
            self.state(row.state),
            Cell(self.kind(row), Level.WARN if row.kind == Kind.GAP else Level.PLAIN),
            self._who(row),
        ]
        if row.damages or row.kind == Kind.GAP:
            return begin  # the words need the width
        return [
            *begin,
            Cell(badge, Level.DIM),
            Cell(rssi, Level.DIM),
            Cell(clean_text(row.scanner_id), Level.DIM),
        ]

    def state(self, state: RecordState) -> Cell:
        """A word with its symbol."""
        level = _LEVELS.get(state, Level.PLAIN)
        symbol = {Level.OK: self.symbols.ok, Level.BAD: self.symbols.bad}.get(level, " ")
        return Cell(f"{symbol} {_(STATE_WORDS[state])}", level)

    def kind(self, row: LogRow) -> str:
        """What the line is about, in a word."""
        known = _KIND_WORDS.get(row.kind)
        return _(known) if known else clean_text(row.kind)

    def _who(self, row: LogRow) -> Cell:
        if row.damages:
            place = _("byte {start}: {why}").format(
                start=f"{row.damages[0].start:,}", why=_(row.damages[0].why)
            )
            return Cell(place, Level.BAD)
        if row.kind == Kind.GAP:
            return Cell(_("radio did not hear, {why}").format(why=clean_text(row.why)), Level.WARN)
        if not row.raw.strip():
            return Cell(_("an empty line"), Level.DIM)
        if row.of:
            return Cell(clean_text(row.of), Level.DIM)
        if row.kind == SEALED:
            return Cell(_("only the backend can read it"), Level.DIM)
        name = self._name(row)
        return Cell(clean_text(name), Level.STRONG) if name else Cell(_("unknown"), Level.DIM)

    def _name(self, row: LogRow) -> str:
        return row.name or self.names.get(row.user, "") or self.names.get(row.ble_uuid, "")

    # --- one record in full ---

    def facts(self, row: LogRow, standing: Standing) -> list[tuple[str, str]]:
        """Label and words, a line each; an empty label goes on with the one before."""
        facts = [(_("State"), f"{self.state(row.state).text.strip()}")]
        facts.append(("", _(_EXPLAINED[row.state])))
        facts += self._of_refusal(row, standing)
        facts += self._of_person(row)
        facts += self._of_clocks(row)
        facts += self._of_place(row)
        facts += self._of_receipt(row, standing)
        return facts

    def _of_refusal(self, row: LogRow, standing: Standing) -> list[tuple[str, str]]:
        refusal = standing.refused.get(row.place.start)
        if refusal is None:
            return []
        facts = [(_("Refused"), clean_text(f"{refusal.code}: {refusal.message}", 300))]
        facts.append(
            ("", _("{time}, id {id}").format(time=self._when(refusal.time_ms), id=refusal.id))
        )
        if refusal.note:
            facts.append((_("Note"), clean_text(refusal.note, 500)))
        return facts

    def _of_person(self, row: LogRow) -> list[tuple[str, str]]:
        if not row.kind:
            return []
        name = self._name(row)
        facts = [(_("What"), self.kind(row))]
        if row.ble_uuid != NIL_UUID or name:
            facts.append((_("Who"), clean_text(name) or _("nobody on the roster")))
        if row.ble_uuid != NIL_UUID:
            facts.append((_("Badge"), clean_text(row.ble_uuid)))
        if row.of:
            facts.append((_("Takes back"), clean_text(row.of)))
        if row.by:
            facts.append((_("By"), clean_text(row.by)))
        if row.why:
            facts.append((_("Why"), clean_text(row.why)))
        signal = "" if row.rssi is None else f", {row.rssi} dBm"
        facts.append((_("Scanner"), clean_text(row.scanner_id) + signal))
        return facts

    def _of_clocks(self, row: LogRow) -> list[tuple[str, str]]:
        facts = []
        if row.time_ms is not None:
            facts.append((_("Wall clock"), f"{self._when(row.time_ms)}  ({row.time_ms})"))
        if row.until_ms is not None:
            facts.append((_("Until"), self._when(row.until_ms)))
        if row.mono_ms is not None:
            since = _("{span} after the start of the machine").format(span=span(row.mono_ms / 1000))
            facts.append((_("Mono clock"), f"{since}  ({row.mono_ms})"))
        if row.boot:
            facts.append((_("Boot"), clean_text(row.boot)))
        return facts

    def _of_place(self, row: LogRow) -> list[tuple[str, str]]:
        line = _("line {n}").format(n="?" if row.line is None else f"{row.line:,}")
        name = clean_text(row.file.rpartition("/")[2])
        place = _("{line}, byte {start} of {file}").format(
            line=line, start=f"{row.place.start:,}", file=name
        )
        facts = [(_("Place"), place), (_("Checksum"), self._checksum(row))]
        for damage in row.damages:
            stretch = f"{damage.start:,}{self.symbols.dash}{damage.end:,}"
            words = _("bytes {stretch}: {why}").format(stretch=stretch, why=_(damage.why))
            facts.append((_("Damage"), words))
        if row.salvaged:
            rest = ngettext(
                "{n} record in it is intact", "{n} records in it are intact", row.salvaged
            )
            facts.append(("", rest))
        if row.id:
            facts.append((_("Record id"), clean_text(row.id)))
        return facts

    def _checksum(self, row: LogRow) -> str:
        if row.sealed:
            return f"{self.symbols.ok} " + _("right")
        if row.state is RecordState.DAMAGED:
            return f"{self.symbols.bad} " + _("wrong, or there is none")
        return f"{self.symbols.dash} " + _("none: another program's line")

    def _of_receipt(self, row: LogRow, standing: Standing) -> list[tuple[str, str]]:
        if row.place.start >= standing.acked_bytes or not standing.time_ms:
            return []
        acked = _("{bytes} bytes acknowledged, {time}").format(
            bytes=f"{standing.acked_bytes:,}", time=self._when(standing.time_ms)
        )
        return [(_("Receipt"), acked), ("", f"SHA-256 {standing.digest[:16]}{self.symbols.more}")]

    def _when(self, ms: int) -> str:
        return clock_time(ms, self.where, "%Y-%m-%d %H:%M:%S")

    def raw(self, row: LogRow) -> str:
        """The line itself, without what steers a terminal."""
        return clean_text(row.raw.decode("utf-8", "backslashreplace"), RAW_LIMIT)

    def wish(self, wish: LogFilter) -> Sequence[str]:
        """A filter as it was understood, a few words a part."""
        parts = [_(STATE_WORDS[state]) for state in sorted(wish.states)] + sorted(wish.kinds)
        if wish.badges is not None:
            badges = sum(canonical(badge) is not None for badge in wish.badges)
            found = ngettext("{n} badge by name", "{n} badges by name", badges)
            parts.append(found)
        if wish.prefix:
            parts.append(_("badge {prefix}").format(prefix=f"{wish.prefix}{self.symbols.more}"))
        if wish.since_ms is not None:
            parts.append(_("from {time}").format(time=self._when(wish.since_ms)))
        if wish.until_ms is not None:
            parts.append(_("to {time}").format(time=self._when(wish.until_ms)))
        return parts


def exported(written: Exported) -> str:
    """What an export wrote, in a sentence."""
    records = ngettext("{n} record", "{n} records", written.records)
    words = _("{records} written to {file}.").format(records=records, file=written.file)
    if written.damaged:
        stretches = ngettext("{n} damaged stretch", "{n} damaged stretches", written.damaged)
        words += " " + _("{stretches} passed over.").format(stretches=stretches)
    return words
