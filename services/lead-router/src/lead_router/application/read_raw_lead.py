"""Read a submission as it was sent (LR-07)."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from chassis.authorization import Authorizer, Resource
from chassis.errors import NotFound
from lead_router.application.ports import UnitOfWork
from lead_router.domain.ids import LeadId

_PERMISSION = "lead.raw"


@dataclass(frozen=True, slots=True)
class RawLead:
    """A submission, never changed since it came."""

    lead_id: LeadId
    door: str
    submitter: str
    received_at: datetime
    submission: bytes

    @property
    def sha256(self) -> str:
        """Of the submission, hex."""
        return hashlib.sha256(self.submission).hexdigest()


@dataclass(frozen=True, slots=True)
class RawLeadReader:
    """Shows raw records. They are unmasked, so every look is audited."""

    unit_of_work: UnitOfWork
    authorizer: Authorizer

    async def __call__(self, lead_id: LeadId) -> RawLead:
        """Reads one.

        Raises:
            NotFound: there is none for this caller.
        """
        async with self.unit_of_work.begin() as work:
            stored = await work.leads.get(lead_id)
            raw = await work.raw_leads.get(lead_id)
            if stored is None or raw is None:
                raise NotFound("lead", lead_id)
            owner = stored.lead.owner
            resource = Resource(owner.rep_id if owner else None, owner.team_id if owner else None)
            self.authorizer.require_visible(_PERMISSION, resource, kind="lead", id=lead_id)
            work.audit.record(action="lead.read_raw", resource=f"leads/{lead_id}", after={"sha256": raw.sha256})
            return raw
