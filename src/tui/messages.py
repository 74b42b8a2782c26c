"""What parts of the application tell one another, in the past tense."""

from __future__ import annotations

from textual.message import Message


class ScanChanged(Message):
    """The running scan has begun, ended, or could not begin."""
