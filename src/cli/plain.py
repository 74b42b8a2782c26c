"""The line mode: everything that the screens do, by typed words and plain sentences.

For screen readers, and for `scan --no-ui` at a terminal. Nothing is repainted, no cursor moves: a
line is said once, and stays.
"""

from __future__ import annotations

import asyncio
import contextlib
import difflib
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple, Protocol

from ..core.errors import HeadcountError, UsageError
from ..core.find import find_people
from ..core.news import Acted, LogTroubled
from ..tui.checkins import name_of
from ..tui.error_words import in_full, sentence
from ..tui.look import SPOKEN, Level
from ..tui.words import N_, _, ngettext
from . import plain_words as words
from .scan_input import ACTS, Typed

if TYPE_CHECKING:
    from ..core.model import Person
    from ..core.news import News
    from ..tui.ports import Facts, Station
    from ..tui.ports_people import PeopleDesk
    from ..tui.state import LiveState
    from .plain_log import PlainLog

STATUS = ("status", N_("whether the station can be trusted, and the numbers"))
HERE = ("here [all]", N_("who is here now"))
NEAR = ("near [ORDER]", N_("who is in range; by signal, by name, or who is silent longest"))
REST = (
    ("why [NAME]", N_("why somebody is not seen, and what to do")),
    ("log [FILTER]", N_("the newest lines of the log, such as: log unsent ada")),
    ("more", N_("the next lines of the log")),
    ("record NUMBER", N_("one of these lines in full")),
    ("verify", N_("check every line of the log")),
    ("retry RECORD", N_("send a refused record again")),
    ("give RECORD, NAME", N_("a refused record is this person's: check them in at its time")),
    ("discard RECORD, REASON", N_("leave a refused record alone from now on")),
    ("restore RECORD", N_("keep a discarded or assigned record again")),
    ("export [FILE]", N_("copy the log's intact records to a new file; CSV where it ends so")),
    ("sync", N_("send what is unsent; cancel breaks it off")),
    ("stick [FOLDER]", N_("copy the unsent logs to a stick")),
    (
        "muster [NAME] [--open] [--by-name]",
        N_("the muster list; with a name, tick off or take the tick away"),
    ),
    ("card", N_("the hand-over card")),
    ("note [--anew] TEXT", N_("a note for the next shift; --anew: in place of those before")),
    ("save WHAT [FILE]", N_("write the muster list or the card to a new file")),
    ("print WHAT", N_("put the muster list or the card on paper")),
    ("health", N_("this machine and the radio")),
    ("settings [WORD]", N_("the settings in force")),
    ("help [WORD]", N_("what can be typed")),
)
"""Usage and meaning of what is no act. RECORD is an id, or the number of a line just read."""
REFUSED = frozenset({"retry", "give", "discard", "restore"})
"""Words of `plain_refused`."""
PAPERS = frozenset({"muster", "card", "note", "save", "print"})
"""Words of `plain_muster`."""

Say = Callable[[str], None]
NAMES = 20
"""People that `here` names before it asks: a list is heard from its beginning to its end."""
DISK_SECONDS = 2.0
"""How long an act is waited for: a disk takes milliseconds, and one that takes longer is told."""


class Watched(Protocol):
    """A scan that is looked at. `tui.session.Session` is one."""

    @property
    def station(self) -> Station:
        """The station in use."""

    @property
    def event_id(self) -> str:
        """The event at hand; empty for none."""

    @property
    def state(self) -> LiveState:
        """What is known of the scan."""

    @property
    def facts(self) -> Facts:
        """Disk, unsent, link, as `look_around` has found them."""

    @property
    def running(self) -> bool:
        """Whether a scan runs."""

    def sample(self) -> None:
        """Look at what is in range."""

    async def look_around(self) -> None:
        """Look at disk and backend."""


class Command(NamedTuple):
    """One word and what it does."""

    usage: str
    about: str
    """To be translated where it is shown."""
    run: Callable[[str], Awaitable[None]]


class Plain:
    """The commands around one scan."""

    def __init__(self, watched: Watched, say: Say, typed: Callable[[], Typed | None]) -> None:
        self._watched = watched
        self._say = say
        self._typed = typed
        self._log: PlainLog | None = None
        self._durable = asyncio.Event()
        self.commands = {word_of(each.usage): each for each in self._commands()}

    def _commands(self) -> list[Command]:
        acts = [Command(usage, about, self._act(word)) for word, (usage, about) in ACTS.items()]
        scan = [
            Command(*STATUS, self._status),
            Command(*HERE, self._here),
            Command(*NEAR, self._near),
        ]
        rest = [Command(*about, self._runner(word_of(about[0]))) for about in REST]
        return [*scan, *acts, *rest]

    def _runner(self, word: str) -> Callable[[str], Awaitable[None]]:
        """What does a word of REST."""
        if word in REFUSED:
            return self._refused(word)
        if word in PAPERS:
            return self._paper(word)
        log = {"log": self._log_first, "more": self._log_more, "record": self._log_record}
        log |= {"verify": self._verify, "export": self._export}
        away = {"sync": self._sync, "stick": self._stick}
        here = {"why": self._why, "health": self._health, "settings": self._settings}
        return (log | away | here | {"help": self._help})[word]

    async def line(self, text: str) -> None:
        """Do what was typed, and say what comes of it. Never raises a HeadcountError."""
        word, _space, rest = text.strip().partition(" ")
        command = self.commands.get(word.casefold())
        try:
            if command:
                await command.run(rest.strip())
            elif word:
                self._say(self._no_such(word))
        except HeadcountError as error:
            for line in words.error(error):
                self._say(line)

    def close(self) -> None:
        """Close the log's files."""
        if self._log:
            self._log.close()
            self._log = None

    def _no_such(self, word: str) -> str:
        close = difflib.get_close_matches(word.casefold(), self.commands, n=1)
        if close:
            meant = _("There is no command {word}. Did you mean {other}?")
            return meant.format(word=repr(word), other=close[0])
        return _("There is no command {word}. Type: help").format(word=repr(word))

    def _all(self, lines: Sequence[str]) -> None:
        for line in lines:
            self._say(line)

    @property
    def _station(self) -> Station:
        return self._watched.station

    @property
    def _event(self) -> str:
        if not self._watched.event_id:
            raise UsageError(_("No event is picked."), remedy=_("Type: events, then pick NUMBER"))
        return self._watched.event_id

    # --- help ---

    async def _help(self, text: str) -> None:
        if text and text not in self.commands:
            self._say(self._no_such(text))
            return
        shown = [self.commands[text]] if text else self.commands.values()
        self._all([f"{each.usage}: {_(each.about)}" for each in shown])

    # --- the scan ---

    async def _status(self, _text: str) -> None:
        watched = self._watched
        watched.sample()
        await watched.look_around()
        if begun := watched.state.begun:
            self._say(words.event_name(begun.event))
        now = self._station.now().wall_ms
        self._all(words.status(watched.state, watched.facts, now, scanning=watched.running))

    async def _here(self, text: str) -> None:
        self._watched.sample()
        limit = len(self._watched.state.seen) + len(self._watched.state.arrivals)
        self._all(words.present(self._watched.state, limit if text == "all" else NAMES))

    async def _near(self, text: str) -> None:
        self._watched.sample()
        self._all(words.in_range(self._watched.state, text))

    def _act(self, word: str) -> Callable[[str], Awaitable[None]]:
        async def act(rest: str) -> None:
            typed = self._typed()
            if typed is None:
                raise UsageError(
                    _("No scan is running for this event."), remedy=_("Type: pick NUMBER")
                )
            self._durable.clear()
            lines = typed.line(f"{word} {rest}")
            self._all(lines)
            if not lines:
                await self._on_the_disk()

        return act

    def told(self, news: News) -> None:
        """Something has happened; an act is done when it is on the disk."""
        if isinstance(news, Acted | LogTroubled):
            self._durable.set()

    async def _on_the_disk(self) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(DISK_SECONDS):
                await self._durable.wait()
        trouble = self._watched.state.trouble
        if not self._durable.is_set() or (trouble and trouble.error):
            said = _("Not on the disk yet. It waits in memory, and is written as soon as it can.")
            self._say(words.level(Level.BAD, said))

    async def _why(self, text: str) -> None:
        from ..tui.why import Question, heard, means, steps

        watched = self._watched
        watched.sample()
        people = self._station.people()
        person = _one(people, text) if text and people else None
        badges = people.roster.badges_of(person.user_id) if people and person else ()
        live = watched.state
        mono = live.last.now.mono if live.last else 0.0
        ask = Question(live, name_of(person) if person else "", badges, mono, SPOKEN.more)
        self._say(_("The station hears"))
        self._all([words.level(*said) for said in heard(ask)])
        self._say(_("That means"))
        self._all([words.level(*said) for said in means(ask)])
        self._say(_("What to do"))
        self._all([f"{n}. {step}" for n, step in enumerate(steps(ask), 1)])

    # --- the log ---

    async def _log_first(self, text: str) -> None:
        from .plain_log import PlainLog

        self.close()
        log = self._log = PlainLog(self._station.review(self._event))
        now = self._station.now().wall_ms
        self._all(await asyncio.to_thread(log.first, text, now))

    def _opened(self) -> PlainLog:
        if self._log is None:
            raise UsageError(_("No log is open."), remedy=_("Type: log"))
        return self._log

    async def _log_more(self, _text: str) -> None:
        self._all(await asyncio.to_thread(self._opened().more))

    async def _log_record(self, text: str) -> None:
        self._all(await asyncio.to_thread(self._opened().record, text))

    async def _verify(self, _text: str) -> None:
        review = self._station.review(self._event)
        self._say(_("Checking every line ..."))
        found = await asyncio.to_thread(review.verify, lambda _part: None, lambda: False)
        if found is None:
            return
        counted = ngettext("{n} record is intact.", "{n} records are intact.", found.records)
        problems = [words.level(Level.BAD, each) for each in found.problems]
        self._all([counted, *problems, *filter(None, [found.countersigned])])

    def _refused(self, word: str) -> Callable[[str], Awaitable[None]]:
        async def act(text: str) -> None:
            from .plain_refused import ACTS as REFUSED_ACTS

            record, _comma, rest = text.partition(",")
            record = record.strip()
            if record.isascii() and record.isdigit():
                record = self._opened().refusal(record)
            review = self._station.review(self._event)
            self._say(await REFUSED_ACTS[word](review, record, rest.strip()))

        return act

    async def _export(self, file: str) -> None:
        from .plain_refused import copied

        self._say(await asyncio.to_thread(copied, self._station.review(self._event), file))

    # --- sending ---

    async def _sync(self, _text: str) -> None:
        from .plain_sync import send

        await send(self._station.sync(), self._say)

    async def _stick(self, folder: str) -> None:
        from .plain_sync import to_stick

        self._all(await asyncio.to_thread(to_stick, self._station.sync(), folder))

    # --- people ---

    def _paper(self, word: str) -> Callable[[str], Awaitable[None]]:
        async def tell(text: str) -> None:
            from .plain_muster import PAPERS as TELLERS

            desk = self._station.muster(self._event)
            self._all(await asyncio.to_thread(TELLERS[word], desk, text))

        return tell

    # --- this machine ---

    async def _health(self, _text: str) -> None:
        for fact in await asyncio.to_thread(self._station.health):
            line = f"{sentence(fact.what)}: {in_full(fact)}"
            self._say(words.level(Level.WARN, line) if fact.good is False else line)

    async def _settings(self, text: str) -> None:
        for key, value, source, _about in self._station.settings():
            if text in key:
                self._say(f"{key}: {value}, {source or _('default')}")


def _one(people: PeopleDesk, text: str) -> Person:
    """Whom a name means. Raises UsageError."""
    from ..core.desk import one_person

    found = find_people(people.roster, text, 2)
    return found[0] if len(found) == 1 else one_person(people.roster, text)


def word_of(usage: str) -> str:
    """What is typed first."""
    return usage.partition(" ")[0]


def where_of(live: LiveState) -> str:
    """The event's time zone."""
    return live.begun.event.tz if live.begun else "UTC"
