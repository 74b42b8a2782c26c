"""The command palette: every act of the screen in front, every screen, every theme."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

from textual.app import SystemCommand
from textual.screen import Screen

from .screens import PAGES
from .theme import THEMES
from .words import _

if TYPE_CHECKING:
    from .app import HeadcountApp


def every_command(app: HeadcountApp, screen: Screen[Any]) -> Iterator[SystemCommand]:
    """What the palette lists, by title, each once."""
    acts = {}
    for binding in app.acts():
        if binding.id != "palette":
            key = _("Key {key}").format(key=app.get_key_display(binding))
            run = _runner(app, binding.action, screen)
            acts[binding.description] = SystemCommand(binding.description, key, run)
    yield from acts.values()
    for entry in PAGES:
        if _(entry.title) not in acts:
            opener = partial(app.action_open, entry.name)
            yield SystemCommand(_(entry.title), _(entry.about), opener)
    for name in THEMES:
        title = _("Theme: {name}").format(name=name)
        yield SystemCommand(title, _("Change the colours"), partial(setattr, app, "theme", name))


def _runner(app: HeadcountApp, action: str, screen: Screen[Any]) -> Callable[[], object]:
    return lambda: app.run_worker(app.run_action(action, screen))
