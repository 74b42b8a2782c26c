"""The audit log's entries of commands that work on the database itself."""

from __future__ import annotations

import getpass
from collections.abc import Iterator
from contextlib import contextmanager

from ..clock import SystemClock
from ..core.audit import Actor, Entry, auditing
from ..core.identity import clean_text


@contextmanager
def local(action: str) -> Iterator[Entry]:
    """What is changed inside was done by this machine's user; the change's transaction says so."""
    entry = Entry(
        at=SystemClock().now().wall_ms, action=action, actor=Actor.LOCAL, actor_id=_user()
    )
    with auditing(entry):
        yield entry


def _user() -> str:
    try:
        return clean_text(getpass.getuser())
    except (KeyError, OSError):  # a container's user may have no name
        return ""
