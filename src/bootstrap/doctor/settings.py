"""Whether this station can be told from the others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ...config import Config
from ...core.doctor import Area, Finding, Severity, good
from ..scan import scanner_name

SHARED_NAMES = frozenset({"raspberrypi", "localhost", "debian", "ubuntu", "scanner"})
"""Host names that many machines have as they come."""


def settings(config: Config, sources: Mapping[str, str]) -> Iterator[Finding]:
    """Where the settings come from, and the scanner's name."""
    files = sorted({source for source in sources.values() if source.endswith(".toml")})
    where = ", ".join(files) if files else "no file: all settings are defaults, or of this command"
    yield good(Area.CONFIG, "config", f"The configuration is right ({where}).")
    yield _name(scanner_name(config), given=bool(config.station.scanner_id))


def _name(name: str, *, given: bool) -> Finding:
    if given or name.lower() not in SHARED_NAMES:
        return good(Area.CONFIG, "scanner-name", f"This scanner is {name}.")
    return Finding(
        Area.CONFIG,
        "scanner-name",
        Severity.WARNING,
        f"This scanner has no name of its own, only its machine's: {name}.",
        "Two scanners with one name can't be told apart in a report.",
        "headcount setup --force --scanner-id NAME, or station.scanner_id in config.toml",
    )
