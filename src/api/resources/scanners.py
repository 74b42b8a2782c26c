"""/scanners: one-time codes, keys, who was heard of last."""

from __future__ import annotations

from dataclasses import dataclass, replace

from starlette.requests import Request
from starlette.responses import Response

from ...core.access import NewScanner, PairedScanner, PairingCode, ScannerRow
from ...core.backend import Page
from ...core.identity import TEXT_LIMIT, clean_text
from ...core.pairing import CODE_LIVES_MS, normal_code, shown_code
from ..access import new_pairing_code, new_secret
from ..attempts import address_of, begin_attempt, pairings_from
from ..auth import token_hash
from ..describe import describe
from ..endpoint import Context, in_thread, json_response, require_possible
from ..fleet_wire import MEMBERS
from ..problems import Code, Problem
from ..query import PAGE_QUERY, answer_page, body_as, invalid
from ..shapes import START, page_of
from ..wire import to_wire

EVENTS_LIMIT = 100
"""Events of one key; a scanner that serves more is good for every one."""


VERSIONS = {
    "headcount": "0.1.0",
    "python": "3.11.2",
    "bleak": "0.22.3",
    "bluez": "5.66",
    "os": "Debian GNU/Linux 12 (bookworm), aarch64",
}
ROW = {
    "name": "North",
    "gate": "North door",
    "events": ["opening-2025"],
    "pairedAt": START,
    "lastContact": START + 60_000,
    "revokedAt": None,
    "versions": VERSIONS,
    "outdated": False,
    "settings": {**dict.fromkeys(MEMBERS), "minRssi": -75},
}


@dataclass(frozen=True, slots=True)
class Redeem:
    """The body of POST /scanners/pair."""

    code: str
    name: str


@describe("Scanners by name", answer=Page[ScannerRow], example=page_of(ROW), query=PAGE_QUERY)
async def index(request: Request, ctx: Context) -> Response:
    """Scanners by name."""
    return await answer_page(
        request, lambda limit, cursor: ctx.backend.scanners(limit=limit, cursor=cursor)
    )


@describe(
    "A code by which one scanner gets one key",
    text="Without `name` the station's own word is the name; without `events` the key is good for "
    "every event.",
    body=NewScanner,
    body_example={"name": "North", "gate": "North door", "events": ["opening-2025"]},
    answer=PairingCode,
    example={"code": "7K2M-9QXD", "expiresAt": START + CODE_LIVES_MS},
    status=201,
    problems=(Code.EVENT_NOT_FOUND,),
)
async def new_code(request: Request, ctx: Context) -> Response:
    """A code by which one scanner gets one key."""
    wanted = validated(await body_as(request, ctx, NewScanner))
    code, now_ms = new_pairing_code(), ctx.now_ms()
    made = PairingCode(shown_code(code), now_ms + CODE_LIVES_MS)
    await in_thread(
        ctx.backend.add_pairing_code,
        token_hash(code),
        wanted,
        expires_at=made.expires_at,
        now_ms=now_ms,
    )
    return json_response(to_wire(made), 201)


def validated(scanner: NewScanner) -> NewScanner:
    """With clean texts. Raises Problem, EventNotFound."""
    if len(scanner.events) > EVENTS_LIMIT:
        raise invalid(f"events: expected at most {EVENTS_LIMIT}; none means every event")
    for event_id in scanner.events:
        require_possible(event_id)
    return replace(scanner, name=_name(scanner.name), gate=clean_text(scanner.gate))


def _name(text: str) -> str:
    """A name that fits into an address; may be empty."""
    if "/" in text:
        raise invalid("name: expected no slash")
    return clean_text(text, TEXT_LIMIT)


@describe(
    "Exchange a code for a key, once",
    text="The key is told here and never again.",
    body=Redeem,
    body_example={"code": "7k2m9qxd", "name": "entrance-pi"},
    answer=PairedScanner,
    example={
        "name": "North",
        "key": "wA3xk0Yb…",
        "gate": "North door",
        "events": ["opening-2025"],
    },
    status=201,
    problems=(Code.PAIRING_CODE_REFUSED, Code.SCANNER_EXISTS, Code.TOO_MANY_TRIES),
)
async def pair(request: Request, ctx: Context) -> Response:
    """Exchange a code for a key, once; whoever has the code may."""
    small = replace(ctx, max_body_bytes=min(ctx.max_body_bytes, 16 << 10))
    given = await body_as(request, small, Redeem)
    name = _name(given.name)
    if not name:
        raise invalid("name: expected visible text")
    here = pairings_from(address_of(request))
    await begin_attempt(ctx, here)
    key = new_secret()
    paired = await in_thread(
        ctx.backend.redeem_code,
        token_hash(normal_code(given.code)),
        name=name,
        key_hash=token_hash(key),
        now_ms=ctx.now_ms(),
    )
    await in_thread(ctx.backend.forgive, [], refund=[here.key])
    return json_response(to_wire(replace(paired, key=key)), 201)


@describe(
    "Take a key back, from the scanner's next request on",
    answer=ScannerRow,
    example={**ROW, "revokedAt": START + 120_000},
    problems=(Code.SCANNER_NOT_FOUND,),
)
async def revoke(request: Request, ctx: Context) -> Response:
    """Take a key back, from the scanner's next request on."""
    name: str = request.path_params["name"]
    if not name or clean_text(name) != name:
        raise Problem(Code.SCANNER_NOT_FOUND, "No paired scanner has this name.")
    row = await in_thread(ctx.backend.revoke_scanner, name, now_ms=ctx.now_ms())
    return json_response(to_wire(row))
