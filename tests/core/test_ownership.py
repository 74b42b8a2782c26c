"""Whose a badge was at a time."""

from __future__ import annotations

import pytest

from headcount.core.ownership import Claim, Ownership

ADA, BEN = 1, 2
OLD, NEW = b"old", b"new"


@pytest.mark.parametrize(
    ("badge", "time", "owner"),
    [
        (OLD, 5, ADA),
        (OLD, 49, ADA),
        (OLD, 50, None),
        (OLD, 99, None),
        (OLD, 100, BEN),
        (NEW, 5, ADA),
        (NEW, 200, ADA),
        (b"never", 5, None),
    ],
)
def test_a_replaced_badge_keeps_its_past_and_may_be_given_on(
    badge: bytes, time: int, owner: int | None
) -> None:
    """Ada had the old badge from 10 on, was given the new one at 50; Ben got the old one at 100."""
    given = [Claim(50, "a", ADA, NEW), Claim(100, "b", BEN, OLD)]
    ownership = Ownership([Claim(10, "", ADA, OLD), *given], given)
    assert ownership.owner_at(badge, time) == owner


def test_claims_of_one_moment_go_by_id() -> None:
    given = [Claim(50, "b", BEN, OLD), Claim(50, "a", ADA, OLD)]
    assert Ownership(given, given).owner_at(OLD, 50) == BEN
    assert Ownership(reversed(given), given).owner_at(OLD, 50) == BEN
    assert Ownership(given, given).owner_at(OLD, 49) == ADA


def test_a_badge_that_is_given_back_is_theirs_again() -> None:
    given = [Claim(50, "a", ADA, NEW), Claim(70, "b", ADA, OLD)]
    ownership = Ownership([Claim(10, "", ADA, OLD), *given], given)
    assert [ownership.owner_at(OLD, time) for time in (49, 50, 70)] == [ADA, None, ADA]
    assert [ownership.owner_at(NEW, time) for time in (50, 69, 70)] == [ADA, ADA, None]
