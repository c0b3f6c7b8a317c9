"""How fast leads are answered (LR-11), and where they flow (LR-08)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from lead_router.application.ports import UnitOfWork
from lead_router.domain.ids import RepId

_LOOK_BACK = timedelta(days=30)
BUCKET_ENDS = (30, 120, 360, 840, 1440, 2880)
"""Minutes at which response times are cut: half an hour, the golden two, six, the average of 14, one day, two."""


@dataclass(frozen=True, slots=True)
class RepResponse:
    """Response times of one rep."""

    rep_id: RepId
    leads: int
    followed_up: int
    silent: int
    """Leads that fell silent for 48 hours, even if they were followed up later."""
    decided: int
    """Leads that were followed up, or whose deadline has passed."""
    median_minutes: float
    """From receipt to the first follow-up; 0 where there is none."""
    p90_minutes: float
    distribution: Sequence[tuple[int | None, int]] = ()
    """Ends of spans in minutes, included, each with how many first follow-ups came within it; None for the last."""


@dataclass(frozen=True, slots=True)
class HeatCell:
    """Leads of one region and team."""

    region: str
    team_id: str
    leads: int
    urgent: int
    worth: int


@dataclass(frozen=True, slots=True)
class Heat:
    """Where leads flowed, and when it was counted."""

    cells: Sequence[HeatCell]
    counted_at: datetime


@dataclass(frozen=True, slots=True)
class LeadFigures:
    """Counts leads for the overview."""

    unit_of_work: UnitOfWork

    async def response_times(self, start: datetime | None, end: datetime | None) -> Sequence[RepResponse]:
        """Per rep, of leads received in [start, end); by default the last 30 days."""
        async with self.unit_of_work.begin() as work:
            until = end or work.now
            return await work.response_times.by_rep(start or until - _LOOK_BACK, until)

    async def heat(self, hours: int) -> Heat:
        """Leads of the last hours by region and team."""
        async with self.unit_of_work.begin() as work:
            return Heat(await work.response_times.heat(work.now - timedelta(hours=hours)), work.now)


def reached_share_pct(reps: Sequence[RepResponse]) -> float:
    """Share of leads followed up within the limit, in percent, over those of which it is known; 100 where none is."""
    decided = sum(rep.decided for rep in reps)
    return 100.0 * (decided - sum(rep.silent for rep in reps)) / decided if decided else 100.0
