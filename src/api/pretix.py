"""A client of pretix' REST API: orders out, check-ins in (docs.pretix.eu, "Orders", "Check-in")."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

import httpx

from ..core.errors import BackendRejected, BackendUnreachable, KeyRefused
from ..core.identity import clean_text
from ..core.pretix import Arrival, Outcome, Pushed, Ticket
from .answers import no_answer
from .client import checked_url
from .wire import WireError, decode

MAX_PAGES = 2_000
"""100,000 orders: a list that goes on is meant to fill our memory."""
MAX_ANSWER_BYTES = 16 << 20
"""A page has 50 orders; even with 100 tickets each it is smaller."""

_PAID = "p"
_SAFE = "Nothing is lost: the same command again sends each check-in once."
_NAME_LIMIT, _EMAIL_LIMIT = 64, 254
_SERVER_ERRORS = 500
_TOO_MANY = 429


class PretixClient:
    """Talks to one organizer; an async context manager.

    Every method raises BackendUnreachable (try again later), KeyRefused or BackendRejected.
    Redirects are not followed: the token goes to the named host only.
    """

    def __init__(
        self,
        url: str,
        organizer: str,
        token: str,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        """Raises UsageError for an address that is not encrypted, or none."""
        self.url = checked_url(url)
        self._base = f"{self.url}/api/v1/organizers/{quote(organizer, safe='')}"
        self._http = httpx.AsyncClient(
            transport=transport,
            timeout=30,
            follow_redirects=False,
            trust_env=False,
            headers={"Authorization": f"Token {token}", "User-Agent": "headcount"},
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._http.aclose()

    async def tickets(self, slug: str) -> list[Ticket]:
        """The tickets of all paid orders of an event, page by page; test orders are left out."""
        found: list[Ticket] = []
        address = f"{self._base}/events/{quote(slug, safe='')}/orders/"
        for page in range(1, MAX_PAGES + 1):
            query = {"status": _PAID, "page": str(page)}
            document = await self._ask("GET", address, query=query)
            orders = document.get("results")
            if not isinstance(orders, list):
                raise self._not_pretix("a list without results")
            for order in orders:
                found += self._tickets_of(order)
            if document.get("next") is None:
                return found
        raise self._not_pretix("a list that never ends")

    def _tickets_of(self, order: object) -> list[Ticket]:
        if not isinstance(order, dict) or not isinstance(order.get("positions"), list):
            raise self._not_pretix("an order without positions")
        if order.get("status") != _PAID or order.get("testmode") is True:
            return []
        return [
            Ticket(
                _text(order, "code"),
                place if type(place := each.get("positionid")) is int else 0,
                secret,
                _text(each, "attendee_name"),
                _text(each, "attendee_email", _EMAIL_LIMIT) or _text(order, "email", _EMAIL_LIMIT),
            )
            for each in order["positions"]
            if isinstance(each, dict) and not each.get("canceled")
            if isinstance(secret := each.get("secret"), str)
        ]

    async def redeem(self, arrival: Arrival, list_id: int, nonce: str) -> Pushed:
        """Check one ticket in, at the time when the person was first seen."""
        body = {
            "secret": arrival.ticket.secret,
            "source_type": "barcode",
            "lists": [list_id],
            "type": "entry",
            "datetime": datetime.fromtimestamp(arrival.time / 1000, tz=UTC).isoformat(),
            "force": False,
            "ignore_unpaid": False,
            "nonce": nonce,
            "questions_supported": False,
        }
        address = f"{self._base}/checkinrpc/redeem/"
        answer = await self._ask("POST", address, body=body)
        status, reason = answer.get("status"), _text(answer, "reason")
        if status == "ok":
            return Pushed(arrival.user_id, arrival.name, Outcome.DONE)
        if reason == "already_redeemed":
            return Pushed(arrival.user_id, arrival.name, Outcome.KNOWN)
        if status not in {"error", "incomplete", "exchange"}:
            raise self._not_pretix("an answer without a status")
        return Pushed(arrival.user_id, arrival.name, Outcome.REFUSED, reason or str(status))

    async def _ask(
        self,
        method: str,
        address: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """One request. An answer with a `status` of its own is an answer, whatever HTTP says."""
        try:
            response = await self._http.request(method, address, params=query, json=body)
        except httpx.HTTPError as error:
            raise no_answer(self.url, error) from None
        code = response.status_code
        if code in {401, 403}:
            raise KeyRefused(
                f"{self.url} refused the token (HTTP {code}).",
                safe=_SAFE,
                remedy="Check pretix.organizer, the event's slug, and the rights of the token.",
            )
        if code >= _SERVER_ERRORS or code == _TOO_MANY:
            what = f"{self.url} can't answer now (HTTP {code})."
            raise BackendUnreachable(what, safe=_SAFE, remedy="Try again later.")
        document = self._document(response)
        if not response.is_success and "status" not in document:
            raise BackendRejected(
                f"{self.url} rejected the request (HTTP {code}): {_reason(document)}",
                status=code,
                safe=_SAFE,
                remedy="Check the event's slug and the number of the check-in list.",
            )
        return document

    def _document(self, response: httpx.Response) -> dict[str, Any]:
        if len(response.content) > MAX_ANSWER_BYTES:
            raise self._not_pretix("an endless answer")
        try:
            document = decode(response.content)
        except WireError as error:
            raise self._not_pretix(f"HTTP {response.status_code}, {error}") from None
        if not isinstance(document, dict):
            raise self._not_pretix("no object")
        return document

    def _not_pretix(self, seen: str) -> BackendUnreachable:
        what = f"{self.url} answered, but not as pretix ({clean_text(seen, 200)})."
        return BackendUnreachable(what, safe=_SAFE, remedy="Check pretix.url.")


def _reason(document: Mapping[str, Any]) -> str:
    """In pretix' words: a sentence about the whole, or one for each member that it refused."""
    members = (
        f"{name}: {said[0]}"
        for name, said in document.items()
        if isinstance(said, list) and said and isinstance(said[0], str)
    )
    sentence = _text(document, "detail", 200) or clean_text("; ".join(members), 200)
    return sentence or "no reason given"


def _text(document: Mapping[str, Any], name: str, limit: int = _NAME_LIMIT) -> str:
    """A member that is text, cleaned; empty for null and anything else."""
    value = document.get(name)
    return clean_text(value, limit) if isinstance(value, str) else ""
