"""Options and arguments that several commands share."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from zoneinfo import ZoneInfo

import click

from ..core.errors import UsageError
from ..core.identity import is_event_id

if TYPE_CHECKING:
    from ..config import Config

_AFTER = re.compile(r"\+([0-9]{1,6})([mhd])")
_UNITS = {"m": 60_000, "h": 3_600_000, "d": 86_400_000}

F = TypeVar("F", bound=Callable[..., Any])


def load_config(ctx: click.Context, **flags: object) -> Config:
    """The configuration with this command's flags, given as `section__key=value`."""
    return load_traced(ctx, **flags)[0]


def load_traced(ctx: click.Context, **flags: object) -> tuple[Config, dict[str, str]]:
    """As `load_config`; also where each setting comes from that is no default."""
    from ..config import load_traced as load

    options = ctx.find_root().obj
    nested: dict[str, Any] = {}
    if options["data_dir"]:
        nested["data_dir"] = options["data_dir"]
    for name, value in flags.items():
        if value is not None:
            section, _, key = name.partition("__")
            nested.setdefault(section, {})[key] = value
    return load(Path(options["config"]) if options["config"] else None, nested)


class EventId(click.ParamType[str]):
    """An event's id."""

    name = "ID"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Refuse what would not be safe in a URL or a file name."""
        if not is_event_id(value):
            self.fail("an event id is 1 to 64 letters, digits and . _ ~ : -", param, ctx)
        return value


def no_ui(function: F) -> F:
    """--no-ui, for a command that has no screen: accepted everywhere, and changes nothing."""
    return _no_ui(expose_value=False)(function)


def no_ui_or_screen(function: F) -> F:
    """--no-ui, for a command that may show a screen; implied without a terminal."""
    return _no_ui(expose_value=True)(function)


def _no_ui(*, expose_value: bool) -> Callable[[F], F]:
    return click.option(
        "--no-ui", is_flag=True, expose_value=expose_value, help="No screen: print lines."
    )


def plain(function: F) -> F:
    """--plain: words instead of screens."""
    return click.option(
        "--plain", is_flag=True, help="No screens: typed words and plain sentences."
    )(function)


def as_json(function: F) -> F:
    """--json: one JSON object a line."""
    return click.option(
        "--json", "as_json", is_flag=True, help="One JSON object a line; words go to stderr."
    )(function)


def database_url(function: F) -> F:
    """--database-url: work on the database itself."""
    return click.option(
        "--database-url", metavar="URL", help="Work on this database instead of over HTTP."
    )(function)


def parse_time(text: str, zone: str, *, base_ms: int) -> int:
    """Unix ms from ISO 8601 (without an offset: in `zone`), from Unix ms, or after `base_ms`.

    `now` is `base_ms`, `+90m`, `+2h` and `+1d` are after it. Raises UsageError.
    """
    if text.isascii() and text.isdigit():
        return int(text)
    if after := _AFTER.fullmatch(text):
        return base_ms + int(after[1]) * _UNITS[after[2]]
    if text == "now":
        return base_ms
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(
            f"{text!r} is no time.",
            remedy="Write ISO 8601 (2026-05-01T18:00), Unix milliseconds, now, or +90m, +2h, +1d.",
        ) from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=parse_zone(zone))
    return round(moment.timestamp() * 1000)


def parse_zone(name: str) -> ZoneInfo:
    """An IANA time zone. Raises UsageError."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise UsageError(
            f"{name!r} is no time zone.", remedy="Write an IANA name, such as Europe/Vienna."
        ) from None
