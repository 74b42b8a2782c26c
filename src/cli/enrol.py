"""`headcount badges enrol`: line by line at a terminal."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from ..core.errors import HeadcountError, UsageError
from ..core.holding import Held, Verdict
from ..core.identity import clean_text
from ..core.model import Hearing, HearingChanged
from .act_output import act_dict, acted_words
from .output import emit, note, say

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ..bootstrap.enrol import EnrolRun
    from ..core.battery import Battery
    from ..core.news import Acted
    from ..core.ports import Radio

TICK_SECONDS = 0.25
"""How often what is held is looked at."""
HELP = "Enter: give what is held; s: skip; b: the person before; u: take the last one back; q: end"


class EnrolLines:
    """Says what changes, and does what is typed."""

    def __init__(self, run: EnrolRun, *, as_json: bool) -> None:
        self._run = run
        self._say = note if as_json else say
        self._as_json = as_json
        self._told: tuple[object, ...] = ()
        self._batteries: Callable[[], Mapping[str, Battery]] = dict
        run.on_hearing = self._hearing

    async def follow(self, radio: Radio, lines: asyncio.Queue[str | None]) -> None:
        """Until q is typed, or there are no more lines. Raises RadioError."""
        self._batteries = lambda: radio.counters().batteries
        for trouble in self._run.troubles:
            note(trouble)
        note(HELP)
        async with self._run.listening(radio) as listening:
            self._turn()
            while not listening.done():
                line = await _within(lines)
                if line is None or (line and line.strip() == "q"):
                    return
                if line:
                    await self._do(line.strip())
                self._tick()
            listening.result()

    async def _do(self, word: str) -> None:
        enrolment = self._run.enrolment
        try:
            match word:
                case "":
                    self._done(await self._run.give())
                case "u":
                    self._done(await self._run.take_back())
                case "s":
                    enrolment.skip()
                case "b":
                    enrolment.back()
                case _:
                    note(HELP)
                    return
        except HeadcountError as error:
            note(str(error))
        else:
            self._turn()

    def _done(self, acted: Acted) -> None:
        if self._as_json:
            emit(act_dict(acted.id, acted.record))
        note(f"{acted_words(acted)}.")

    def _turn(self) -> None:
        """Say whose turn it is."""
        enrolment = self._run.enrolment
        person = enrolment.person
        if person is None:
            given = len(enrolment.given)
            self._say(f"Nobody is left on the list; given: {given}. u takes back, q ends.")
            return
        at = len(enrolment.people) - len(enrolment.following)
        self._say(
            f"{at} of {len(enrolment.people)}: {clean_text(person.name)}. Hold a beacon close."
        )

    def _tick(self) -> None:
        """Say what is held, when that is another one than before."""
        held = self._run.held()
        person = self._run.enrolment.person
        about = (held.verdict, held.ble_uuid, person)
        if person is None or about == self._told:
            return
        self._told = about
        if words := _held_words(held, clean_text(person.name)):
            self._say(words)
        battery = self._batteries().get(held.ble_uuid)
        if battery and battery.low:
            self._say(f"Its battery is low ({battery}): change it first.")

    def _hearing(self, change: HearingChanged) -> None:
        if change.state is Hearing.DEAF:
            note(change.message)


def _held_words(held: Held, name: str) -> str:
    owner = clean_text(held.owner.name) if held.owner else ""
    return {
        Verdict.UNCLEAR: "Two badges are close. Hold the others away.",
        Verdict.TAKEN: f"This badge is {owner}'s already. Take another one.",
        Verdict.FOUND: f"{held.ble_uuid}, {held.rssi} dBm: Enter gives it to {name}.",
    }.get(held.verdict, "")


async def _within(lines: asyncio.Queue[str | None]) -> str | None:
    """The next line, with its end; empty for none within a moment; None: there are no more."""
    try:
        async with asyncio.timeout(TICK_SECONDS):
            return await lines.get()
    except TimeoutError:
        return ""


def no_terminal() -> UsageError:
    """Somebody must hold the beacons."""
    return UsageError(
        "Enrolment needs a terminal: each badge is confirmed by hand.",
        remedy="Without one, import a CSV file with bleUuids: headcount users import FILE.csv",
    )
