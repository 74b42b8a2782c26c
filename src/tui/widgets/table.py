"""A table that draws only the lines on the screen: thousands of rows cost as much as twenty."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar, Generic, NamedTuple, TypeVar, overload

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from ..look import Level
from ..words import N_

T = TypeVar("T")
HEADER = 1
GAP = 1
"""Cells between two columns."""


class Cell(NamedTuple):
    """A text from anywhere; it is drawn as it is, never read as markup."""

    text: str
    level: Level = Level.PLAIN


class Row(NamedTuple):
    """One line, and the key that the cursor keeps to when rows come and go."""

    key: str
    cells: Sequence[Cell]


@dataclass(frozen=True, slots=True)
class Column:
    """A column; `flex` shares out what is left of the width."""

    title: str
    width: int
    flex: int = 0
    right: bool = False
    from_width: int = 0
    """Shown only where the table is at least this wide."""
    tail: bool = False
    """Of a text that is too long its end is shown, as of a path."""


class Rows(Sequence[Row], Generic[T]):
    """Rows that are made when they are drawn."""

    def __init__(
        self, items: Sequence[T], key: Callable[[T], str], cells: Callable[[T], Sequence[Cell]]
    ) -> None:
        self._items = items
        self._key = key
        self._cells = cells

    def __len__(self) -> int:
        return len(self._items)

    @overload
    def __getitem__(self, index: int) -> Row: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Row]: ...
    def __getitem__(self, index: int | slice) -> Row | Sequence[Row]:
        if isinstance(index, slice):
            return [self._row(item) for item in self._items[index]]
        return self._row(self._items[index])

    def keys(self) -> Iterator[str]:
        """The keys alone, without making rows."""
        return map(self._key, self._items)

    def _row(self, item: T) -> Row:
        return Row(self._key(item), self._cells(item))


class Table(ScrollView, can_focus=True):
    """Rows under a header, with a cursor. `show` may be called as often as one likes."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "table--header",
        "table--cursor",
        "table--dim",
        "table--strong",
        "table--ok",
        "table--warn",
        "table--bad",
    }
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", N_("Up"), show=False),
        Binding("down", "move(1)", N_("Down"), show=False),
        Binding("pageup", "page(-1)", N_("Page up"), show=False),
        Binding("pagedown", "page(1)", N_("Page down"), show=False),
        Binding("home", "edge(0)", N_("First"), show=False),
        Binding("end", "edge(-1)", N_("Last"), show=False),
        Binding("enter", "choose", N_("Choose"), key_display="Enter"),
    ]

    cursor: reactive[int] = reactive(0, repaint=False)
    """The row that the cursor is on."""

    class Chosen(Message):
        """Enter, or a second click on a row."""

        def __init__(self, table: Table, key: str) -> None:
            super().__init__()
            self.table = table
            self.key = key

        @property
        def control(self) -> Table:
            """The table that it happened in."""
            return self.table

    def __init__(
        self,
        columns: Sequence[Column],
        *,
        empty: str = "",
        choose: bool = True,
        id: str | None = None,  # noqa: A002 - Textual's name
    ) -> None:
        super().__init__(id=id)
        self._columns = columns
        self._rows: Rows[object] | Sequence[Row] = ()
        self._choose = choose
        self.steered = False
        """A field above it steers it: the cursor shows and stays without the focus, too."""
        self._base = Style()
        self._wide: list[int] = []
        self.empty = empty
        """What stands where no rows are."""

    # --- rows ---

    def show(self, rows: Sequence[Row] | Rows[T]) -> None:
        """Replace the rows; the cursor stays on its key where that is still there.

        At the top it stays at the top, and so it does while the operator is elsewhere.
        """
        before = self.chosen if self.cursor and (self.has_focus or self.steered) else ""
        self._rows = rows
        self.virtual_size = Size(self.size.width, len(rows) + HEADER)
        self.cursor = self._find(before) if before else 0
        self.refresh()

    def _find(self, key: str) -> int:
        keys = self._rows.keys() if isinstance(self._rows, Rows) else (r.key for r in self._rows)
        index = next((at for at, each in enumerate(keys) if each == key), None)
        return min(self.cursor, max(0, len(self._rows) - 1)) if index is None else index

    @property
    def chosen(self) -> str:
        """The key under the cursor; empty where there is no row."""
        return self._rows[self.cursor].key if self.cursor < len(self._rows) else ""

    # --- drawing ---

    def render_lines(self, crop: Region) -> list[Strip]:
        """The lines of one painting: what they have in common is looked up once."""
        self._base, self._wide = self.rich_style, self._widths()
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        """One line of the screen."""
        base = self._base
        if y == 0:
            header = self.get_component_rich_style("table--header")
            return self._line([Cell(column.title) for column in self._columns], header)
        index = self.scroll_offset.y + y - HEADER
        if not self._rows and y == 1 + HEADER:
            dim = self.get_component_rich_style("table--dim")
            text = set_cell_size(f" {self.empty}", self.size.width)
            return Strip([Segment(text, dim)], self.size.width)
        if index >= len(self._rows):
            return Strip.blank(self.size.width, base)
        on = index == self.cursor and (self.has_focus or self.steered)
        style = self.get_component_rich_style("table--cursor") if on else base
        return self._line(self._rows[index].cells, style, plain=on)

    def _line(self, cells: Sequence[Cell], base: Style, *, plain: bool = False) -> Strip:
        segments = [Segment(" ", base)]
        for column, width, cell in zip(self._columns, self._wide, cells, strict=True):
            if not width:
                continue
            style = base if plain or not cell.level else self._level(cell.level)
            segments.append(Segment(_fit(cell.text, width, column), style))
            segments.append(Segment(" " * GAP, base))
        return Strip(segments).adjust_cell_length(self.size.width, base)

    def _level(self, level: Level) -> Style:
        return self.get_component_rich_style(f"table--{level}")

    def _widths(self) -> list[int]:
        """A width for each column; 0 for one that is not shown."""
        room = self.size.width - 1
        shown = [self.size.width >= column.from_width for column in self._columns]
        fixed = sum(c.width + GAP for c, on in zip(self._columns, shown, strict=True) if on)
        parts = sum(c.flex for c, on in zip(self._columns, shown, strict=True) if on)
        spare = max(0, room - fixed)
        return [
            (column.width + (spare * column.flex // parts if parts else 0)) if on else 0
            for column, on in zip(self._columns, shown, strict=True)
        ]

    # --- moving ---

    def watch_cursor(self, before: int, now: int) -> None:
        """Keep the cursor's row in view; where nothing scrolls, only two rows are drawn anew."""
        height = max(1, self.size.height - HEADER)
        top = self.scroll_offset.y
        if now < top:
            self.scroll_to(y=now, animate=False)
        elif now >= top + height:
            self.scroll_to(y=now - height + 1, animate=False)
        width = self.size.width
        self.refresh(*(Region(0, HEADER + row - top, width, 1) for row in {before, now}))

    def validate_cursor(self, cursor: int) -> int:
        """Stay within the rows."""
        return max(0, min(cursor, len(self._rows) - 1))

    def action_move(self, by: int) -> None:
        """Up or down."""
        self.cursor += by

    def action_page(self, by: int) -> None:
        """A screenful."""
        self.cursor += by * max(1, self.size.height - HEADER - 1)

    def action_edge(self, index: int) -> None:
        """The first row, or the last."""
        self.cursor = len(self._rows) - 1 if index < 0 else index

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        """Rows that nothing can be done with offer nothing."""
        return action != "choose" or self._choose

    def action_choose(self) -> None:
        """Take the row under the cursor."""
        if self.chosen:
            self.post_message(self.Chosen(self, self.chosen))

    def on_click(self, event: events.Click) -> None:
        """A click moves the cursor; on the cursor's row it chooses."""
        index = self.scroll_offset.y + event.y - HEADER
        if event.y < HEADER or index >= len(self._rows):
            return
        if index == self.cursor and self._choose:
            self.action_choose()
        self.cursor = index

    def on_resize(self) -> None:
        """The width is ours to fill."""
        self.virtual_size = Size(self.size.width, len(self._rows) + HEADER)
        self.refresh()

    def on_focus(self) -> None:
        """The cursor shows only in the table that has the focus."""
        self.refresh(Region(0, 0, self.size.width, self.size.height))

    def on_blur(self) -> None:
        """The cursor goes."""
        self.refresh()


def _fit(text: str, width: int, column: Column) -> str:
    length = cell_len(text)
    if length > width:
        if column.tail:
            return "~" + set_cell_size(text[::-1], width - 1)[::-1]
        return set_cell_size(text, width - 1) + "~"
    pad = " " * (width - length)
    return pad + text if column.right else text + pad
