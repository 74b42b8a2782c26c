"""Keeps the garbage collector's pauses off the keys."""

from __future__ import annotations

import gc

YOUNG = 20_000
"""New objects between two collections of the youngest: a look at 2,000 phones makes as many, and
Python's own 700 would begin a dozen collections in each."""


def settle() -> None:
    """What is loaded by now stays for good: no collection walks through it again.

    Without this a full collection took 90 ms once in a few seconds, in the middle of a key press.
    """
    gc.freeze()
    gc.set_threshold(YOUNG, 10, 10)
