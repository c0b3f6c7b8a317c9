"""Reads collab's facts about customers: of what kind they are, and which of them were made one."""

from collections.abc import Mapping
from typing import Any

from google.protobuf.message import Message

from chassis.event_headers import Event
from chassis.subscription import Handler
from pipeline.application.note_customer import NoteCustomer, NoteCustomerHandler
from pipeline.application.note_customer_type import NoteCustomerType, NoteCustomerTypeHandler
from pipeline.domain.ids import CustomerId
from throughline.collab.v1 import events_pb2 as pb


def customer_fact_handlers(
    note_customer: NoteCustomerHandler, note_type: NoteCustomerTypeHandler
) -> Mapping[type[Message], Handler]:
    """One handler per kind of fact. A change is also told for a service that starts late, and names the merge then."""

    async def note_kind(event: Event[Any]) -> None:
        customer = event.message.customer
        await note_type(NoteCustomerType(customer.customer_id, customer.kind, event.aggregate_version))

    async def note_merge(event: Event[Any]) -> None:
        customer = event.message.customer
        merged_into = CustomerId(customer.merged_into) if customer.merged_into else None
        await note_customer(NoteCustomer(CustomerId(customer.customer_id), merged_into, event.aggregate_version))

    async def note_both(event: Event[Any]) -> None:
        await note_kind(event)
        await note_merge(event)

    return {
        pb.CustomerCreated: note_kind,
        pb.CustomerRestored: note_kind,
        pb.CustomerChanged: note_both,
        pb.CustomerMerged: note_merge,
        pb.CustomerUnmerged: note_merge,
    }
