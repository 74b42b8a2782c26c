"""What is known of this machine and its radio, in words."""

from __future__ import annotations

import platform
import shutil
from collections.abc import Iterator
from pathlib import Path

from .. import __version__
from ..config import Config
from ..core.pulse import Pulse
from ..tui.ports import Health, Link
from .radio import RadioChoice
from .scan import scanner_name

ADAPTERS = Path("/sys/class/bluetooth")
"""Where Linux lists them (Documentation/ABI/stable/sysfs-class-bluetooth)."""
MIB = 2**20
LITTLE_MIB = 200


def health(
    config: Config, choice: RadioChoice | None, link: Link, pulse: Pulse | None
) -> list[Health]:
    """The facts, the radio first."""
    return [
        *_radio(config, choice, pulse),
        _disk(config),
        Health("Backend", f"{config.backend.url}, {link}", _good_link(link)),
        Health("Scanner", scanner_name(config)),
        Health("Data", str(config.data_path)),
        Health("Version", f"headcount {__version__}, Python {platform.python_version()}"),
    ]


def _radio(config: Config, choice: RadioChoice | None, pulse: Pulse | None) -> Iterator[Health]:
    kind = choice.kind if choice else "bluetooth"
    if kind == "bluetooth":
        yield _adapters(config)
    else:
        yield Health("Radio", f"{kind}: no Bluetooth is used")
    formats = ", ".join(config.radio.formats)
    yield Health("Formats", formats)
    if pulse:
        words = f"{pulse.frames:,} frames, {pulse.identified:,} in these formats"
        if pulse.background_apps:
            words += f"; {pulse.background_apps:,} of iPhone apps in the background"
        yield Health("Heard", words, pulse.frames > 0)


def _adapters(config: Config) -> Health:
    if platform.system() != "Linux":
        return Health("Adapter", config.radio.adapter or "the system's default")
    names = sorted(path.name for path in ADAPTERS.glob("hci*") if ":" not in path.name)
    if not names:
        return Health("Adapter", "none is there: plug one in, or run: rfkill list", good=False)
    wanted = config.radio.adapter
    if wanted and wanted not in names:
        return Health("Adapter", f"{wanted} is not there; there is {', '.join(names)}", good=False)
    return Health("Adapter", f"{', '.join(names)}; in use: {wanted or 'the default'}", good=True)


def _disk(config: Config) -> Health:
    try:
        free = shutil.disk_usage(config.data_path).free // MIB
    except OSError as error:
        return Health("Disk", f"can't be read: {error.strerror}", good=False)
    return Health("Disk", f"{free:,} MiB free", free > LITTLE_MIB)


def _good_link(link: Link) -> bool | None:
    return {Link.ONLINE: True, Link.REFUSED: False}.get(link)
