"""What is known of a lead: from the read copy, and from the router where the lead's events have not arrived yet."""

from pipeline.application.ports import Leads, UnitOfWork
from pipeline.domain.ids import LeadId
from pipeline.domain.lead_standing import LeadStanding


async def standing_of(lead_id: LeadId, unit_of_work: UnitOfWork, leads: Leads) -> LeadStanding:
    """The lead's standing. The router is asked outside of any transaction.

    Raises:
        NotFound: there is no such lead for the caller.
        Unreachable: its events have not arrived, and the router does not answer.
    """
    async with unit_of_work.begin() as work:
        known = await work.leads.get(lead_id)
    return known or await leads.standing(lead_id)
