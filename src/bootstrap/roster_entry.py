"""A registration of the backend as an entry of the station's roster."""

from __future__ import annotations

from ..core.backend import Registration
from ..core.identity import canonical, clean_text
from ..core.model import Person

NAME_LIMIT = 200
"""Characters of a roster's name that are kept; the backend's own limit."""


def member(registration: Registration) -> tuple[Person, tuple[str, ...]]:
    """A roster's entry: clean texts, and the badges that a radio can hear."""
    name = clean_text(registration.name, NAME_LIMIT)
    person = Person(
        registration.user_id, name, registration.email, registration.status == "approved"
    )
    return person, tuple(filter(None, map(canonical, registration.ble_uuids)))
