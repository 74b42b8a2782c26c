"""What an operator types while `scan --no-ui` runs: the acts of the screen, line by line."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from ..core.errors import HeadcountError
from ..core.find import find_people
from .output import note, say

if TYPE_CHECKING:
    from ..core.acts import Act
    from ..core.desk import Desk
    from ..core.ports import Clock
    from ..recorder import Recorder

HELP = (
    "who NAME: find people, by some letters in any order",
    "checkin NAME: check in by hand",
    "undo [RECORD]: take back your last act, or that one",
    "excuse NAME, REASON: mark as excused",
    "assign NAME, BADGE: give a badge",
    "walkin NAME [EMAIL] [--yes]: check in somebody who is not on the roster",
    "Ctrl-C: stop",
)
SHOWN = 10
"""People that `who` names: a screen reader reads them all."""


class Typed:
    """Turns a typed line into an act, or an answer."""

    def __init__(
        self, desk: Desk, recorder: Recorder, clock: Clock, new_id: Callable[[], str]
    ) -> None:
        self._desk = desk
        self._recorder = recorder
        self._clock = clock
        self._new_id = new_id

    def line(self, text: str) -> Sequence[str]:
        """Do what was typed; what to say now. A durable act is told by the recorder.

        Raises HeadcountError where it can't be done.
        """
        word, _, rest = text.strip().partition(" ")
        rest = rest.strip()
        if word == "who":
            return self._who(rest)
        acts: dict[str, Callable[[str], Act]] = {
            "checkin": lambda who: self._desk.check_in(self._recorder.roster, who),
            "undo": self._undo,
            "excuse": self._excuse,
            "assign": self._assign,
            "walkin": self._walk_in,
        }
        if word in acts:
            self._recorder.act(acts[word](rest))
            return ()
        return HELP if word else ()

    def _who(self, text: str) -> Sequence[str]:
        here = self._recorder.checked_in
        found = find_people(self._recorder.roster, text, SHOWN)
        return [
            f"{person.name} ({person.user_id}), "
            f"{'checked in' if person.user_id in here else 'not checked in'}"
            for person in found
        ] or [f"Nobody on the roster matches {text!r}."]

    def _undo(self, record_id: str) -> Act:
        return self._desk.undo(self._recorder.acts, self._clock.now(), record_id, "")

    def _excuse(self, text: str) -> Act:
        who, _, why = text.partition(",")
        return self._desk.excuse(self._recorder.roster, who.strip(), why)

    def _assign(self, text: str) -> Act:
        who, _, badge = text.rpartition(",")
        return self._desk.assign(self._recorder.roster, who.strip(), badge.strip())

    def _walk_in(self, text: str) -> Act:
        words = [word for word in text.split() if word != "--yes"]
        email = words.pop() if words and "@" in words[-1] else ""
        confirmed = "--yes" in text.split()
        return self._desk.walk_in(" ".join(words), email, self._new_id(), confirmed=confirmed)


def listen(typed: Typed) -> None:
    """Take lines from a terminal for as long as the event loop runs; not from a pipe."""
    if not sys.stdin or not sys.stdin.isatty():
        return
    loop, fd = asyncio.get_running_loop(), sys.stdin.fileno()

    def ready() -> None:
        if not _in_front(fd):
            return  # the line is the shell's, and reading it would stop us
        text = sys.stdin.readline()
        if text:
            answer(typed, text)
        else:
            loop.remove_reader(fd)

    loop.add_reader(fd, ready)
    note("Type help for what you can do here.")


def _in_front(fd: int) -> bool:
    """Whether this is the terminal's foreground job; a terminal that is not ours stops nobody."""
    try:
        return os.tcgetpgrp(fd) == os.getpgrp()
    except OSError:
        return True


def answer(typed: Typed, text: str) -> None:
    """Do a line, and say what comes of it at once."""
    try:
        for line in typed.line(text):
            say(line)
    except HeadcountError as error:
        note(str(error))
