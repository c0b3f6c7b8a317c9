"""Read reps with their load and their place in the fairness ledger, which everybody may see."""

from collections.abc import Sequence
from dataclasses import dataclass

from chassis.errors import NotFound
from lead_router.application.keep_reps import RankedRep
from lead_router.application.ports import UnitOfWork
from lead_router.domain.ids import RepId


@dataclass(frozen=True, slots=True)
class RepFinder:
    """Answers what callers ask about reps."""

    unit_of_work: UnitOfWork

    async def get(self, rep_id: RepId) -> RankedRep:
        """One rep.

        Raises:
            NotFound: there is none.
        """
        async with self.unit_of_work.begin() as work:
            found = await work.reps.find(rep_id)
        if found is None:
            raise NotFound("rep", rep_id)
        return RankedRep(*found)

    async def page(self, team_id: str, after: str, size: int) -> Sequence[RankedRep]:
        """Reps by id after `after`, at most `size`; an empty team is any."""
        async with self.unit_of_work.begin() as work:
            return [RankedRep(rep, group) for rep, group in await work.reps.page(team_id, after, size)]
