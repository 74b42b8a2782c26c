"""Whether the service of this machine runs, and whether settings wait for it."""

from __future__ import annotations

from collections.abc import Iterator

from ...core.doctor import Area, Finding, Severity, good
from ...core.errors import HeadcountError
from ..service.install import System, status
from ..service.unit import NAME
from ..service.voice import WAITING


def service(system: System) -> Iterator[Finding]:
    """What systemd says of it; nothing where it is not installed, or systemd does not answer."""
    if not system.file.exists():
        return
    try:
        told = status(system)
    except HeadcountError:
        return
    yield _runs(told) if told.get("ActiveState") == "active" else _stopped(told)
    if WAITING in told.get("StatusText", ""):
        yield Finding(
            Area.PROGRAM,
            "service-settings",
            Severity.NOTE,
            "The service has new settings from the backend that are not in force.",
            "It goes on with those before until it is restarted, which takes some seconds.",
            f"sudo systemctl restart {NAME}",
        )


def _runs(told: dict[str, str]) -> Finding:
    if told.get("UnitFileState") == "enabled":
        return good(Area.PROGRAM, "service", "The service runs, and starts with the machine.")
    return Finding(
        Area.PROGRAM,
        "service",
        Severity.WARNING,
        "The service runs, but does not start with the machine.",
        "After a power cut nobody would be heard.",
        f"sudo systemctl enable {NAME}",
    )


def _stopped(told: dict[str, str]) -> Finding:
    return Finding(
        Area.PROGRAM,
        "service",
        Severity.WARNING,
        f"The service is installed and does not run: {told.get('ActiveState', 'unknown')}.",
        "Nobody is heard by it. Its logs and data are safe.",
        f"headcount service logs says why; then: sudo systemctl restart {NAME}",
    )
