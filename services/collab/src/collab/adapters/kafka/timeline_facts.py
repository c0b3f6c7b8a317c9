"""Reads what services tell of leads, opportunities, follow-ups and customers, as entries of timelines.

An entry's references are the fields of the fact that hold one id, its facts the fields named here: codes, figures and
moments. No event carries personal data, and what is not named here is left out all the same.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid5

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message

from chassis.event_headers import Event
from chassis.ids import PersonId, is_id
from chassis.proto_values import moment_of
from chassis.subscription import Handler
from collab.application.keep_timeline import TimelineKeeper
from collab.domain.ids import CustomerId, LeadId
from collab.domain.timeline import TimelineEntry
from throughline.collab.v1 import events_pb2 as customers
from throughline.lead_router.v1 import events_pb2 as leads
from throughline.pipeline.v1 import events_pb2 as sales

Note = Callable[[Event[Any]], Awaitable[None]]
"""Keeps the entry of a fact."""
_PERSON = "person:"
_CONTACTS = UUID("6d0ad9a2-4f57-4c6b-8f8e-2d1d9e7f3c11")
"""Makes one id of a contact and its version: contacts are told again for services that start late."""
_CONCERNED = ("person_id", "owner_id", "assignee_id")
_STANDING = ("stage", "product_line", "amount", "expected_close_date")


@dataclass(frozen=True, slots=True)
class _Told:
    """How a fact is called, and which of its fields are worth telling."""

    kind: str
    resource: str
    facts: tuple[str, ...] = ()


_TOLD: Mapping[type[Message], _Told] = {
    leads.LeadReceived: _Told("lead.received", "leads/{lead_id}", ("source", "utm_campaign", "product_line", "worth")),
    leads.LeadJoined: _Told("lead.joined", "leads/{lead_id}", ("source",)),
    leads.LeadAssigned: _Told("lead.assigned", "leads/{lead_id}", ("because", "is_urgent", "follow_up_due_at")),
    leads.LeadReassigned: _Told("lead.reassigned", "leads/{lead_id}", ("follow_up_due_at",)),
    leads.LeadQueued: _Told("lead.queued", "leads/{lead_id}", ("reason",)),
    leads.LeadResponseOverdue: _Told("lead.response_overdue", "leads/{lead_id}", ("due_at",)),
    leads.LeadFellSilent: _Told("lead.fell_silent", "leads/{lead_id}", ("due_at",)),
    leads.LeadAlarmWithdrawn: _Told("lead.alarm_withdrawn", "leads/{lead_id}", ("followed_up_at",)),
    leads.LeadFollowedUp: _Told("lead.followed_up", "leads/{lead_id}", ("is_first", "response_minutes")),
    leads.LeadClosed: _Told("lead.closed", "leads/{lead_id}", ("death_reason", "quality")),
    leads.LeadOffered: _Told("lead.offered", "leads/{lead_id}", ("expires_at", "attempt")),
    leads.LeadPooled: _Told("lead.pooled", "leads/{lead_id}", ("cause",)),
    leads.LeadUrgencyRaised: _Told("lead.urgency_raised", "leads/{lead_id}", ("causes",)),
    leads.LeadConverted: _Told("lead.converted", "leads/{lead_id}"),
    leads.LeadConversionUndone: _Told("lead.conversion_undone", "leads/{lead_id}", ("follow_up_due_at",)),
    sales.FollowUpRecorded: _Told(
        "follow_up.recorded", "follow-ups/{follow_up_id}", ("channel", "tags", "has_next_action")
    ),
    sales.OpportunityCreated: _Told("opportunity.created", "opportunities/{opportunity_id}", _STANDING),
    sales.OpportunityStageChanged: _Told(
        "opportunity.stage_changed",
        "opportunities/{opportunity_id}",
        (*_STANDING, "from_stage", "kind", "skipped_stages", "missing_items"),
    ),
    sales.OpportunityWon: _Told("opportunity.won", "opportunities/{opportunity_id}", _STANDING),
    sales.OpportunityLost: _Told("opportunity.lost", "opportunities/{opportunity_id}", (*_STANDING, "loss_reason")),
    sales.OpportunityReopened: _Told("opportunity.reopened", "opportunities/{opportunity_id}", _STANDING),
    sales.OpportunityChanged: _Told(
        "opportunity.changed", "opportunities/{opportunity_id}", ("changed_fields", "item_codes")
    ),
    customers.TaskCreated: _Told("task.created", "tasks/{task_id}"),
    customers.TaskCompleted: _Told("task.completed", "tasks/{task_id}"),
    customers.TaskCancelled: _Told("task.cancelled", "tasks/{task_id}"),
    customers.TaskOverdue: _Told("task.overdue", "tasks/{task_id}"),
    customers.CustomerCreated: _Told("customer.created", "customers/{customer_id}"),
    customers.CustomerChanged: _Told("customer.changed", "customers/{customer_id}", ("fields",)),
    customers.CustomerArchived: _Told("customer.archived", "customers/{customer_id}"),
    customers.CustomerRestored: _Told("customer.restored", "customers/{customer_id}"),
    customers.CustomerMerged: _Told("customer.merged", "customers/{customer_id}"),
    customers.CustomerUnmerged: _Told("customer.unmerged", "customers/{customer_id}"),
    customers.CustomerContactChanged: _Told(
        "customer.contact_changed",
        "contacts/{contact_id}",
        ("decision_role", "attitude", "is_archived", "completeness_pct"),
    ),
}


def timeline_handlers(keeper: TimelineKeeper) -> Mapping[type[Message], Handler]:
    """One handler per kind of fact that belongs to a timeline."""
    noting = {message: _noting(told, keeper) for message, told in _TOLD.items()}
    return {
        **noting,
        leads.LeadConverted: _linking(noting[leads.LeadConverted], keeper),
        leads.LeadConversionUndone: _unlinking(noting[leads.LeadConversionUndone], keeper),
        sales.OpportunityCreated: _linking(noting[sales.OpportunityCreated], keeper),
    }


def _noting(told: _Told, keeper: TimelineKeeper) -> Note:
    async def handle(event: Event[Any]) -> None:
        if isinstance(event.message, customers.CustomerChanged) and not event.message.fields:
            return  # told again for a service that starts late
        await keeper.note(_entry(event, told))

    return handle


def _linking(note: Note, keeper: TimelineKeeper) -> Handler:
    """A conversion, or an opportunity from a lead, says whose the lead has become."""

    async def handle(event: Event[Any]) -> None:
        await note(event)
        if event.message.lead_id and event.message.customer_id:
            customer_id = CustomerId(event.message.customer_id)
            await keeper.link(LeadId(event.message.lead_id), customer_id, event.occurred_at)

    return handle


def _unlinking(note: Note, keeper: TimelineKeeper) -> Handler:
    async def handle(event: Event[Any]) -> None:
        await note(event)
        await keeper.unlink(LeadId(event.message.lead_id), event.occurred_at)

    return handle


def _entry(event: Event[Any], told: _Told) -> TimelineEntry:
    message = event.message
    references = _references(message)
    customer_id = references.get("customer_id")
    lead_id = references.get("lead_id")
    facts = {name: text for name in told.facts if (text := _text(message, message.DESCRIPTOR.fields_by_name[name]))}
    return TimelineEntry(
        id=_id(event),
        customer_id=CustomerId(customer_id) if customer_id else None,
        lead_id=LeadId(lead_id) if lead_id else None,
        kind=told.kind,
        occurred_at=event.occurred_at,
        recorded_at=event.recorded_at,
        actor=event.actor,
        person_id=_person(event.actor, references),
        resource=told.resource.format_map(references),
        references=references,
        facts=facts,
    )


def _id(event: Event[Any]) -> str:
    if isinstance(event.message, customers.CustomerContactChanged):
        return str(uuid5(_CONTACTS, f"{event.message.contact_id}/{event.message.contact_version}"))
    return event.id


def _person(actor: str, references: Mapping[str, str]) -> PersonId | None:
    doer = actor.removeprefix(_PERSON) if actor.startswith(_PERSON) else ""
    concerned = doer or next((references[name] for name in _CONCERNED if name in references), "")
    return PersonId(concerned) if is_id(concerned) else None


def _references(message: Message) -> dict[str, str]:
    found = {
        field.name: value
        for field, value in message.ListFields()
        if field.type == FieldDescriptor.TYPE_STRING and field.name.endswith("_id") and isinstance(value, str)
    }
    if "customer" in message.DESCRIPTOR.fields_by_name:
        facts = message.customer  # type: ignore[attr-defined]  # the facts of a legal unit
        found |= {name: value for name in ("customer_id", "owner_id") if (value := getattr(facts, name))}
    if "task" in message.DESCRIPTOR.fields_by_name:
        found |= _references(message.task)  # type: ignore[attr-defined]  # the facts of a task
    return found


def _text(message: Message, field: FieldDescriptor) -> str:
    """The field as text; empty where it says nothing."""
    value = getattr(message, field.name)
    if field.is_repeated:
        return ", ".join(_word(field, each) for each in value)
    if field.message_type is not None and not message.HasField(field.name):
        return ""
    return _word(field, value)


def _word(field: FieldDescriptor, value: Any) -> str:
    if field.enum_type is not None:
        prefix = field.enum_type.values_by_number[0].name.removesuffix("UNSPECIFIED")
        return str(field.enum_type.values_by_number[value].name).removeprefix(prefix).lower() if value else ""
    if field.message_type is not None:
        if field.message_type.name == "Timestamp":
            return moment_of(value).isoformat()
        return f"{value.currency_code} {value.units}.{value.nanos // 10_000_000:02d}"
    if isinstance(value, bool):
        return "true" if value else ""
    return str(value)
