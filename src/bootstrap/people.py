"""The operators' acts on a running scan: implements `tui.ports_people.PeopleDesk`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..core.acts import Act, ActBook
from ..core.desk import Desk
from ..core.model import Instant
from ..core.news import Acted
from ..core.ports import Clock
from ..core.roster import Roster
from ..recorder import Recorder
from .acts import new_person_id


@dataclass(frozen=True, slots=True)
class RunningPeople:
    """Everything goes to the scan's one recorder, which has the log open."""

    recorder: Recorder
    rules: Desk
    clock: Clock

    @property
    def roster(self) -> Roster:
        """The people now."""
        return self.recorder.roster

    @property
    def book(self) -> ActBook:
        """The durable acts."""
        return self.recorder.acts

    def now(self) -> Instant:
        """The scan's own clocks: a simulated scan has others."""
        return self.clock.now()

    def new_id(self) -> str:
        """A walk-in's public id."""
        return new_person_id()

    def act(self, act: Act) -> None:
        """Hand an act to the log. Raises UsageError, LogUnwritable."""
        self.recorder.act(act)

    def before(self) -> Sequence[Acted]:
        """The acts that the log has already, voids last: they name what they take back."""
        book, person = self.book, self.roster.person
        logged = [*book.acts.values(), *book.voids.values()]
        return [Acted(each.id, each.record, person(each.record.user)) for each in logged]
