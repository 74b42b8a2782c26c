"""Chain values by record number, in 17 bytes each: a check of a million records fits a small Pi."""

from __future__ import annotations

from typing import Final

_WIDTH: Final = 16
"""Bytes of a chain value."""
_NONE, _EMPTY, _VALUE = range(3)
SPARE: Final = 1_000_000
"""Numbers so far above the count are kept apart: a forged one must not ask for a gigabyte."""


class ChainValues:
    """Numbers from 1 up, nearly all of them, to values of 32 hexadecimal digits or empty ones."""

    def __init__(self) -> None:
        self._values = bytearray()
        self._states = bytearray()
        self._others: dict[int, str] = {}
        self._count = 0

    def get(self, number: int) -> str | None:
        """The value, or None."""
        if not 0 <= number < len(self._states) or number in self._others:
            return self._others.get(number)
        state = self._states[number]
        if state != _VALUE:
            return None if state == _NONE else ""
        return self._values[number * _WIDTH : (number + 1) * _WIDTH].hex()

    def __contains__(self, number: int) -> bool:
        return self.get(number) is not None

    def __setitem__(self, number: int, value: str) -> None:
        self._count += 1
        if not 0 <= number <= 2 * self._count + SPARE:
            self._others[number] = value
            return
        if number >= len(self._states):
            more = number + 1 - len(self._states)
            self._states.extend(bytes(more))
            self._values.extend(bytes(more * _WIDTH))
        self._others.pop(number, None)
        self._states[number] = _VALUE if value else _EMPTY
        if value:
            self._values[number * _WIDTH : (number + 1) * _WIDTH] = bytes.fromhex(value)
