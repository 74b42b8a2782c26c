"""A table of a million lines: it knows how many there are, and asks for the few that it draws."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import ClassVar, Final, Generic, NamedTuple, TypeVar

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from ..look import Level, look_of
from ..words import N_

T = TypeVar("T")
"""What a line is about."""

PAGE: Final = 64
"""Lines that are asked for at once: a screenful and what one more key press needs."""
KEPT: Final = 2048
"""Lines that are remembered, some megabytes at most."""


class Cell(NamedTuple):
    """A text from anywhere; it is drawn as it is, never read as markup."""

    text: str
    level: Level = Level.PLAIN


class Column(NamedTuple):
    """A column; the flexible one takes what is left of the width."""

    title: str
    width: int
    flexible: bool = False
    right: bool = False
    from_width: int = 0
    """Shown only where the table is at least this wide."""


class LineTable(ScrollView, Generic[T], can_focus=True, inherit_bindings=False):
    """Lines by number, the newest on top. It keeps to its line when newer ones come above."""

    DEFAULT_CSS = """
    LineTable {
        height: 1fr; background: $background; overflow-x: hidden; scrollbar-size-vertical: 1;
    }
    LineTable > .line-table--header { color: $text-muted; background: $surface; }
    LineTable > .line-table--cursor {
        background: $accent 25%; color: $foreground; text-style: bold;
    }
    LineTable > .line-table--dim { color: $text-muted; }
    LineTable > .line-table--strong { text-style: bold; }
    LineTable > .line-table--ok { color: $text-success; }
    LineTable > .line-table--warn { color: $text-warning; }
    LineTable > .line-table--bad { color: $text-error; }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "line-table--header",
        "line-table--cursor",
        *(f"line-table--{level}" for level in Level if level),
    }
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", show=False),
        Binding("down,j", "move(1)", show=False),
        Binding("pageup", "page(-1)", show=False),
        Binding("pagedown", "page(1)", show=False),
        Binding("home", "edge(True)", N_("To the top"), show=False),
        Binding("end", "edge(False)", N_("To the end"), show=False),
        Binding("enter", "choose", N_("Details"), show=False),
    ]

    cursor: reactive[int] = reactive(0, repaint=False)
    """The number of the line under the cursor."""

    class Wanted(Message):
        """Lines that are on the screen are not known; `put` them."""

        def __init__(self, first: int, last: int) -> None:
            super().__init__()
            self.first = first
            self.last = last

    class Moved(Message):
        """The cursor is on another line."""

    class Chosen(Message):
        """Enter, or a click on the cursor's line."""

    def __init__(
        self,
        columns: Sequence[Column],
        cells: Callable[[T], Sequence[Cell]],
        *,
        id: str | None = None,  # noqa: A002 - Textual's name
    ) -> None:
        super().__init__(id=id)
        self._columns = columns
        self._cells = cells
        self._first = self._last = 0
        self._rows: OrderedDict[int, T] = OrderedDict()
        self._asked: set[int] = set()
        self.empty = ""
        """What stands where no lines are."""

    # --- lines ---

    def span_of(self, first: int, last: int) -> None:
        """Lines `first` to `last` - 1 exist; what is on the screen stays where it is."""
        if (first, last) == (self._first, self._last):
            return
        grown = self._first - first
        at_top = self.scroll_offset.y == 0
        self._first, self._last = first, last
        self._resize()
        if grown and not at_top:
            self.scroll_to(y=self.scroll_offset.y + grown, animate=False)
        self.refresh()

    def restart(self) -> None:
        """Forget every line: another filter, or what is known of them has changed."""
        self._rows.clear()
        self._asked.clear()
        self.refresh()

    def put(self, first: int, rows: Sequence[T]) -> None:
        """Lines that were wanted, from number `first` on."""
        for number, row in enumerate(rows, first):
            self._rows[number] = row
            self._rows.move_to_end(number)
        self._asked.difference_update(range(first // PAGE, (first + PAGE - 1) // PAGE + 1))
        while len(self._rows) > KEPT:
            self._rows.popitem(last=False)
        self.refresh()

    @property
    def chosen(self) -> T | None:
        """The line under the cursor, once it is known."""
        return self._rows.get(self.cursor)

    def look_again(self) -> None:
        """Ask again for what is on the screen; the old lines stay until the new ones come."""
        top = self._first + self.scroll_offset.y
        last = min(self._last, top + self.size.height)
        for number in [number for number in self._rows if not top <= number < last]:
            del self._rows[number]
        self._asked.clear()
        if last > top:
            self.post_message(self.Wanted(top, last))

    def __len__(self) -> int:
        return self._last - self._first

    def __bool__(self) -> bool:
        return True

    def _resize(self) -> None:
        self.virtual_size = Size(self.size.width, len(self) + 1)

    # --- drawing ---

    def render_line(self, y: int) -> Strip:
        """One line of the screen."""
        if y == 0:
            style = self.get_component_rich_style("line-table--header")
            return self._strip([Cell(column.title) for column in self._columns], style)
        number = self._first + self.scroll_offset.y + y - 1
        base = self.rich_style
        if not len(self) and y == 2:  # noqa: PLR2004 - one line of air
            return self._whole(f" {self.empty}", base + self._level(Level.DIM))
        if number >= self._last:
            return Strip.blank(self.size.width, base)
        row = self._rows.get(number)
        on = number == self.cursor
        style = self.get_component_rich_style("line-table--cursor") if on else base
        if row is None:
            self._want(number)
            return self._whole(f" {look_of(self).symbols.more}", style)
        return self._strip(self._cells(row), style, plain=on)

    def _want(self, number: int) -> None:
        page = number // PAGE
        if page not in self._asked:
            self._asked.add(page)
            first, last = page * PAGE, (page + 1) * PAGE
            self.post_message(self.Wanted(max(first, self._first), min(last, self._last)))

    def _whole(self, text: str, style: Style) -> Strip:
        width = self.size.width
        return Strip([Segment(set_cell_size(text, width), style)], width)

    def _strip(self, cells: Sequence[Cell], base: Style, *, plain: bool = False) -> Strip:
        """A line; where there are fewer cells than columns, the last one has all the rest."""
        segments, left = [Segment(" ", base)], self.size.width - 1
        widths = self._widths()
        for at, cell in enumerate(cells):
            if not widths[at]:
                continue
            last = at == len(cells) - 1 < len(self._columns) - 1
            width = left - 1 if last else widths[at]
            style = base if plain or not cell.level else base + self._level(cell.level)
            text = self._fit(cell.text, width, right=self._columns[at].right)
            segments += [Segment(text, style), Segment(" ", base)]
            left -= width + 1
        return Strip(segments).adjust_cell_length(self.size.width, base)

    def _fit(self, text: str, width: int, *, right: bool) -> str:
        if cell_len(text) > width:
            return set_cell_size(text, width - 1) + look_of(self).symbols.more
        pad = " " * (width - cell_len(text))
        return pad + text if right else text + pad

    def _level(self, level: Level) -> Style:
        """Colour and weight alone: the line's own background stays."""
        style = self.get_component_rich_style(f"line-table--{level}")
        return Style(color=style.color, bold=style.bold)

    def _widths(self) -> list[int]:
        """A width for each column; 0 for one that is not shown."""
        shown = [self.size.width >= column.from_width for column in self._columns]
        used = sum(c.width + 1 for c, on in zip(self._columns, shown, strict=True) if on)
        spare = max(0, self.size.width - 1 - used)
        flexible = sum(column.flexible for column in self._columns) or 1
        return [
            (column.width + (spare // flexible if column.flexible else 0)) if on else 0
            for column, on in zip(self._columns, shown, strict=True)
        ]

    # --- moving ---

    def validate_cursor(self, cursor: int) -> int:
        """Stay within the lines."""
        return max(self._first, min(cursor, self._last - 1)) if len(self) else self._first

    def watch_cursor(self) -> None:
        """Keep the cursor's line in view."""
        self.keep_in_view()
        self.post_message(self.Moved())

    def keep_in_view(self) -> None:
        """Scroll as little as is needed."""
        height = max(1, self.size.height - 1)
        line, top = self.cursor - self._first, self.scroll_offset.y
        if line < top:
            self.scroll_to(y=line, animate=False)
        elif line >= top + height:
            self.scroll_to(y=line - height + 1, animate=False)
        self.refresh()

    def action_move(self, by: int) -> None:
        """Up or down."""
        self.cursor += by

    def action_page(self, by: int) -> None:
        """A screenful."""
        self.cursor += by * max(1, self.size.height - 2)

    def action_edge(self, newest: bool) -> None:  # noqa: FBT001 - an action's argument
        """The newest line, or the oldest."""
        self.cursor = self._first if newest else self._last - 1

    def action_choose(self) -> None:
        """Take the line under the cursor."""
        if self.chosen:
            self.post_message(self.Chosen())

    def on_click(self, event: events.Click) -> None:
        """A click moves the cursor; on the cursor's line it chooses."""
        number = self._first + self.scroll_offset.y + event.y - 1
        if event.y < 1 or number >= self._last:
            return
        if number == self.cursor:
            self.action_choose()
        self.cursor = number

    def on_resize(self) -> None:
        """The width is ours to fill."""
        self._resize()
        self.call_after_refresh(self.keep_in_view)
