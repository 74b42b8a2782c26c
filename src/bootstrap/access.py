"""The backend's rules of access, put together from the configuration."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from ..api.access import Access, SignUp
from ..api.endpoint import in_thread
from ..api.oidc import Provider, is_safe_address
from ..api.webhooks import signer
from ..config import Config, read_secret
from ..core.access import Holder
from ..core.backend import Backend
from ..core.errors import ConfigError
from ..core.ports import Clock

_MINUTE_MS, _HOUR_MS = 60_000, 3_600_000


def make_access(config: Config) -> Access:
    """The rules of access. Raises ConfigError, UsageError."""
    server = config.server
    secret = read_secret(
        server.webhook_secret, server.webhook_secret_file, "server.webhook_secret_file"
    )
    if secret:
        signer(secret)
        if not server.oidc_issuer:
            raise ConfigError(
                "server.oidc_issuer is empty, but there is a webhook secret.",
                remedy="Name the provider: the people it tells of are known by issuer and id.",
            )
    insights_secret = read_secret(
        server.insights_secret, server.insights_secret_file, "server.insights_secret_file"
    )
    if insights_secret:
        signer(insights_secret)
    return Access(
        sign_up=SignUp(server.sign_up),
        idle_ms=server.session_idle_minutes * _MINUTE_MS,
        longest_ms=server.session_max_hours * _HOUR_MS,
        issuer=server.oidc_issuer,
        webhook_secret=secret,
        insights_secret=insights_secret,
    )


def make_external(
    config: Config, backend: Backend, clock: Clock
) -> Callable[[bytes], Awaitable[Holder | None]] | None:
    """The look-up of an identity provider's tokens; None where none is configured.

    Raises ConfigError.
    """
    server = config.server
    if not server.oidc_issuer:
        return None
    for key, url in (("oidc_issuer", server.oidc_issuer), ("oidc_jwks_url", server.oidc_jwks_url)):
        if url and not is_safe_address(url):
            raise ConfigError(f"server.{key}: expected an https address, not {url!r:.80}.")
    if not server.oidc_audience:
        raise ConfigError(
            "server.oidc_audience is empty, but server.oidc_issuer is set.",
            remedy="Set it to the `aud` of the tokens for headcount: those for other programs "
            "must open nothing here.",
        )
    provider = Provider(server.oidc_issuer, server.oidc_audience, server.oidc_jwks_url, clock=clock)

    async def holder_of(token: bytes) -> Holder | None:
        person = await provider.verify(token)
        if person is None:
            return None
        return await in_thread(backend.external_holder, person, now_ms=clock.now().wall_ms)

    return holder_of
