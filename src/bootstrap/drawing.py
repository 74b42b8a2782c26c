"""What this terminal can show."""

from __future__ import annotations

import sys

CONSOLES = frozenset({"linux", "vt100", "vt102", "vt220", "cons25", "dumb"})
"""Terminals (TERM) with at most sixteen colours, and a font of 256 or 512 signs: no ticks, no
rounded corners, no bars."""


def fitting_theme(wanted: str, term: str) -> str:
    """A terminal of sixteen colours gets a theme of those; high contrast is one already."""
    return "console" if term in CONSOLES and wanted != "high-contrast" else wanted


def can_draw(term: str) -> bool:
    """Whether the terminal's encoding and font have the symbols."""
    if term in CONSOLES:
        return False
    encoding = (sys.stdout.encoding or "").lower().replace("-", "")
    return encoding.startswith("utf")
