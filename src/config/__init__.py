"""The configuration: its keys (`sections`), and how it is read (`load`)."""

from __future__ import annotations

from .load import load, load_traced, read_secret, settings_of
from .sections import PREFIX, SECRETS, Backend, Config, Server, Station, Sync

__all__ = [
    "PREFIX",
    "SECRETS",
    "Backend",
    "Config",
    "Server",
    "Station",
    "Sync",
    "load",
    "load_traced",
    "read_secret",
    "settings_of",
]
