"""Requests derived from the OpenAPI document, right ones and wrong ones, with every role's token.

Each answer must be one that the document describes: its status, its type, its shape; never 5xx.
"""

from __future__ import annotations

import logging
import warnings
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
from hypothesis.strategies import booleans
from schemathesis.checks import not_a_server_error
from schemathesis.config import SchemathesisConfig
from schemathesis.core.failures import FailureGroup
from schemathesis.core.result import Ok
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from starlette.applications import Starlette
from starlette.types import ASGIApp, Receive, Scope, Send

from headcount.api.app import create_app
from headcount.api.auth import Principal, token_hash
from headcount.api.resources import ENDPOINTS
from headcount.clock import ManualClock
from headcount.core.backend import NewEvent, PersonRow, Role
from headcount.store.server import open_store

from .evidence import FAR, START, badges
from .figure import Harness, Outcome

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
"""Without `ignored_auth`: it wants 401 for a missing key, and the contract says 403."""

EVENT = "e1"
SECRETS = {each: f"the-{each}s-secret" for each in Principal}
STREAMS = "text/event-stream"
"""An answer without an end; these addresses have tests of their own."""


@contextmanager
def application(folder: Path) -> Iterator[Starlette]:
    """The backend with an event, people and sightings."""
    store = open_store(f"sqlite:///{folder / 'openapi.sqlite3'}")
    with closing(store):
        store.create_event(NewEvent("Fuzz", START, FAR, id=EVENT), now_ms=START)
        rows = [PersonRow(n, f"P{n}", f"p{n}@x.org", each) for n, each in enumerate(badges(5))]
        store.import_people(rows, event_id=EVENT, now_ms=START)
        for role in sorted(Role):  # an admin first: the only one can be no other
            hashed = token_hash(SECRETS[Principal(role.value)])
            user = store.create_admin(role, f"{role}@x.org", token_hash=hashed, now_ms=START)
            store.set_role(user.id, role)
        key = SECRETS[Principal.SCANNER]
        yield create_app(store, clock=ManualClock(), scanner_key=key, max_body_bytes=1 << 20)


@dataclass
class Tally:
    """What was answered."""

    statuses: Counter[int] = field(default_factory=Counter)
    failures: Counter[str] = field(default_factory=Counter)
    without_wrong_form: set[str] = field(default_factory=set)

    def outcome(self) -> Outcome:
        told = ", ".join(f"{count:,} of {code}" for code, count in sorted(self.statuses.items()))
        broken = sum(count for code, count in self.statuses.items() if code >= 500)
        bad, found = self.failures.total(), "; ".join(self.failures)
        words = f"{broken} answers of 5xx, {bad} undocumented; {told}; {found}"
        return Outcome(bad, words.rstrip("; "))


class Undocumented:
    """Renames what the document says: the negative control."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def other(message: Any) -> None:
            if message["type"] == "http.response.start" and message["status"] == 401:
                message = {**message, "status": 418}
            await send(message)

        await self._app(scope, receive, other)


def check(app: ASGIApp, times: int) -> Outcome:
    """`times` requests to each address, shared among the roles."""
    schema = schemathesis.openapi.from_asgi("/openapi.json", app, config=SchemathesisConfig())
    tally = Tally()
    for operation in sorted(_operations(schema), key=signs_out):
        if is_stream(operation):
            continue
        for principal, secret in SECRETS.items():
            headers = {"Authorization": f"Bearer {secret}"}
            if principal is Principal.ANYONE:
                headers = {}
            for mode in GenerationMode:
                share = max(1, times // (len(SECRETS) * len(GenerationMode)))
                _exercise(operation.as_strategy(mode), operation.label, headers, share, tally)
    return tally.outcome()


def _operations(schema: Any) -> Iterator[Any]:
    for result in schema.get_all_operations():
        assert isinstance(result, Ok), result
        yield result.ok()


def signs_out(operation: Any) -> bool:
    """Last of all: without their tokens the roles would be nobody's."""
    return bool(operation.label.endswith("/auth/signOut"))


def is_stream(operation: Any) -> bool:
    answers = operation.definition.raw["responses"].values()
    return any(STREAMS in answer.get("content", {}) for answer in answers)


def _exercise(cases: Any, label: str, headers: dict[str, str], times: int, tally: Tally) -> None:
    @seed(8)
    @settings(
        max_examples=times,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=cases, known=booleans())
    def request(case: Any, known: bool) -> None:
        if known and "event_id" in case.path_parameters:  # or nearly all would be 404
            case.path_parameters["event_id"] = EVENT
        answer = case.call(headers=headers)
        tally.statuses[answer.status_code] += 1
        try:
            case.validate_response(answer, checks=CHECKS)
        except FailureGroup as error:
            tally.failures.update(f"{label}: {each!r:.300}" for each in error.exceptions)

    try:
        request()
    except Unsatisfiable:
        tally.without_wrong_form.add(label)  # nothing in this request can be wrong


def run(times: int, folder: Path) -> Outcome:
    logging.getLogger("headcount").setLevel(logging.CRITICAL)
    with application(folder) as app, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the library's own
        return check(app, times)


def control(folder: Path) -> Outcome:
    with application(folder) as app, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return check(Undocumented(app), 5)


HARNESSES = [
    Harness(
        name="requests derived from the OpenAPI document",
        fault="right and wrong requests derived from the OpenAPI document, with every role's "
        f"token, for each of its {len(ENDPOINTS)} addresses",
        full=2_000,
        short=25,
        run=run,
        control=control,
    ),
]
