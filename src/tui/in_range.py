"""Orders in which who is in range can stand."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from .state import Seen
from .words import N_


class Order(NamedTuple):
    """One order."""

    word: str
    """For the line mode."""
    title: str
    key: Callable[[Seen], float | str]


ORDERS = (
    Order("signal", N_("strongest first"), lambda each: -each.strength),
    Order("name", N_("by name"), lambda each: each.name),
    Order("silent", N_("longest unheard first"), lambda each: each.mono),
)
"""The first is the usual one."""
