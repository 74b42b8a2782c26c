"""What runs on stations, and what is decided for them: each method is one transaction."""

from __future__ import annotations

from collections.abc import Mapping

from ...core.access import ScannerNotFound, ScannerRow
from ...core.audit import note
from ...core.fleet import StationSettings, given_of
from ...core.fleet_values import PushedSettings, Versions
from . import fleet
from .database import Database
from .scanner_keys import scanner_row


class FleetStore:
    """Implements `core.fleet.FleetBook`."""

    _database: Database

    def note_versions(self, scanner: str, versions: Versions, *, now_ms: int) -> None:
        """Keep what runs on a station."""
        with self._database.read() as connection:
            if fleet.is_noted(connection, scanner, versions, now_ms):
                return
        with self._database.write() as connection:
            fleet.note_versions(connection, scanner, versions, now_ms)

    def settings_for_all(self) -> PushedSettings:
        """What is decided for every station."""
        with self._database.read() as connection:
            return fleet.settings_of(connection, fleet.FOR_ALL)

    def station_settings(self, scanner: str) -> StationSettings:
        """What this station is told."""
        with self._database.read() as connection:
            gate = fleet.gate_of(connection, scanner)
            return StationSettings(scanner, gate, fleet.told(connection, scanner))

    def change_settings(
        self, scanner: str, changes: Mapping[str, object], *, gate: str | None = None, now_ms: int
    ) -> ScannerRow | None:
        """Change the settings of one or of all. Raises ScannerNotFound."""
        with self._database.write() as connection:
            if scanner and scanner_row(connection, scanner) is None:
                raise _unknown("No scanner has this name.")
            before, after = (
                given_of(each) for each in fleet.change(connection, scanner, changes, now_ms)
            )
            if gate is not None:
                before["gate"], after["gate"] = fleet.move(connection, scanner, gate), gate
                if before["gate"] is None:
                    raise _unknown("This scanner has no key of its own, so no gate is kept of it.")
            note(subject=f"scanners/{scanner}" if scanner else "scanners")
            note(before=before, after=after)
            return scanner_row(connection, scanner) if scanner else None


def _unknown(what: str) -> ScannerNotFound:
    return ScannerNotFound(
        what,
        safe="Nothing was changed.",
        remedy="`headcount scanners list` shows the names, `headcount scanners pair` gives one "
        "a key and a gate.",
    )
