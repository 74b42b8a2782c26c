"""What this terminal can show. Nothing here is wrong: each trouble has a setting that helps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ...core.doctor import Area, Finding, Severity, good

COLUMNS, LINES = 80, 24
"""What every screen is tried with."""


def terminal(
    environ: Mapping[str, str], *, encoding: str, size: tuple[int, int] | None
) -> Iterator[Finding]:
    """`size`: columns and lines; None where there is no terminal."""
    if size is None:
        yield good(Area.TERMINAL, "terminal", "There is no terminal: lines are printed.")
        return
    yield _size(*size)
    yield _symbols(encoding)
    yield _colours(environ)


def _size(columns: int, lines: int) -> Finding:
    if columns >= COLUMNS and lines >= LINES:
        return good(Area.TERMINAL, "terminal-size", f"{columns} columns, {lines} lines.")
    return _note(
        "terminal-size",
        f"The terminal has {columns} columns and {lines} lines only.",
        "Screens are made for 80 and 24; below that parts of them are left out.",
        "Use a smaller font, or a larger window",
    )


def _symbols(encoding: str) -> Finding:
    if encoding.lower().replace("-", "") == "utf8":
        return good(Area.TERMINAL, "terminal-symbols", "Symbols and all letters can be shown.")
    return _note(
        "terminal-symbols",
        f"The terminal's encoding is {encoding}, so that names may show with question marks.",
        "Names are stored right all the same.",
        "export LANG=C.UTF-8",
    )


def _colours(environ: Mapping[str, str]) -> Finding:
    if environ.get("NO_COLOR"):
        what = "NO_COLOR is set: no colours are shown."
    elif environ.get("TERM", "dumb") == "dumb":
        what = "TERM names no terminal that can show colours."
    else:
        return good(Area.TERMINAL, "terminal-colours", f"TERM is {environ['TERM']}.")
    why = "Every state has a word and a symbol beside its colour."
    return _note("terminal-colours", what, why, "export TERM=xterm-256color; unset NO_COLOR")


def _note(name: str, what: str, why: str, remedy: str) -> Finding:
    return Finding(Area.TERMINAL, name, Severity.NOTE, what, why, remedy)
