"""Emits the present state of leads, for a consumer that starts without history."""

from dataclasses import dataclass

from sqlalchemy import text

from chassis.database import Transaction
from chassis.money import money_of
from chassis.proto_values import number_of, timestamp_of
from lead_router.adapters.kafka.events import LEAD
from lead_router.adapters.postgres.leads import PostgresLeads
from lead_router.application.ports import Company
from lead_router.application.stored_lead import StoredLead
from lead_router.domain.ids import LeadId
from lead_router.domain.lead_state import LeadState
from throughline.lead_router.v1 import events_pb2 as pb
from throughline.lead_router.v1 import lead_pb2

_BATCH = 500


@dataclass(frozen=True, slots=True)
class LeadSnapshots:
    """Appends states, a batch in each transaction."""

    company: Company

    async def __call__(self, transaction: Transaction, after: str) -> str:
        """Appends the state of up to 500 leads after an id; returns the last id, or nothing where there are none left.

        The leads are held while their state is read, so the snapshot cannot overtake an event of the same lead.
        """
        currency = await self.company.currency(transaction.tenant_id)
        rows = await transaction.connection.execute(_NEXT, {"after": after or None, "most": _BATCH})
        ids = [LeadId(str(row.id)) for row in rows]
        leads = await PostgresLeads(transaction).lock_many(ids)
        for lead_id in ids:
            transaction.outbox.append(
                aggregate=LEAD,
                aggregate_id=lead_id,
                version=leads[lead_id].lead.version,
                message=_snapshot(leads[lead_id], currency),
            )
        return ids[-1] if len(ids) == _BATCH else ""


def _snapshot(stored: StoredLead, currency: str) -> pb.LeadSnapshot:
    lead, standing = stored.lead, stored.lead.standing
    profile, owner = lead.details.profile, standing.owner
    reason = standing.waiting_reason if lead.state is LeadState.WAITING else None
    message = pb.LeadSnapshot(
        lead_id=lead.id,
        state=number_of(lead_pb2.LeadState, lead.state.value),
        waiting_reason=number_of(lead_pb2.WaitingReason, reason.value if reason else ""),
        to_be_activated=lead.clocks.to_be_activated,
        owner_id=owner.rep_id if owner else "",
        team_id=owner.team_id if owner else "",
        source=lead.details.origin.source,
        region=profile.region,
        segment=number_of(lead_pb2.Segment, profile.segment.lower()),
        product_line=profile.product_line,
        worth=money_of(stored.worth, currency),
        received_at=timestamp_of(lead.received_at),
        merged_into=standing.merged_into or "",
        industry=profile.industry,
    )
    for name, moment in (("assigned_at", standing.assigned_at), ("first_touched_at", lead.clocks.first_touched_at)):
        if moment is not None:
            getattr(message, name).CopyFrom(timestamp_of(moment))
    return message


_NEXT = text(
    "SELECT id FROM lead WHERE CAST(:after AS uuid) IS NULL OR id > CAST(:after AS uuid) ORDER BY id LIMIT :most"
)
