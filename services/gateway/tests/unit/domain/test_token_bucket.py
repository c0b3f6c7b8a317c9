"""How much a caller may ask for."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.token_bucket import Rate, TokenBucket


def test_a_full_bucket_allows_a_burst_and_then_the_mean_rate() -> None:
    bucket = TokenBucket(Rate(2.0, 3), 0.0)

    burst = [bucket.take(0.0).is_allowed for _ in range(4)]
    refused = bucket.take(0.0)
    half_a_second_later = bucket.take(0.5)

    assert burst == [True, True, True, False]
    assert (refused.remaining, refused.retry_after_s, refused.full_in_s) == (0, 0.5, 1.5)
    assert (half_a_second_later.is_allowed, half_a_second_later.remaining) == (True, 0)


def test_a_bucket_never_holds_more_than_its_burst() -> None:
    bucket = TokenBucket(Rate(100.0, 3), 0.0)

    assert bucket.take(1000.0).remaining == 2


@given(
    rate=st.builds(Rate, st.floats(0.1, 100), st.integers(1, 50)),
    gaps=st.lists(st.floats(0, 5), min_size=1, max_size=200),
)
def test_no_span_sees_more_than_burst_plus_rate(rate: Rate, gaps: list[float]) -> None:
    bucket, now, allowed = TokenBucket(rate, 0.0), 0.0, 0

    for gap in gaps:
        now += gap
        allowed += bucket.take(now).is_allowed

    assert allowed <= rate.burst + rate.per_s * now + 1e-6
