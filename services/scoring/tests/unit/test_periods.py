from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.domain.funnel import Grouping
from scoring.domain.periods import Month, periods

SHANGHAI, SANTIAGO = ZoneInfo("Asia/Shanghai"), ZoneInfo("America/Santiago")
MOMENTS = st.integers(0, 3_650 * 24 * 60).map(
    lambda minutes: datetime(2020, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)
SPANS = st.timedeltas(timedelta(0), timedelta(days=100))


@given(
    st.sampled_from([Grouping.DAY, Grouping.WEEK, Grouping.MONTH]),
    MOMENTS,
    SPANS,
    st.sampled_from([SHANGHAI, SANTIAGO]),
)
def test_periods_follow_one_another_and_cover_the_span(
    grouping: Grouping, begin: datetime, length: timedelta, zone: ZoneInfo
) -> None:
    end = begin + length

    found = list(periods(grouping, begin, end, zone))

    assert all(before.ends_at < after.ends_at and before.name < after.name for before, after in pairwise(found))
    assert all(before.ends_at < end for before in found[:-1])
    if length:
        assert found[0].ends_at > begin
        assert found[-1].ends_at >= end


def test_a_month_begins_at_midnight_of_its_zone() -> None:
    december = Month.of(datetime(2026, 12, 31, 15, 59, tzinfo=UTC), SHANGHAI)

    assert str(december) == "2026-12"
    assert december.next() == Month.parse("2027-01") == Month.of(datetime(2026, 12, 31, 16, tzinfo=UTC), SHANGHAI)
    assert december.next().begins_at(SHANGHAI) == datetime(2026, 12, 31, 16, tzinfo=UTC)


@pytest.mark.parametrize("text", ["2026", "march"])
def test_other_texts_are_no_months(text: str) -> None:
    with pytest.raises(ValueError, match=r"2026|march"):
        Month.parse(text)
