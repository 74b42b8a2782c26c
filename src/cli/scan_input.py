"""What an operator types while a scan runs: the acts of the screen, line by line."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from ..core.acts import Act
from ..core.errors import HeadcountError, UsageError
from ..core.find import find_people
from ..core.model import Kind
from ..tui.words import N_, _
from .output import note, say

if TYPE_CHECKING:
    from ..core.desk import Desk
    from ..core.ports import Clock
    from ..core.roster import Roster
    from ..recorder import Recorder

ACTS = {
    "who": ("who NAME", N_("find people, by some letters in any order")),
    "checkin": ("checkin NAME", N_("check in by hand")),
    "undo": ("undo [RECORD] [REASON]", N_("take back your last act, or that one")),
    "excuse": ("excuse NAME, REASON", N_("mark as excused")),
    "assign": ("assign NAME, BADGE [--yes]", N_("give a badge")),
    "unknown": ("unknown", N_("the unknown badges in range, the strongest first")),
    "claim": ("claim NAME [--yes]", N_("give the strongest unknown badge")),
    "walkin": (
        "walkin NAME [EMAIL] [--badge] [--yes]",
        N_(
            "check in somebody who is not on the roster; --badge gives them the strongest "
            "unknown badge"
        ),
    ),
}
"""Usage and meaning of each word."""
YES = "--yes"
BADGE = "--badge"
SHOWN = 10
"""People that `who` names: a screen reader reads them all."""


class Typed:
    """Turns a typed line into acts, or an answer."""

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
        word, _space, rest = text.strip().partition(" ")
        rest = rest.strip()
        if word == "who":
            return self._who(rest)
        if word == "unknown":
            return self._unknown()
        acts: dict[str, Callable[[str], Sequence[Act]]] = {
            "checkin": lambda who: [self._desk.check_in(self._roster, who)],
            "undo": self._undo,
            "excuse": self._excuse,
            "assign": self._assign,
            "claim": self._claim,
            "walkin": self._walk_in,
        }
        if word in acts:
            for act in acts[word](rest):
                self._recorder.act(act)
            return ()
        return help_lines() if word else ()

    @property
    def _roster(self) -> Roster:
        return self._recorder.roster

    def _who(self, text: str) -> Sequence[str]:
        here = self._recorder.checked_in
        found = find_people(self._roster, text, SHOWN)
        return [
            f"{person.name} ({person.user_id}), "
            + (_("checked in") if person.user_id in here else _("not checked in"))
            for person in found
        ] or [_("Nobody on the roster matches {text}.").format(text=repr(text))]

    def _strangers(self) -> list[tuple[int, str]]:
        """Signal and bleUuid of the unknown badges in range, the strongest first."""
        near = [(each.rssi, each.ble_uuid) for each in self._recorder.nearby() if not each.person]
        return sorted(near, key=lambda each: (-each[0], each[1]))

    def _unknown(self) -> Sequence[str]:
        words = _("{badge}, {rssi} dBm")
        near = self._strangers()[:SHOWN]
        return [words.format(badge=badge, rssi=rssi) for rssi, badge in near] or [
            _("No unknown badge is in range.")
        ]

    def _undo(self, text: str) -> Sequence[Act]:
        first, _space, why = text.partition(" ")
        known = first in self._recorder.acts.acts
        record_id, why = (first, why.strip()) if known or _is_id(text) else ("", text)
        return self._desk.undo_all(self._recorder.acts, self._clock.now(), record_id, why)

    def _excuse(self, text: str) -> Sequence[Act]:
        who, _comma, why = text.partition(",")
        return [self._desk.excuse(self._roster, who.strip(), why)]

    def _assign(self, text: str) -> Sequence[Act]:
        text, sure = _without(text, YES)
        who, _comma, badge = text.rpartition(",")
        return [self._given(self._desk.assign(self._roster, who.strip(), badge.strip()), sure)]

    def _given(self, act: Act, sure: bool) -> Act:
        """The act, if nobody loses a badge by it, or the operator is sure."""
        owner, has = self._roster.owner(act.ble_uuid), self._roster.badges_of(act.user)
        if sure or not (owner or has):
            return act
        if owner and owner.user_id == act.user:
            raise UsageError(_("They have this badge already."))
        loses = (
            _("The badge is {owner}'s now.").format(owner=owner.name)
            if owner
            else _("They have another badge, which would be nobody's then.")
        )
        raise UsageError(
            loses, safe=_("Nothing was written."), remedy=_("To give it, type it with --yes.")
        )

    def _strongest(self) -> str:
        near = self._strangers()
        if not near:
            raise UsageError(
                _("No unknown badge is in range."), remedy=_("Hold it close to the scanner.")
            )
        return near[0][1]

    def _claim(self, text: str) -> Sequence[Act]:
        who, sure = _without(text, YES)
        return [self._given(self._desk.assign(self._roster, who, self._strongest()), sure)]

    def _walk_in(self, text: str) -> Sequence[Act]:
        text, confirmed = _without(text, YES)
        text, with_badge = _without(text, BADGE)
        words = text.split()
        email = words.pop() if words and "@" in words[-1] else ""
        badge = self._strongest() if with_badge else ""
        new = self._new_id()
        act = self._desk.walk_in(" ".join(words), email, new, confirmed=confirmed)
        return [act, Act(Kind.ASSIGN, new, badge, self._desk.by)] if badge else [act]


def help_lines() -> tuple[str, ...]:
    """What can be typed."""
    return (*(f"{usage}: {_(about)}" for usage, about in ACTS.values()), _("Ctrl-C: stop"))


def _without(text: str, flag: str) -> tuple[str, bool]:
    words = text.split()
    return " ".join(word for word in words if word != flag), flag in words


def _is_id(text: str) -> bool:
    """Whether one word stands there that can only be a record's id."""
    return "-" in text and " " not in text and text[-1:].isdigit()


def listen(on_line: Callable[[str], None], on_end: Callable[[], None] = lambda: None) -> bool:
    """Take lines from a terminal for as long as the event loop runs; not from a pipe.

    `on_end`: there will be no more. False: there is no terminal.
    """
    if not sys.stdin or not sys.stdin.isatty():
        return False
    loop, fd = asyncio.get_running_loop(), sys.stdin.fileno()

    def ready() -> None:
        if not _in_front(fd):
            return  # the line is the shell's, and reading it would stop us
        text = sys.stdin.readline()
        if text:
            on_line(text)
        else:
            loop.remove_reader(fd)
            on_end()

    loop.add_reader(fd, ready)
    return True


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
