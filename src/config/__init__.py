"""The configuration: its keys (`sections`), and how it is read (`load`)."""

from __future__ import annotations

from .load import load, load_traced, read_secret, settings_of
from .sections import (
    PREFIX,
    SECRETS,
    Backend,
    Config,
    Identify,
    Log,
    Radio,
    Retention,
    Server,
    Station,
    Sync,
    Ui,
)

__all__ = [
    "PREFIX",
    "SECRETS",
    "Backend",
    "Config",
    "Identify",
    "Log",
    "Radio",
    "Retention",
    "Server",
    "Station",
    "Sync",
    "Ui",
    "load",
    "load_traced",
    "read_secret",
    "settings_of",
]
