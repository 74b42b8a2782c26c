"""The backend's public keys: asked of it, or read on its own machine."""

from __future__ import annotations

from ..config import Config
from ..core.log_keys import PublicKeys
from ..keys import load_keys
from .paths import make_data_dir
from .sync import make_client


async def backend_keys(config: Config) -> PublicKeys:
    """What the configured backend answers. Raises BackendError."""
    async with make_client(config) as client:
        return await client.log_keys()


def own_keys(config: Config) -> PublicKeys:
    """Those of the backend in this data directory; made if there are none. Raises UsageError."""
    return load_keys(make_data_dir(config)).public()
