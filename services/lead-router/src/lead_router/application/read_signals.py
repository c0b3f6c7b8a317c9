"""What the signals of a lead add up to, for those who may see the lead."""

from dataclasses import dataclass
from datetime import datetime

from chassis.authorization import Authorizer, Resource
from chassis.errors import NotFound
from lead_router.application.ports import UnitOfWork
from lead_router.application.signal_ports import LeadBehaviour
from lead_router.application.stored_lead import StoredLead
from lead_router.domain.ids import LeadId
from lead_router.domain.signals.features import SignalFeatures
from lead_router.domain.signals.path import Advice, advise


@dataclass(frozen=True, slots=True)
class LeadSignals:
    """What is kept of a lead's signals, and the moment as of which it is told."""

    stored: StoredLead
    kept: LeadBehaviour
    now: datetime
    advice: Advice


@dataclass(frozen=True, slots=True)
class SignalReader:
    """Answers what callers ask about signals."""

    unit_of_work: UnitOfWork
    authorizer: Authorizer

    async def __call__(self, lead_id: LeadId) -> LeadSignals:
        """Reads the signals of a lead.

        Raises:
            NotFound: there is no such lead for this caller.
        """
        async with self.unit_of_work.begin() as work:
            stored = await work.leads.get(lead_id)
            if stored is None:
                raise NotFound("lead", lead_id)
            owner = stored.lead.owner
            resource = Resource(owner.rep_id if owner else None, owner.team_id if owner else None)
            self.authorizer.require_visible("lead.read", resource, kind="lead", id=lead_id)
            found = await work.signals.features([lead_id])
            kept = found.get(lead_id) or LeadBehaviour(SignalFeatures(stored.lead.received_at))
            return LeadSignals(stored, kept, work.now, advise(stored.lead, kept.features, work.now))
