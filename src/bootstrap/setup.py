"""Sets a station up: its configuration file, its key, and what it must know of its events."""

from __future__ import annotations

import asyncio
import itertools
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..api.client import checked_url
from ..config import Config, config_text, load
from ..core.access import PairedScanner
from ..core.errors import BackendError, ConfigError, UsageError
from .credentials import Kind, keep_credential
from .doctor.adapters import SYS
from .pairing import pair
from .sync import sync


@dataclass(frozen=True, slots=True)
class Answers:
    """What was asked or given by flags; empty: left as it is."""

    url: str = ""
    scanner_id: str = ""
    adapter: str = ""
    data_dir: str = ""
    ca_file: str = ""
    automatic: bool | None = None

    def nested(self) -> dict[str, Any]:
        """As in the file, without what is empty."""
        keys = {
            ("backend", "url"): self.url,
            ("backend", "ca_file"): self.ca_file,
            ("station", "scanner_id"): self.scanner_id,
            ("radio", "adapter"): self.adapter,
            ("sync", "automatic"): self.automatic,
        }
        chosen: dict[str, Any] = {"data_dir": self.data_dir} if self.data_dir else {}
        for (section, key), value in keys.items():
            if value not in {"", None}:
                chosen.setdefault(section, {})[key] = value
        return chosen


@dataclass(frozen=True, slots=True)
class Written:
    """Where the configuration is, and the copy of the one before."""

    file: Path
    kept: Path | None
    config: Config


def must_be_free(file: Path, *, force: bool) -> None:
    """Raise UsageError for a file that is there, unless it may be replaced."""
    if file.exists() and not force:
        raise UsageError(
            f"{file} is there already.",
            safe="It was not changed.",
            remedy="Edit it, or let it be written anew with --force: a copy is kept beside it.",
        )


def known_url(file: Path) -> str:
    """The backend's address in the file that is there, else the default."""
    section = _before(file).get("backend")
    url = section.get("url") if isinstance(section, dict) else None
    return url if isinstance(url, str) else Config().backend.url


def write_config(file: Path, answers: Answers, *, force: bool = False) -> Written:
    """Write the file, whole or not at all. Raises UsageError, ConfigError.

    An existing one is never lost: without `force` nothing is written; with it the old one is kept
    beside, and its other settings are taken over where it can be read.
    """
    must_be_free(file, force=force)
    chosen = _merged(_before(file), answers.nested())
    draft = file.with_name(f".{file.name}.new")
    if answers.url:
        checked_url(answers.url)  # what no command would use, such as a password in it, is not kept
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        draft.write_text(config_text(chosen), encoding="utf-8")
        config = load(draft, environ={})  # a wrong answer is told before anything is replaced
        kept = _keep(file)
        draft.replace(file)
    except ConfigError as error:
        words = error.what.replace(str(draft), "the answers")
        raise ConfigError(words, safe=f"{file} was not changed.", remedy=error.remedy) from None
    except OSError as error:
        raise UsageError(f"{file} can't be written: {error.strerror}.") from None
    finally:
        draft.unlink(missing_ok=True)
    return Written(file, kept, config)


def keep_key(config: Config, key: str) -> Path:
    """Keep a scanner key in a file of mode 0600. Raises UsageError."""
    return keep_credential(config, Kind.SCANNER, key)


def redeem(config: Config, code: str) -> tuple[PairedScanner, Path]:
    """Exchange a pairing code for a key. Raises BackendError, UsageError."""
    try:
        return pair(config, code)
    except BackendError as error:
        error.safe = "The configuration is written; only the pairing is missing."
        error.remedy = f"{error.remedy} Then: headcount pair CODE".strip()
        raise


def fetch(config: Config) -> BackendError | None:
    """Fetch the events and the rosters of those to come; why not, if it can't be."""
    outcome = asyncio.run(
        sync(config, [], on_progress=lambda _: None, on_retry=lambda _error, _wait: None)
    )
    return outcome.error


def adapter_names(sys: Path = SYS) -> list[str]:
    """The Bluetooth adapters of this machine."""
    return sorted(
        path.name for path in (sys / "class/bluetooth").glob("hci*") if ":" not in path.name
    )


def _before(file: Path) -> dict[str, Any]:
    """What the old file says; nothing where it is not there, or not TOML."""
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
        return {}


def _merged(before: Mapping[str, Any], chosen: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(before)
    for key, value in chosen.items():
        old = merged.get(key)
        both = isinstance(value, dict) and isinstance(old, dict)
        merged[key] = old | value if both else value
    return merged


def _keep(file: Path) -> Path | None:
    """A copy under a name that nobody has."""
    if not file.exists():
        return None
    names = (file.with_name(f"{file.name}.{n}.bak") for n in itertools.count(1))
    kept = next(name for name in names if not os.path.lexists(name))
    kept.write_bytes(file.read_bytes())
    return kept
