"""Every error of the HTTP interface: one catalogue, one form (RFC 9457).

The codes are stable: programs act on them. docs/api.md lists the same ones.
"""

from __future__ import annotations

import logging
from enum import StrEnum
from typing import NamedTuple

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from ..core.access import (
    CodeRefused,
    LastAdmin,
    MessageReplayed,
    ScannerExists,
    ScannerNotFound,
    UserNotFound,
)
from ..core.backend import RECORD_CONFLICT, DatabaseUnavailable, EventExists, EventNotFound
from ..core.badges import BadgeNotFound, BadgeTaken
from ..core.close_out import CloseOutOpen, EventSealed
from ..core.correction_requests import RequestDecided, RequestNotFound
from ..core.corrections import AlreadyVoid, RecordNotFound
from ..core.data_care import (
    BackupNotFound,
    CareBusy,
    CareNotHere,
    CareRefused,
    PlanChanged,
)
from ..core.errors import UsageError
from ..core.event_rules import EventChanged
from ..core.feedback import FeedbackNotFound
from ..core.identity import clean_text
from ..core.insight_book import InsightNotFound
from ..core.log_heads import HeadContradicted
from ..core.records import SessionNotFound, TrashExpired
from ..core.registrations import RegistrationClosed, RegistrationNotFound

MEDIA_TYPE = "application/problem+json"

_BATCHES = "/batchCheckIn"
_log = logging.getLogger(__name__)


class Code(StrEnum):
    """Why a request failed."""

    SCANNER_KEY_REFUSED = "SCANNER_KEY_REFUSED"
    AUTH_UNAUTHENTICATED = "AUTH_UNAUTHENTICATED"
    AUTH_FORBIDDEN = "AUTH_FORBIDDEN"
    SCANNER_EVENT_REFUSED = "SCANNER_EVENT_REFUSED"
    SCANNER_EXISTS = "SCANNER_EXISTS"
    SCANNER_NOT_FOUND = "SCANNER_NOT_FOUND"
    PAIRING_CODE_REFUSED = "PAIRING_CODE_REFUSED"
    SIGN_IN_FAILED = "SIGN_IN_FAILED"
    SIGN_UP_CLOSED = "SIGN_UP_CLOSED"
    TOO_MANY_TRIES = "TOO_MANY_TRIES"
    USER_NOT_FOUND = "USER_NOT_FOUND"
    LAST_ADMIN = "LAST_ADMIN"
    BADGE_TAKEN = "BADGE_TAKEN"
    BADGE_NOT_FOUND = "BADGE_NOT_FOUND"
    MESSAGE_REFUSED = "MESSAGE_REFUSED"
    MESSAGE_REPLAYED = "MESSAGE_REPLAYED"
    IDENTITY_PROVIDER_UNAVAILABLE = "IDENTITY_PROVIDER_UNAVAILABLE"
    BODY_TOO_LARGE = "BODY_TOO_LARGE"
    BODY_ENCODING_UNKNOWN = "BODY_ENCODING_UNKNOWN"
    BODY_ENCODING_BROKEN = "BODY_ENCODING_BROKEN"
    BODY_NOT_JSON = "BODY_NOT_JSON"
    BODY_INVALID = "BODY_INVALID"
    QUERY_INVALID = "QUERY_INVALID"
    REQUEST_INVALID = "REQUEST_INVALID"
    EVENT_NOT_FOUND = "EVENT_NOT_FOUND"
    EVENT_EXISTS = "EVENT_EXISTS"
    EVENT_CHANGED = "EVENT_CHANGED"
    EVENT_SEALED = "EVENT_SEALED"
    CLOSE_OUT_OPEN = "CLOSE_OUT_OPEN"
    LOG_HEAD_CONTRADICTED = "LOG_HEAD_CONTRADICTED"
    SESSION_NOT_FOUND = "SESSION_NOT_FOUND"
    INSIGHT_NOT_FOUND = "INSIGHT_NOT_FOUND"
    FEEDBACK_NOT_FOUND = "FEEDBACK_NOT_FOUND"
    TRASH_EXPIRED = "TRASH_EXPIRED"
    REGISTRATION_NOT_FOUND = "REGISTRATION_NOT_FOUND"
    REGISTRATION_CLOSED = "REGISTRATION_CLOSED"
    REQUEST_NOT_FOUND = "REQUEST_NOT_FOUND"
    REQUEST_DECIDED = "REQUEST_DECIDED"
    RECORD_NOT_FOUND = "RECORD_NOT_FOUND"
    RECORD_VOID = "RECORD_VOID"
    BACKUP_NOT_FOUND = "BACKUP_NOT_FOUND"
    CARE_BUSY = "CARE_BUSY"
    CARE_NOT_HERE = "CARE_NOT_HERE"
    CARE_REFUSED = "CARE_REFUSED"
    PURGE_PLAN_CHANGED = "PURGE_PLAN_CHANGED"
    NOT_FOUND = "NOT_FOUND"
    METHOD_NOT_ALLOWED = "METHOD_NOT_ALLOWED"
    INTERNAL_ERROR = "INTERNAL_ERROR"
    BACKEND_UNAVAILABLE = "BACKEND_UNAVAILABLE"


class Kind(NamedTuple):
    """One line of the catalogue."""

    status: int
    title: str


CATALOGUE: dict[Code, Kind] = {
    Code.SCANNER_KEY_REFUSED: Kind(403, "The scanner key is missing or wrong"),
    Code.AUTH_UNAUTHENTICATED: Kind(401, "Not signed in"),
    Code.AUTH_FORBIDDEN: Kind(403, "Not allowed with this role"),
    Code.SCANNER_EVENT_REFUSED: Kind(403, "The scanner key is not for this event"),
    Code.SCANNER_EXISTS: Kind(409, "Another scanner has this name"),
    Code.SCANNER_NOT_FOUND: Kind(404, "No paired scanner has this name"),
    Code.PAIRING_CODE_REFUSED: Kind(400, "The pairing code can't be used"),
    Code.SIGN_IN_FAILED: Kind(401, "The sign-in failed"),
    Code.SIGN_UP_CLOSED: Kind(403, "Nobody can sign up here"),
    Code.TOO_MANY_TRIES: Kind(429, "Too many tries"),
    Code.USER_NOT_FOUND: Kind(404, "No user has this id"),
    Code.LAST_ADMIN: Kind(409, "This is the only admin"),
    Code.BADGE_TAKEN: Kind(409, "Somebody holds the badge at that time"),
    Code.BADGE_NOT_FOUND: Kind(404, "The person does not hold this badge"),
    Code.MESSAGE_REFUSED: Kind(401, "The message's signature or time is not accepted"),
    Code.MESSAGE_REPLAYED: Kind(400, "The message was received before"),
    Code.IDENTITY_PROVIDER_UNAVAILABLE: Kind(503, "The identity provider does not answer"),
    Code.BODY_TOO_LARGE: Kind(413, "The body is too large"),
    Code.BODY_ENCODING_UNKNOWN: Kind(415, "The body's encoding is not known"),
    Code.BODY_ENCODING_BROKEN: Kind(400, "The body can't be decompressed"),
    Code.BODY_NOT_JSON: Kind(400, "The body is not JSON"),
    Code.BODY_INVALID: Kind(400, "The body has another shape than expected"),
    Code.QUERY_INVALID: Kind(400, "A query parameter is wrong"),
    Code.REQUEST_INVALID: Kind(400, "The request can't be used"),
    Code.EVENT_NOT_FOUND: Kind(404, "No event has this id"),
    Code.EVENT_EXISTS: Kind(409, "Another event has this id"),
    Code.EVENT_CHANGED: Kind(412, "The event has changed since it was read"),
    Code.EVENT_SEALED: Kind(409, "The event is sealed, and nothing has changed since"),
    Code.CLOSE_OUT_OPEN: Kind(409, "The event can't be sealed like this"),
    Code.LOG_HEAD_CONTRADICTED: Kind(409, "The log is not the one that was countersigned"),
    Code.SESSION_NOT_FOUND: Kind(404, "No scan session has this id"),
    Code.INSIGHT_NOT_FOUND: Kind(404, "No insight has this id"),
    Code.FEEDBACK_NOT_FOUND: Kind(404, "No feedback has this id"),
    Code.TRASH_EXPIRED: Kind(410, "It was in the trash for too long"),
    Code.REGISTRATION_NOT_FOUND: Kind(404, "There is no registration for the event"),
    Code.REGISTRATION_CLOSED: Kind(409, "The event is over"),
    Code.REQUEST_NOT_FOUND: Kind(404, "The event has no such request"),
    Code.REQUEST_DECIDED: Kind(409, "The request was decided before"),
    Code.RECORD_NOT_FOUND: Kind(404, "The event has no such record"),
    Code.RECORD_VOID: Kind(409, "The record was taken back before"),
    Code.BACKUP_NOT_FOUND: Kind(404, "No backup has this name"),
    Code.CARE_BUSY: Kind(409, "Another backup, check or purge is at it"),
    Code.CARE_NOT_HERE: Kind(409, "This backend does not do it over HTTP"),
    Code.CARE_REFUSED: Kind(409, "It can't be done as things stand on the backend's machine"),
    Code.PURGE_PLAN_CHANGED: Kind(409, "The plan is no longer the one that was looked at"),
    Code.NOT_FOUND: Kind(404, "Nothing is at this address"),
    Code.METHOD_NOT_ALLOWED: Kind(405, "This address does not know the method"),
    Code.INTERNAL_ERROR: Kind(500, "The backend failed"),
    Code.BACKEND_UNAVAILABLE: Kind(503, "The database does not answer"),
}


CORE_ERRORS: dict[type[Exception], Code] = {
    EventNotFound: Code.EVENT_NOT_FOUND,
    EventExists: Code.EVENT_EXISTS,
    EventChanged: Code.EVENT_CHANGED,
    EventSealed: Code.EVENT_SEALED,
    CloseOutOpen: Code.CLOSE_OUT_OPEN,
    HeadContradicted: Code.LOG_HEAD_CONTRADICTED,
    UserNotFound: Code.USER_NOT_FOUND,
    LastAdmin: Code.LAST_ADMIN,
    BadgeTaken: Code.BADGE_TAKEN,
    BadgeNotFound: Code.BADGE_NOT_FOUND,
    CodeRefused: Code.PAIRING_CODE_REFUSED,
    ScannerExists: Code.SCANNER_EXISTS,
    ScannerNotFound: Code.SCANNER_NOT_FOUND,
    SessionNotFound: Code.SESSION_NOT_FOUND,
    InsightNotFound: Code.INSIGHT_NOT_FOUND,
    FeedbackNotFound: Code.FEEDBACK_NOT_FOUND,
    TrashExpired: Code.TRASH_EXPIRED,
    RegistrationNotFound: Code.REGISTRATION_NOT_FOUND,
    RegistrationClosed: Code.REGISTRATION_CLOSED,
    RequestNotFound: Code.REQUEST_NOT_FOUND,
    RequestDecided: Code.REQUEST_DECIDED,
    RecordNotFound: Code.RECORD_NOT_FOUND,
    AlreadyVoid: Code.RECORD_VOID,
    MessageReplayed: Code.MESSAGE_REPLAYED,
    BackupNotFound: Code.BACKUP_NOT_FOUND,
    CareBusy: Code.CARE_BUSY,
    CareNotHere: Code.CARE_NOT_HERE,
    CareRefused: Code.CARE_REFUSED,
    PlanChanged: Code.PURGE_PLAN_CHANGED,
    UsageError: Code.REQUEST_INVALID,
}
"""What the core's errors mean that are the client's doing."""


class RefusalCode(StrEnum):
    """Why one record of a batch was refused; the others are stored."""

    RECORD_NOT_OBJECT = "RECORD_NOT_OBJECT"
    MISSING_MEMBER = "MISSING_MEMBER"
    INVALID_BLE_UUID = "INVALID_BLE_UUID"
    INVALID_CHECK_IN_TIME = "INVALID_CHECK_IN_TIME"
    INVALID_SCANNER_ID = "INVALID_SCANNER_ID"
    UNKNOWN_KIND = "UNKNOWN_KIND"
    INVALID_GAP = "INVALID_GAP"
    RECORD_CONFLICT = RECORD_CONFLICT
    SEALED_UNREADABLE = "SEALED_UNREADABLE"
    INVALID_ACT = "INVALID_ACT"
    SCANNER_NAME_TAKEN = "SCANNER_NAME_TAKEN"


class Problem(Exception):
    """An answer other than success. `members` are further members of the problem document."""

    def __init__(
        self,
        code: Code,
        detail: str,
        *,
        headers: dict[str, str] | None = None,
        members: dict[str, int | str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.headers = headers or {}
        self.members = members or {}


def respond(problem: Problem) -> Response:
    """The problem as application/problem+json."""
    kind = CATALOGUE[problem.code]
    document = {
        "type": f"urn:headcount:problem:{problem.code}",
        "title": kind.title,
        "status": kind.status,
        "code": problem.code,
        "detail": problem.detail,
        **problem.members,
    }
    return Response(msgspec.json.encode(document), kind.status, problem.headers, MEDIA_TYPE)


def from_problem(request: Request, error: Exception) -> Response:
    """Starlette's handler for Problem."""
    if not isinstance(error, Problem):
        raise error
    _note(request, error)
    return respond(error)


def from_core(request: Request, error: Exception) -> Response:
    """Starlette's handler for the core's errors that are the client's doing."""
    problem = problem_of(error)
    if problem is None:
        raise error
    _note(request, problem)
    return respond(problem)


def problem_of(error: Exception) -> Problem | None:
    """What an error is answered with; None for one that nobody foresaw."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, DatabaseUnavailable):
        return Problem(Code.BACKEND_UNAVAILABLE, str(error))
    codes = (CORE_ERRORS[kind] for kind in type(error).__mro__ if kind in CORE_ERRORS)
    code = next(codes, None)
    return Problem(code, str(error)) if code else None


def _note(request: Request, problem: Problem) -> None:
    """A batch that was refused as a whole leaves no trace in the database: the log has it."""
    if request.url.path != _BATCHES:
        return
    who = request.client.host if request.client else "?"
    detail = clean_text(problem.detail, 300)
    _log.warning("a batch from %s was refused as a whole: %s: %s", who, problem.code, detail)


def from_database(_request: Request, error: Exception) -> Response:
    """Starlette's handler for a database that is away; what it said is for the log only."""
    _log.warning("%s", error)
    detail = "The database does not answer. The backend's log says why."
    return respond(Problem(Code.BACKEND_UNAVAILABLE, detail, headers={"Retry-After": "5"}))


def from_status(request: Request, error: Exception) -> Response:
    """Starlette's handler for its own HTTPException: unknown addresses and methods."""
    status = getattr(error, "status_code", 500)
    headers = dict(getattr(error, "headers", None) or {})
    if status == CATALOGUE[Code.NOT_FOUND].status:
        return respond(Problem(Code.NOT_FOUND, "Nothing is at this address."))
    if status == CATALOGUE[Code.METHOD_NOT_ALLOWED].status:
        headers["Allow"] = ", ".join(sorted(headers.get("Allow", "").split(", ")))
        detail = f"Use one of: {headers['Allow']}."
        return respond(Problem(Code.METHOD_NOT_ALLOWED, detail, headers=headers))
    return respond(Problem(Code.REQUEST_INVALID, f"{request.method} can't be answered."))
