"""Look again at leads that wait: a shift began, a slot came free, or half an hour passed."""

from dataclasses import dataclass

from lead_router.application.placing import MOST_TOGETHER, Placing
from lead_router.application.ports import UnitOfWork


@dataclass(frozen=True, slots=True)
class PlaceWaiting:
    """Places waiting leads, a batch a transaction of its own would be for; inside a timer, one batch at a time."""

    unit_of_work: UnitOfWork
    placing: Placing

    async def __call__(self) -> int:
        """Decides on the leads that have waited longest; returns how many got an owner."""
        async with self.unit_of_work.begin() as work:
            waiting = await work.leads.lock_waiting(work.now, MOST_TOGETHER)
            if not waiting:
                return 0
            await self.placing.place(work, waiting)
            await work.leads.save_many(waiting)
            for stored in waiting:
                for event in stored.lead.pull_events():
                    work.outbox.append(event)
            return sum(stored.lead.owner is not None for stored in waiting)
