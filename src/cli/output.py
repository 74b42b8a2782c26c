"""Words go to stderr, results to stdout; nothing reaches a terminal unescaped."""

from __future__ import annotations

import json
import os
import sys
from datetime import datetime, tzinfo
from typing import Any

import click

from ..core.errors import HeadcountError
from ..core.identity import clean_text

LINE_LIMIT = 2_000
"""Characters of one message: enough for any of ours, and an end to a hostile one."""


def printable(text: str) -> str:
    """The text without anything that steers a terminal."""
    return clean_text(text, LINE_LIMIT)


def has_terminal() -> bool:
    """Whether somebody looks: without a terminal, lines are printed and no screen is opened.

    Who sets TEXTUAL_DRIVER (`headcount web`) shows the screen elsewhere.
    """
    return "TEXTUAL_DRIVER" in os.environ or (sys.stdin.isatty() and sys.stdout.isatty())


def say(text: str, *, err: bool = False) -> None:
    """One line for people."""
    click.echo(printable(text), err=err)


def note(text: str) -> None:
    """One line for people, beside the result."""
    say(text, err=True)


def emit(value: Any) -> None:  # noqa: ANN401 - any JSON value
    """One JSON object a line on stdout, at once."""
    click.echo(json.dumps(value, separators=(",", ":")))
    sys.stdout.flush()


def complain(error: HeadcountError) -> None:
    """What happened, what is safe, what to do next: a line each."""
    note(f"headcount: {error.what}")
    for line in (error.safe, error.remedy):
        if line:
            note(f"  {line}")


def usage(error: click.ClickException) -> None:
    """Click's words about a wrong call; they quote what was typed or pasted."""
    if isinstance(error, click.UsageError) and error.ctx is not None:
        click.echo(error.ctx.get_usage(), err=True)
        click.echo(f"Try '{error.ctx.command_path} --help' for help.\n", err=True)
    for line in f"Error: {error.format_message()}".splitlines():
        note(line)


def local_time(ms: int, zone: tzinfo | None = None) -> str:
    """Date and time to the second, in `zone` (None: this machine's)."""
    try:
        return datetime.fromtimestamp(ms / 1000, tz=zone).strftime("%Y-%m-%d %H:%M:%S")
    except (OverflowError, ValueError, OSError):
        return f"{ms} ms"


def clock_time(ms: int, zone: tzinfo | None = None) -> str:
    """Time of day to the second."""
    return local_time(ms, zone).rpartition(" ")[2]


def plural(count: int, one: str, many: str = "") -> str:
    """A count with its noun."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"
