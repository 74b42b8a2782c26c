"""`headcount badges enrol`: beacons for many people, without a scan of the event.

What is heard is only weighed: no sighting is logged, and no stranger's badge is kept. What is given
is an act in the event's log, as by `headcount act assign`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from ..config import Config
from ..core.acts import Act
from ..core.enrolment import Enrolment, in_order, without_badge
from ..core.errors import UsageError
from ..core.holding import Held, HoldRules
from ..core.model import Advertisement, HearingChanged, Kind
from ..core.news import Acted
from ..core.ports import Clock, Radio
from ..core.pulse import Nearby
from .acts import known_before, perform
from .paths import log_path


class EnrolRun:
    """One round at one station. Implements core.ports.RadioListener."""

    def __init__(
        self,
        config: Config,
        event_id: str,
        clock: Clock,
        *,
        by: str = "",
        order: str = "",
        rules: HoldRules | None = None,
    ) -> None:
        """`order`: a CSV file's text; empty: everybody without a badge, by name.

        Blocks. Raises UsageError where nobody is known, or for a file of something else.
        """
        self._config = config
        self._event_id = event_id
        self._clock = clock
        self._by = by
        self.troubles: list[str] = []
        """What is wrong with rows of the file."""
        self._look()
        if not len(self.roster):
            raise UsageError(
                f"No roster of {event_id} is known here.",
                remedy="Fetch it first: headcount sync --event " + event_id,
            )
        people = without_badge(self.roster)
        if order:
            people, self.troubles = in_order(order, self.roster)
        self.enrolment = Enrolment(people, rules)
        self.on_hearing: Callable[[HearingChanged], None] = lambda _change: None

    def _look(self) -> None:
        log = log_path(self._config, self._event_id)
        self.roster, _book = known_before(self._config, self._event_id, log)

    # --- what the radio tells ---

    def advertisement(self, advertisement: Advertisement) -> None:
        """Weigh it; nothing is kept longer than some seconds."""
        badge, rssi, mono = advertisement
        self.enrolment.hear([Nearby(badge, None, rssi, mono)])

    def hearing(self, change: HearingChanged) -> None:
        """Hand it on."""
        self.on_hearing(change)

    def held(self) -> Held:
        """What is held close now."""
        return self.enrolment.held(self._clock.now().mono, self.roster)

    # --- what is done ---

    async def give(self) -> Acted:
        """Give what is held to whose turn it is; durable. Raises UsageError, LogError."""
        held = self.held()
        acted = await asyncio.to_thread(
            self._perform, lambda desk, roster, *_: self.enrolment.give(held, desk, roster)
        )
        self.enrolment.was_given(Act(Kind.ASSIGN, acted.record.user, acted.record.ble_uuid))
        return acted

    async def take_back(self) -> Acted:
        """Take back what was given last; durable. Raises UsageError, LogError."""
        acted = await asyncio.to_thread(
            self._perform, lambda desk, _, book, now: self.enrolment.take_back(desk, book, now)
        )
        self.enrolment.was_taken_back()
        return acted

    def _perform(self, decide: Callable[..., Act]) -> Acted:
        acted = perform(self._config, self._event_id, self._by, decide)
        self._look()
        return acted

    @asynccontextmanager
    async def listening(self, radio: Radio) -> AsyncIterator[asyncio.Task[None]]:
        """Listen until the end of the block; the task ends early if listening can't begin."""
        task = asyncio.create_task(radio.run(self))
        try:
            yield task
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
