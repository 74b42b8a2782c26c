"""The options that set an event's rules."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import click

from ..core.event_rules import RANGES

F = TypeVar("F", bound=Callable[..., Any])

BY_HAND = "by-hand"
"""The wire's byHand, as options are written."""

STATION = "station"
"""The word for a policy that is left to each station's own setting."""


def rule_options(function: F) -> F:
    """Window, grace, presence, away time, walk-ins, approval, rotating ids; None if not given."""
    policy = click.option(
        "--walk-ins",
        "walk_in_policy",
        type=click.Choice(["allow", "ask", "refuse", STATION]),
        help="Who is not on the list; station: as its station.walk_in_policy says (at first).",
    )
    approval = click.option(
        "--approval",
        type=click.Choice(["auto", BY_HAND]),
        help="Who registers is approved at once, or waits for an admin (by-hand, at first).",
    )
    rotating = click.option(
        "--rotating/--no-rotating",
        default=None,
        help="Phones may show ids that change every ten minutes (docs/radio.md).",
    )
    for option in (
        rotating,
        approval,
        policy,
        _number("--away", "away_minutes", "Minutes unheard after which one is away (10)."),
        _number("--minimum-presence", "minimum_presence_percent", "Per cent of the time (75)."),
        _number("--grace", "late_after_minutes", "Minutes after the start, then late (10)."),
        _number(
            "--window", "check_in_opens_minutes", "Check-in opens so many minutes before (15)."
        ),
    ):
        function = option(function)
    return function


def _number(flag: str, name: str, words: str) -> Callable[[F], F]:
    least, most = RANGES[name]
    return click.option(flag, name, type=click.IntRange(least, most), help=words)


def changed(given: Mapping[str, Any]) -> dict[str, Any]:
    """The options that were given, as an event has them."""
    wanted = {name: value for name, value in given.items() if value is not None}
    if wanted.get("walk_in_policy") == STATION:
        wanted["walk_in_policy"] = ""
    if wanted.get("approval") == BY_HAND:
        wanted["approval"] = "byHand"
    return wanted
