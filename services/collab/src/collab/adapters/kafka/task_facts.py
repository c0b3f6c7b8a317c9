"""Reads facts from which tasks follow, and facts that close them."""

from collections.abc import Mapping

from google.protobuf.message import Message

from chassis.event_headers import Event
from chassis.ids import PersonId
from chassis.proto_values import moment_of
from chassis.subscription import Handler
from collab.application.rule_tasks import RuleTasks
from collab.domain.ids import CustomerId, LeadId
from throughline.collab.v1 import events_pb2 as customers
from throughline.lead_router.v1 import events_pb2 as leads


def task_fact_handlers(rules: RuleTasks) -> Mapping[type[Message], Handler]:
    """One handler per kind of fact."""

    async def fell_silent(event: Event[leads.LeadFellSilent]) -> None:
        fact = event.message
        await rules.lead_fell_silent(LeadId(fact.lead_id), PersonId(fact.owner_id), moment_of(fact.due_at))

    async def followed_up(event: Event[leads.LeadFollowedUp]) -> None:
        fact = event.message
        await rules.lead_followed_up(LeadId(fact.lead_id), f"follow-ups/{fact.follow_up_id}")

    async def withdrawn(event: Event[leads.LeadAlarmWithdrawn]) -> None:
        if event.message.is_follow_up_alarm:
            await rules.lead_needs_nothing(LeadId(event.message.lead_id), "ALARM_WITHDRAWN")

    async def reassigned(event: Event[leads.LeadReassigned]) -> None:
        await rules.lead_needs_nothing(LeadId(event.message.lead_id), "LEAD_REASSIGNED")

    async def closed(event: Event[leads.LeadClosed]) -> None:
        await rules.lead_needs_nothing(LeadId(event.message.lead_id), "LEAD_CLOSED")

    async def converted(event: Event[leads.LeadConverted]) -> None:
        await rules.lead_needs_nothing(LeadId(event.message.lead_id), "LEAD_CONVERTED")

    async def created(event: Event[customers.CustomerCreated]) -> None:
        await rules.customer_created(CustomerId(event.message.customer.customer_id), event.occurred_at)

    async def merged(event: Event[customers.CustomerMerged]) -> None:
        fact = event.message
        await rules.customers_merged(CustomerId(fact.customer.customer_id), CustomerId(fact.survivor_id))

    return {
        leads.LeadFellSilent: fell_silent,
        leads.LeadFollowedUp: followed_up,
        leads.LeadAlarmWithdrawn: withdrawn,
        leads.LeadReassigned: reassigned,
        leads.LeadClosed: closed,
        leads.LeadConverted: converted,
        customers.CustomerCreated: created,
        customers.CustomerMerged: merged,
    }
