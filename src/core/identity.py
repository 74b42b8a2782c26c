"""The one form of a bleUuid, and the cleaning of text that comes from outside."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

_FORM = re.compile(
    r"[0-9a-fA-F]{8}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{12}"
)

_LINE_ENDS = frozenset({"Zl", "Zp"})
_MARKS = frozenset({"Mn", "Me"})
MARKS_LIMIT = 8
"""Combining marks kept on one letter. No script in use needs more than five after NFC (Tibetan
stacks); hundreds of them are drawn over the neighbouring lines."""

TEXT_LIMIT = 64
"""Characters of a name or scanner id that are kept: longer ones are mistakes or attacks."""


def canonical(text: str) -> str | None:
    """The lower-case form with dashes (RFC 9562, 4), or None if `text` is no 16-byte id.

    Upper case and missing dashes are accepted: phones, spreadsheets and people write both.
    """
    if not _FORM.fullmatch(text):
        return None
    return dashed(text.replace("-", "").lower())


def from_bytes(data: bytes) -> str:
    """The canonical form of 16 bytes, most significant first."""
    return dashed(data.hex())


def to_bytes(ble_uuid: str) -> bytes:
    """The 16 bytes of a canonical id."""
    return bytes.fromhex(ble_uuid.replace("-", ""))


def dashed(digits: str) -> str:
    """Put the dashes into 32 hexadecimal digits."""
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def clean_text(text: str, limit: int = TEXT_LIMIT) -> str:
    """NFC, without control, format, surrogate, private and unassigned characters; cut at `limit`.

    What remains can neither steer a terminal nor turn the direction of a line (categories C*, Zl
    and Zp of the Unicode Character Database), nor pile marks over the lines above it. Use it at
    the boundary, once.
    """
    if text.isascii() and text.isprintable():
        return text.strip()[:limit].rstrip()
    return "".join(_harmless(unicodedata.normalize("NFC", text))).strip()[:limit].rstrip()


def _harmless(text: str) -> Iterator[str]:
    marks = 0
    for char in text:
        category = unicodedata.category(char)
        marks = marks + 1 if category in _MARKS else 0
        if char in "\t\n\r":
            yield " "
        elif category[0] != "C" and category not in _LINE_ENDS and marks <= MARKS_LIMIT:
            yield char


_EVENT_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._~:-]{0,63}")


def is_event_id(text: str) -> bool:
    """Letters, digits and `. _ ~ : -`, 1 to 64 of them, the first a letter or digit.

    Such an id is safe in a URL, a file name, a terminal and a spreadsheet.
    """
    return _EVENT_ID.fullmatch(text) is not None
