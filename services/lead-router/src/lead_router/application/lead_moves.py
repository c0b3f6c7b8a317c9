"""What every move of one lead ends with: timers as its clocks say, the row, its events, an audit row."""

from collections.abc import Mapping
from datetime import datetime

from chassis.authorization import Authorizer, Resource
from chassis.errors import NotFound
from chassis.timers import Payload
from chassis.working_time import WorkingTime
from lead_router.application.ports import Work
from lead_router.application.stored_lead import StoredLead
from lead_router.application.timer_names import FOLLOW_UP_DEADLINE, OFFER_EXPIRES, RESPONSE_WARNING
from lead_router.domain.ids import LeadId


async def locked(
    work: Work, authorizer: Authorizer, lead_id: LeadId, permission: str, *, version: int | None = None
) -> StoredLead:
    """The lead, held until the transaction ends, for a caller who may do that with it.

    Raises:
        NotFound: no such lead for this caller.
        Forbidden: the caller sees it and may not do that.
        Stale: the caller saw another version.
    """
    stored = await work.leads.lock(lead_id)
    if stored is None:
        raise NotFound("lead", lead_id)
    resource = resource_of(stored)
    authorizer.require_visible("lead.read", resource, kind="lead", id=lead_id)
    authorizer.require(permission, resource)
    if version is not None:
        stored.lead.require_version(version)
    return stored


def resource_of(stored: StoredLead) -> Resource:
    """The lead as the thing that rights are held over: its owner's, or of the rep it is offered to."""
    holder = stored.lead.holder
    return Resource(holder.rep_id if holder else None, holder.team_id if holder else None)


async def keep(work: Work, stored: StoredLead, working: WorkingTime) -> None:
    """Sets and cancels the timers of the lead as it stands, and writes it with its events."""
    lead = stored.lead
    stored.reckon(working)
    owner = {"owner_id": lead.owner.rep_id} if lead.owner else {}
    due: tuple[tuple[str, datetime | None, Payload], ...] = (
        (RESPONSE_WARNING, stored.response_due_at, {}),
        (FOLLOW_UP_DEADLINE, stored.follow_up_due_at, owner),
        (OFFER_EXPIRES, lead.standing.offer_expires_at, {}),
    )
    for kind, due_at, payload in due:
        rang = kind == RESPONSE_WARNING and lead.clocks.response_overdue
        if due_at is None or rang:
            await work.timers.cancel(kind, lead.id)
        else:
            await work.timers.set(kind, lead.id, due_at, payload)
    await work.leads.save(stored)
    for event in lead.pull_events():
        work.outbox.append(event)


def audited(stored: StoredLead) -> dict[str, object]:
    """The lead as the audit trail shows it before and after a move; no personal data."""
    lead = stored.lead
    return {
        "state": lead.state.value,
        "owner_id": lead.owner.rep_id if lead.owner else None,
        "pool_id": lead.standing.pool_id,
        "version": lead.version,
    }


def record(
    work: Work, stored: StoredLead, action: str, before: Mapping[str, object], more: Mapping[str, object] | None = None
) -> None:
    """One row of the audit trail."""
    work.audit.record(
        action=action, resource=f"leads/{stored.lead.id}", before=before, after={**audited(stored), **(more or {})}
    )
