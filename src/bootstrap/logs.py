"""Where the program's own log goes: never onto the operator's screen, never unescaped."""

from __future__ import annotations

import json
import logging
import os
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import TextIO

from ..config import Config
from ..core.errors import UsageError
from ..core.identity import clean_text

KEEP_BYTES = 1_000_000
"""Two files of this size: enough for weeks of warnings, small for a card."""
LINE_LIMIT = 2_000
KEEP_TRACE = 8_000
"""Characters of a trace, its end: that is where the cause stands."""


class CleanFormatter(logging.Formatter):
    """One record, without anything that steers a terminal; line breaks of traces stay."""

    def format(self, record: logging.LogRecord) -> str:
        """The formatted record, cleaned line by line."""
        return "\n".join(
            "    " * line.startswith("  ") + clean_text(line, LINE_LIMIT)
            for line in super().format(record).splitlines()
        )


class PrivateHandler(RotatingFileHandler):
    """Each file it begins is the owner's alone, whatever the umask; a link is not followed."""

    def _open(self) -> TextIOWrapper:
        flags = os.O_CREAT | os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW
        return os.fdopen(os.open(self.baseFilename, flags, 0o600), "a", encoding=self.encoding)


FORM = CleanFormatter("%(asctime)s %(levelname)s %(name)s: %(message)s")


def log_to_file(config: Config) -> Path:
    """Warnings go to `headcount.log` in the data directory, of mode 0600. Raises UsageError."""
    path = config.data_path / "headcount.log"
    try:
        _use(PrivateHandler(path, maxBytes=KEEP_BYTES, backupCount=1, encoding="utf-8"))
    except OSError as error:
        raise UsageError(
            f"{path} can't be written: {error.strerror}.",
            remedy="It must be a file of this user's, no link; move it away.",
        ) from None
    return path


class JsonFormatter(logging.Formatter):
    """One record as one JSON object; `fields` of the record become members of their own."""

    def format(self, record: logging.LogRecord) -> str:
        """The object, in ASCII: nothing in it steers a terminal."""
        document = {
            "time": round(record.created * 1000),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage()[:LINE_LIMIT],
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            document["trace"] = self.formatException(record.exc_info)[-KEEP_TRACE:]
        return json.dumps(document)


class JournalFormatter(JsonFormatter):
    """As JSON, with the priority in front that the journal takes off again (sd-daemon(3))."""

    def format(self, record: logging.LogRecord) -> str:
        """One line: `<3>` for an error, `<4>` for a warning, `<6>` for the rest."""
        levels = ((logging.ERROR, 3), (logging.WARNING, 4), (logging.NOTSET, 6))
        priority = next(number for level, number in levels if record.levelno >= level)
        return f"<{priority}>{super().format(record)}"


def log_to_journal(stream: TextIO) -> None:
    """Warnings go to a service's stderr, for the journal."""
    handler = logging.StreamHandler(stream)
    _use(handler)
    handler.setFormatter(JournalFormatter())


def log_to_stream(stream: TextIO, *, as_json: bool = False) -> None:
    """Warnings go to a stream, such as a service's stderr; as JSON with a line for each request."""
    handler = logging.StreamHandler(stream)
    _use(handler)
    if as_json:
        handler.setFormatter(JsonFormatter())
        logging.getLogger("headcount.requests").setLevel(logging.INFO)


def _use(handler: logging.Handler) -> None:
    handler.setFormatter(FORM)
    root = logging.getLogger()
    root.setLevel(logging.WARNING)
    for old in root.handlers[:]:
        root.removeHandler(old)
        old.close()
    root.addHandler(handler)
