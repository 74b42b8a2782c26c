"""What runs on stations, and which settings they are told."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from ...core.access import ScannerRow
from ...core.fleet import StationSettings, read
from ...core.fleet_values import NOTHING, PushedSettings, Versions
from ...core.identity import clean_text
from ..describe import Query, describe
from ..endpoint import Context, caller_of, in_thread, json_response
from ..fleet_wire import MEMBERS
from ..problems import Code, Problem
from ..query import body_as, invalid, object_of, wrong_query
from ..tags import tagged
from ..wire import to_wire
from .scanners import ROW, VERSIONS

VERSION_LIMIT = 100
"""Characters: `Debian GNU/Linux 12 (bookworm), aarch64` has 40."""

_TOLD = {"scanner": "North", "gate": "North door", "settings": ROW["settings"]}


@dataclass(frozen=True, slots=True)
class ToldVersions:
    """The body of PUT /scannerVersions."""

    scanner: str
    headcount: str
    python: str = ""
    bleak: str = ""
    bluez: str = ""
    os: str = ""


@dataclass(frozen=True, slots=True)
class ScannerPatch:
    """The body of PATCH /scanners/{name}: what is absent stays as it is."""

    gate: str = ""
    settings: PushedSettings = NOTHING


@dataclass(frozen=True, slots=True)
class FleetPatch:
    """The body of PATCH /scanners."""

    settings: PushedSettings = NOTHING


@describe(
    "A station tells what runs on it",
    text="With a scanner's own key its name counts, not the one in the body.",
    body=ToldVersions,
    body_example={"scanner": "North", **VERSIONS},
    answer=Versions,
    example=VERSIONS,
)
async def tell_versions(request: Request, ctx: Context) -> Response:
    """A station tells what runs on it."""
    given = await body_as(request, ctx, ToldVersions)
    name = await _own_name(request, ctx, given.scanner)
    words = asdict(given)
    del words["scanner"]
    versions = Versions(**{key: clean_text(word, VERSION_LIMIT) for key, word in words.items()})
    await in_thread(ctx.backend.note_versions, name, versions, now_ms=ctx.now_ms())
    return json_response(to_wire(versions))


async def _own_name(request: Request, ctx: Context, given: str) -> str:
    """Who tells; the shared key does not speak for a scanner that has a key. Raises Problem."""
    own, name = caller_of(request).scanner, clean_text(given)
    if own:
        return own
    if not name:
        raise invalid("scanner: expected visible text")
    if await in_thread(ctx.backend.names_with_key, [name]):
        raise Problem(Code.AUTH_FORBIDDEN, f"The scanner {name} has a key of its own: use that.")
    return name


@describe(
    "The settings that a station is told; null leaves one to the station",
    answer=StationSettings,
    example=_TOLD,
    tagged=True,
    query=(Query("scanner", "the station's name", {"type": "string", "maxLength": 64}),),
    text="Those for all, and over them its own. With a scanner's own key its name counts. Without "
    "a name: those for all. Send the ETag as If-None-Match at each contact.",
)
async def told(request: Request, ctx: Context) -> Response:
    """The settings that a station is told."""
    if unknown := sorted(set(request.query_params) - {"scanner"}):
        raise wrong_query(f"Unknown parameter {unknown[0]!r}. Known is: scanner.")
    name = caller_of(request).scanner or clean_text(request.query_params.get("scanner", ""))
    settings = await in_thread(ctx.backend.station_settings, name)
    body = msgspec.json.encode(to_wire(settings))
    tag = f'"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'
    return tagged(request, tag, lambda: body)


@describe(
    "Change what a station is told: the members that are given; null takes one back",
    body=ScannerPatch,
    body_example={"gate": "North door", "settings": {"minRssi": -75, "dedupeMinutes": None}},
    answer=ScannerRow,
    example=ROW,
    problems=(Code.SCANNER_NOT_FOUND,),
    text="The station shows the change at its next contact; it takes effect at its next scan, or "
    "when its operator accepts it. A gate is kept of paired scanners only.",
)
async def change_one(request: Request, ctx: Context) -> Response:
    """Change what one station is told."""
    name: str = request.path_params["name"]
    if not name or clean_text(name) != name:
        raise Problem(Code.SCANNER_NOT_FOUND, "No scanner has this name.")
    body = await object_of(request, ctx)
    changes, gate = _changes(body, "gate", "settings"), body.get("gate")
    if gate is not None and not isinstance(gate, str):
        raise invalid("gate: expected a string")
    row = await in_thread(
        ctx.backend.change_settings,
        name,
        changes,
        gate=None if gate is None else clean_text(gate),
        now_ms=ctx.now_ms(),
    )
    return json_response(to_wire(row))


@describe(
    "Change what every station is told; null takes a setting back",
    body=FleetPatch,
    body_example={"settings": {"minRssi": -75}},
    answer=StationSettings,
    example={"scanner": "", "gate": "", "settings": ROW["settings"]},
    text="A scanner's own settings go before these.",
)
async def change_all(request: Request, ctx: Context) -> Response:
    """Change what every station is told."""
    changes = _changes(await object_of(request, ctx), "settings")
    await in_thread(ctx.backend.change_settings, "", changes, now_ms=ctx.now_ms())
    settings = await in_thread(ctx.backend.settings_for_all)
    return json_response(to_wire(StationSettings("", "", settings)))


def _changes(body: Mapping[str, Any], *known: str) -> dict[str, object]:
    """The settings of a body, by member of `PushedSettings`. Raises Problem for the first wrong."""
    given = body.get("settings", {})
    if not isinstance(given, Mapping):
        raise invalid("settings: expected an object")
    for members, names in ((body, known), (given, MEMBERS)):
        if unknown := sorted(members.keys() - set(names)):
            name = clean_text(unknown[0])
            raise invalid(f"unknown member {name!r}; known are {', '.join(sorted(names))}")
    right, wrong = read({MEMBERS[member]: value for member, value in given.items()})
    if wrong:
        raise invalid(wrong[0].rstrip("."))
    return right
