"""What every screen is made of: pages, small windows, symbols, words and times."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from enum import StrEnum
from typing import ClassVar, NamedTuple
from zoneinfo import ZoneInfo

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.dom import DOMNode
from textual.screen import ModalScreen, Screen
from textual.widgets import Button, Static


class Level(StrEnum):
    """How good a fact is. The values are also the names of styles."""

    PLAIN = ""
    DIM = "dim"
    STRONG = "strong"
    OK = "ok"
    WARN = "warn"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Symbols:
    """One set of symbols, each one cell wide."""

    ok: str = "✓"
    warn: str = "!"
    bad: str = "✗"
    dot: str = " · "
    dash: str = "\N{EN DASH}"
    more: str = "…"


UNICODE = Symbols()
ASCII = Symbols(ok="+", warn="!", bad="X", dot=" | ", dash="-", more="~")


@dataclass(frozen=True, slots=True)
class Look:
    """What the configuration decides for every widget."""

    symbols: Symbols = UNICODE


def look_of(node: DOMNode) -> Look:
    """The look of the application that a widget or screen belongs to."""
    look = getattr(node.app, "look", None)
    return look if isinstance(look, Look) else Look()


def _(sentence: str) -> str:
    """The sentence in the operator's language."""
    return sentence


def N_(sentence: str) -> str:  # noqa: N802 - gettext's own name, which its tools look for
    """Mark a sentence for the catalogue; it is looked up where it is shown."""
    return sentence


def ngettext(one: str, many: str, count: int) -> str:
    """The form for this count, with the count put in for `{n}`."""
    return (one if count == 1 else many).format(n=f"{count:,}")


def zone(name: str) -> tzinfo:
    """An event's time zone; UTC for a name that this machine does not know."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return UTC


def clock_time(ms: int, where: tzinfo, form: str = "%H:%M:%S") -> str:
    """The time of day; dashes for a time that no calendar has."""
    try:
        return datetime.fromtimestamp(ms / 1000, tz=where).strftime(form)
    except (OverflowError, ValueError, OSError):
        return "--:--"


def span(seconds: float) -> str:
    """How long, in one unit: `8 s`, `14 min`, `9 h`, `3 d`."""
    whole = max(0, int(seconds))
    for unit, size, limit in (("s", 1, 60), ("min", 60, 7200), ("h", 3600, 172_800)):
        if whole < limit:
            return f"{whole // size} {unit}"
    return f"{whole // 86_400:,} d"


class Page(Screen[None]):
    """A full screen: `q` goes back, `?` explains."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q", "back", N_("Back"), id="back"),
        Binding("question_mark", "explain", N_("Help"), id="help", key_display="?"),
    ]
    TITLE_WORDS: ClassVar[str] = ""
    """Its name, for the help."""
    ABOUT: ClassVar[str] = ""
    """What one does here, in a few sentences, for the help."""

    def action_back(self) -> None:
        """To the screen before."""
        self.app.pop_screen()

    def action_explain(self) -> None:
        """The screen's purpose and keys."""
        keys = [
            f"{self.app.get_key_display(active.binding):>10}  {active.binding.description}"
            for active in self.active_bindings.values()
            if active.binding.description and not active.binding.system
        ]
        self.app.push_screen(Explained(self.TITLE_WORDS, self.ABOUT, keys))


class Dialog(ModalScreen[str]):
    """A small window over a screen; it answers with a word, empty for "never mind"."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss('')", N_("Never mind"), show=False)
    ]
    DEFAULT_CSS = """
    Dialog { align: center middle; background: $background 60%; }
    Dialog .box {
        width: 64; max-width: 96%; height: auto; max-height: 96%; padding: 1 2;
        background: $panel; border: round $accent;
    }
    Dialog .headline { text-style: bold; margin-bottom: 1; }
    Dialog .more { margin-bottom: 1; }
    Dialog .hint { color: $text-muted; margin-top: 1; }
    Dialog .answers { height: 1; }
    Dialog .answers Button { margin-right: 2; min-width: 12; }
    Dialog Input { background: $surface; }
    Dialog #problem { color: $text-error; height: auto; }
    """


class Explained(Dialog):
    """`?`: what a screen is for, and its keys."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q,question_mark,enter", "dismiss('')", N_("Close"), show=False)
    ]

    def __init__(self, title: str, about: str, keys: Sequence[str]) -> None:
        super().__init__()
        self._texts = (title, about, "\n".join(keys))

    def compose(self) -> ComposeResult:
        """Purpose above keys."""
        title, about, keys = self._texts
        with VerticalScroll(classes="box"):
            yield Static(title, classes="headline", markup=False)
            yield Static(about, classes="more", markup=False)
            yield Static(keys, markup=False)
            yield Static(_("Esc closes this."), classes="hint")


class Answer(NamedTuple):
    """One of the answers: a word for the caller, and what stands on its button."""

    word: str
    label: str
    danger: bool = False


class Confirm(Dialog):
    """A headline, what it means, and two or three answers. The first one has the focus."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "app.focus_previous", show=False),
        Binding("right", "app.focus_next", show=False),
    ]

    def __init__(self, headline: str, more: str, answers: Sequence[Answer]) -> None:
        super().__init__()
        self._headline = headline
        self._more = more
        self._answers = answers

    def compose(self) -> ComposeResult:
        """The question above its answers."""
        with Vertical(classes="box"):
            yield Static(self._headline, classes="headline", markup=False)
            yield Static(self._more, classes="more", markup=False)
            with Horizontal(classes="answers"):
                for answer in self._answers:
                    button = Button(answer.label, name=answer.word, compact=True)
                    button.variant = "error" if answer.danger else "default"
                    yield button

    @on(Button.Pressed)
    def answered(self, event: Button.Pressed) -> None:
        """Hand the answer back."""
        self.dismiss(event.button.name or "")
