"""Reads collab's facts about customers: which of them were made one."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from google.protobuf.message import Message

from chassis.event_headers import Event
from chassis.subscription import Handler
from pipeline.application.note_customer import NoteCustomer, NoteCustomerHandler
from pipeline.domain.ids import CustomerId
from throughline.collab.v1 import events_pb2 as pb

_TELLING = (pb.CustomerMerged, pb.CustomerUnmerged, pb.CustomerChanged)
"""Changes are also told again for a service that starts late, and name the merge then."""


def customer_fact_handlers(note_customer: NoteCustomerHandler) -> Mapping[type[Message], Handler]:
    """One handler per kind of fact that tells of a merge."""
    return dict.fromkeys(_TELLING, _handler(note_customer))


def _handler(note_customer: NoteCustomerHandler) -> Callable[[Event[Any]], Awaitable[None]]:
    async def handle(event: Event[Any]) -> None:
        facts = event.message.customer
        merged_into = CustomerId(facts.merged_into) if facts.merged_into else None
        await note_customer(NoteCustomer(CustomerId(facts.customer_id), merged_into, event.aggregate_version))

    return handle
