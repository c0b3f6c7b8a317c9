"""Read follow-ups: one, a page, or the first since a moment."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from chassis.authorization import Authorizer, Resource
from chassis.errors import NotFound
from chassis.pages import Cursor
from pipeline.application.ports import FollowUpFilter, UnitOfWork
from pipeline.domain.follow_up import FollowUp
from pipeline.domain.ids import FollowUpId, LeadId

_READ = "follow_up.read"


@dataclass(frozen=True, slots=True)
class FollowUpFinder:
    """Answers what callers ask about follow-ups, within what they may see."""

    unit_of_work: UnitOfWork
    authorizer: Authorizer

    async def get(self, follow_up_id: FollowUpId) -> FollowUp:
        """One follow-up.

        Raises:
            NotFound: there is none for this caller.
        """
        async with self.unit_of_work.begin() as work:
            follow_up = await work.follow_ups.get(follow_up_id)
        if follow_up is None:
            raise NotFound("follow-up", follow_up_id)
        resource = Resource(owner_id=follow_up.person_id, team_id=follow_up.team_id)
        self.authorizer.require_visible(_READ, resource, kind="follow-up", id=follow_up_id)
        return follow_up

    async def page(self, wanted: FollowUpFilter, after: Cursor | None, size: int) -> Sequence[FollowUp]:
        """Follow-ups that the caller may see, newest first, at most `size`."""
        async with self.unit_of_work.begin() as work:
            return await work.follow_ups.page(wanted, self.authorizer.scope(_READ), after, size)

    async def first_since(self, lead_id: LeadId, since: datetime) -> FollowUp | None:
        """The earliest follow-up of a lead at or after a moment: what a silence deadline asks before it acts."""
        async with self.unit_of_work.begin() as work:
            return await work.follow_ups.first_since(lead_id, since)
