"""Whether this door can hear the others and be heard: what a scan would miss."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator

from ...config import Config
from ...core.doctor import Area, Finding, Severity, good
from ...core.errors import ConfigError
from ..lan_key import events_with_key, fleet_key

_ALONE = "The scan works; this door counts for itself only, and no other one keeps its records."


def _own_address() -> str:
    from ...lan.discovery import lan_address  # imports zeroconf

    return lan_address()


def lan(config: Config, own_address: Callable[[], str] = _own_address) -> Iterator[Finding]:
    """Nothing where the LAN is not used. `own_address` gives this machine's, empty for none."""
    if not config.lan.enabled:
        return
    yield _address(config.lan.address or own_address())
    yield _key(config)


def _address(address: str) -> Finding:
    if not address:
        return Finding(
            Area.LAN,
            "lan",
            Severity.WARNING,
            "This machine is in no network that reaches other stations.",
            _ALONE,
            "Connect it to the doors' network, or set lan.address; look with: ip -4 address",
        )
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.bind((address, 0))
    except OSError:
        return Finding(
            Area.LAN,
            "lan",
            Severity.WARNING,
            f"{address} is no address of this machine.",
            _ALONE,
            "Set lan.address to one of: ip -4 address",
        )
    return good(Area.LAN, "lan", f"Other stations can reach this one at {address}.")


def _key(config: Config) -> Finding:
    try:
        if fleet_key(config, ""):
            return good(Area.LAN, "fleet-key", "The fleet key was typed here, or is in a file.")
        events = [each for each in events_with_key(config) if fleet_key(config, each)]
    except ConfigError as error:
        remedy = "headcount pair --lan"
        return Finding(Area.LAN, "fleet-key", Severity.WARNING, error.what, _ALONE, remedy)
    if events:
        what = f"The backend gave the fleet key of: {', '.join(events)}."
        return good(Area.LAN, "fleet-key", what)
    return Finding(
        Area.LAN,
        "fleet-key",
        Severity.WARNING,
        "This station has no fleet key.",
        _ALONE,
        "headcount sync; without a backend, on every station: headcount pair --lan",
    )
