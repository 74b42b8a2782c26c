"""What became of the acts that were asked for here: one is done when it is on the disk. Pure."""

from __future__ import annotations

from ..core.acts import Act
from ..core.model import Kind
from ..core.news import Acted
from .look import Level
from .people_state import act_words
from .state import LiveState
from .words import _


class Acts:
    """The acts of one screen that wait for the disk, and the last thing to say."""

    def __init__(self) -> None:
        self.said: tuple[Level, str] = (Level.PLAIN, "")
        self._waiting: list[Act] = []
        self._seen = 0

    def say(self, level: Level, words: str) -> None:
        """Say something."""
        self.said = level, words

    def hush(self) -> None:
        """Say nothing any more; what waits is still told."""
        if not self._waiting:
            self.said = Level.PLAIN, ""

    def skip(self, live: LiveState) -> None:
        """What was done before is not told."""
        self._seen = len(live.told)

    def waiting(self, act: Act) -> bool:
        """Whether the same act waits for the disk already."""
        return act in self._waiting

    def handed(self, act: Act) -> None:
        """An act went to the log."""
        self._waiting.append(act)
        self.say(Level.PLAIN, _("Writing ..."))

    def follow(self, live: LiveState, more: str) -> None:
        """Tell what has become durable, or that the disk does not take it."""
        if len(live.told) < self._seen:
            self._seen = 0  # another scan
        new, self._seen = live.told[self._seen :], len(live.told)
        for acted in new:
            self._done(live, acted, more)
        if self._waiting and live.trouble and live.trouble.error:
            words = _("Not on the disk yet. It waits in memory, and is written as soon as it can.")
            self.say(Level.BAD, words)

    def _done(self, live: LiveState, acted: Acted, more: str) -> None:
        mine = next((act for act in self._waiting if _is(act, acted)), None)
        if mine is None:
            return
        self._waiting.remove(mine)
        record, person = acted.record, acted.person
        if record.kind is Kind.VOID:
            was = live.check_ins.book.acts.get(record.of)
            if was is None:
                return
            person = person if person and person.user_id == was.record.user else None
            what = act_words(was.record, person, more)
            self.say(Level.OK, _("Taken back: {what}").format(what=what))
        else:
            self.say(Level.OK, act_words(record, person, more))


def _is(act: Act, acted: Acted) -> bool:
    record = acted.record
    if act.kind is not record.kind:
        return False
    return act.of == record.of if act.kind is Kind.VOID else act.user == record.user
