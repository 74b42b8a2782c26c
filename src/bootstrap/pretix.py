"""pretix and this backend put together: people in, check-ins out."""

from __future__ import annotations

from dataclasses import replace

from ..api.pretix import PretixClient
from ..config import Config, read_secret
from ..core.backend import ImportResult
from ..core.errors import ConfigError
from ..core.pretix import Outcome, Pushed, match, nonce_of, people_of
from .admin import Admin


def make_pretix(config: Config) -> PretixClient:
    """The client of the configured organizer. Raises ConfigError, UsageError."""
    section = config.pretix
    token = read_secret(section.token, section.token_file, "pretix.token_file")
    if not section.organizer:
        raise ConfigError("pretix.organizer is empty.", remedy="Set it to the organizer's slug.")
    if not token:
        raise ConfigError(
            "There is no token for pretix.",
            remedy="Set HEADCOUNT_PRETIX__TOKEN, or pretix.token_file to a file of mode 0600.",
        )
    return PretixClient(section.url, section.organizer, token)


async def import_tickets(
    client: PretixClient, admin: Admin, slug: str, event_id: str
) -> ImportResult:
    """Create or update everybody with a paid ticket, and register them."""
    people, errors = people_of(await client.tickets(slug))
    result = await admin.import_people(people, event_id)
    return replace(result, errors=(*errors, *result.errors))


async def push(
    client: PretixClient, admin: Admin, slug: str, event_id: str, list_id: int, *, dry_run: bool
) -> list[Pushed]:
    """Send each check-in of the event's report; again is harmless.

    An error in the middle ends it: what was sent before is in pretix.
    """
    report = await admin.report(event_id)
    arrivals, results = match(report.people, await client.tickets(slug))
    for arrival in arrivals:
        if dry_run:
            results.append(Pushed(arrival.user_id, arrival.name, Outcome.DONE))
        else:
            nonce = nonce_of(event_id, arrival)
            results.append(await client.redeem(arrival, list_id, nonce))
    return results
