"""The settings that stations are told, as JSON has them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..core.fleet_values import PushedSettings
from .wire import fields_of, to_wire

MEMBERS = {field.member: field.name for field in fields_of(PushedSettings) or ()}
"""Names of `PushedSettings`' members by those on the wire."""


def changes_to_wire(changes: Mapping[str, object]) -> dict[str, Any]:
    """Some of the settings, null for those that are taken back."""
    return {member: to_wire(changes[name]) for member, name in MEMBERS.items() if name in changes}


def settings_from_wire(given: object) -> dict[str, object]:
    """By member of `PushedSettings`, not checked; what this version does not know is left out."""
    if not isinstance(given, Mapping):
        return {}
    return {name: given[member] for member, name in MEMBERS.items() if member in given}
