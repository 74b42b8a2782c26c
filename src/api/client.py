"""The station's and the command line's side of the HTTP interface."""

from __future__ import annotations

import asyncio
import gzip
import ssl
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import Any, Self, TypeVar
from urllib.parse import quote

import httpx
import msgspec

from ..core.backend import ImportResult, NewEvent, PersonRow, Registration, User
from ..core.clocks import StationClock
from ..core.errors import UsageError
from ..core.log_heads import Countersigned, Head
from ..core.log_keys import PublicKeys
from ..core.loopback import is_loopback
from ..core.model import BatchAnswer, Event, ScanSession
from ..core.ports import Clock
from ..core.report import Report
from ..core.rotation import DayKey
from . import quick_read, wire
from .answers import error_of, no_answer, not_headcount
from .rotation_wire import KeyOfDay, to_day_key

T = TypeVar("T")

PAGE_LIMIT = 1000
"""Items asked for at once; the server's maximum."""

MAX_PAGES = 1000
"""A million people or events: a list that goes on is meant to fill our memory."""

MAX_ANSWER_BYTES = 64 << 20
"""A report of 100,000 people has some 40 MB; more than this is no answer of a backend."""

_WORTH_COMPRESSING = 1024
"""Bytes: below, a body fits into one packet anyway."""


class BackendClient:
    """Talks to one backend; an async context manager.

    `key` is a scanner's, `token` a signed-in person's; the key goes with batches, and with reads
    where there is no token. Every method raises BackendUnreachable (try again later), KeyRefused
    or BackendRejected; messages name the address, never a secret. Redirects are not followed,
    certificates are always verified, proxies and .netrc of the environment are not used.
    """

    def __init__(
        self,
        url: str,
        *,
        key: str = "",
        token: str = "",
        ca_file: str = "",
        timeout_seconds: float = 30,
        clock: Clock | None = None,
    ) -> None:
        """Raises UsageError for an address, secret or `ca_file` that can't be used.

        With a `clock` each batch says what this machine's clocks show, and the backend puts right
        the times of the records of this boot.
        """
        self.url = checked_url(url)
        self._clock = clock
        self._key = _checked_secret("scanner key", key)
        self._token = _checked_secret("token", token)
        self._http = httpx.AsyncClient(
            verify=tls(self.url, ca_file),
            timeout=timeout_seconds,
            follow_redirects=False,  # a secret goes to the named host only
            trust_env=False,
            headers={"Accept-Encoding": "identity", "User-Agent": "headcount"},
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

    async def post_batch(
        self,
        event_id: str,
        raw_records: Sequence[bytes],
        sessions: Sequence[ScanSession] = (),
    ) -> BatchAnswer:
        """Send records, each one JSON object as it stands in the log; none is re-encoded.

        Returns only an answer that accounts for exactly these records.
        """
        body = wire.batch_to_json(event_id, raw_records, sessions, self._clocks())
        return await self._ask(
            "POST",
            "/batchCheckIn",
            lambda value: wire.answer_from_wire(value, len(raw_records)),
            body=body,
            secret=self._key,
        )

    def _clocks(self) -> StationClock | None:
        """Read at each try: the server compares them with its own clock on arrival."""
        if self._clock is None:
            return None
        wall_ms, mono, boot = self._clock.now()
        return StationClock(wall_ms, round(mono * 1000), boot)

    async def log_keys(self) -> PublicKeys:
        """The public halves of the backend's keys."""
        return await self._ask("GET", "/logKeys", answer_as(PublicKeys))

    async def lan_key(self, event_id: str) -> str:
        """The fleet key of the event's stations on a LAN."""
        answer = await self._ask(
            "GET", f"{_of_event(event_id)}/lanKey", answer_as(dict[str, str]), secret=self._key
        )
        return answer.get("key", "")

    async def countersign(self, event_id: str, head: Head) -> Countersigned:
        """Tell how far a log has come; the backend signs it. Rejected where it contradicts."""
        return await self._ask(
            "POST",
            f"{_of_event(event_id)}/logHeads",
            answer_as(Countersigned),
            body=msgspec.json.encode(wire.to_wire(head)),
            secret=self._key,
        )

    async def events(self) -> list[Event]:
        """All events by start."""
        return await self._pages("/events", Event)

    async def event(self, event_id: str) -> Event:
        """One event."""
        return await self._ask("GET", _of_event(event_id), answer_as(Event))

    async def create_event(self, event: NewEvent) -> Event:
        """Create an event, as an admin."""
        body = msgspec.json.encode(wire.to_wire(event))
        return await self._ask("POST", "/events", answer_as(Event), body=body)

    async def registrations(self, event_id: str) -> list[Registration]:
        """All registrations of an event: the roster."""
        return await self._pages(f"{_of_event(event_id)}/registrations", Registration)

    async def day_keys(self, event_id: str) -> list[DayKey]:
        """The keys by which rotating ids are resolved here; none where the event has none."""
        keys = await self._pages(f"{_of_event(event_id)}/dayKeys", KeyOfDay)
        try:
            return [to_day_key(key) for key in keys]
        except ValueError:
            raise not_headcount(self.url, "a key that is no base64") from None

    async def report(self, event_id: str) -> Report:
        """The event's report as of now."""
        path = f"{_of_event(event_id)}/report"
        return await self._read("GET", path, lambda answer: quick_read.read(answer, Report))

    async def users(self) -> list[User]:
        """All users by name, as an admin."""
        return await self._pages("/users", User)

    async def import_people(self, rows: Sequence[PersonRow], event_id: str = "") -> ImportResult:
        """Create or update people, and register them if there is an event; as an admin."""
        body = msgspec.json.encode({"eventId": event_id, "people": wire.to_wire(rows)})
        return await self._ask("POST", "/users/import", answer_as(ImportResult), body=body)

    async def _pages(
        self, path: str, kind: type[T], only: Mapping[str, str] | None = None
    ) -> list[T]:
        items: list[T] = []
        cursor = ""
        for _ in range(MAX_PAGES):
            query = {"limit": str(PAGE_LIMIT), **(only or {})}
            if cursor:
                query["cursor"] = cursor
            page = await self._ask(
                "GET", path, lambda value: wire.page_from_wire(value, kind), query=query
            )
            items += page.items
            if not page.cursor:
                return items
            if page.cursor == cursor:
                break
            cursor = page.cursor
        raise not_headcount(self.url, "a list that never ends")

    async def _ask(
        self,
        method: str,
        path: str,
        parse: Callable[[Any], T],
        *,
        body: bytes | None = None,
        secret: str = "",
        query: dict[str, str] | None = None,
    ) -> T:
        """One request, one answer that `parse` understands; anything else is an error."""
        return await self._read(
            method,
            path,
            lambda answer: parse(wire.decode(answer)),
            body=body,
            secret=secret,
            query=query,
        )

    async def _read(
        self,
        method: str,
        path: str,
        read: Callable[[bytes], T],
        *,
        body: bytes | None = None,
        secret: str = "",
        query: dict[str, str] | None = None,
    ) -> T:
        """As `_ask`, for an answer as it came."""
        request = await self._request(method, path, body=body, secret=secret, query=query)
        return await self._answered(request, *await self._send(request), read)

    async def _request(
        self,
        method: str,
        path: str,
        *,
        body: bytes | None = None,
        secret: str = "",
        query: dict[str, str] | None = None,
    ) -> httpx.Request:
        headers: dict[bytes, bytes] = {}
        bearer = (secret or self._token or self._key).encode()
        if bearer:
            headers[b"Authorization"] = b"Bearer " + bearer
        if body is not None:
            headers[b"Content-Type"] = b"application/json"
            if len(body) >= _WORTH_COMPRESSING:
                body = await asyncio.to_thread(gzip.compress, body, 1, mtime=0)
                headers[b"Content-Encoding"] = b"gzip"
        return self._http.build_request(
            method, self.url + path, params=query, headers=headers, content=body
        )

    async def _answered(
        self,
        request: httpx.Request,
        response: httpx.Response,
        answer: bytes,
        read: Callable[[bytes], T],
    ) -> T:
        """The answer's meaning. Raises BackendError for a refusal, and for what `read` refuses."""
        bearer = request.headers.get("Authorization", "").removeprefix("Bearer ").encode()
        if not response.is_success:
            told = _without(bearer, answer)
            raise error_of(self.url, response.status_code, response.headers, told)
        try:
            # A report of thousands takes a while, and a screen may live on this event loop.
            return await asyncio.to_thread(read, answer)
        except wire.WireError as error:
            seen = _without(bearer, str(error).encode()).decode()
            raise not_headcount(self.url, seen) from None

    async def _send(self, request: httpx.Request) -> tuple[httpx.Response, bytes]:
        try:
            response = await self._http.send(request, stream=True)
            try:
                return response, await _read(response)
            finally:
                await response.aclose()
        except httpx.HTTPError as error:
            raise no_answer(self.url, error) from None


def _without(secret: bytes, text: bytes) -> bytes:
    """A server that echoes the secret does not get it into our messages."""
    return text.replace(secret, b"...") if secret else text


def answer_as(kind: type[T]) -> Callable[[Any], T]:
    """What makes a value of this kind of an answer."""
    return lambda value: wire.from_wire(value, kind)


def _of_event(event_id: str) -> str:
    return f"/events/{quote(event_id, safe='')}"


async def _read(response: httpx.Response) -> bytes:
    """The whole answer, if it has a sane size."""
    answer = bytearray()
    async for chunk in response.aiter_raw():
        answer += chunk
        if len(answer) > MAX_ANSWER_BYTES:
            raise not_headcount(str(response.request.url), "an endless answer")
    return bytes(answer)


def checked_url(url: str) -> str:
    """The address without a trailing slash. Raises UsageError where a secret would be exposed."""
    try:
        parsed = httpx.URL(url.strip())
    except (httpx.InvalidURL, TypeError):
        parsed = httpx.URL("")
    if parsed.scheme not in {"http", "https"} or not parsed.host:
        raise UsageError(
            "The backend's URL is not an http or https address.",
            remedy="Write it like https://headcount.example.org, or http://127.0.0.1:8765.",
        )
    if parsed.userinfo or parsed.query or parsed.fragment:
        raise UsageError(
            "The backend's URL contains more than host, port and path.",
            remedy="Secrets come from the environment or a file, never from the URL.",
        )
    if parsed.scheme == "http" and not is_loopback(parsed.host):
        raise UsageError(
            f"{parsed} is not encrypted: the key and people's names could be read on the way.",
            remedy="Use https://; plain http is for this machine only (127.0.0.1, ::1, localhost).",
        )
    return str(parsed).rstrip("/")


def _checked_secret(name: str, secret: str) -> str:
    secret = secret.strip()
    if not secret.isprintable():
        raise UsageError(
            f"The {name} contains a line break or another control character.",
            remedy="Copy it again, as one line.",
        )
    return secret


def tls(url: str, ca_file: str) -> ssl.SSLContext | bool:
    """Certificates are always verified; `ca_file` replaces the system's authorities.

    Raises UsageError.
    """
    if not url.startswith("https:"):
        return True  # loading the system's certificates takes longer than a request on loopback
    try:
        return ssl.create_default_context(cafile=ca_file or None)
    except OSError as error:  # ssl.SSLError is one too
        raise UsageError(
            f"The certificate file {ca_file} can't be used: {error.strerror or error.args[-1]}.",
            remedy="It must be a readable PEM file with the authority's certificate.",
        ) from None
