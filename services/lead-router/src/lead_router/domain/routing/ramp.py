"""Newcomers ramp up: weight and daily cap rise from half to whole over 30 days."""

from datetime import date

from lead_router.domain.routing.fixed_point import PPM, share_of
from lead_router.domain.routing.policy import Newcomers


def ramp_ppm(joined_on: date | None, today: date, newcomers: Newcomers) -> int:
    """Share of full weight and cap on that day; whole for a rep of long standing."""
    days = newcomers.ramp_days if joined_on is None else max(0, (today - joined_on).days)
    if days >= newcomers.ramp_days:
        return PPM
    return newcomers.ramp_start + (PPM - newcomers.ramp_start) * days // newcomers.ramp_days


def ramped(full: int, share_ppm: int) -> int:
    """A weight or cap under the ramp: rounded, and at least 1 unless it is 0 in full."""
    return max(1, share_of(full, share_ppm)) if full > 0 else 0
