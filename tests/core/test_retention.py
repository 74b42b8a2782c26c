"""Folding sightings for the purge changes no status."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from headcount.core.attendance import MINUTE_MS, Rules, derive_status
from headcount.core.retention import Heard, stretches, times_of

START, END = 100 * MINUTE_MS, 160 * MINUTE_MS
AWAY = 10 * MINUTE_MS
TIMES = st.lists(st.integers(70 * MINUTE_MS, 190 * MINUTE_MS), min_size=1, max_size=60)


@given(TIMES, st.sampled_from([0, 5, 15]))
def test_times_that_stand_for_sightings_lead_to_the_same_verdict(
    times: list[int], opens_minutes: int
) -> None:
    rules = Rules(check_in_opens_minutes=opens_minutes)
    folded = stretches(
        [Heard(time, 1, 0) for time in times],
        opens=START - opens_minutes * MINUTE_MS,
        closes=END + AWAY,
        away_ms=AWAY,
        names={1: "North"},
    )
    after = [time for stretch in folded for time in times_of(stretch)]
    assert (min(after), max(after), len(after)) == (min(times), max(times), len(times))
    verdicts = [
        derive_status(some, start=START, end=END, rules=rules, registered=True)
        for some in (times, after)
    ]
    assert verdicts[0] == verdicts[1]
