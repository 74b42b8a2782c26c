"""`headcount scanners`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING

import click

from ..core.errors import UsageError
from ..core.identity import clean_text
from . import options
from .output import emit, local_time, note, say

if TYPE_CHECKING:
    from ..bootstrap.admin import Admin
    from ..core.access import ScannerRow
    from ..core.fleet_values import PushedSettings
    from ..core.theft import Coverage


@click.group("scanners")
def command() -> None:
    """Pair scanners, list them, decide their settings, take keys back."""


@command.command("pair")
@click.option("--name", default="", help="The scanner's name. Default: its own word.")
@click.option("--event", "events", multiple=True, type=options.EventId(), help="Only for this one.")
@click.option("--gate", default="", help="Where it stands.")
@options.database_url
@options.no_ui
@options.as_json
@click.pass_context
def pair(
    ctx: click.Context,
    name: str,
    events: tuple[str, ...],
    gate: str,
    database_url: str | None,
    as_json: bool,
) -> None:
    """Print a one-time code by which a station gets a key of its own: headcount pair CODE.

    The code works once, for ten minutes. --event may be given several times; without it the key is
    good for every event. With the --name of a paired scanner its key is replaced.
    """
    from ..api.wire import to_wire
    from ..bootstrap.admin import Use, ask
    from ..core.access import NewScanner

    if "/" in name:
        raise UsageError("A scanner's name has no slash.", remedy="Give another --name.")
    wanted = NewScanner(clean_text(name), clean_text(gate), events)
    config = options.load_config(ctx, server__database_url=database_url)
    made = ask(config, Use.WRITE, lambda admin: admin.add_pairing_code(wanted))
    if as_json:
        emit(to_wire(made))
        return
    note(f"Good once, until {local_time(made.expires_at)}. Type on the station:")
    note(f"  headcount pair {made.code} --url {config.backend.url}")
    say(made.code)


@command.command("list")
@options.database_url
@options.no_ui
@options.as_json
@click.pass_context
def list_scanners(
    ctx: click.Context,
    database_url: str | None,
    as_json: bool,
) -> None:
    """List scanners by name: gate, events, last contact, versions."""
    from ..api.wire import to_wire
    from ..bootstrap.admin import Use, ask

    config = options.load_config(ctx, server__database_url=database_url)
    rows = ask(config, Use.WRITE, lambda admin: admin.scanners())
    if not rows and not as_json:
        note("No scanner yet. Pair one: headcount scanners pair")
    for row in rows:
        if as_json:
            emit(to_wire(row))
        else:
            say(_line(row))


@command.command("revoke")
@click.argument("name")
@options.database_url
@options.no_ui
@options.as_json
@click.pass_context
def revoke(
    ctx: click.Context,
    name: str,
    database_url: str | None,
    as_json: bool,
) -> None:
    """Take a scanner's key back; it opens nothing from the next request on."""
    from ..api.wire import to_wire
    from ..bootstrap.admin import Use, ask

    config = options.load_config(ctx, server__database_url=database_url)
    row = ask(config, Use.WRITE, lambda admin: admin.revoke_scanner(clean_text(name)))
    if as_json:
        emit(to_wire(row))
    else:
        say(_line(row))


@command.command("set")
@click.argument("name", required=False)
@click.argument("changes", nargs=-1, metavar="[KEY=VALUE]...")
@click.option("--all", "for_all", is_flag=True, help="For every station.")
@click.option("--gate", help="Where it stands now.")
@click.option("--unset", multiple=True, metavar="KEY", help="Leave this one to the station.")
@options.database_url
@options.no_ui
@options.as_json
@click.pass_context
def set_scanner(
    ctx: click.Context,
    name: str | None,
    changes: tuple[str, ...],
    for_all: bool,
    gate: str | None,
    unset: tuple[str, ...],
    database_url: str | None,
    as_json: bool,
) -> None:
    """Decide settings for a station, or with --all for every one; without a change show them.

    KEY is a key of config.toml, such as identify.min_rssi=-75 or radio.formats=ibeacon,altbeacon.
    The station shows the change at its next contact; it takes effect at its next scan, or when its
    operator accepts it. Own settings of a scanner go before those for all.
    """
    from ..bootstrap.admin import Use, ask

    if for_all and name:
        changes, name = (name, *changes), None
    nobody = not name or "=" in name  # then it is a change
    if for_all != nobody or (for_all and gate is not None):
        raise UsageError(
            "Name one scanner, or give --all; a gate is one scanner's.",
            remedy="Such as: headcount scanners set North identify.min_rssi=-75",
        )
    wanted = _wanted(changes, unset)
    clean_gate = None if gate is None else clean_text(gate)
    config = options.load_config(ctx, server__database_url=database_url)
    _show(
        ask(config, Use.WRITE, partial(_set, clean_text(name or ""), wanted, clean_gate)), as_json
    )


async def _set(
    name: str, wanted: Mapping[str, object], gate: str | None, admin: Admin
) -> PushedSettings:
    """Change them, if anything is to be changed; what is decided then."""
    from ..core.access import ScannerNotFound

    if wanted or gate is not None:
        await admin.set_scanner(name, wanted, gate)
    if not name:
        return await admin.settings_for_all()
    found = [row.settings for row in await admin.scanners() if row.name == name]
    if not found:
        raise ScannerNotFound(
            f"No scanner is named {name}.", remedy="headcount scanners list shows the names."
        )
    return found[0]


def _wanted(changes: tuple[str, ...], unset: tuple[str, ...]) -> dict[str, object]:
    """By member of `PushedSettings`. Raises UsageError."""
    from ..core.fleet import from_text

    wanted: dict[str, object] = {_member(key): None for key in unset}
    for change in changes:
        key, is_one, text = change.partition("=")
        if not is_one:
            raise UsageError(f"{change!r} is no KEY=VALUE.", remedy="Such as identify.min_hits=1")
        member = _member(key)
        try:
            wanted[member] = from_text(member, text)
        except ValueError as error:
            raise UsageError(str(error), safe="Nothing was changed.") from None
    return wanted


def _member(key: str) -> str:
    from ..core.fleet import KEYS

    if key not in KEYS:
        raise UsageError(
            f"{key!r} can't be decided for stations.", remedy=f"These can be: {', '.join(KEYS)}."
        )
    return KEYS[key]


def _show(settings: PushedSettings, as_json: bool) -> None:
    from ..core.fleet import RULES, given_of, to_text

    given = given_of(settings)
    if as_json:
        emit({RULES[member].key: value for member, value in given.items()})
        return
    for member, value in given.items():
        say(f"{RULES[member].key} = {to_text(value)}")
    if not given:
        note("Every setting is left to the station.")


@command.command("missing")
@click.argument("name")
@click.option("--stolen-at", metavar="TIME", help="Until then it scanned: ISO 8601 (UTC), now.")
@options.database_url
@options.no_ui
@options.as_json
@click.pass_context
def missing(
    ctx: click.Context,
    name: str,
    stolen_at: str | None,
    database_url: str | None,
    as_json: bool,
) -> None:
    """After a loss or theft: which stretch of which event and door may be missing.

    What a scanner has heard and not sent is only on it. Without --stolen-at a scan of which no end
    is known counts as gone on until its event's end.
    """
    from ..api.wire import to_wire
    from ..bootstrap.admin import Use, ask
    from ..bootstrap.theft import missing_of
    from ..clock import SystemClock

    now_ms = SystemClock().now().wall_ms
    until = None if stolen_at is None else options.parse_time(stolen_at, "UTC", base_ms=now_ms)
    config = options.load_config(ctx, server__database_url=database_url)
    found = ask(config, Use.WRITE, lambda admin: missing_of(admin, clean_text(name), now_ms, until))
    for each in found:
        if as_json:
            emit({**to_wire(each), "event": each.event.id})
        else:
            say(_missing_line(each))
    if not found:
        note(f"{clean_text(name)} has not scanned for any of the latest events.")


def _missing_line(each: Coverage) -> str:
    where = f"{clean_text(each.event.name)}, {clean_text(each.gate) or 'no gate'}"
    covered = local_time(each.covered_until)
    if not each.known and each.missing_until:
        end = local_time(each.missing_until)
        return f"{where}: nothing is in; if it scanned there, everything until {end} is missing."
    if each.missing_until is None:
        return f"{where}: all is in, up to {covered}."
    until = local_time(each.missing_until)
    return f"{where}: in up to {covered}; what it heard until {until} may be missing."


def _line(row: ScannerRow) -> str:
    state = "shared key" if row.paired_at is None else "paired"
    contact = "never heard" if row.last_contact is None else local_time(row.last_contact)
    return "  ".join(
        (
            clean_text(row.name),
            clean_text(row.gate) or "no gate",
            " ".join(row.events) or "every event",
            state if row.revoked_at is None else f"revoked {local_time(row.revoked_at)}",
            f"last contact {contact}",
            *_more(row),
        )
    )


def _more(row: ScannerRow) -> Iterator[str]:
    """What runs on it, and whether settings are decided for it alone."""
    from ..core.fleet import given_of

    if row.versions.headcount:
        told = f"headcount {clean_text(row.versions.headcount)}"
        yield f"{told} (older than the backend)" if row.outdated else told
    if given := given_of(row.settings):
        yield f"{len(given)} own settings" if len(given) > 1 else "1 own setting"
