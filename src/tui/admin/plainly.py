"""Errors of the backend in the words of somebody who administers it."""

from __future__ import annotations

from typing import NamedTuple

from ...core.errors import BackendRejected, BackendUnreachable, HeadcountError, KeyRefused
from ...core.identity import clean_text
from ..words import _

_DETAIL_LIMIT = 500
"""Characters: some lines."""


class Trouble(NamedTuple):
    """What happened, and what to do next."""

    what: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.what} {self.remedy}".strip()


def plainly(error: HeadcountError) -> Trouble:
    """An error while one is signed in."""
    if isinstance(error, KeyRefused):
        return Trouble(
            _("The sign-in has ended, or your role may not do this."),
            _("Sign out and in again; an admin gives roles."),
        )
    if isinstance(error, BackendUnreachable):
        return Trouble(error.what, _("Nothing was changed. Check network and backend."))
    if isinstance(error, BackendRejected):
        return Trouble(clean_text(error.detail, _DETAIL_LIMIT) or error.what, error.remedy)
    return Trouble(error.what, error.remedy)


def at_the_door(error: HeadcountError) -> Trouble:
    """Why somebody can't sign in."""
    if isinstance(error, BackendRejected) and error.code == "SIGN_IN_FAILED":
        return Trouble(
            _("Email or password is wrong, or the account waits for an admin's approval."),
            _("The backend does not say which, so that nobody can try out addresses."),
        )
    if isinstance(error, BackendUnreachable) and error.retry_after and "429" in error.what:
        seconds = f"{error.retry_after:,.0f}"
        return Trouble(_("Too many tries."), _("Wait {n} s, then try again.").format(n=seconds))
    if isinstance(error, BackendUnreachable):
        return Trouble(error.what, _("Check the address, the network and the backend."))
    return plainly(error)
