"""The report's plots as SVG: drawn by hand, since bars with words need no library and no script.

Each is an image with a name for screen readers, followed on the page by its numbers as a table.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import tzinfo
from html import escape

from ..core.identity import clean_text
from ..core.report_series import Axis, Bar, Series
from .times import local_time

WIDTH, HEIGHT = 360, 150
"""Units of the drawing: at 400 px of screen one unit is about one pixel, so words can be read."""

LEFT, BOTTOM, TOP = 30, 22, 12
LABEL = 9
"""The size of the words."""

LINE = 18
"""From one lying bar to the next."""
WORDS = 110
"""Room for the words beside lying bars."""
LETTERS = 20
"""Letters of a word that fit it."""

TICKS = 5
"""Labels under standing bars, at most: eight letters each need a fifth of the width."""
HOUR_MINUTES = 60


def bar_word(series: Series, bar: Bar, zone: tzinfo) -> str:
    """What a bar stands for, in words."""
    if series.axis is Axis.TIME:
        return local_time(bar.start, zone)[:16]
    if series.axis is Axis.MINUTES:
        return (
            f"{bar.start}-{bar.start + series.step - 1} min"
            if series.step > 1
            else (f"{bar.start} min")
        )
    return clean_text(bar.word)


def svg(series: Series, zone: tzinfo) -> str:
    """The plot as an SVG element; empty for a series without bars."""
    if not series.bars:
        return ""
    lying = series.axis is Axis.WORDS
    height = LINE * len(series.bars) + 4 if lying else HEIGHT
    body = "".join(_lying(series) if lying else _standing(series, zone))
    about = escape(_about(series, zone))
    return (
        f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{about}" '
        f'xmlns="http://www.w3.org/2000/svg" font-size="{LABEL}">{body}</svg>'
    )


def _about(series: Series, zone: tzinfo) -> str:
    peak = max(series.bars, key=lambda bar: bar.people)
    word = bar_word(series, peak, zone)
    return f"{series.title}: at most {peak.people:,} people, at {word}."


def _standing(series: Series, zone: tzinfo) -> Iterator[str]:
    room, tall = WIDTH - LEFT - 4, HEIGHT - TOP - BOTTOM
    base, most = HEIGHT - BOTTOM, max(1, series.most)
    wide = room / len(series.bars)
    yield _text(LEFT - 4, TOP + 4, f"{most:,}", "end")
    yield _text(LEFT - 4, base, "0", "end")
    yield f'<path class="axis" d="M{LEFT} {base}H{WIDTH - 4}"/>'
    every = -(-len(series.bars) // TICKS)
    for place, bar in enumerate(series.bars):
        x, high = LEFT + place * wide, tall * bar.people / most
        if bar.people:
            yield _rect(x + wide * 0.08, base - high, wide * 0.84, high)
        if place % every == 0:
            is_last = x > WIDTH - LEFT
            at = WIDTH - 2 if is_last else x
            yield _text(at, HEIGHT - 8, _tick(series, bar, zone), "end" if is_last else "start")


def _tick(series: Series, bar: Bar, zone: tzinfo) -> str:
    if series.axis is Axis.MINUTES:
        return f"{bar.start} min"
    word = local_time(bar.start, zone)
    is_long = series.step * len(series.bars) > 36 * HOUR_MINUTES
    return word[5:10] if is_long else word[11:16]


def _lying(series: Series) -> Iterator[str]:
    room, most = WIDTH - WORDS - 40, max(1, series.most)
    for place, bar in enumerate(series.bars):
        y = place * LINE + 2
        word = clean_text(bar.word)
        short = word if len(word) <= LETTERS else word[: LETTERS - 1] + "…"
        wide = room * bar.people / most
        yield _text(WORDS - 6, y + 11, short, "end")
        yield _rect(WORDS, y, wide, LINE - 5)
        yield _text(WORDS + wide + 4, y + 11, f"{bar.people:,}", "start")


def _rect(x: float, y: float, wide: float, high: float) -> str:
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{wide:.1f}" height="{high:.1f}"/>'


def _text(x: float, y: float, words: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(words)}</text>'
