"""The skip rate is skips among moves forward; the total is all rows together."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.errors import Invalid
from pipeline.domain.skip_rate import SkipRate, SkipRateQuestion, SkipRateRow

from ..builders import MONDAY


def test_rows_come_with_the_highest_rate_first() -> None:
    calm, hasty = SkipRateRow("a", 10, 1, {"legal": 1}), SkipRateRow("b", 3, 2, {"legal": 1, "demo": 2})

    rate = SkipRate.of([calm, hasty])

    assert [row.group for row in rate.rows] == ["b", "a"]
    assert (hasty.skip_rate_pct, calm.skip_rate_pct) == (66.67, 10.0)
    assert rate.total == SkipRateRow("", 13, 3, {"legal": 2, "demo": 2})


def test_without_a_move_there_is_no_rate() -> None:
    assert SkipRate.of([]).total.skip_rate_pct is None


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), max_size=6))
def test_total_is_the_sum_of_the_rows(counts: list[tuple[int, int]]) -> None:
    rows = [SkipRateRow(str(n), moves + skips, skips) for n, (moves, skips) in enumerate(counts)]

    total = SkipRate.of(rows).total

    assert (total.forward_moves, total.skips) == (sum(m + s for m, s in counts), sum(s for _, s in counts))


def test_span_does_not_end_before_it_begins() -> None:
    with pytest.raises(Invalid):
        SkipRateQuestion(moved_from=MONDAY, moved_before=MONDAY - timedelta(1)).require_span()
