"""What is remembered of callers."""

from __future__ import annotations

from gateway.adapters.http.rate_limits import RateLimits, Rates
from gateway.domain.token_bucket import Rate

SLOW = Rate(per_s=0.01, burst=3)


def test_a_caller_who_has_used_requests_up_is_remembered_while_others_come_and_go() -> None:
    now = [0.0]
    limits = RateLimits(Rates(caller=SLOW, tenant=SLOW, anonymous=Rate(per_s=1, burst=3)), clock=lambda: now[0])
    limits.take("", "slow")
    for at in range(100):
        now[0] = float(at)
        limits.take_anonymous(f"203.0.113.{at}")

    assert limits.take("", "slow").remaining == 1
