"""The registry of screens: footer, help and command palette read it.

A new screen is a module here with `make(desk, event_id)`, and a row in PAGES. Its key opens it from
the live screen, and from the picker (for the event under the cursor).
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, NamedTuple

from ..words import N_

if TYPE_CHECKING:
    from ..ports import Desk
    from .base import Page


class Entry(NamedTuple):
    """One screen that can be opened."""

    name: str
    """The act's name in `[keys]`, and what is remembered as the last screen."""
    key: str
    """Its usual key."""
    title: str
    about: str
    module: str
    """In this package; imported when the screen is opened."""
    needs_event: bool = True
    at_the_door: bool = True
    """The live screen's footer shows it; else the picker's."""
    in_footer: bool = True
    """False: it is needed seldom; help and palette name it."""


PAGES: tuple[Entry, ...] = (
    Entry("people", "p", N_("People"), N_("Find people, check them in, correct"), "people"),
    Entry("log", "l", N_("Log"), N_("Every line of the log, and what became of it"), "log_review"),
    Entry("sync", "s", N_("Sync"), N_("Send what is unsent"), "sync", needs_event=False),
    Entry("muster", "m", N_("Muster"), N_("Who is here, to be ticked off"), "muster"),
    Entry(
        "health",
        "h",
        N_("Health"),
        N_("This machine, the radio, and the settings in force"),
        "health",
        needs_event=False,
    ),
    Entry(
        "enrol",
        "e",
        N_("Enrol badges"),
        N_("Give beacons to many people, one after the other"),
        "enrol",
        in_footer=False,
    ),
    Entry(
        "broadcast",
        "b",
        N_("Be a badge"),
        N_("This machine broadcasts a bleUuid, as a phone would"),
        "broadcast",
        needs_event=False,
        in_footer=False,
    ),
    Entry(
        "admin",
        "a",
        N_("Admin"),
        N_("Events, people, scanners, reports: after a sign-in"),
        ".admin.home",
        needs_event=False,
        at_the_door=False,
    ),
)


def page_keys() -> dict[str, str]:
    """The usual keys by name."""
    return {entry.name: entry.key for entry in PAGES}


def find(name: str) -> Entry | None:
    """The entry of this name."""
    return next((entry for entry in PAGES if entry.name == name), None)


def build(entry: Entry, desk: Desk, event_id: str) -> Page:
    """Make the screen."""
    module = importlib.import_module(f".{entry.module}", __name__)
    page: Page = module.make(desk, event_id)
    return page
