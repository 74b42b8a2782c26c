"""Cells that a spreadsheet takes for text, whoever wrote them."""

from __future__ import annotations

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""What makes a spreadsheet take a cell for a formula (OWASP ASVS 5.0, 1.2.10), and the full-width
forms of = + - @, which East Asian editions take for the same."""


def defuse(cell: str) -> str:
    """Keep a spreadsheet from running a cell as a formula."""
    return f"'{cell}" if cell.startswith(FORMULA_STARTS) else cell
