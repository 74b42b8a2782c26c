"""Stretches of time in words."""

from __future__ import annotations

_DAY_S = 86_400


def shift(ms: int) -> str:
    """A correction as +HH:MM:SS, with days in front where it is that long."""
    seconds = round(abs(ms) / 1000)
    days, rest = divmod(seconds, _DAY_S)
    sign = "-" if ms < 0 else "+"
    whole = f"{days:,} day{'' if days == 1 else 's'} " if days else ""
    return f"{sign}{whole}{rest // 3600:02}:{rest // 60 % 60:02}:{rest % 60:02}"
