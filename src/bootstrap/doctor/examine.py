"""All probes, in the order of a report."""

from __future__ import annotations

import io
import os
import platform
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

from ... import __version__
from ...clock import SystemClock
from ...config import Config
from ...core.doctor import Area, Finding, Severity, good, in_order
from ...core.ports import Clock
from ..credentials import Kind, credential_file
from ..lan_key import typed_key_file
from ..service.install import UNITS, System
from .access import Who, access, bluez_answers, this_user
from .adapters import adapters
from .backend import backend
from .bluez_version import PROGRAMS, bluez_version
from .clocks import clocks, kernel_synchronised
from .disk import disk
from .files import files, mend
from .lan import lan
from .listening import listening
from .logs import logs
from .service import service
from .settings import settings
from .terminal import terminal


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a check-up looks at beside the configuration; tests bring a machine of their own."""

    root: Path = Path("/")
    bluez: tuple[Path, ...] = PROGRAMS
    who: Who = field(default_factory=this_user)
    clock: Clock = field(default_factory=SystemClock)
    linux: bool = field(default_factory=lambda: platform.system() == "Linux")


def examine(
    config: Config,
    sources: Mapping[str, str],
    around: Surroundings | None = None,
    *,
    listen: float = 0,
    radio: bool = True,
) -> list[Finding]:
    """Look at everything. `listen`: seconds, 0 for not at all. `radio`: Bluetooth is used."""
    around = around or Surroundings()
    found = [*settings(config, sources), *machine(config, around)]
    if radio:
        found.extend(_radio(config, around, listen))
    found.extend(logs(config))
    found.extend(backend(config, around.clock))
    found.extend(lan(config))
    found.extend(service(System(units=around.root / UNITS.relative_to("/"))))
    found.extend(_here())
    return in_order(found)


def machine(config: Config, around: Surroundings) -> Iterator[Finding]:
    """Clock, disk and files."""
    now = around.clock.now().wall_ms
    if around.linux:
        yield from clocks(now, synchronised=kernel_synchronised(), sys=around.root / "sys")
    yield from disk(config.data_path, lambda: around.clock.now().mono)
    yield from _files(config, around)


def fix(config: Config, around: Surroundings | None = None) -> list[str]:
    """Mend what is safe to mend, and say what was done."""
    return mend(_files(config, around or Surroundings()))


def _files(config: Config, around: Surroundings) -> Iterator[Finding]:
    named = (
        config.backend.key_file,
        config.backend.token_file,
        config.server.webhook_secret_file,
        config.lan.key_file,
    )
    secrets = [Path(file).expanduser() for file in named if file]
    secrets += [credential_file(config, kind) for kind in Kind] + [typed_key_file(config)]
    yield from files(config.data_path, secrets, uid=around.who.uid)


def _radio(config: Config, around: Surroundings, listen: float) -> Iterator[Finding]:
    if around.linux:
        yield from adapters(config.radio.adapter, around.root / "sys")
        yield bluez_version(around.bluez)
        yield from access(around.who, around.root)
        answer = bluez_answers(config.radio.adapter)
        yield answer
        listen *= answer.severity is Severity.OK  # else it would say the same again
    if listen:
        yield from listening(config, around.clock, listen)


def _here() -> Iterator[Finding]:
    out = _out()
    size = os.get_terminal_size(out.fileno()) if out and _is_terminal(out) else None
    yield from terminal(os.environ, encoding=(out and out.encoding) or "ascii", size=size)
    words = f"headcount {__version__}, Python {platform.python_version()}, {platform.platform()}."
    yield good(Area.PROGRAM, "version", words)


def _out() -> TextIO | None:
    """What the terminal is written with; the screens put something else in its place."""
    return sys.stdout if isinstance(sys.stdout, io.TextIOWrapper) else sys.__stdout__


def _is_terminal(out: TextIO) -> bool:
    try:
        return os.isatty(out.fileno())
    except (OSError, ValueError, AttributeError):  # a screen or a test has taken its place
        return False
