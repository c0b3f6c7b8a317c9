"""What every change of an opportunity has in common: it is held, judged, kept, audited and told."""

from typing import Any

from chassis import context
from chassis.authorization import Authorizer, Resource
from chassis.errors import Invalid, NotFound, Violation
from chassis.ids import PersonId, TeamId
from pipeline.application.opportunity_ports import Company
from pipeline.application.ports import Work
from pipeline.domain.ids import OpportunityId
from pipeline.domain.opportunity import Opportunity
from pipeline.domain.opportunity_events import OpportunityEvent, OpportunityMoved

WRITE = "opportunity.write"


def actor() -> str:
    """Who asks, as the history names it."""
    return context.current().principal.actor


async def held(work: Work, authorizer: Authorizer, opportunity_id: OpportunityId, version: int) -> Opportunity:
    """The opportunity, locked, as the caller saw it.

    Raises:
        NotFound: there is none that this caller may work on.
        Stale: the caller saw another version.
    """
    opportunity = await work.opportunities.lock(opportunity_id)
    if opportunity is None:
        raise NotFound("opportunity", opportunity_id)
    resource = Resource(owner_id=opportunity.owner_id, team_id=opportunity.team_id)
    authorizer.require_visible(WRITE, resource, kind="opportunity", id=opportunity_id)
    opportunity.require_version(version)
    return opportunity


async def keep(work: Work, opportunity: Opportunity, *, action: str, before: dict[str, Any] | None) -> Opportunity:
    """As `store`, and answers with the opportunity."""
    await store(work, opportunity, action=action, before=before)
    return await work.answer(opportunity)


async def store(work: Work, opportunity: Opportunity, *, action: str, before: dict[str, Any] | None) -> None:
    """Keeps an opportunity with what it recorded since it was read.

    Args:
        action: what was done, as the audit names it.
        before: the audited state before it; None for a new opportunity. One that recorded nothing is left alone.
    """
    events = opportunity.pull_events()
    if events and before is None:
        await work.opportunities.add(opportunity)
    elif events:
        await work.opportunities.save(opportunity)
    for event in events:
        if isinstance(event, OpportunityMoved):
            await work.stage_moves.add(opportunity, event.move)
        work.outbox.append(event)
        work.audit.record(
            action=action,
            resource=f"opportunities/{opportunity.id}",
            before=before,
            after={**audited(opportunity), **_told(event)},
        )


def audited(opportunity: Opportunity) -> dict[str, Any]:
    """The state that the audit keeps before and after a change: ids and facts. The revisions keep all of it."""
    amount = opportunity.details.amount
    return {
        "stage": opportunity.stage,
        "state": opportunity.state.value,
        "owner_id": opportunity.owner_id,
        "amount_hundredths": amount.hundredths if amount else None,
        "expected_close_date": opportunity.details.expected_close_date,
        "version": opportunity.version,
    }


async def team_of(company: Company, authorizer: Authorizer, owner_id: PersonId) -> TeamId | None:
    """Team of somebody whose opportunities the caller may work on.

    Raises:
        Invalid: there is no such active person.
        Forbidden: the caller may not give opportunities to this person.
    """
    tenant_id = context.current().tenant_id
    person = await company.person(tenant_id, owner_id) if tenant_id else None
    if person is None or not person.is_active:
        raise Invalid([Violation("owner_id", "person.unknown", f"there is no active person {owner_id}")])
    authorizer.require(WRITE, Resource(owner_id=owner_id, team_id=person.team_id))
    return person.team_id


def _told(event: OpportunityEvent) -> dict[str, Any]:
    if isinstance(event, OpportunityMoved):
        move = event.move
        told = {
            "kind": move.kind.value,
            "skipped_stages": move.skipped_stages,
            "missing_items": move.missing_items,
            "reason": move.reason,
            "loss_reason": move.loss_reason,
        }
    else:
        told = {"changed_fields": event.changed_fields, "item_codes": event.item_codes}
    return {name: value for name, value in told.items() if value}
