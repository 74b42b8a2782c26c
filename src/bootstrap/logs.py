"""Where the program's own log goes: never onto the operator's screen, never unescaped."""

from __future__ import annotations

import logging
import os
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import TextIO

from ..config import Config
from ..core.identity import clean_text

KEEP_BYTES = 1_000_000
"""Two files of this size: enough for weeks of warnings, small for a card."""
LINE_LIMIT = 2_000


class CleanFormatter(logging.Formatter):
    """One record, without anything that steers a terminal; line breaks of traces stay."""

    def format(self, record: logging.LogRecord) -> str:
        """The formatted record, cleaned line by line."""
        return "\n".join(
            "    " * line.startswith("  ") + clean_text(line, LINE_LIMIT)
            for line in super().format(record).splitlines()
        )


FORM = CleanFormatter("%(asctime)s %(levelname)s %(name)s: %(message)s")


def log_to_file(config: Config) -> Path:
    """Warnings go to `headcount.log` in the data directory, of mode 0600."""
    path = config.data_path / "headcount.log"
    os.close(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_CLOEXEC, 0o600))
    _use(RotatingFileHandler(path, maxBytes=KEEP_BYTES, backupCount=1, encoding="utf-8"))
    return path


def log_to_stream(stream: TextIO) -> None:
    """Warnings go to a stream, such as a service's stderr."""
    _use(logging.StreamHandler(stream))


def _use(handler: logging.Handler) -> None:
    handler.setFormatter(FORM)
    root = logging.getLogger()
    root.setLevel(logging.WARNING)
    for old in root.handlers[:]:
        root.removeHandler(old)
        old.close()
    root.addHandler(handler)
