"""What participants do themselves, and what is decided about it: each method is one transaction."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ...core.backend import Page
from ...core.correction_requests import CorrectionRequest, NewRequest, RequestDecision
from ...core.own_record import OwnRecord
from ...core.registrations import OwnRegistration, Ruling, RulingResult
from . import correction_requests, registering
from .database import Database
from .own_record import own_record


class ParticipantStore:
    """Implements `Registrations`, `RequestBook` and `OwnBook` of the core."""

    _database: Database
    _new_id: Callable[[], str]

    def register(
        self, event_id: str, user_id: str, *, approved: bool, now_ms: int
    ) -> OwnRegistration:
        """Register a person. Raises EventNotFound, UserNotFound, RegistrationClosed."""
        with self._database.write() as connection:
            return registering.register(
                connection, event_id, user_id, approved=approved, now_ms=now_ms
            )

    def cancel_registration(self, event_id: str, user_id: str) -> OwnRegistration:
        """Cancel. Raises EventNotFound, UserNotFound, RegistrationNotFound."""
        with self._database.write() as connection:
            return registering.cancel(connection, event_id, user_id)

    def registration(self, event_id: str, user_id: str) -> OwnRegistration:
        """One person's. Raises EventNotFound, UserNotFound, RegistrationNotFound."""
        with self._database.read() as connection:
            return registering.registration(connection, event_id, user_id)

    def registrations_of(self, user_id: str) -> list[OwnRegistration]:
        """All of one person's, by the events' start. Raises UserNotFound."""
        with self._database.read() as connection:
            return registering.registrations_of(connection, user_id)

    def decide_registrations(
        self, event_id: str, rulings: Sequence[Ruling], *, now_ms: int
    ) -> list[RulingResult]:
        """Approve and reject. Raises EventNotFound."""
        with self._database.write() as connection:
            return registering.decide(connection, event_id, rulings, now_ms=now_ms)

    def add_request(
        self, event_id: str, new: NewRequest, *, by: str, now_ms: int
    ) -> CorrectionRequest:
        """Keep a request. Raises EventNotFound, UserNotFound."""
        with self._database.write() as connection:
            return correction_requests.add(
                connection, event_id, new, by=by, new_id=self._new_id, now_ms=now_ms
            )

    def requests(
        self, event_id: str, *, limit: int, cursor: str = "", user_id: str = "", status: str = ""
    ) -> Page[CorrectionRequest]:
        """The event's requests, or all. Raises EventNotFound, UsageError."""
        with self._database.read() as connection:
            return correction_requests.list_requests(
                connection, event_id, limit, cursor, user_id, status
            )

    def decide_request(
        self, event_id: str, request_id: str, decision: RequestDecision, *, by: str, now_ms: int
    ) -> CorrectionRequest:
        """Accept or decline. Raises as `RequestBook.decide_request` says."""
        with self._database.write() as connection:
            return correction_requests.decide(
                connection,
                event_id,
                request_id,
                decision,
                by=by,
                new_id=self._new_id,
                now_ms=now_ms,
            )

    def own_record(self, event_id: str, user_id: str, *, now_ms: int) -> OwnRecord:
        """One person's record. Raises EventNotFound, UserNotFound."""
        with self._database.read() as connection:
            return own_record(connection, event_id, user_id, now_ms)
