"""What is known of this machine and its radio, for the health page: the doctor's findings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ..config import Config
from ..core.doctor import Finding, Severity
from ..core.identity import clean_text
from ..core.pulse import Pulse
from ..tui.ports import Health, Link
from .doctor.examine import Surroundings, examine
from .pushed import PushedSettings
from .radio import RadioChoice

_NAMES = {
    "adapter": "Adapter",
    "rfkill": "Radio switch",
    "bluez-version": "BlueZ",
    "bluez": "Bluetooth",
    "group": "Group",
    "dbus-policy": "D-Bus policy",
    "scanner-name": "Scanner",
    "backend-settings": "From the backend",
    "disk-space": "Disk",
    "disk-flush": "Disk's speed",
    "data-owner": "Owner",
    "data-modes": "File modes",
    "key-modes": "Key files",
    "key": "Backend key",
    "lan": "LAN",
    "logs": "Logs",
    "tls": "Certificate",
    "clock-offset": "Clock, backend",
    "clock-source": "Clock's source",
    "clock-synchronised": "Clock's sync",
    "terminal-symbols": "Symbols",
    "terminal-colours": "Colours",
}
"""Of findings whose own name would say too little; the others are written with a capital."""


def health(
    config: Config,
    choice: RadioChoice | None,
    link: Link,
    pulse: Pulse | None,
    *,
    sources: Mapping[str, str] | None = None,
    around: Surroundings | None = None,
) -> list[Health]:
    """What a running scan hears, and then what `headcount doctor` says, worst first.

    Asks BlueZ and the backend: call it in a thread. It does not listen by itself.
    """
    kind = choice.kind if choice else "bluetooth"
    found = examine(config, sources or {}, around, radio=kind == "bluetooth")
    found.sort(key=lambda finding: -finding.severity)
    return [
        *_radio(PushedSettings(config, sources or {}).in_force().config, kind, pulse),
        Health("Data", str(config.data_path)),
        Health("Sync", str(link), _good_link(link)),
        *map(_fact, found),
    ]


def _radio(config: Config, kind: str, pulse: Pulse | None) -> Iterator[Health]:
    if kind != "bluetooth":
        yield Health("Radio", f"{kind}: no Bluetooth is used")
    yield Health("Formats", ", ".join(config.radio.formats))
    if pulse:
        words = f"{pulse.frames:,} frames, {pulse.identified:,} in these formats"
        if pulse.background_apps:
            words += f"; {pulse.background_apps:,} of iPhone apps in the background"
        yield Health("Heard", words, pulse.frames > 0)
        for each in pulse.low_batteries:
            who = each.person.name if each.person else each.ble_uuid
            yield Health("Battery low", f"{clean_text(who)}: {each.battery}", good=False)
        if said := pulse.answer_back:
            yield Health("Answer-back beacon", said, not said.startswith("not"))


def _fact(finding: Finding) -> Health:
    """A trouble with what mends it."""
    name = _NAMES.get(finding.name) or finding.name.replace("-", " ").capitalize()
    if finding.severity is Severity.OK:
        return Health(name, finding.what, good=True)
    good = None if finding.severity is Severity.NOTE else False
    return Health(name, finding.what, good, finding.remedy or finding.why)


def _good_link(link: Link) -> bool | None:
    return {Link.ONLINE: True, Link.REFUSED: False}.get(link)
