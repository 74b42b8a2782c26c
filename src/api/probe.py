"""One look at a backend, for a check-up: whether it answers, its time, its certificate."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

import httpx

from ..core.errors import BackendUnreachable
from .answers import distrusts, error_of, no_answer
from .client import checked_url, tls


class CertificateRefused(BackendUnreachable):
    """The backend's certificate is another authority's, for another name, or expired."""


@dataclass(frozen=True, slots=True)
class Looked:
    """What a backend said."""

    url: str
    date_ms: int | None
    """Its clock, Unix milliseconds, to the second; None if it does not say."""
    certificate_ends_ms: int | None
    """None without TLS."""


async def look(url: str, *, ca_file: str = "", timeout_seconds: float = 5) -> Looked:
    """Ask for its health, without a secret. Raises BackendError, UsageError."""
    url = checked_url(url)
    client = httpx.AsyncClient(
        verify=tls(url, ca_file), timeout=timeout_seconds, follow_redirects=False, trust_env=False
    )
    async with client:
        try:
            async with client.stream("GET", f"{url}/health") as response:
                ends = _certificate_end(response)
        except httpx.HTTPError as error:
            raise _told(url, error) from None
    if not response.is_success:
        raise error_of(url, response.status_code, response.headers, b"")
    return Looked(url, _date(response.headers.get("date", "")), ends)


def _told(url: str, error: httpx.HTTPError) -> BackendUnreachable:
    told = no_answer(url, error)
    if not distrusts(error):
        return told
    return CertificateRefused(told.what, safe=told.safe, remedy=told.remedy)


def _certificate_end(response: httpx.Response) -> int | None:
    stream = response.extensions.get("network_stream")
    seen = stream.get_extra_info("ssl_object") if stream else None
    ends = (seen.getpeercert() or {}).get("notAfter") if seen else None
    return ssl.cert_time_to_seconds(ends) * 1000 if ends else None


def _date(header: str) -> int | None:
    try:
        return round(parsedate_to_datetime(header).timestamp() * 1000)
    except ValueError:
        return None
