"""Backups, drills and plans of deletion in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ...core.data_care import Drill, How, KeptBackup, Purged, PurgePlan, State
from ...core.identity import clean_text
from ..look import Level
from ..times import span
from ..words import N_, _, ngettext
from .audit_words import when

LIMIT = 300
"""Characters of a name or a path that the backend tells."""

STATES: Mapping[State, tuple[str, Level]] = {
    State.MADE: (N_("checked when made"), Level.PLAIN),
    State.SOUND: (N_("drill: sound"), Level.OK),
    State.DAMAGED: (N_("drill: DAMAGED"), Level.BAD),
    State.NO_MANIFEST: (N_("its manifest is missing"), Level.WARN),
}
HOWS: Mapping[How, str] = {
    How.ASKED: N_("by hand, here"),
    How.UPGRADE: N_("before an upgrade"),
    How.ROUTINE: N_("schedule or command"),
}
KINDS: Mapping[str, str] = {
    "sightings": N_("sightings"),
    "corrected_times": N_("times before a correction"),
    "refusals": N_("texts of refused records"),
    "trashed_sightings": N_("sightings in the trash"),
    "badge_periods": N_("whose a rotating id was"),
    "audit_log": N_("entries of the audit log"),
}
"""The tables that a purge takes rows of."""

FULL, SHORT, SHORTER = "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%m-%d %H:%M"
"""Forms of a time: where there is room, and for two columns of a table."""

_KILO, _MEGA, _GIGA = 1_000, 1_000_000, 1_000_000_000


def size(count: int) -> str:
    """Bytes, in a unit that is read at a glance."""
    if count < _MEGA:
        return f"{count / _KILO:,.0f} kB"
    if count < _GIGA:
        return f"{count / _MEGA:,.1f} MB"
    return f"{count / _GIGA:,.1f} GB"


def kind(table: str) -> str:
    """What a table's rows are; a newer backend's by its own name."""
    return _(KINDS[table]) if table in KINDS else clean_text(table, LIMIT)


def made(backup: KeptBackup, form: str = FULL) -> str:
    """When it was made."""
    return when(backup.created_at, form) if backup.created_at is not None else _("not known")


def state(backup: KeptBackup, form: str = FULL) -> str:
    """What is known of it, and since when."""
    words = _(STATES[backup.state][0])
    at = backup.checked_at
    return (
        words if at is None or backup.state is State.NO_MANIFEST else f"{words}, {when(at, form)}"
    )


def details(backup: KeptBackup) -> list[str]:
    """All of a backup, and the way back to it."""
    name = clean_text(backup.name, LIMIT)
    return [
        f"{_('Name')}: {name}",
        f"{_('Made (UTC)')}: {made(backup)}",
        f"{_('By')}: {_(HOWS[backup.how])}",
        f"{_('Size')}: {size(backup.size)}",
        f"{_('State')}: {state(backup)}",
        "",
        _("To go back to it: on its machine, stop the backend, then in the folder of the backups"),
        f"headcount restore --force {name}",
        _("The database that is there is put aside, not deleted."),
    ]


def drilled(drill: Drill) -> tuple[str, list[str]]:
    """What came of a drill: a headline, and its lines."""
    if not drill.is_sound:
        return _("This backup is DAMAGED"), [
            clean_text(drill.trouble, LIMIT),
            "",
            _("The database in use was not touched. Make a new backup, and check the disk."),
        ]
    rows = [f"{clean_text(name, LIMIT)}: {count:,}" for name, count in drill.rows.items() if count]
    said = _("Read to its end; the checksum is right. {rows}, version {schema}.")
    total = ngettext("{n} row", "{n} rows", sum(drill.rows.values()))
    return _("The backup is sound"), [
        said.format(rows=total, schema=clean_text(drill.schema, LIMIT)),
        _("Nothing was restored or changed."),
        "",
        *rows,
    ]


def summary(items: Sequence[KeptBackup], now_ms: int) -> Iterator[str]:
    """How many backups, and how old the newest is."""
    yield ngettext("{n} backup", "{n} backups", len(items))
    times = [each.created_at for each in items if each.created_at is not None]
    if times:
        yield _("the newest is {span} old").format(span=span((now_ms - max(times)) / 1000))
    damaged = sum(each.state is State.DAMAGED for each in items)
    if damaged:
        yield ngettext("{n} is DAMAGED", "{n} are DAMAGED", damaged)


def total(plan: PurgePlan) -> int:
    """Rows."""
    return sum(sum(due.rows.values()) for due in plan.due)


def consequence(plan: PurgePlan) -> str:
    """What a purge means, before it is done."""
    said = _(
        "On the backend's machine the rows are written to CSV files below {archive}, which are "
        "read again and compared; then they are deleted from the database for good. Reports stay "
        "what they were."
    )
    return said.format(archive=clean_text(plan.archive, LIMIT))


def purged(done: Purged) -> list[str]:
    """Where the rows are now."""
    lines = []
    for each in done.archives:
        rows = ngettext("{n} row", "{n} rows", sum(each.rows.values()))
        lines.append(f"{rows}: {clean_text(each.folder, LIMIT)}")
    return [_("Archived on the backend's machine, then deleted:"), *lines]
