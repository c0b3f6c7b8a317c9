"""What sources are worth (LR-18), and how leads are shared out (LR-16)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from lead_router.application.ports import UnitOfWork
from lead_router.domain.ids import RepId
from lead_router.domain.lead_ending import DeathReason, LeadQuality

_LOOK_BACK = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class SourceQuality:
    """One source and campaign."""

    source: str
    utm_campaign: str
    leads: int
    ratings: Mapping[LeadQuality, int]
    deaths: Mapping[DeathReason, int]
    converted: int

    @property
    def mean_rating(self) -> float:
        """Mean of 4 for A to 1 for D; 0 where none was rated."""
        rated = sum(self.ratings.values())
        return sum(grade.points * leads for grade, leads in self.ratings.items()) / rated if rated else 0.0


@dataclass(frozen=True, slots=True)
class RepShare:
    """What one rep got; amounts in hundredths of the tenant's currency."""

    rep_id: RepId
    leads: int
    high: int
    middle: int
    worth: int
    ratings: Mapping[LeadQuality, int]


@dataclass(frozen=True, slots=True)
class Allocation:
    """All reps, and from which worth on a lead of the span counts as high or middle."""

    reps: Sequence[RepShare]
    high_from: int
    middle_from: int


class LeadCounts(Protocol):
    """Counts over the leads received in a span, those joined to others left out."""

    async def by_source(self, start: datetime, end: datetime, most: int) -> Sequence[SourceQuality]:
        """By source and campaign, most leads first, at most `most`."""
        ...

    async def by_rep(self, start: datetime, end: datetime, most: int) -> Allocation:
        """By owner, ended leads included, at most `most`."""
        ...


@dataclass(frozen=True, slots=True)
class LeadStatistics:
    """Counts leads received in [start, end); by default of the last 30 days."""

    unit_of_work: UnitOfWork

    async def sources(self, start: datetime | None, end: datetime | None) -> Sequence[SourceQuality]:
        """The 500 sources and campaigns with the most leads."""
        async with self.unit_of_work.begin() as work:
            until = end or work.now
            return await work.lead_counts.by_source(start or until - _LOOK_BACK, until, 500)

    async def allocation(self, start: datetime | None, end: datetime | None) -> Allocation:
        """By rep and quality: high is the best fifth by worth, middle the better half besides."""
        async with self.unit_of_work.begin() as work:
            until = end or work.now
            return await work.lead_counts.by_rep(start or until - _LOOK_BACK, until, 10_000)
