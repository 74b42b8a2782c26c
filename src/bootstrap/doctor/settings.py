"""Whether this station can be told from the others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ...config import Config
from ...core.doctor import Area, Finding, Severity, good
from ..pushed import PushedSettings, when_fetched
from ..scan import scanner_name

SHARED_NAMES = frozenset({"raspberrypi", "localhost", "debian", "ubuntu", "scanner"})
"""Host names that many machines have as they come."""


def settings(config: Config, sources: Mapping[str, str]) -> Iterator[Finding]:
    """Where the settings come from, and the scanner's name."""
    files = sorted({source for source in sources.values() if source.endswith(".toml")})
    where = ", ".join(files) if files else "no file: all settings are defaults, or of this command"
    yield good(Area.CONFIG, "config", f"The configuration is right ({where}).")
    yield _name(scanner_name(config), given=bool(config.station.scanner_id))
    yield from _of_backend(PushedSettings(config, sources))


def _of_backend(pushed: PushedSettings) -> Iterator[Finding]:
    """What the backend decides here; nothing where it decides nothing."""
    now, waiting = pushed.in_force(), pushed.waiting()
    if now.keys or now.gate:
        stands = f" This scanner stands at: {now.gate}." if now.gate else ""
        keys = f"From the backend ({when_fetched(now)}): {', '.join(now.keys)}." if now.keys else ""
        yield good(Area.CONFIG, "backend-settings", f"{keys}{stands}".strip())
    if waiting.changes:
        what = "; ".join(f"{key} {before} -> {after}" for key, before, after in waiting.changes)
        yield Finding(
            Area.CONFIG,
            "new-settings",
            Severity.NOTE,
            f"New settings from the backend: {what}.",
            "They take effect at the next scan.",
        )
    if refused := (*now.refused, *waiting.refused):
        yield Finding(
            Area.CONFIG,
            "refused-settings",
            Severity.WARNING,
            f"Settings of the backend were refused: {' '.join(refused)}",
            "This station keeps its own values for them.",
            "headcount scanners set NAME KEY=VALUE (on the backend's side)",
        )


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
