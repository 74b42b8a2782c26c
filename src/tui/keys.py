"""The keys: every act has a name, and `[keys]` of config.toml can give it another key."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping

from textual.keys import _character_to_key as key_name

from ..core.errors import ConfigError
from .admin.keys import ADMIN_ACTS, ADMIN_USUAL
from .words import _

USUAL: dict[str, str] = {
    "back": "q",
    "help": "question_mark",
    "filter": "slash",
    "quit": "ctrl+q",
    "palette": "ctrl+p",
    "fetch": "f",
    "new_event": "n",
    "rehearsal": "r",
    "order": "o",
    "retry": "t",
    "stop": "x",
    "theme": "ctrl+t",
    "jump": "g",
    "follow": "f",
    "refused": "r",
    "verify": "v",
    "export": "e",
    "discard": "d",
    "restore": "u",
    "assign": "a",
    "send": "s",
    "stick": "e",
    "tick": "space",
    "only_open": "t",
    "save": "s",
    "print": "p",
    "hand_over": "c",
    "notes": "n",
    "undo": "u",
    "excuse": "e",
    "badge": "b",
    "walk_in": "a",
    "why": "w",
    "claim": "c",
    "accept": "n",
    "begin": "t",
    **ADMIN_USUAL,
    "give": "enter",
    "skip": "s",
    "turn_back": "b",
    "on_air": "s",
    "form": "f",
}
"""The usual key of each act; those of screens come from their registry. Acts of different screens
may have the same one."""

EVERYWHERE = frozenset({"back", "help", "quit", "palette", "theme"})
SCREEN_ACTS: dict[str, frozenset[str]] = {
    "picker": frozenset({"filter", "fetch", "new_event", "rehearsal"}),
    "live": frozenset({"filter", "claim", "order", "retry", "accept"}),
    "people": frozenset({"filter", "undo", "excuse", "badge", "walk_in", "why", "begin"}),
    "log": frozenset(
        {"filter", "jump", "follow", "refused", "verify", "export", "retry", "discard", "restore"}
        | {"assign"}
    ),
    "sync": frozenset({"send", "stop", "stick"}),
    "muster": frozenset({"tick", "filter", "only_open", "order", "hand_over", "save", "print"}),
    "hand_over": frozenset({"notes", "fetch", "save", "print"}),
    "health": frozenset({"fetch"}),
    "enrol": frozenset({"give", "skip", "turn_back", "undo", "order", "begin"}),
    "broadcast": frozenset({"on_air", "form"}),
}
"""The acts of each screen, beside those that work everywhere. A test holds it equal to them."""

FROM = ("picker", "live")
"""The screens from which the registry's are opened by their keys."""

_KEY = re.compile(r"((ctrl|shift|alt)\+)*([^\s,+]|[a-z_0-9]+)")


def keymap(wanted: Mapping[str, str], pages: Mapping[str, str]) -> dict[str, str]:
    """The keys by act that differ from the usual ones. `pages`: each screen's usual key.

    Raises ConfigError for an unknown act, a key that is none, and one key for two acts.
    """
    usual = USUAL | dict(pages)
    for act, key in wanted.items():
        if act not in usual:
            close = difflib.get_close_matches(act, usual, n=1)
            hint = f" Did you mean keys.{close[0]}?" if close else f" Known: {', '.join(usual)}."
            raise ConfigError(f"keys.{act}: there is no such act.{hint}")
        if not _KEY.fullmatch(key):
            raise ConfigError(
                f"keys.{act}: {key!r} is no key.",
                remedy='Write one character, or a name such as "ctrl+r", "f5", "space".',
            )
    named = {act: _named(key) for act, key in wanted.items()}
    _check_unique({act: _named(key) for act, key in usual.items()} | named, named, set(pages))
    return named


def shown(key: str) -> str:
    """A key as people write it."""
    return {"question_mark": "?", "slash": "/", "space": _("Space")}.get(key, key)


def _named(key: str) -> str:
    """Textual's name of a key: `question_mark` for `?`."""
    *modifiers, last = key.split("+") if key != "+" else [key]
    return "+".join([*modifiers, key_name(last) if len(last) == 1 else last])


def _check_unique(keys: Mapping[str, str], wanted: Mapping[str, str], pages: set[str]) -> None:
    """One key for one act, wherever both can be pressed."""
    opened = [(acts, pages if screen in FROM else set()) for screen, acts in SCREEN_ACTS.items()]
    for acts, others in [*opened, *((acts, set()) for acts in ADMIN_ACTS.values())]:
        here = EVERYWHERE | acts | others
        for act in here & wanted.keys():
            other = next((a for a in sorted(here) if keys[a] == keys[act] and a != act), None)
            if other:
                raise ConfigError(
                    f"keys.{act}: {keys[act]!r} is the key of {other} already.",
                    remedy=f"Give {other} another key, too, or choose a free one.",
                )
