"""The one-time code that a person reads off one screen and types on another."""

from __future__ import annotations

LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no I, L, O, U, which are read as 1, 1, 0 and V."""

CODE_LENGTH = 8
"""40 bits: a million guesses hit one of a hundred living codes with a chance of 1 in 10,000."""

CODE_LIVES_MS = 10 * 60_000
"""Ten minutes: the way from the office to the door."""

_LOOK_ALIKES = str.maketrans("ILOU", "110V")


def shown_code(code: str) -> str:
    """The code as it is shown: `7K2M-9QXD`."""
    return f"{code[:4]}-{code[4:]}"


def normal_code(typed: str) -> str:
    """What was typed, without dashes and spaces, in one spelling."""
    letters = "".join(char for char in typed.upper() if char not in "- ")
    return letters.translate(_LOOK_ALIKES)[: 2 * CODE_LENGTH]
