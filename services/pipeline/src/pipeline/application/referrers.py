"""What of this service refers to files: follow-ups and opportunities; a lead stands for its follow-ups."""

from collections.abc import Sequence

from chassis.authorization import Resource
from pipeline.application.ports import Work
from pipeline.domain.ids import FollowUpId, LeadId, OpportunityId

FOLLOW_UPS = "follow-ups"
OPPORTUNITIES = "opportunities"
LEADS = "leads"


class PipelineReferrers:
    """Says whose the things are that refer to a file, and which permission reading them takes."""

    async def resources_of(self, work: Work, referring: Sequence[str]) -> Sequence[tuple[str, Resource]]:
        """The permission that reading each of them takes, and whose it is; unknown ones are left out."""
        found = [await self._resource_of(work, *name.split("/", 1)) for name in referring]
        return [one for one in found if one is not None]

    async def _resource_of(self, work: Work, kind: str, id: str) -> tuple[str, Resource] | None:
        if kind == FOLLOW_UPS and (follow_up := await work.follow_ups.get(FollowUpId(id))):
            return "follow_up.read", Resource(owner_id=follow_up.person_id, team_id=follow_up.team_id)
        if kind == OPPORTUNITIES and (opportunity := await work.opportunities.get(OpportunityId(id))):
            return "opportunity.read", Resource(owner_id=opportunity.owner_id, team_id=opportunity.team_id)
        if kind == LEADS and (lead := await work.leads.get(LeadId(id))):
            return "lead.read", Resource(owner_id=lead.owner_id, team_id=lead.team_id)
        return None
