"""Text files that a person names."""

from __future__ import annotations

import sys
from pathlib import Path

from ..core.errors import UsageError


def read_text(file: Path) -> str:
    """A UTF-8 file, with or without a byte order mark; `-` is stdin. Raises UsageError."""
    try:
        data = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    except OSError as error:
        raise UsageError(f"{file} can't be read: {error.strerror}.") from None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(
            f"{file} is not UTF-8 (byte {error.start:,}).",
            remedy="Save it as 'CSV UTF-8' and import it again.",
        ) from None
