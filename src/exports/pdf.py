"""PDF of the HTML page, by WeasyPrint: paper and page can't say different things."""

from __future__ import annotations

import logging
from typing import NoReturn

from ..core.errors import UsageError

MOST_PEOPLE = 5_000
"""WeasyPrint needs some 7 ms and 0.13 MB for each: 40 s and 700 MB for 5,000. Whoever has more
prints the HTML from a browser, which is quicker at it."""

_PANGO = "apt install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-dejavu-core"


def as_pdf(page: bytes, people: int, *, most: int = MOST_PEOPLE) -> bytes:
    """The page on paper. Raises UsageError where it is too long, or Pango is not installed."""
    if people > most:
        raise UsageError(
            f"A PDF holds at most {most:,} people; this report has {people:,}.",
            safe="The report itself is complete.",
            remedy="Write HTML and print it from a browser, or write XLSX.",
        )
    try:
        from weasyprint import HTML
    except OSError:  # it loads the system's Pango
        raise UsageError(
            "PDF needs Pango, which is not installed on this machine.",
            remedy=f"Install it ({_PANGO}), or write HTML and print it from a browser.",
        ) from None
    for name in ("weasyprint", "fontTools"):
        logging.getLogger(name).setLevel(logging.ERROR)  # it warns of CSS that is for screens
    pdf: bytes = HTML(string=page.decode(), url_fetcher=_fetch_nothing).write_pdf()
    return pdf


def _fetch_nothing(url: str, *_more: object, **_others: object) -> NoReturn:
    """The page has everything in it: nothing is ever asked of a host or a file."""
    raise ValueError(f"{url[:100]} is not part of the page")
