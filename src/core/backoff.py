"""How long a guesser has to wait: free tries, then pauses that double."""

from __future__ import annotations

from typing import NamedTuple

_MOST_DOUBLINGS = 30
"""Beyond this every pause is the longest one; a shift by more would only make huge integers."""


class Limit(NamedTuple):
    """Times are milliseconds."""

    free: int
    """Tries before the first pause."""
    first: int
    longest: int
    forget: int
    """After this long without a try the count begins anew."""


class Subject(NamedTuple):
    """What is counted: an account, an address."""

    key: str
    limit: Limit


_SECOND, _MINUTE, _HOUR = 1_000, 60_000, 3_600_000

ACCOUNT = Limit(free=10, first=15 * _SECOND, longest=15 * _MINUTE, forget=24 * _HOUR)
"""Wrong passwords for one account: some hundred guesses a day, of which no usable password is one.
The pause ends by itself, so that nobody can lock a person out for good."""

ADDRESS = Limit(free=30, first=10 * _SECOND, longest=15 * _MINUTE, forget=24 * _HOUR)
"""Wrong passwords from one address: a whole office may share it."""

SIGN_UPS = Limit(free=20, first=_MINUTE, longest=_HOUR, forget=24 * _HOUR)
"""Sign-ups from one address: each writes a row that an admin has to look at."""

PAIRINGS = Limit(free=10, first=10 * _SECOND, longest=15 * _MINUTE, forget=_HOUR)
"""Wrong pairing codes from one address: a code has 40 random bits and lives ten minutes."""

FEEDBACK = Limit(free=20, first=_MINUTE, longest=_HOUR, forget=24 * _HOUR)
"""Feedback of one person: each text is read by an admin."""


def pause_ms(limit: Limit, tries: int) -> int:
    """The pause after so many tries in a row, milliseconds."""
    if tries < limit.free:
        return 0
    return min(limit.first << min(tries - limit.free, _MOST_DOUBLINGS), limit.longest)
