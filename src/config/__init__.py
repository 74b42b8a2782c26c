"""The configuration: its keys (`sections`), and how it is read (`load`)."""

from __future__ import annotations

from .load import load, load_traced, read_secret, settings_of, user_file
from .sections import (
    PREFIX,
    SECRETS,
    Backend,
    Config,
    Identify,
    Lan,
    Log,
    Radio,
    Retention,
    Server,
    Station,
    Sync,
    Ui,
)
from .template import config_text

__all__ = [
    "PREFIX",
    "SECRETS",
    "Backend",
    "Config",
    "Identify",
    "Lan",
    "Log",
    "Radio",
    "Retention",
    "Server",
    "Station",
    "Sync",
    "Ui",
    "config_text",
    "load",
    "load_traced",
    "read_secret",
    "settings_of",
    "user_file",
]
