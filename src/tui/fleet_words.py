"""Settings that the backend decides for stations, in people's words."""

from __future__ import annotations

from collections.abc import Sequence

from ..core.fleet import KEYS
from ..core.identity import clean_text
from ..core.news import SettingChange, SettingsPushed
from .error_words import sentence
from .words import N_, _

LABELS = {
    "min_hits": N_("Hits"),
    "hits_within_seconds": N_("Hits within, s"),
    "min_rssi": N_("Signal at least, dBm"),
    "dedupe_minutes": N_("Window, min"),
    "away_minutes": N_("Away after, min"),
    "formats": N_("Formats"),
    "id_prefix": N_("Ids begin with"),
    "companies": N_("AltBeacon companies"),
    "major": N_("iBeacon major"),
    "minor": N_("iBeacon minor"),
    "service_data_services": N_("Services with ids"),
    "undo_minutes": N_("Undo for, min"),
    "walk_in_policy": N_("Walk-ins"),
}
"""By the members of `core.fleet_values.PushedSettings`."""

SHOWN = 3
"""Changes that are named in one sentence; the health screen has all of them."""


def change_words(change: SettingChange) -> str:
    """`Signal at least, dBm: -80 -> -75`."""
    before, after = (clean_text(each, 60) or "-" for each in (change.before, change.after))
    return f"{_(LABELS[KEYS[change.key]])}: {before} -> {after}"


def changes_words(changes: Sequence[SettingChange]) -> str:
    """The first of them, and how many more."""
    words = "; ".join(map(change_words, changes[:SHOWN]))
    more = len(changes) - SHOWN
    return _("{words}; {n} more").format(words=words, n=more) if more > 0 else words


def pushed_words(news: SettingsPushed, now_with: str = "") -> list[str]:
    """What has come, and when it holds. `now_with`: what the operator does to have it now."""
    lines = []
    if news.changes:
        changes = changes_words(news.changes)
        if news.in_force:
            lines.append(
                _("Settings of the backend hold from now on: {words}.").format(words=changes)
            )
        else:
            lines.append(_("New settings from the backend: {words}.").format(words=changes))
            lines.append(when_words(now_with))
    elif not news.in_force and not news.refused:
        lines.append(_("The backend has taken its new settings back; nothing changes."))
    if news.refused:
        why = " ".join(sentence(clean_text(each, 200)) for each in news.refused)
        words = _("Settings of the backend were refused: {why} This station keeps its own.")
        lines.append(words.format(why=why))
    return lines


def when_words(now_with: str) -> str:
    """When what has come takes effect."""
    if now_with:
        return _("They take effect at the next scan, or now with {key}.").format(key=now_with)
    return _("They take effect at the next scan.")
