"""Reads of what type leads and customers are: the segment of a lead, the kind of a customer."""

from collections.abc import Mapping
from typing import Any

from google.protobuf.message import Message

from chassis.event_headers import Event
from chassis.proto_values import word_of
from chassis.subscription import Handler
from pipeline.application.note_customer_type import NoteCustomerType, NoteCustomerTypeHandler
from throughline.collab.v1 import events_pb2 as collab_pb
from throughline.lead_router.v1 import events_pb2 as router_pb
from throughline.lead_router.v1 import lead_pb2


def customer_type_handlers(note: NoteCustomerTypeHandler) -> Mapping[type[Message], Handler]:
    """One handler per kind of fact that tells a type."""

    async def of_lead(event: Event[Any]) -> None:
        segment = word_of(lead_pb2.Segment, event.message.segment)
        await note(NoteCustomerType(event.message.lead_id, segment, event.aggregate_version))

    async def of_customer(event: Event[Any]) -> None:
        customer = event.message.customer
        await note(NoteCustomerType(customer.customer_id, customer.kind, event.aggregate_version))

    return {
        router_pb.LeadReceived: of_lead,
        router_pb.LeadSnapshot: of_lead,
        collab_pb.CustomerCreated: of_customer,
        collab_pb.CustomerChanged: of_customer,
        collab_pb.CustomerRestored: of_customer,
    }
