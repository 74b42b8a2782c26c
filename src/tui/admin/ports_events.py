"""The backend's events, for whoever administers them."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from typing import Protocol

from ...core.errors import HeadcountError
from ...core.model import Event


class EventsDesk(Protocol):
    """Events. Asynchronous methods raise HeadcountError."""

    def follow(self) -> AsyncGenerator[Sequence[Event] | HeadcountError, None]:
        """All events by start, at once and after each change.

        While the backend is away an error comes in their place, and it is asked again. Close it.
        """
