"""An event's insights: sentences, the rows behind them, and what people make of them."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType

from ...core.errors import HeadcountError
from ...core.identity import clean_text
from ...core.insight_book import InsightStatus, KeptInsight
from ..keys import USUAL
from ..look import Level
from ..screens.ask import Ask, Told
from ..screens.base import Page
from ..sentence_words import told
from ..widgets.table import Cell, Column, Table
from ..words import N_, _
from .insight_words import KINDS, SEVERITIES, WORDS_LIMIT, background, details, matters, standing
from .insight_words import summary as summary_words
from .listing import ListPage
from .ports_events import EventsDesk
from .ports_insights import HasInsights, InsightsDesk


class InsightsPage(ListPage[KeptInsight]):
    """Those that hold and are open, or all."""

    TITLE_WORDS = N_("Insights")
    ABOUT = N_(
        "Sentences about an event, each with the rows of the report that it rests on. They are "
        "hints, no decisions: no status follows from one. {insights_look} looks at the event "
        "anew. Enter shows the rows behind a sentence, and what was said about it. A dismissed "
        "insight stays dismissed when it is found again; {insights_reopen} opens it again, "
        "{insights_all} shows those, too."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(USUAL["insights_look"], "generate", N_("Look anew"), id="insights_look"),
        Binding(USUAL["insights_dismiss"], "dismiss_it", N_("Dismiss"), id="insights_dismiss"),
        Binding(USUAL["insights_reopen"], "reopen", N_("Reopen"), id="insights_reopen", show=False),
        Binding(USUAL["insights_comment"], "comment", N_("Comment"), id="insights_comment"),
        Binding(USUAL["insights_all"], "all", N_("All"), id="insights_all", show=False),
    ]

    def __init__(self, desk: InsightsDesk, event_id: str, events: EventsDesk | None = None) -> None:
        super().__init__(events)
        self._desk = desk
        self._event_id = event_id
        self._everything = False

    # --- the list ---

    def columns(self) -> list[Column]:
        """The table's columns."""
        return [
            Column(_("Weight"), 8),
            Column(_("About"), 14, from_width=100),
            Column(_("Insight"), 20, flex=1),
            Column(_("Rows"), 5, right=True),
            Column(_("Said"), 5, right=True, from_width=78),
            Column(_("State"), 12, from_width=92),
        ]

    def stream(self) -> AsyncGenerator[Sequence[KeptInsight] | HeadcountError, None]:
        """All insights of the event."""
        return self._desk.follow(self._event_id)

    def offered(self, items: Sequence[KeptInsight]) -> Sequence[KeptInsight]:
        """Those that matter, unless all are wanted."""
        return items if self._everything else [each for each in items if matters(each)]

    def key(self, item: KeptInsight) -> str:
        """The insight's id."""
        return item.id

    def text(self, item: KeptInsight) -> str:
        """Sentence, kind, weight, state."""
        words = (_(SEVERITIES[item.severity][0]), _(KINDS[item.kind]), standing(item)[0])
        return " ".join((told(item.said, item.sentence), *words))

    def cells(self, item: KeptInsight) -> Sequence[Cell]:
        """The row of an insight."""
        weight, level = SEVERITIES[item.severity]
        return [
            Cell(_(weight), level),
            Cell(_(KINDS[item.kind]), Level.DIM),
            Cell(told(item.said, item.sentence)),
            Cell(f"{len(item.rows):,}"),
            Cell(f"{len(item.comments):,}" if item.comments else "", Level.DIM),
            Cell(*standing(item)),
        ]

    def summary(self, items: Sequence[KeptInsight]) -> str:
        """How many, and how many are not shown."""
        event = self.event_name(self._event_id)
        return self.joined(event, *summary_words(items, everything=self._everything))

    def more(self, item: KeptInsight | None) -> str:
        """The whole sentence, and whether it still counts."""
        return f"{told(item.said, item.sentence)} ({standing(item)[0]})" if item else ""

    def nothing(self) -> str:
        """How to look at an event that nobody has looked at."""
        return _("Nothing was found yet. n looks at the event anew.")

    def action_all(self) -> None:
        """Also what is dismissed, or no longer so."""
        self._everything = not self._everything
        self.draw()

    # --- acts ---

    def action_generate(self) -> None:
        """Look at the event anew."""
        self.do(self._generate())

    async def _generate(self) -> str:
        made = await self._desk.generate(self._event_id)
        said = _("{found} found, {new} new, {gone} no longer so.")
        return said.format(found=made.found, new=made.new, gone=made.gone)

    @on(Table.Chosen)
    def look(self) -> None:
        """The rows behind it."""
        if item := self.chosen:
            self.do(self._look(item))

    async def _look(self, item: KeptInsight) -> str:
        report = await self._desk.report(self._event_id)
        judge = await self._desk.name_of(item.status_by) if item.status_by else ""
        lines = list(details(item, background(report, judge)))
        self.app.push_screen(Told(told(item.said, item.sentence), lines))
        return ""

    def action_dismiss_it(self) -> None:
        """It needs nobody's attention any more."""
        item = self.chosen
        if item and item.status is InsightStatus.OPEN:
            self._ask(_("Dismiss it. Why?"), item, self._desk.dismiss, _("Dismissed."))

    def action_reopen(self) -> None:
        """Take a dismissal back."""
        item = self.chosen
        if item and item.status is InsightStatus.DISMISSED:
            self._ask(_("Open it again. Why?"), item, self._desk.reopen, _("It is open again."))

    def action_comment(self) -> None:
        """Say something about it."""
        if item := self.chosen:
            self._ask(_("Comment on it"), item, self._desk.comment, _("The comment is kept."))

    def _ask(
        self,
        headline: str,
        item: KeptInsight,
        act: Callable[[str, str], Awaitable[KeptInsight]],
        said: str,
    ) -> None:
        async def done(words: str) -> str:
            await act(item.id, clean_text(words, WORDS_LIMIT))
            return said

        def answered(words: str | None) -> None:
            if words:
                self.do(done(words))

        self.app.push_screen(Ask(headline, told(item.said, item.sentence)), answered)


def make(admin: HasInsights, event_id: str) -> Page:
    """For the registry."""
    return InsightsPage(admin.insights(), event_id, admin.events())
