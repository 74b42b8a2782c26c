"""The audit log's entries of commands that work on the database itself."""

from __future__ import annotations

import getpass
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from ..clock import SystemClock
from ..core.audit import Actor, AuditLog, Entry, auditing
from ..core.errors import HeadcountError
from ..core.identity import clean_text


@contextmanager
def local(action: str) -> Iterator[Entry]:
    """What is changed inside was done by this machine's user; the change's transaction says so."""
    with auditing(_entry(action)) as entry:
        yield entry


def downloaded(log: AuditLog, action: str, subject: str) -> None:
    """This machine's user read personal data. A full disk is no reason not to. Blocks."""
    entry = _entry(action)
    entry.subject = subject
    with suppress(HeadcountError):
        log.add_audit(entry)


def _entry(action: str) -> Entry:
    now_ms = SystemClock().now().wall_ms
    return Entry(at=now_ms, action=action, actor=Actor.LOCAL, actor_id=_user())


def _user() -> str:
    try:
        return clean_text(getpass.getuser())
    except (KeyError, OSError):  # a container's user may have no name
        return ""
