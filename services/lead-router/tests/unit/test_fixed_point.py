"""Exact arithmetic: parts per million, rounded half to even, scalar and column alike."""

from datetime import UTC, datetime
from decimal import ROUND_HALF_EVEN, Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lead_router.domain.routing.fixed_point import (
    MAX_LIFT,
    MAX_WORTH,
    PPM,
    epoch_seconds,
    from_epoch,
    share_of,
    shares_of,
)

AMOUNTS = st.integers(0, 9 * MAX_WORTH)
FACTORS = st.integers(0, MAX_LIFT) | st.sampled_from([500_000, 1_500_000, 2_500_000])


def columns_of(amounts: list[int], factors: list[int]) -> list[int]:
    left, right = np.array(amounts, dtype=np.int64), np.array(factors, dtype=np.int64)
    out = np.empty_like(left)
    shares_of(left, right, out, np.empty((2, len(left)), dtype=np.int64))
    return [int(value) for value in out]


@pytest.mark.parametrize(("amount", "rounded"), [(1, 0), (3, 2), (5, 2), (7, 4), (-1, 0), (-3, -2), (-5, -2)])
def test_an_exact_half_goes_to_the_even_neighbour(amount: int, rounded: int) -> None:
    assert share_of(amount, PPM // 2) == rounded


def test_columns_break_exact_halves_as_scalars_do() -> None:
    amounts = list(range(40))

    assert columns_of(amounts, [500_000] * 40) == [share_of(amount, 500_000) for amount in amounts]


@given(st.lists(st.tuples(AMOUNTS, FACTORS), min_size=1, max_size=20))
def test_scalar_and_column_are_the_decimal_result(pairs: list[tuple[int, int]]) -> None:
    amounts, factors = [amount for amount, _ in pairs], [factor for _, factor in pairs]

    exact = [int((Decimal(amount) * factor / PPM).to_integral_value(ROUND_HALF_EVEN)) for amount, factor in pairs]

    assert [share_of(amount, factor) for amount, factor in pairs] == exact
    assert columns_of(amounts, factors) == exact


def test_the_largest_worth_under_the_largest_lifts_does_not_overflow() -> None:
    assert columns_of([9 * MAX_WORTH], [MAX_LIFT]) == [27 * MAX_WORTH]


def test_seconds_are_rounded_down_on_both_sides_of_the_epoch() -> None:
    late = datetime(2026, 3, 2, 3, 0, 59, 999_999, tzinfo=UTC)
    early = datetime(1969, 12, 31, 23, 59, 59, 500_000, tzinfo=UTC)

    assert from_epoch(epoch_seconds(late)) == late.replace(microsecond=0)
    assert epoch_seconds(early) == -1
