"""What runs on this machine, as a station tells its backend."""

from __future__ import annotations

import functools
import platform
from importlib import metadata

from .. import __version__
from ..core.fleet_values import Versions
from .doctor.bluez_version import version_of_bluez


@functools.cache
def versions() -> Versions:
    """Asked once a process; BlueZ's programs are asked for theirs, so not on the event loop."""
    return Versions(
        headcount=__version__,
        python=platform.python_version(),
        bleak=_of_package("bleak"),
        bluez=version_of_bluez(),
        os=f"{_system()}, {platform.machine()}",
    )


def _of_package(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""


def _system() -> str:
    try:
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    except (OSError, KeyError):
        return platform.system()
