"""The admin's screens: a registry that the home menu reads.

A new screen is a module with `make(admin, event_id)`, and a row in ADMIN_PAGES. What it needs of
the backend is a Protocol in a module beside it, handed out by a method of `ports.AdminDesk`, and
implemented in `bootstrap/`.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, NamedTuple

from ..words import N_

if TYPE_CHECKING:
    from ..screens.base import Page
    from .ports import AdminDesk


class AdminEntry(NamedTuple):
    """One line of the home menu."""

    name: str
    key: str
    """Opens it from the home menu; one for each entry."""
    title: str
    about: str
    module: str
    """Below `tui`; imported when the screen is opened."""
    needs_event: bool = False
    """It is about one event, which is asked for first unless one is at hand."""


ADMIN_PAGES: tuple[AdminEntry, ...] = (
    AdminEntry(
        "events",
        "e",
        N_("Events"),
        N_("Make and change events, their rules, radio plan, CSV"),
        "admin.events",
    ),
    AdminEntry(
        "people",
        "p",
        N_("People"),
        N_("Accounts, roles, approval, import; one person's record, explained"),
        "admin.people",
    ),
    AdminEntry(
        "scanners",
        "s",
        N_("Scanners"),
        N_("Pairing codes, last contact, revoke; what a lost one may have kept"),
        "admin.scanners",
    ),
    AdminEntry(
        "report",
        "r",
        N_("Report"),
        N_("Who attended, live; provisional or final; plots, compare, export"),
        "admin.report",
        needs_event=True,
    ),
    AdminEntry(
        "close_out",
        "c",
        N_("Close-out"),
        N_("Findings with before and after: accept, take back, seal"),
        "admin.close_out",
        needs_event=True,
    ),
    AdminEntry(
        "insights",
        "n",
        N_("Insights"),
        N_("Sentences about an event, with the rows behind; dismiss, comment"),
        "admin.insights",
        needs_event=True,
    ),
    AdminEntry(
        "feedback",
        "b",
        N_("Feedback"),
        N_("What people said: publish it, or hide it with a reason"),
        "admin.feedback",
    ),
    AdminEntry(
        "requests",
        "w",
        N_("Requests"),
        N_("What participants say is wrong: accept it, or decline with a reason"),
        "admin.requests",
    ),
    AdminEntry(
        "audit",
        "a",
        N_("Audit log"),
        N_("Who did what and when; filters, CSV"),
        "admin.audit",
    ),
    AdminEntry(
        "care",
        "d",
        N_("Care of data"),
        N_("Backups, what outlived its time, one person's data"),
        "admin.care",
    ),
)


def find(name: str) -> AdminEntry:
    """The entry of this name; it must be there."""
    return next(entry for entry in ADMIN_PAGES if entry.name == name)


def build(entry: AdminEntry, admin: AdminDesk, event_id: str) -> Page:
    """Make the screen."""
    module = importlib.import_module(f"..{entry.module}", __name__)
    page: Page = module.make(admin, event_id)
    return page
