"""Public holidays of mainland China, as far as this release knows them."""

from collections.abc import Mapping, Sequence
from functools import cache

from chassis.chinese_holidays import CalendarDay, chinese_holidays, published_years


@cache
def public_holidays() -> Mapping[int, Sequence[CalendarDay]]:
    """Holidays and make-up workdays of each published year."""
    return {year: chinese_holidays([year]) for year in published_years()}
