"""Chain values by number, against a plain dictionary."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from headcount.store.log_chain_values import SPARE, ChainValues

VALUES = st.one_of(st.just(""), st.binary(min_size=16, max_size=16).map(bytes.hex))
NUMBERS = st.one_of(st.integers(0, 40), st.integers(SPARE - 2, SPARE + 9), st.integers(-3, 10**18))


@given(st.lists(st.tuples(NUMBERS, VALUES), max_size=30))
def test_it_is_a_dictionary_that_a_forged_number_does_not_blow_up(
    pairs: list[tuple[int, str]],
) -> None:
    values, plain = ChainValues(), dict[int, str]()
    for number, value in pairs:
        values[number] = value
        plain[number] = value
    asked = [*plain, *range(45), SPARE, 10**18]
    assert [values.get(number) for number in asked] == [plain.get(number) for number in asked]
    assert all((number in values) == (number in plain) for number in asked)
