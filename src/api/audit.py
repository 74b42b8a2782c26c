"""The one place where the HTTP interface's entries of the audit log are made.

A change is written by the very transaction that makes it (`store/server/tracked.py`): there is no
change without its entry, and none for a request that changed nothing. A download, and whatever was
refused, is written before its answer is sent; if that fails, the entry goes to the backend's log.
"""

from __future__ import annotations

import functools
import logging
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import asdict
from enum import StrEnum
from typing import NamedTuple

import anyio.to_thread
from starlette.requests import Request
from starlette.responses import Response

from ..core.audit import Actor, AuditLog, Entry, Outcome, auditing
from ..core.errors import HeadcountError
from ..core.flood import Flood
from .auth import Caller, Principal
from .edge import REQUEST_ID, ROUTE
from .problems import CATALOGUE, Code, problem_of

_log = logging.getLogger(__name__)

_OK = 200
_KEYS = frozenset({Code.AUTH_UNAUTHENTICATED, Code.AUTH_FORBIDDEN, Code.SCANNER_KEY_REFUSED})
"""Somebody tried who may not: written wherever anything is."""

DOWNLOADS = 1_000
"""Different ones in a minute that are told apart: each costs a key, so nobody can flood these."""


class What(StrEnum):
    """What the audit log has of an address."""

    CHANGE = "change"
    """What it changes, and who tried without the right."""
    INTAKE = "intake"
    """Also everything that was refused: records, messages, passwords, codes."""
    DOWNLOAD = "download"
    """Who took what away."""
    NOTHING = "nothing"


class Audited(NamedTuple):
    """The decision about an address."""

    what: What
    action: str
    """`users.import`; for NOTHING the reason."""


def changes(action: str) -> Audited:
    """It changes what is stored."""
    return Audited(What.CHANGE, action)


def intake(action: str) -> Audited:
    """It takes in what others send: what is refused counts, too."""
    return Audited(What.INTAKE, action)


def downloads(action: str) -> Audited:
    """It hands out personal data."""
    return Audited(What.DOWNLOAD, action)


def nothing(reason: str) -> Audited:
    """It changes nothing that anybody could ask about."""
    return Audited(What.NOTHING, reason)


class Auditor:
    """Makes the entries. On one event loop."""

    def __init__(self, log: AuditLog, now_ms: Callable[[], int]) -> None:
        self._log = log
        self._now_ms = now_ms
        self._refusals, self._downloads = Flood(), Flood(DOWNLOADS)

    async def watch(
        self,
        decision: Audited | None,
        request: Request,
        guard: Callable[[], Awaitable[Caller]],
        answer: Callable[[], Awaitable[Response]],
    ) -> Response:
        """Guard, then answer, with an entry for what is done or refused."""
        if decision is None or decision.what is What.NOTHING:
            await guard()
            return await answer()
        entry = self._entry(decision, request)
        try:
            _name(entry, await guard())
            with auditing(entry):
                response = await answer()
        except Exception as error:
            await self._refused(decision, entry, error)
            raise
        if decision.what is What.DOWNLOAD and response.status_code == _OK:
            key = (entry.actor, entry.actor_id, entry.action, entry.subject)
            await self._keep(self._downloads.take(key, entry))
        return response

    def close(self) -> None:
        """Write what was counted and not written. Blocks."""
        for entry in (*self._refusals.rest(), *self._downloads.rest()):
            self._write(entry)

    def _entry(self, decision: Audited, request: Request) -> Entry:
        return Entry(
            at=self._now_ms(),
            action=decision.action,
            address=request.client.host if request.client else "",
            request_id=request.scope.get(REQUEST_ID, ""),
            subject=_subject(request),
        )

    async def _refused(self, decision: Audited, entry: Entry, error: Exception) -> None:
        """What a database that is away refused can't be written, and is retried by the sender."""
        problem = problem_of(error)
        code = problem.code if problem else Code.INTERNAL_ERROR
        if entry.stored or code is Code.BACKEND_UNAVAILABLE:
            return
        if decision.what is not What.INTAKE and code not in _KEYS:
            return
        entry.outcome, entry.status, entry.code = Outcome.REFUSED, CATALOGUE[code].status, code
        entry.before = entry.after = None  # it did not come to that
        who = entry.actor_id or entry.address
        await self._keep(self._refusals.take((who, entry.action, code), entry))

    async def _keep(self, entries: Iterable[Entry]) -> None:
        for entry in entries:
            await anyio.to_thread.run_sync(functools.partial(self._write, entry))

    def _write(self, entry: Entry) -> None:
        """A full disk is no reason not to read, nor to answer a refusal with another error."""
        try:
            self._log.add_audit(entry)
        except HeadcountError as error:
            _log.error("an entry of the audit log was not kept (%s): %s", error.what, asdict(entry))


def _name(entry: Entry, caller: Caller) -> None:
    if caller.principal is Principal.SCANNER:
        entry.actor, entry.actor_id = Actor.SCANNER, caller.scanner or "shared key"
    elif caller.user_id:
        entry.actor, entry.actor_id = Actor.PERSON, caller.user_id


def _subject(request: Request) -> str:
    """The address as far as its first id: `/users/{user_id}/approve` -> `users/5c1e…`."""
    kind, is_of_one, rest = str(request.scope.get(ROUTE, "")).partition("/{")
    if not is_of_one:
        return ""
    return f"{kind}/{request.path_params[rest.partition('}')[0]]}".strip("/")
