"""What the People screen needs of the running scan. `bootstrap.people` implements it."""

from __future__ import annotations

from typing import Protocol

from ..core.acts import Act, ActBook
from ..core.desk import Desk as Rules
from ..core.model import Instant
from ..core.roster import Roster


class PeopleDesk(Protocol):
    """The people of a running scan, and what an operator may do with them. Nothing here blocks."""

    @property
    def rules(self) -> Rules:
        """Who the operator is, the undo time, the policy for walk-ins."""

    @property
    def roster(self) -> Roster:
        """The people now, with walk-ins and badges given out here. Read only."""

    @property
    def book(self) -> ActBook:
        """The durable acts of this log. Read only."""

    def now(self) -> Instant:
        """The scan's own clocks."""

    def new_id(self) -> str:
        """A walk-in's public id."""

    def act(self, act: Act) -> None:
        """Hand an act to the log; the scan tells `Acted` once it is on the disk.

        Raises UsageError, LogUnwritable.
        """
