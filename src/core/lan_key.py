"""The fleet key as people type it: letters and digits in groups, 128 bits."""

from __future__ import annotations

import hashlib
import hmac
from typing import Final

from .pairing import LETTERS

_LOOK_ALIKES: Final = str.maketrans("ILOU", "110V")
KEY_BYTES: Final = 16
_LENGTH: Final = 26
"""Letters of base 32 that hold 128 bits."""
_GROUP: Final = 5
_LABEL: Final = b"headcount lan key 1\0"


def key_text(secret: bytes) -> str:
    """16 bytes as people type them: `7K2M9-QXD4T-…`."""
    number = int.from_bytes(secret[:KEY_BYTES], "big")
    letters = "".join(LETTERS[number >> (5 * place) & 31] for place in reversed(range(_LENGTH)))
    return "-".join(letters[at : at + _GROUP] for at in range(0, _LENGTH, _GROUP))


def normal_key(typed: str) -> str | None:
    """What was typed, in one spelling; None for what is no key."""
    letters = "".join(char for char in typed.upper() if char not in "- \t\n\r")
    letters = letters.translate(_LOOK_ALIKES)
    fits = len(letters) == _LENGTH and not set(letters) - set(LETTERS)
    return letters if fits else None


def key_bytes(normal: str) -> bytes:
    """The 32 bytes that stations prove to have, of a key in its one spelling."""
    return hashlib.sha256(_LABEL + normal.encode("ascii")).digest()


def event_key_text(secret: bytes, event_id: str) -> str:
    """The key of one event, of a secret that only the backend has."""
    return key_text(hmac.digest(secret, _LABEL + event_id.encode(), "sha256"))
