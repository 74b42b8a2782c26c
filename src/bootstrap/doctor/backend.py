"""Whether the backend answers, is the right one and takes our key, and what time it is there."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

from ...api.client import BackendClient
from ...api.probe import CertificateRefused, Looked, look
from ...config import Config
from ...core.doctor import Area, Finding, Severity, good
from ...core.errors import BackendError, HeadcountError, KeyRefused, UsageError
from ...core.ports import Clock
from ..credentials import scanner_key

DAY_MS = 86_400_000
SOON_DAYS = 14
"""Days left to a certificate: long enough to renew it before the next event."""
OFFSET_SECONDS = 5.0
"""A Date header tells whole seconds, and may be one old: less than this says nothing."""
PATIENCE = 5.0
"""Seconds for an answer; who runs a check-up waits for it."""

_OFFLINE = "Records are kept here until it answers; nothing is lost, and nobody sees them yet."


def backend(config: Config, clock: Clock, *, patience: float = PATIENCE) -> Iterator[Finding]:
    """What a sync would meet. `patience`: seconds for each question."""
    before = clock.now().wall_ms
    try:
        seen = asyncio.run(
            look(config.backend.url, ca_file=config.backend.ca_file, timeout_seconds=patience)
        )
    except HeadcountError as error:
        yield _unreached(config.backend.url, error)
        return
    yield good(Area.BACKEND, "backend", f"{seen.url} answers.")
    now = clock.now().wall_ms
    if seen.certificate_ends_ms is not None:
        yield _certificate(seen.certificate_ends_ms, now)
    yield _offset(seen, (before + now) // 2)
    yield _key(config, patience)


def offset_ms(seen: Looked, now_ms: int) -> int | None:
    """How far this machine's clock is ahead of the backend's; None if it does not say."""
    half_a_second = 500  # the header's seconds are cut off
    return None if seen.date_ms is None else now_ms - seen.date_ms - half_a_second


def _unreached(url: str, error: HeadcountError) -> Finding:
    if isinstance(error, UsageError):
        why = "Nothing can be sent with these settings."
        return Finding(Area.CONFIG, "backend-url", Severity.ERROR, error.what, why, error.remedy)
    if isinstance(error, CertificateRefused):
        why = "The station sends its key only to a backend that it can recognise."
        return Finding(Area.BACKEND, "tls", Severity.ERROR, error.what, why, error.remedy)
    remedy = f"{error.remedy} Look with: curl -sS {url}/health"
    return Finding(Area.BACKEND, "backend", Severity.ERROR, error.what, _OFFLINE, remedy)


def _certificate(ends_ms: int, now_ms: int) -> Finding:
    days = (ends_ms - now_ms) // DAY_MS
    if days >= SOON_DAYS:
        return good(Area.BACKEND, "tls", f"The certificate is good for {days} days.")
    return Finding(
        Area.BACKEND,
        "tls",
        Severity.WARNING,
        f"The backend's certificate ends in {max(days, 0)} days.",
        "From then on no station can sync.",
        "Renew it on the backend's machine, such as with: sudo certbot renew",
    )


def _offset(seen: Looked, now_ms: int) -> Finding:
    ahead = offset_ms(seen, now_ms)
    if ahead is None:
        what = "The backend does not tell its time."
        return Finding(Area.CLOCK, "clock-offset", Severity.NOTE, what)
    if abs(ahead) <= OFFSET_SECONDS * 1000:
        return good(Area.CLOCK, "clock-offset", "This clock and the backend's agree.")
    side = "ahead of" if ahead > 0 else "behind"
    return Finding(
        Area.CLOCK,
        "clock-offset",
        Severity.WARNING,
        f"This clock is {abs(ahead) / 1000:,.0f} s {side} the backend's.",
        "At a sync the backend puts right the records of this boot; those of earlier boots are "
        "only bounded by their neighbours.",
        "sudo timedatectl set-ntp true (on the machine whose clock is wrong)",
    )


def _key(config: Config, patience: float) -> Finding:
    try:
        key = scanner_key(config)
        if not key:
            return _no_key()
        asyncio.run(_ask(config, key, patience))
    except UsageError as error:  # also a key that is none, such as one with a line break
        why = "Without its key this station can't send."
        return Finding(Area.CONFIG, "key", Severity.ERROR, error.what, why, error.remedy)
    except KeyRefused as error:
        return Finding(
            Area.BACKEND,
            "key",
            Severity.ERROR,
            error.what,
            "This station can't send: the key is wrong, or was taken back. Its records are safe.",
            "headcount pair CODE, with a new code from: headcount scanners pair --name NAME",
        )
    except BackendError as error:
        return Finding(Area.BACKEND, "key", Severity.ERROR, error.what, _OFFLINE, error.remedy)
    return good(Area.BACKEND, "key", "The backend takes this station's key.")


def _no_key() -> Finding:
    return Finding(
        Area.BACKEND,
        "key",
        Severity.WARNING,
        "This station has no key.",
        "It can record, but not send.",
        "headcount pair CODE, with a code from: headcount scanners pair --name NAME",
    )


async def _ask(config: Config, key: str, patience: float) -> None:
    where = config.backend
    async with BackendClient(
        where.url, key=key, ca_file=where.ca_file, timeout_seconds=patience
    ) as client:
        await client.events()
